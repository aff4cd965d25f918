"""Proofs over the ledger's tree, for whoever has none: RFC 9162 sections 2.1.3 and 2.1.4 say how each is checked."""

from __future__ import annotations

from workflow.process import Model


class InclusionProof(Model):
    """What shows that an entry is in the tree of some size and root.

    ``hash`` is the entry's, the leaf of the tree; counted from 0, it is leaf ``entry - 1``. ``proof`` are the hashes
    from the leaf's side up. All are in hexadecimal.
    """

    origin: str
    entry: int
    hash: str
    size: int
    root: str
    proof: tuple[str, ...]


class ConsistencyProof(Model):
    """What shows that the tree of the first size and root is the beginning of that of the second. In hexadecimal."""

    origin: str
    first: int
    first_root: str
    second: int
    second_root: str
    proof: tuple[str, ...]
