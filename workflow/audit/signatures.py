"""The signature of an entry, verified again; whose it had to be is decided with the rest."""

from __future__ import annotations

from array import array
from dataclasses import replace

from workflow.audit.findings import Findings
from workflow.audit.scope import Tree
from workflow.brought import turned_away
from workflow.events import CommandRefused
from workflow.folding import ReadEntry
from workflow.proof import SIGNED_ID, SSHSIG, Blob, Signed, command_id, look, other_history


class Signatures:
    """Verifies signature after signature.

    Args:
        findings: take what is found.
        blob: gives what is kept.
        tree: tells which ledger a signer saw.
    """

    def __init__(self, findings: Findings, blob: Blob, tree: Tree) -> None:
        self._findings = findings
        self._blob = blob
        self._tree = tree

    def check(self, read: ReadEntry, *, counted: bool = True, named: bool = True) -> Signed | None:
        """The signature of an entry; None where it bears none.

        Args:
            read: the entry.
            counted: whether it is to be reported; else somebody else looks at it too.
            named: whether it may be told who signed it.

        Raises:
            LedgerError: what the proof names is missing or was altered, or the proof does not have its form.
        """
        entry, seq = read.entry, read.entry.seq
        found = self._findings.found
        if entry.proof["kind"] != SSHSIG:
            found.asserted[read.events[0].type] += counted
            return None
        signed = look(entry, self._blob, None)
        if signed.problem is None and signed.read is not None:
            signed = replace(signed, problem=self._other_history(signed, seq))
        if not counted:
            return signed
        if signed.problem is None:
            found.counts["signatures"] += 1
            found.signed[read.events[0].type] += 1
            if named:
                found.signers.setdefault((entry.actor, signed.key), array("q")).append(seq)
        else:
            found.asserted[read.events[0].type] += 1
        if signed.key != entry.proof["key"]:
            self._findings.problem("not-allowed", f"entry {seq} names another key than it was signed with", seq)
        refused = isinstance(read.events[0], CommandRefused)
        done = command_id(entry.actor, signed.read.nonce if signed.read else "")
        own = (done, turned_away(done, entry.request_digest)) if refused else (done,)
        # A refusal of what proved nothing has an id like any other's.
        if entry.command_id not in own and (not refused or entry.command_id.startswith(SIGNED_ID)):
            self._findings.problem("not-allowed", f"entry {seq} uses a signature that was made for another", seq)
        return signed

    def _other_history(self, signed: Signed, seq: int) -> str | None:
        """What is wrong with the ledger that a signer saw before an entry, or None."""
        tree = signed.read.tree if signed.read else None
        if tree is None:
            return None
        # Whoever signed saw entries before this one; more than that only a ledger had that was cut off since.
        root = self._tree.root_at(tree.size) if tree.size < seq else None
        if root is None and tree.size < min(seq, self._tree.size + 1):
            self._findings.not_recomputed(
                seq, f"which ledger its signer saw: the root at {tree.size} is not known here"
            )
            return None
        return other_history(tree, root)
