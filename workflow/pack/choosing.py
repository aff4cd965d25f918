"""What goes into a pack: everything that one release's decisions can be made again from, and no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from workflow import ledger, statement
from workflow.asked import slug_of
from workflow.audit.compare import digests
from workflow.audit.scope import family, leads_to
from workflow.errors import InvalidInput, LedgerError
from workflow.events import CommandRefused, EvidenceAttached, TextErased, dump
from workflow.folding import ReadEntry, chain, check_there
from workflow.ledger import LEDGER, ROSTER, release_stream
from workflow.outcome import resolve_listing
from workflow.pack.form import LeftOut, PackedStream, WithheldEvidence, WithheldText
from workflow.pack.times import marks
from workflow.proof import SSHSIG
from workflow.seals import Seals
from workflow.storage.base import Reader

KEPT = frozenset({"blob", "possession", "signature", "crossed", "statement", "process"})
"""The fields of events that name what is kept, besides a candidate's manifest."""

CANNOT_TELL, CLOCK = "cannot-tell", "clock"
"""What verdicts and refusals say, among others, where the clock had gone back."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What whoever makes a pack wants in it.

    ``withhold`` are texts, each by its commitment or as ``ENTRY:NAME``; ``since`` are sizes of the ledger that somebody
    has kept the root of. ``sealed`` is whether decisions that are sealed now may be told.
    """

    evidence: bool = True
    texts: bool = True
    withhold: tuple[str, ...] = ()
    since: tuple[int, ...] = ()
    sealed: bool = False


@dataclass(slots=True)
class Gathered:
    """What goes into a pack, by what it is found by. ``required`` are the blobs without which it would be damaged."""

    streams: list[PackedStream] = field(default_factory=list)
    entries: dict[int, str] = field(default_factory=dict)
    clock: tuple[int, ...] = ()
    blobs: set[str] = field(default_factory=set)
    required: set[str] = field(default_factory=set)
    sizes: set[int] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    left_out: LeftOut = field(default_factory=LeftOut)
    signatures: int = 0

    @property
    def seqs(self) -> list[int]:
        """The entries in their order."""
        return sorted([*self.entries, *self.clock])


def gather(reader: Reader, release: str, choice: Choice, seals: Callable[[str], Seals]) -> Gathered:
    """What a pack of a release has in it. ``seals`` says what is sealed in a release.

    Raises:
        NotFound: there is no such release.
        InvalidInput: what is to be withheld is not there, or something is sealed.
        LedgerError: what would be packed is damaged.
    """
    check_there(reader, release)
    return _Gathering(reader, choice, seals).run(release)


class _Gathering:
    def __init__(self, reader: Reader, choice: Choice, seals: Callable[[str], Seals]) -> None:
        self._reader = reader
        self._choice = choice
        self._seals = seals
        self._found = Gathered()
        self._said: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        self._erased: dict[str, int] = {}
        self._evidence: dict[str, int] = {}
        self._sealed: list[int] = []
        self._kin: set[str] = set()
        self._doubted = False

    def run(self, release: str) -> Gathered:
        found = self._found
        for stream in (LEDGER, ROSTER):
            self._stream(stream)
        family(self._reader, release, self._release)
        if self._sealed and not self._choice.sealed:
            raise InvalidInput(
                f"{_entries(self._sealed)}: sealed until the quorum of the role is in or the round has ended, and this "
                "would tell who decided what",
                remedy="make it then; or tell it all the same, with --sealed",
            )
        found.streams.sort(key=lambda item: item.stream)
        found.clock = marks(self._reader, found.entries, doubted=self._doubted)
        self._leave_out()
        size = self._reader.head().frontier.size
        if wrong := [at for at in self._choice.since if not 1 <= at <= size]:
            raise InvalidInput(f"the ledger never had {wrong[0]} entries: it has {size}", remedy="name an earlier size")
        found.sizes = {at for at in found.sizes | set(self._choice.since) if 1 <= at <= size}
        return found

    def _release(self, slug: str) -> set[str]:
        """Takes a release in, and says by which digests it has relatives."""
        self._kin = set()
        self._stream(release_stream(slug))
        return self._kin

    def _stream(self, stream: str) -> None:
        last: ReadEntry | None = None
        for read in chain(self._reader, stream):
            self._entry(read)
            last = read
        if last is not None:
            self._found.streams.append(PackedStream(stream=stream, version=last.entry.version, hash=last.stored.hash))

    def _entry(self, read: ReadEntry) -> None:
        entry, found = read.entry, self._found
        found.entries[entry.seq] = entry.at
        for name, commitment in entry.texts.items():
            self._said[commitment].append((entry.seq, name))
        for listing in (entry.observations, entry.verdicts):
            if isinstance(listing, dict):
                found.required.add(listing["blob"])
            listed = resolve_listing(self._reader.blob, listing)
            found.blobs.update(digests(listed))
            self._doubted |= any(reason["code"] == CANNOT_TELL for item in listed for reason in item.get("reasons", ()))
        if entry.proof["kind"] == SSHSIG:
            found.signatures += 1
            named = {str(entry.proof[name]) for name in ("statement", "signature")}
            found.required |= named
            self._tree(str(entry.proof["statement"]))
        for event in read.events:
            said = dump(event)
            match event:
                case CommandRefused():
                    self._refused(read, event)
                    continue
                case TextErased():
                    self._erased[event.commitment] = entry.seq
                case EvidenceAttached():
                    self._evidence.setdefault(event.blob, entry.seq)
                    said = {**said, "blob": None}
                case _:
                    pass
            found.required.update(_kept(said))
            found.blobs.update(digests(said))
        slug = slug_of(entry.stream)
        if slug:
            self._kin |= leads_to(read)
            if self._seals(slug).of(read.events, entry.seq) is not None:
                self._sealed.append(entry.seq)

    def _refused(self, read: ReadEntry, event: CommandRefused) -> None:
        self._doubted |= event.code == CLOCK
        asked = dict(event.request)
        if read.entry.stream == LEDGER:
            # A start that was refused is another release's matter, but for the process that it asked for.
            self._found.blobs.update(digests(asked.get("process")))
            return
        # A report that was not taken is no evidence; where it was kept all the same, it goes with the evidence.
        brought = asked.pop("blob", None)
        if self._choice.evidence and isinstance(brought, str):
            self._found.blobs.add(brought)
        self._found.blobs.update(digests(asked))

    def _tree(self, digest: str) -> None:
        """The tree that somebody saw when they signed; of what proves nothing, there is none."""
        try:
            tree = statement.read(self._reader.blob(digest) or b"").tree
        except LedgerError:
            return
        if tree is not None:
            self._found.sizes.add(tree.size)

    def _leave_out(self) -> None:
        found, choice = self._found, self._choice
        there = {
            commitment
            for commitment, places in self._said.items()
            if self._erased.get(commitment, 0) <= max(seq for seq, _ in places)
        }
        withheld = there if not choice.texts else {_named(item, self._said, there) for item in choice.withhold}
        found.texts = there - withheld
        evidence = self._evidence
        if choice.evidence:
            found.required |= evidence.keys()
        found.blobs |= found.required
        found.left_out = LeftOut(
            evidence=tuple(
                WithheldEvidence(entry=seq, blob=digest)
                for digest, seq in sorted(evidence.items(), key=lambda item: (item[1], item[0]))
                if digest not in found.blobs
            ),
            texts=tuple(
                WithheldText(entry=seq, name=name, commitment=commitment)
                for seq, name, commitment in sorted(
                    (seq, name, commitment) for commitment in withheld for seq, name in self._said[commitment]
                )
            ),
        )


def _kept(value: object) -> Iterator[str]:
    """The digests in an event's fields that name what is kept."""
    if isinstance(value, dict):
        for name, item in value.items():
            if isinstance(item, str):
                if name in KEPT and ledger.is_digest(item):
                    yield item
            elif name == "candidate" and isinstance(item, dict):
                yield item["digest"]
            else:
                yield from _kept(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _kept(item)


def _named(item: str, said: Mapping[str, list[tuple[int, str]]], there: set[str]) -> str:
    """The commitment of a text that somebody named."""
    entry, colon, name = item.partition(":")
    for commitment, places in said.items():
        if item == commitment or (colon and entry.isdecimal() and (int(entry), name) in places):
            if commitment in there:
                return commitment
            raise InvalidInput(f"the text {item} was erased, and nothing is left of it to withhold")
    raise InvalidInput(
        f"no text {item!r} would be in this pack",
        remedy="name it by its entry and its name there, such as 12:rationale, or by its commitment",
    )


def _entries(seqs: list[int]) -> str:
    return f"entry {seqs[0]}" if len(seqs) == 1 else f"entries {', '.join(map(str, sorted(seqs)[:5]))}"
