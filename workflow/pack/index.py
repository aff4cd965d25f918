"""Looks through a pack once: where everything stands in it, and what of it is not as it must be."""

from __future__ import annotations

import hashlib
import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from workflow.drafting import corrects_clock
from workflow.errors import LedgerError, WorkflowError
from workflow.events import parse
from workflow.ledger import ROSTER, Entry, SaltedText, entry_hash, sha256
from workflow.ledger.proofs import check_consistency, check_inclusion
from workflow.pack import form
from workflow.pack.archive import CHUNK, Archive, damaged
from workflow.pack.form import BLOBS, CHECKPOINT, CONTENTS, ENTRIES, PROOFS, README, ROOTS, SUMS, TEXTS, Contents
from workflow.pack.readme import readme
from workflow.process import MAX_PROCESS_BYTES
from workflow.signing.sshsig import MAX_ARMOR_BYTES
from workflow.statement import MAX_BYTES as MAX_STATEMENT
from workflow.views import AuditProblem

MAX_PROBLEMS = 1_000
"""How many things that are not as they must be are told, before nothing more is looked at."""

_BOUNDED = re.compile(rb'"(process|statement|signature)":"([0-9a-f]{64})"')
_LIMITS = {b"process": MAX_PROCESS_BYTES, b"statement": MAX_STATEMENT, b"signature": MAX_ARMOR_BYTES}
"""How large what an entry names by one of these is at most, so that nobody has a bomb read for one."""

Found = Callable[[AuditProblem], None]
"""Is told of something that is not as it must be."""


def raised(problem: AuditProblem) -> None:
    """Raises what was found.

    Raises:
        LedgerError: always.
    """
    raise LedgerError(problem.message, remedy="get the pack again from whoever made it, and compare its sum")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a member: where it begins there, and how long it is without its newline."""

    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands, and what it is found by."""

    line: Line
    seq: int
    stream: str
    version: int
    hash: str
    command_id: str


class Index:
    """Where everything stands in a pack. ``mark`` and ``peak`` are the highest readings of the clock in it."""

    def __init__(self, file: BinaryIO, found: Found) -> None:
        self._found = found
        self._problems = 0
        self._archive = Archive(file)
        self.size = self._archive.size
        self._check_members()
        sums = self._archive.read(SUMS, form.MAX_SUMS)
        self._sums = form.parse_sums(sums)
        self.digest = sha256(sums)
        if list(self._sums) != [name for name in self._archive.members if name != SUMS]:
            raise damaged(SUMS, "it lists other members than there are")
        self.contents = Contents.from_bytes(self._small(CONTENTS))
        readme_found = self._small(README)
        self.checkpoint = self._small(CHECKPOINT) if CHECKPOINT in self._archive.members else None
        if self.contents.checkpoint != (self.checkpoint is not None):
            raise damaged(CHECKPOINT, "it is missing, or pack.json knows nothing of it")
        self.blobs = tuple(name.removeprefix(BLOBS) for name in self._archive.members if name.startswith(BLOBS))
        self.mark = self.peak = ""
        self.proofs: dict[int, Line] = {}
        self.roots: dict[int, Line] = {}
        self.texts: dict[str, Line] = {}
        self.said: dict[str, int] = {}
        self.entries: dict[int, Place] = {}
        self.streams: dict[str, list[Place]] = {}
        self.commands: dict[str, int] = {}
        self._limits: dict[str, int] = {}
        self.unproven: set[int] = set()
        self._index_proofs()
        self._index_entries()
        self._prove()
        self.seqs = sorted(self.entries)
        self._sort()
        self._index_roots()
        self._index_texts()
        if readme_found != readme(self.contents):
            self._problem("altered", f"{README} says something else than {CONTENTS}", None)

    # What is asked of it.

    def body(self, place: Place) -> bytes:
        """The bytes of an entry."""
        return self._bytes(ENTRIES, place.line)

    def check(self, seq: int, leaf: bytes) -> None:
        """Checks that an entry of that leaf hash stands in the ledger at that place.

        Raises:
            LedgerError: the pack does not prove it.
        """
        line = self.proofs.get(seq)
        if line is None:
            raise LedgerError(f"the pack has no proof that entry {seq} is in the tree")
        _, proof = form.parse_proof(self._bytes(PROOFS, line))
        try:
            check_inclusion(leaf, seq - 1, self.contents.size, proof, bytes.fromhex(self.contents.root))
        except LedgerError as error:
            raise LedgerError(
                f"entry {seq} is not the one that stands in the tree: {error.message}",
                remedy="get the pack again from whoever made it, and compare its sum",
            ) from error

    def root_at(self, size: int) -> str | None:
        """The root that the tree had at a size; None where the pack does not prove one.

        Raises:
            LedgerError: the proof does not hold.
        """
        line = self.roots.get(size)
        if line is None:
            return self.contents.root if size == self.contents.size else None
        _, root, proof = form.parse_root(self._bytes(ROOTS, line))
        first, second = bytes.fromhex(root), bytes.fromhex(self.contents.root)
        try:
            check_consistency(size, first, self.contents.size, second, proof)
        except LedgerError as error:
            raise LedgerError(
                f"{ROOTS}: the tree does not continue the one of {size} entries: {error.message}",
                remedy="get the pack again from whoever made it, and compare its sum",
            ) from error
        return root

    def text(self, commitment: str) -> SaltedText | None:
        """The text behind a commitment."""
        line = self.texts.get(commitment)
        return form.parse_text(self._bytes(TEXTS, line)) if line else None

    def blob(self, digest: str) -> bytes | None:
        """The bytes behind a digest.

        Raises:
            LedgerError: they were altered.
        """
        name = form.blob_name(digest)
        if name not in self._archive.members:
            return None
        data = self._archive.read(name, self._limits.get(digest, form.MAX_BLOB))
        if sha256(data) != digest:
            raise damaged(name, "it was altered: its bytes do not have the digest that it is named by")
        return data

    def _bytes(self, name: str, line: Line) -> bytes:
        return self._archive.part(name, line.start, line.size)

    # The members.

    def _check_members(self) -> None:
        members = self._archive.members
        wrong = form.in_order(iter(members))
        if wrong is not None:
            raise damaged(wrong, "no member of a pack is called that, or not at its place")
        for name in form.ORDER:
            if name not in members and name not in (CHECKPOINT, BLOBS):
                raise damaged(name, "it is missing")
        for name, member in members.items():
            limit = form.MAX_BLOB if name.startswith(BLOBS) else form.LIMITS.get(name, member.size)
            if member.size > limit:
                raise damaged(name, f"it has {member.size:,} bytes, and at most {limit:,} are read")

    def _small(self, name: str) -> bytes:
        data = self._archive.read(name, form.LIMITS[name])
        if sha256(data) != self._sums[name]:
            raise damaged(name, f"it was altered, or {SUMS} was: they do not fit each other")
        return data

    def check_blobs(self) -> None:
        """Looks at every blob, whether an entry names it or not."""
        for digest in self.blobs:
            name = form.blob_name(digest)
            try:
                self._check_blob(name, digest)
                if self._sums[name] != digest:
                    raise damaged(SUMS, f"it was altered: {name} has another sum")
            except LedgerError as error:
                self._problem("altered", error.message, None)

    def _check_blob(self, name: str, digest: str) -> None:
        crc, found = 0, hashlib.sha256()
        for piece in self._archive.pieces(name):
            crc = zlib.crc32(piece, crc)
            found.update(piece)
        if crc != self._archive.members[name].crc:
            raise damaged(name, "it was altered: its bytes do not have their checksum")
        if found.hexdigest() != digest:
            raise damaged(name, "it was altered: its bytes do not have the digest that it is named by")

    def _limit(self, data: bytes) -> None:
        """Notes of what an entry names how large that can be, where it is larger than any of those."""
        for what, named in _BOUNDED.findall(data):
            digest, limit = named.decode(), _LIMITS[what]
            member = self._archive.members.get(form.blob_name(digest))
            if member is not None and member.size > limit:
                self._limits[digest] = min(limit, self._limits.get(digest, limit))

    # Line by line.

    def _lines(self, name: str) -> Iterator[tuple[int, Line, bytes]]:
        """The lines of a member, by their number from 0; at the end, it is checked as a whole."""
        limit, rest, start, number = form.MAX_LINE[name], b"", 0, 0
        crc, digest = 0, hashlib.sha256()
        for piece in self._archive.pieces(name):
            crc, rest = zlib.crc32(piece, crc), rest + piece
            digest.update(piece)
            *whole, rest = rest.split(b"\n")
            for data in whole:
                if number >= form.MAX_ENTRIES:
                    raise damaged(name, f"it has more than the {form.MAX_ENTRIES:,} lines that are read")
                yield number, Line(start, len(data)), data[: limit + 1]
                start, number = start + len(data) + 1, number + 1
            if len(rest) > max(limit, CHUNK):
                raise damaged(name, f"line {number + 1} is longer than {limit:,} bytes")
        if rest:
            self._problem("unreadable", f"{name} was cut off: its last line does not end", None)
        if digest.hexdigest() != self._sums[name] or crc != self._archive.members[name].crc:
            self._problem("altered", f"{name} was altered, or {SUMS} was: they do not fit each other", None)

    def _problem(self, kind: Any, message: str, entry: int | None, stream: str | None = None) -> None:
        self._problems += 1
        if self._problems > MAX_PROBLEMS:
            # Whoever made it so wants its reader to be busy with it.
            raise damaged("many places", f"more than {MAX_PROBLEMS:,} things in it are not as they must be")
        self._found(AuditProblem(kind=kind, message=message, entry=entry, stream=stream))

    def _index_proofs(self) -> None:
        last = 0
        for number, line, data in self._lines(PROOFS):
            try:
                seq, _ = form.parse_proof(_within(PROOFS, data))
            except LedgerError as error:
                self._problem("unreadable", f"{PROOFS}, line {number + 1}: {error.message}", None)
                continue
            if not last < seq <= self.contents.size:
                self._problem("out-of-place", f"{PROOFS}, line {number + 1}: entry {seq} is not the next", seq)
            last = max(last, seq)
            self.proofs.setdefault(seq, line)

    def _index_entries(self) -> None:
        order = list(self.proofs)
        last = 0
        for number, line, data in self._lines(ENTRIES):
            try:
                entry = Entry.from_bytes(data)
                corrected = entry.stream == ROSTER and corrects_clock(parse(entry.events))
            except WorkflowError as error:
                seq = order[number] if number < len(order) else None
                named = f"entry {seq}" if seq else f"{ENTRIES}, line {number + 1}"
                self._problem("unreadable", f"{named} cannot be read: {error.message}", seq)
                continue
            seq = entry.seq
            self._limit(data)
            if seq in self.entries:
                self._problem("out-of-place", f"entry {seq} stands twice in the pack", seq, entry.stream)
                continue
            if seq < last:
                self._problem("out-of-place", f"entry {seq} does not stand at its place", seq, entry.stream)
            last = max(last, seq)
            self._time(entry.at, corrected=corrected)
            place = Place(line, seq, entry.stream, entry.version, entry_hash(data), entry.command_id)
            self.entries[seq] = place
            self.commands.setdefault(entry.command_id, seq)
            self.said.update(dict.fromkeys(entry.texts.values(), seq))

    def _prove(self) -> None:
        """Holds every entry to the proof that it is in the tree."""
        for seq, place in self.entries.items():
            try:
                self.check(seq, bytes.fromhex(place.hash))
            except LedgerError as error:
                self.unproven.add(seq)
                self._problem("altered", error.message, seq, place.stream)

    def _time(self, at: str, *, corrected: bool) -> None:
        self.mark = at if corrected else max(self.mark, at)
        self.peak = max(self.peak, at)

    def _sort(self) -> None:
        """Puts the entries into their streams, and holds these to what the pack says it has."""
        streams: defaultdict[str, list[Place]] = defaultdict(list)
        ends = {item.stream: item for item in self.contents.streams}
        others: list[int] = []
        for seq in self.seqs:
            place = self.entries[seq]
            if place.stream in ends:
                streams[place.stream].append(place)
            else:
                others.append(seq)
        self.streams = dict(streams)
        for seq in sorted(self.proofs.keys() - self.entries.keys()):
            self._problem("missing", f"entry {seq} is missing from the pack, which has a proof of it", seq)
        for stream, end in ends.items():
            have = self.streams.get(stream)
            if not have or (
                have[-1].seq not in self.unproven and (have[-1].version, have[-1].hash) != (end.version, end.hash)
            ):
                self._problem("missing", f"{stream} does not end with its version {end.version}", None, stream)
        if tuple(others) != self.contents.clock:
            more = [seq for seq in others if seq not in self.contents.clock]
            what = f"entry {more[0]} is of no stream that the pack has" if more else "an entry for the clock is missing"
            self._problem("out-of-place", what, more[0] if more else None)

    def _index_roots(self) -> None:
        last = 0
        for number, line, data in self._lines(ROOTS):
            try:
                size, _, _ = form.parse_root(_within(ROOTS, data))
            except LedgerError as error:
                self._problem("unreadable", f"{ROOTS}, line {number + 1}: {error.message}", None)
                continue
            if not last < size <= self.contents.size:
                self._problem("out-of-place", f"{ROOTS}, line {number + 1}: {size} is not the next size", None)
            last = max(last, size)
            self.roots.setdefault(size, line)
        for size in self.roots:
            try:
                self.root_at(size)
            except LedgerError as error:
                self._problem("tree", error.message, None)

    def _index_texts(self) -> None:
        last = ""
        withheld = {item.commitment for item in self.contents.left_out.texts}
        for number, line, data in self._lines(TEXTS):
            try:
                commitment = form.parse_text(_within(TEXTS, data)).commitment
            except LedgerError as error:
                self._problem("altered", f"{TEXTS}, line {number + 1}: {error.message}", self._told(data))
                continue
            if not last < commitment:
                self._problem("out-of-place", f"{TEXTS}, line {number + 1}: it is not the next", None)
            if commitment in withheld:
                self._problem("out-of-place", f"the text {commitment[:12]} is said to be withheld, and is there", None)
            last = commitment
            self.texts.setdefault(commitment, line)

    def _told(self, data: bytes) -> int | None:
        """The entry that a damaged text belongs to, where that can be told."""
        return next((seq for commitment, seq in self.said.items() if commitment.encode() in data), None)


def _within(name: str, data: bytes) -> bytes:
    if len(data) > form.MAX_LINE[name]:
        raise LedgerError(f"it is longer than {form.MAX_LINE[name]:,} bytes")
    return data
