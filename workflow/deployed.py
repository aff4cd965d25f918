"""The last check, on a serving host: are the files that it is about to load those that were released?

It needs a pack and the files, and no database, no network and no configuration. The pack is verified first, as a whole;
nothing in it is taken before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from heapq import merge

from workflow import artifact
from workflow.api.base import StrPath
from workflow.artifact import Manifest, Progress, has_one_tree
from workflow.attestation import Attested, opened
from workflow.audit import Part, audit
from workflow.checkpoints import Vouched, vouch
from workflow.checkpoints.vouching import genuine
from workflow.clock import Clock, SystemClock
from workflow.deploying import Known, against, damage, files_of, incomplete, of_release, other_files, outcome_of
from workflow.errors import InvalidInput, LedgerError, NotFound, StorageError
from workflow.files import read_file
from workflow.folding import Folder, ReadEntry, read_entry
from workflow.ledger import LEDGER, ROSTER, release_stream, sha256
from workflow.ledger.note import COSIGNATURE, ED25519, NoteKey
from workflow.pack import PackReader
from workflow.pins import checked_pins
from workflow.process import Exposure
from workflow.registry import Registry
from workflow.released import SERVING, released
from workflow.roster import Roster, evolve
from workflow.rulebook import Rulebook
from workflow.views import AuditReport, DeployedFile, DeployedReason, DeployedReport, ReleasedView, VoucherView

MAX_ATTESTATION = 64 * 1024 * 1024


def verify_deployed(
    path: StrPath,
    pack: StrPath,
    *,
    log_keys: Sequence[str] = (),
    witnesses: Sequence[str] = (),
    pinned: Mapping[int, str] | None = None,
    attestation: StrPath | None = None,
    exposure: Exposure = SERVING,
    max_age: timedelta | None = None,
    despite: Sequence[str] = (),
    components: Mapping[str, StrPath] | None = None,
    policies: Sequence[str] = (),
    clock: Clock | None = None,
    progress: Callable[[Progress], None] | None = None,
    checking: Callable[[int, int], None] | None = None,
) -> DeployedReport:
    """Whether the files at a path are exactly those that a release let out, as far as a pack knows. Needs no ledger.

    Its ``outcome`` is ``ok`` only where the pack is whole, somebody vouches for its being of that ledger, the release
    was let out at least as far as was asked and is so still, nothing stands against its files, what is known is fresh
    enough, and every file that lies there is one of the released ones, and the other way round.

    Args:
        path: the files that are about to be loaded.
        pack: the release's pack.
        log_keys: the ledger's log keys (vkeys), of which one must have signed the checkpoint in the pack.
        witnesses: the keys (vkeys) of witnesses, each of which must have cosigned it.
        pinned: the hashes that entries of the ledger must have, by their number.
        attestation: what the log attested of the decision (``audit export --format vsa``), signed with one of the log
            keys. With it, what became of the release is known until then; without, until its last entry in the pack.
        exposure: how far it must have been let out; by default as far as serving others with it takes.
        max_age: how long ago that may be.
        despite: the names of what stands against the files and is accepted, such as ``H1``; ``incomplete`` accepts that
            not everything could be decided again.
        components: where each component lies, relative to the path, if not where the candidate's own layout has it.
        policies: the user's own policies that may be imported to decide again, as ``module:Class``.
        clock: where the time comes from.
        progress: is told how far the hashing is.
        checking: is told how many entries of the pack were checked, of how many.

    Raises:
        InvalidInput: a key or a pin is none, there is no key to check the attestation with, or what is asked for is
            no exposure to anybody.
        StorageError: the pack, the attestation or one of the files is not there, or cannot be read.
        LedgerError: the pack or the attestation is damaged, or not of the ledger that was named.
    """
    keys = _keys(log_keys, ED25519, "log")
    _keys(witnesses, COSIGNATURE, "witness")
    pins = checked_pins(pinned or {})
    now = (clock or SystemClock()).now()
    with _can_be_read():
        opened_pack = PackReader.open(pack)
    with opened_pack as reader:
        attested = _attested(attestation, keys)
        part = Part(tuple(item.stream for item in reader.contents.streams), reader, withheld=frozenset(reader.withheld))
        audited = audit(reader, Rulebook(Registry(policies)), progress=checking, pinned=pins, part=part)
        look = _Look(reader, audited, str(path), exposure, frozenset(despite))
        if broken := damage(audited):
            return look.report(broken)
        vouched = _vouchers(reader, look.folder.roster(reader), log_keys, witnesses, pins)
        known = look.known(vouched, attested)
        reasons = [
            *of_release(known, exposure, now=now, max_age=max_age),
            *incomplete(audited, look.despite),
            *against(known, look.despite),
        ]
        if outcome_of(reasons) == "no":  # whatever the files are, they are not to be loaded
            return look.report(reasons, known, now)
        manifest = look.manifest(known.found)
    parts = (
        components if components is not None or has_one_tree(manifest) else {name: name for name in manifest.components}
    )
    with _can_be_read():
        difference = artifact.verify(path, manifest, components=parts, progress=progress)
    files = files_of(manifest, difference)
    return look.report([*other_files(files, known.found.release), *reasons], known, now, files)


class _Look:
    """What a pack has to say of its release."""

    def __init__(
        self, reader: PackReader, audited: AuditReport, path: str, asked: Exposure, despite: frozenset[str]
    ) -> None:
        self._reader = reader
        self._audited = audited
        self._path = path
        self._asked = asked
        self.folder = Folder()
        self.despite = despite

    def known(self, vouched: Sequence[VoucherView], attested: Attested | None) -> Known:
        """What is known, of a pack that is not damaged."""
        reader, folder = self._reader, self.folder
        slug = reader.contents.release
        state = folder.release(reader, slug)
        read = [read_entry(stored) for stored in reader.stream(release_stream(slug))]
        found = released(
            read,
            folder.kin(reader, state),
            lambda digest: folder.process(reader, digest),
            reader.blob,
            self._asked,
        )
        if attested is not None:
            vouched = [*vouched, *_attests(found, attested, reader)]
        return Known(found, [_time(item) for item in read], vouched, attested)

    def manifest(self, found: ReleasedView) -> Manifest:
        """The released candidate's files."""
        data = self._reader.blob(found.candidate)
        if data is None or sha256(data) != found.candidate:
            raise LedgerError(f"the manifest {found.candidate[:12]} is not in the pack", remedy="get another copy")
        return Manifest.from_bytes(data)

    def report(
        self,
        reasons: Sequence[DeployedReason],
        known: Known | None = None,
        now: datetime | None = None,
        files: tuple[DeployedFile, ...] | None = None,
    ) -> DeployedReport:
        """The answer."""
        contents = self._reader.contents
        return DeployedReport(
            outcome=outcome_of(reasons),
            path=self._path,
            asked=self._asked,
            reasons=tuple(reasons),
            released=known.found if known else None,
            manifest=known.found.candidate if known else None,
            files=files,
            vouched=tuple(known.vouched) if known else (),
            entries=contents.size,
            packed_at=contents.at,
            knowledge=known.knowledge(now) if known and now else None,
            despite=tuple(sorted(self.despite)),
        )


@contextmanager
def _can_be_read() -> Iterator[None]:
    """Of what cannot be read nothing can be said, which is no mistake in what was asked."""
    try:
        yield
    except (InvalidInput, NotFound) as error:
        raise StorageError(error.message, remedy=error.remedy) from error


def _time(item: ReadEntry) -> tuple[int, datetime]:
    return item.entry.seq, item.recorded.at


def _keys(texts: Sequence[str], kind: int, whose: str) -> list[NoteKey]:
    """The keys of these texts.

    Raises:
        InvalidInput: one is none, or of another kind.
    """
    found = []
    for text in texts:
        try:
            key = NoteKey.parse(text)
        except LedgerError as error:
            raise InvalidInput(f"{text[:80]!r} is no key of a {whose}: {error.message}", remedy=_WHICH_KEY) from error
        if key.kind != kind:
            raise InvalidInput(f"{key.name} is another kind of key than that of a {whose}", remedy=_WHICH_KEY)
        found.append(key)
    return found


def _vouchers(
    reader: PackReader, roster: Roster, log_keys: Sequence[str], witnesses: Sequence[str], pins: Mapping[int, str]
) -> list[VoucherView]:
    """Who stands for a pack. The pins were looked at by the audit.

    Raises:
        LedgerError: one who was asked for does not.
    """
    found = list(_pinned(reader, sorted(pins)))
    if not (log_keys or witnesses):
        return found
    if reader.checkpoint is None:
        raise LedgerError(
            "the pack has no checkpoint that a key could vouch for", remedy="have it made again, after a checkpoint"
        )
    # Where the pack tells which keys the ledger names, one that it replaced counts no further than it says.
    named = roster.log_keys if log_keys and roster.log_keys else None
    said = vouch(reader.checkpoint, given=log_keys, named=named, witnesses=witnesses)
    if said.origin != reader.contents.origin or reader.root_at(said.size) != said.root:
        raise LedgerError(
            "the checkpoint in the pack is of another ledger, or of another history of it", remedy=_OTHER_PACK
        )
    if not (said.verified if log_keys else len(said.cosigned) == said.wanted):
        asked = [why for why in said.unverified if log_keys or "witness" in why or "cosign" in why]
        raise LedgerError(f"the checkpoint in the pack is not vouched for: {asked[0]}", remedy=_WHICH_KEY)
    return found + _of_checkpoint(said)


def _pinned(reader: PackReader, pins: Sequence[int]) -> Iterator[VoucherView]:
    """What pins stand for: for an entry, and for those before it in its stream, whose hashes it goes on from.

    So one of the release's own stands for the release up to there. The genesis and an entry of the roster stand for who
    may sign, where the administrators had keys by then: without these anybody can go on from both.
    """
    entries = {seq: reader.entry(seq) for seq in pins}
    own = release_stream(reader.contents.release)
    yield from (
        VoucherView(kind="pin", name=f"entry {seq}", size=seq)
        for seq, stored in entries.items()
        if stored is not None and stored.stream == own
    )
    known = max((seq for seq, stored in entries.items() if stored is not None and stored.stream == ROSTER), default=0)
    if known and 1 in entries and _keyed(reader, known):
        yield VoucherView(kind="pin", name=f"the administrators' keys, entry {known}")


def _keyed(reader: PackReader, until: int) -> bool:
    """Whether the administrators signed their changes from an entry on."""
    found = Roster()
    for stored in merge(reader.stream(LEDGER), reader.stream(ROSTER), key=lambda stored: stored.seq):
        if stored.seq <= until:
            read = read_entry(stored)
            for event in read.events:
                found = evolve(found, event, read.recorded)
    return found.keyed


def _of_checkpoint(said: Vouched) -> list[VoucherView]:
    log = [VoucherView(kind="log key", name=said.origin, size=said.size)] if said.known_from == "given" else []
    return log + [VoucherView(kind="witness", name=item.witness, size=said.size, at=item.at) for item in said.cosigned]


def _attested(path: StrPath | None, keys: Sequence[NoteKey]) -> Attested | None:
    """What the log attested, where that was brought.

    Raises:
        InvalidInput: there is no log key to check it with.
    """
    if path is None:
        return None
    if not keys:
        raise InvalidInput("an attestation counts by the log key that signed it", remedy="give --log-key VKEY")
    with _can_be_read():
        data = read_file(path, limit=MAX_ATTESTATION, remedy="name the file that audit export --format vsa wrote")
    return opened(data, keys, genuine)


def _attests(found: ReleasedView, attested: Attested, reader: PackReader) -> list[VoucherView]:
    """That an attestation stands for a pack, where it is about the same decision.

    Raises:
        LedgerError: it is of another ledger or release, or of another history.
    """
    other = attested.found
    if (other.origin, other.release) != (found.origin, found.release):
        raise LedgerError(
            f"the attestation is about {other.release} in {other.origin}", remedy="bring that of the pack"
        )
    root = reader.root_at(attested.size) if attested.size <= reader.size else None
    if root not in (None, attested.root):
        raise LedgerError("the attestation is of another history of the ledger than the pack")
    if found.decision is None or other.decision != found.decision:
        return []
    return [VoucherView(kind="attestation", name=attested.key, size=found.decision.entry, at=attested.at)]


_WHICH_KEY = "take the key as its owner published it; holdfast roster show tells that of a ledger"
_OTHER_PACK = "get the pack from whoever runs the ledger"
