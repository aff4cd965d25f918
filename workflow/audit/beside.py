"""What is kept beside the entries, held against what they name: each text and each file, and that there is no other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import groupby

from workflow import ledger
from workflow.audit.findings import Findings
from workflow.audit.named import ATTACHED, GONE, KEPT, NAMED, REFUSED
from workflow.storage.base import Reader

KEY_BYTES = 32


class Beside:
    """Looks at what is kept.

    Args:
        reader: the ledger, or what there is of it.
        findings: take what is found.
        withheld: what whoever handed over a part says was left out.
        strict: whether there may be nothing that no entry names.
        listed: whether everything that is kept stands in the piles; else only what is named is looked for.
    """

    def __init__(
        self, reader: Reader, findings: Findings, withheld: Collection[str] = (), *, strict: bool, listed: bool
    ) -> None:
        self._reader = reader
        self._problem, self._damage = findings.problem, findings.damage
        self._found = findings.found
        self._withheld = withheld
        self._strict = strict
        self._listed = listed

    def check_blobs(self, records: list[bytes]) -> None:
        """Looks at the files of one pile."""
        for digest, said in _grouped(records):
            seq = min((*said.get(NAMED, ()), *said.get(ATTACHED, ())), default=None)
            self._found.counts["blobs"] += seq is not None
            if seq is None and KEPT not in said:
                continue
            what = f"the blob {digest[:12]}" + (f", which entry {seq} names," if seq else "")
            with self._damage("altered", f"{what} cannot be read", seq):
                gone = self._listed and KEPT not in said
                data = None if gone else self._reader.blob(digest)
                if data is None and digest in self._withheld and NAMED not in said:
                    self._found.withheld.append(f"entry {seq}: the file {digest}")
                elif data is None:
                    self._problem("missing", f"{what.removesuffix(',')} is missing", seq)
                elif ledger.sha256(data) != digest:
                    self._problem("altered", f"{what} does not have its digest", seq)
                elif seq is None and self._strict and REFUSED not in said:
                    self._problem("out-of-place", f"{what} belongs to no entry")

    def check_texts(self, records: list[bytes], unsure: list[bytes] | None = None) -> list[tuple[int, str]]:
        """Looks at the texts of one pile, and tells of each that was erased by which entry, and which it was of.

        Args:
            records: of the pile.
            unsure: takes those of texts that are listed and not there, where somebody else is to decide on them.
        """
        erased: list[tuple[int, str]] = []
        for commitment, said in _grouped(records):
            # The last: whoever has its salt can say again what was erased.
            seq = max(said.get(NAMED, ()), default=None)
            gone = max(said.get(GONE, ()), default=0)
            said_so = [(gone, f"entry {seq}, erased by entry {gone}")] if gone else []
            erased += said_so
            if seq is None:
                if KEPT in said and self._strict:
                    self._problem("out-of-place", f"the text {commitment[:12]} belongs to no entry")
                continue
            self._found.counts["texts"] += 1
            with self._damage("altered", f"a text of entry {seq} is damaged", seq):
                there = (KEPT in said or not self._listed) and self._reader.text(commitment) is not None
                if unsure is not None and KEPT in said and not there:
                    self._found.counts["texts"] -= 1
                    del erased[len(erased) - len(said_so) :]
                    unsure += [record for record in records if record[:KEY_BYTES].hex() == commitment]
                    continue
                self._check_text(commitment, seq, there=there, gone=gone > seq)
        return erased

    def _check_text(self, commitment: str, seq: int, *, there: bool, gone: bool) -> None:
        if there and gone:
            self._problem("out-of-place", f"a text of entry {seq} was erased, and is there again", seq)
        elif not there and not gone and commitment in self._withheld:
            self._found.withheld.append(f"entry {seq}: the text {commitment}")
        elif not there and not gone:
            self._problem("missing", f"a text of entry {seq} is missing, and nobody erased it", seq)


def _grouped(records: list[bytes]) -> Iterator[tuple[str, dict[bytes, list[int]]]]:
    """What is said of each digest or commitment of a pile: why it is there, and in which entries."""
    for key, group in groupby(records, key=lambda record: record[:KEY_BYTES]):
        said: dict[bytes, list[int]] = {}
        for record in group:
            why, seq = record[KEY_BYTES : KEY_BYTES + 1], record[KEY_BYTES + 1 :]
            said.setdefault(why, []).append(int.from_bytes(seq, "big"))
        yield key.hex(), said
