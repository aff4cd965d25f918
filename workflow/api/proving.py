"""Proofs over the ledger's tree."""

from __future__ import annotations

from workflow.api.base import Session
from workflow.errors import LedgerError
from workflow.ledger import entry_hash
from workflow.roots import Tree
from workflow.views import ConsistencyProof, InclusionProof


class Proving(Session):
    """What shows to somebody without the ledger that something is in it, and that it only ever grew."""

    def prove_inclusion(self, entry: int, size: int | None = None) -> InclusionProof:
        """What shows that an entry is in the tree over the first ``size`` entries; by default, over all of them.

        Raises:
            NotFound: there is no such entry, or there never was a tree of that size.
            LedgerError: the entry or what is kept of the tree was altered.
        """
        with self._reading() as reader:
            tree = Tree(reader)
            chosen = tree.size if size is None else size
            proof, stored = tree.inclusion(entry, chosen), reader.entry(entry)
            if stored is None or entry_hash(stored.body) != stored.hash:
                raise LedgerError(
                    f"entry {entry} is {'missing' if stored is None else 'altered'}",
                    remedy="run an audit, and restore a backup",
                )
            return InclusionProof(
                origin=self._pipeline.folder.origin(reader),
                entry=entry,
                hash=stored.hash,
                size=chosen,
                root=tree.root(chosen).hex(),
                proof=tuple(node.hex() for node in proof),
            )

    def prove_consistency(self, first: int, second: int | None = None) -> ConsistencyProof:
        """What shows that the tree over ``first`` entries is the beginning of that over ``second``, or over all.

        Raises:
            NotFound: there never was a tree of one of the sizes, or the second is the smaller one.
            LedgerError: what is kept of the tree was altered.
        """
        with self._reading() as reader:
            tree = Tree(reader)
            chosen = tree.size if second is None else second
            proof = tree.consistency(first, chosen)
            return ConsistencyProof(
                origin=self._pipeline.folder.origin(reader),
                first=first,
                first_root=tree.root(first).hex(),
                second=chosen,
                second_root=tree.root(chosen).hex(),
                proof=tuple(node.hex() for node in proof),
            )
