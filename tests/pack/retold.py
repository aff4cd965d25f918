"""A pack whose entries say something else, with every hash made to fit again."""

from __future__ import annotations

import json
from typing import Any

from tests.pack.opened import Members
from workflow.ledger import Frontier, entry_hash, leaf_hash, node_hash
from workflow.ledger.proofs import Nodes, consistency, inclusion, tree_root

Json = dict[str, Any]


def lines_of(members: Members, name: str) -> list[Json]:
    return [json.loads(line) for line in members[name].splitlines()]


def joined(values: list[Json]) -> bytes:
    return b"".join(canonical(value) + b"\n" for value in values)


def canonical(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def retold(members: Members, entries: list[Json]) -> None:
    """Rewrites everything from some entries on, so that all hashes fit again."""
    ends: dict[str, tuple[int, str]] = {}
    bodies = []
    for entry in entries:
        before = ends.get(entry["stream"], (0, None))
        entry["version"], entry["prev"] = before[0] + 1, before[1]
        body = canonical(entry)
        ends[entry["stream"]] = (entry["version"], entry_hash(body))
        bodies.append(body)
    leaves = [leaf_hash(body) for body in bodies]
    about = json.loads(members["pack.json"])
    size, nodes = len(leaves), nodes_over(leaves)
    about.update(size=size, root=tree_root(size, nodes).hex(), entries=size, subtrees=subtrees_of(leaves))
    about["streams"] = [
        {"stream": name, "version": version, "hash": digest} for name, (version, digest) in sorted(ends.items())
    ]
    members["pack.json"] = canonical(about) + b"\n"
    members["entries.jsonl"] = b"".join(body + b"\n" for body in bodies)
    members["proofs.jsonl"] = joined(
        [
            {"seq": entry["seq"], "proof": [node.hex() for node in inclusion(entry["seq"] - 1, size, nodes)]}
            for entry in entries
        ]
    )
    members["roots.jsonl"] = joined(
        [
            {
                "size": item["size"],
                "root": tree_root(item["size"], nodes).hex(),
                "proof": [node.hex() for node in consistency(item["size"], size, nodes)],
            }
            for item in lines_of(members, "roots.jsonl")
            if item["size"] <= size
        ]
    )


def subtrees_of(leaves: list[bytes]) -> list[str]:
    frontier = Frontier()
    for leaf in leaves:
        frontier = frontier.append(leaf)
    return [node.hex() for node in frontier.subtrees]


def nodes_over(leaves: list[bytes]) -> Nodes:
    def nodes(level: int, place: int) -> bytes:
        if level == 0:
            return leaves[place]
        return node_hash(nodes(level - 1, 2 * place), nodes(level - 1, 2 * place + 1))

    return nodes
