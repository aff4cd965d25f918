"""Whether an entry continues its stream and its ledger, says a reason, and is one that no other repeats."""

from __future__ import annotations

from workflow.audit import compare
from workflow.audit.findings import Findings
from workflow.commands import RATIONALE
from workflow.events import LedgerCreated
from workflow.folding import ReadEntry
from workflow.proof import CLAIMED, SIGNED_ID, SSHSIG
from workflow.storage.base import StreamHead


class Links:
    """Holds entry after entry against those before it."""

    def __init__(self, findings: Findings) -> None:
        self._problem = findings.problem
        self._findings = findings
        self._once: dict[tuple[str, str], int] = {}

    def check(self, read: ReadEntry, last: StreamHead | None, origin: str) -> bool:
        """Checks one entry, and says whether it continues its stream.

        Args:
            read: the entry.
            last: the entry before it in its stream, or None where it is the first.
            origin: what the ledger calls itself; empty before its first entry.
        """
        entry, seq, stream = read.entry, read.entry.seq, read.entry.stream
        version, prev = (last.version, last.hash) if last else (0, None)
        continues = (entry.version, entry.prev) == (version + 1, prev)
        if not continues:
            self._problem("link", f"entry {seq} does not continue {stream}", seq, stream)
        if origin and entry.origin != origin:
            self._problem("link", f"entry {seq} belongs to the ledger {entry.origin}", seq, stream)
        if (seq == 1) != isinstance(read.events[0], LedgerCreated):
            self._problem("not-allowed", "the genesis is the first entry, and only that", seq, stream)
        if RATIONALE not in entry.texts:
            self._problem("missing", f"entry {seq} gives no reason", seq, stream)
        # What is signed has its nonce in the command id, with its maker: two people may choose the same.
        fresh = compare.nonce(read) if entry.proof["kind"] != SSHSIG else ""
        for what, value in (("command id", entry.command_id), ("nonce", fresh)):
            first = self._once.setdefault((what, value), seq) if value else seq
            if first != seq:
                self._problem("not-allowed", f"entry {seq} repeats the {what} of entry {first}", seq, stream)
        if entry.proof["kind"] not in (CLAIMED["kind"], SSHSIG):
            self._findings.not_recomputed(seq, f"a proof of the kind {entry.proof['kind']}")
        elif entry.proof["kind"] == CLAIMED["kind"] and entry.proof != CLAIMED:
            self._problem("not-allowed", f"entry {seq} claims more than a claim can", seq, stream)
        elif entry.proof["kind"] == CLAIMED["kind"] and entry.command_id.startswith(SIGNED_ID):
            self._problem("not-allowed", f"entry {seq} has lost its signature", seq, stream)
        return continues
