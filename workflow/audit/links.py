"""Whether an entry continues its stream and its ledger, says a reason, and is one that no other repeats."""

from __future__ import annotations

from hashlib import sha256

from workflow.audit import compare
from workflow.audit.findings import Findings
from workflow.audit.scratch import Piles
from workflow.commands import RATIONALE
from workflow.events import LedgerCreated
from workflow.folding import ReadEntry
from workflow.proof import CLAIMED, SIGNED_ID, SSHSIG
from workflow.storage.base import StreamHead

KEY_BYTES = 16
SEQ_BYTES = 8
_WHAT = {b"c": "command id", b"n": "nonce"}


class Links:
    """Holds entry after entry against those before it; ``once`` takes what must be there only once."""

    def __init__(self, findings: Findings, once: Piles) -> None:
        self._problem = findings.problem
        self._findings = findings
        self._once = once

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
            if value:
                key = sha256(f"{what} {value}".encode()).digest()[:KEY_BYTES]
                self._once.add(key, seq.to_bytes(SEQ_BYTES, "big") + what[:1].encode() + stream.encode())
        if entry.proof["kind"] not in (CLAIMED["kind"], SSHSIG):
            self._findings.not_recomputed(seq, f"a proof of the kind {entry.proof['kind']}")
        elif entry.proof["kind"] == CLAIMED["kind"] and entry.proof != CLAIMED:
            self._problem("not-allowed", f"entry {seq} claims more than a claim can", seq, stream)
        elif entry.proof["kind"] == CLAIMED["kind"] and entry.command_id.startswith(SIGNED_ID):
            self._problem("not-allowed", f"entry {seq} has lost its signature", seq, stream)
        return continues


def check_once(records: list[bytes], findings: Findings) -> None:
    """Reports whatever of a pile is there more than once."""
    first = b""
    for record in records:
        if record[:KEY_BYTES] != first[:KEY_BYTES]:
            first = record
            continue
        seqs = [int.from_bytes(item[KEY_BYTES:][:SEQ_BYTES], "big") for item in (first, record)]
        rest = record[KEY_BYTES + SEQ_BYTES :]
        message = f"entry {seqs[1]} repeats the {_WHAT[rest[:1]]} of entry {seqs[0]}"
        findings.problem("not-allowed", message, seqs[1], rest[1:].decode())
