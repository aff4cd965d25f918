"""A log that is a list of leaves and a key: what witnesses and verifiers see of a ledger, and nothing more."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from workflow.checkpoints import LogKey, NamedKey, WitnessRequest, make_key
from workflow.ledger import node_hash
from workflow.ledger.checkpoint import Checkpoint, cosigned_message, with_cosignature
from workflow.ledger.note import Note
from workflow.ledger.proofs import consistency, tree_root

ORIGIN = "lab.example/log"


def leaves(count: int, story: str = "told") -> list[bytes]:
    return [hashlib.sha256(f"{story} {number}".encode()).digest() for number in range(count)]


class Tree:
    """A tree over some leaves, all in memory."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = leaves

    def node(self, level: int, place: int) -> bytes:
        if level == 0:
            return self.leaves[place]
        return node_hash(self.node(level - 1, 2 * place), self.node(level - 1, 2 * place + 1))

    def root(self, size: int) -> bytes:
        return tree_root(size, self.node)


class SmallLog:
    """Signs whatever it is asked to: also what a log must not."""

    def __init__(self, folder: Path, origin: str = ORIGIN, *, name: str = "log") -> None:
        make_key(folder / name)
        self.signer = LogKey.read(folder / name, origin)
        self.origin = origin
        self.tree = Tree(leaves(40))

    @property
    def vkey(self) -> str:
        return self.signer.vkey

    def named(self, entry: int = 1, ended: int | None = None) -> NamedKey:
        return NamedKey(self.signer.key, entry, ended)

    def note(self, size: int, tree: Tree | None = None) -> Note:
        text = Checkpoint(self.origin, size, (tree or self.tree).root(size)).text
        return Note(text).with_signature(self.signer.key, self.signer.sign(text.encode()))

    def request(self, old: int, size: int, tree: Tree | None = None) -> WitnessRequest:
        """What a witness is asked that cosigned ``old`` entries last."""
        proof = consistency(old, size, (tree or self.tree).node) if old else ()
        return WitnessRequest(old, proof, self.note(size, tree))


def cosigned(note: Note, witness: LogKey, seconds: int) -> Note:
    return with_cosignature(note, witness.key, seconds, witness.sign(cosigned_message(note, seconds)))
