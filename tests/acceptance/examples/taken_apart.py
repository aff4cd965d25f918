"""A pack taken apart and told otherwise, so that every hash fits again."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.golden.packs.make import PACK
from tests.pack.opened import put_together
from tests.pack.packing import WITNESS, NotesKey, log_of
from workflow.ledger import Frontier, entry_hash, leaf_hash, node_hash, sha256
from workflow.ledger.proofs import Nodes, consistency, inclusion, tree_root

SCRIPT = Path(__file__).parents[3] / "examples" / "verify_pack"


ORIGIN = "holdfast.example/golden-incidents"


LOG = log_of(ORIGIN)


WHOLE = PACK.read_bytes()


Members = dict[str, bytes]


Json = dict[str, Any]


def vouched(vkeys: tuple[NotesKey, ...] = (LOG, WITNESS)) -> list[str]:
    log, witness = vkeys
    return ["--log-key", log.vkey, "--witness", witness.vkey]


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as pack:
        return {name: pack.read(name) for name in pack.namelist()}


def zipped(members: Mapping[str, bytes], *, summed: bool = True) -> bytes:
    """The members in a file, with sums that fit them."""
    contents = {name: data for name, data in members.items() if name != "SHA256SUMS"}
    if summed:
        lines = "".join(f"{sha256(data)}  {name}\n" for name, data in contents.items())
        contents["SHA256SUMS"] = lines.encode()
    else:
        contents["SHA256SUMS"] = members["SHA256SUMS"]
    return put_together(contents, sums=False)


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


def flipped(name: str) -> Callable[[Members], None]:
    def change(members: Members) -> None:
        data = bytearray(members[name])
        place = len(data) // 2
        data[place] ^= 1
        members[name] = bytes(data)

    return change
