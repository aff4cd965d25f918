"""The last check, on a serving host: are the files that it is about to load those that were released?

It needs a pack and the files, and no database, no network and no configuration. The pack is verified first, as a whole;
nothing in it is taken before that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow import artifact
from workflow.api.base import StrPath
from workflow.artifact import Manifest, Progress, has_one_tree
from workflow.attestation import Attested, opened
from workflow.checkpoints.vouching import genuine, time_of
from workflow.clock import Clock, SystemClock
from workflow.deploying import Known, against, damage, files_of, of_release, other_files, outcome_of, undone
from workflow.errors import InvalidInput, LedgerError, NotFound, StorageError
from workflow.events import StatementMade
from workflow.exhibits import manifest_of
from workflow.files import read_file
from workflow.folding import Folder, ReadEntry, read_entry
from workflow.ledger import release_stream
from workflow.ledger.note import NoteKey
from workflow.pack import PackReader, verify_pack
from workflow.pack.anchors import Anchors
from workflow.pack.reach import reach
from workflow.pins import checked_pins
from workflow.process import Exposure
from workflow.released import SERVING, released
from workflow.views import ReleasedView
from workflow.views.deployed import DeployedFile, DeployedReason, DeployedReport, VoucherView
from workflow.views.packs import AnchorView, PackReport

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
        NotFound: the pack or the attestation is not there.
        InvalidInput: a key or a pin is none, the pack is none, there is no key to check the attestation with, or what
            is asked for is no exposure to anybody.
        StorageError: one of the files at the path is not there, or cannot be read.
        LedgerError: the pack is so damaged that nothing can be said of it, or the attestation is not of its ledger.
    """
    pins = checked_pins(pinned or {})
    anchors = Anchors.of(log_keys, witnesses, (), pins)
    attested = _attested(attestation, anchors.log_keys)
    now = (clock or SystemClock()).now()
    checked = verify_pack(
        pack, log_keys=log_keys, witnesses=witnesses, pinned=pins, policies=policies, progress=checking
    )
    answer = _Answer(checked, str(path), exposure, frozenset(despite))
    if broken := damage(checked):
        return answer.report(broken)
    with PackReader.open(pack) as reader:
        if reader.view.sums != checked.pack.sums:
            raise LedgerError("the pack was exchanged while it was looked at", remedy="look again")
        known = _known(reader, exposure, checked, attested, pins)
        manifest = _manifest(reader, known.found)
    reasons = [
        *of_release(known, exposure, now=now, max_age=max_age),
        *undone(checked, answer.despite),
        *against(known, answer.despite),
    ]
    if outcome_of(reasons) == "no":  # whatever the files are, they are not to be loaded
        return answer.report(reasons, known, now)
    parts = (
        components if components is not None or has_one_tree(manifest) else {name: name for name in manifest.components}
    )
    with _can_be_read():
        difference = artifact.verify(path, manifest, components=parts, progress=progress)
    files = files_of(manifest, difference)
    return answer.report([*other_files(files, known.found.release), *reasons], known, now, files)


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is the same in every answer about a pack."""

    checked: PackReport
    path: str
    asked: Exposure
    despite: frozenset[str]

    def report(
        self,
        reasons: Sequence[DeployedReason],
        known: Known | None = None,
        now: datetime | None = None,
        files: tuple[DeployedFile, ...] | None = None,
    ) -> DeployedReport:
        """The answer."""
        return DeployedReport(
            outcome=outcome_of(reasons),
            path=self.path,
            asked=self.asked,
            reasons=tuple(reasons),
            released=known.found if known else None,
            manifest=known.found.candidate if known else None,
            files=files,
            vouched=tuple(known.vouched) if known else (),
            entries=self.checked.pack.size,
            packed_at=self.checked.pack.at,
            knowledge=known.knowledge(now) if known and now else None,
            despite=tuple(sorted(self.despite)),
            notice=known.notice if known else None,
        )


def _known(
    reader: PackReader, asked: Exposure, checked: PackReport, attested: Attested | None, pins: Collection[int]
) -> Known:
    """What a pack that is not damaged says of its release."""
    folder, slug = Folder(), reader.contents.release
    state = folder.release(reader, slug)
    read = [read_entry(stored) for stored in reader.stream(release_stream(slug))]
    found = released(
        read,
        folder.kin(reader, state),
        lambda digest: folder.process(reader, digest),
        reader.blob,
        asked,
    )
    vouched = [_voucher(item) for item in checked.anchors if item.state == "verified" and item.kind != "pin"]
    vouched += reach(reader, pins)
    if attested is not None:
        vouched += _attests(found, attested, reader)
    entries = [(item.entry.seq, item.recorded.at) for item in read]
    return Known(found, entries, vouched, attested, bool(pins), _notice(reader, read, found))


def _notice(reader: PackReader, read: Sequence[ReadEntry], found: ReleasedView) -> str | None:
    """What the public was told by the entry that ended a release; None where it was told nothing, or it is withheld."""
    texts = (
        reader.text(item.recorded.texts[event.text])
        for item in read
        if item.entry.seq == found.ended
        for event in item.events
        if isinstance(event, StatementMade) and event.public
    )
    return next((text.text for text in texts if text is not None), None)


def _manifest(reader: PackReader, found: ReleasedView) -> Manifest:
    """The released candidate's files."""
    manifest = manifest_of(reader.blob, found.candidate)
    if manifest is None:
        raise LedgerError(f"the manifest {found.candidate[:12]} is not in the pack", remedy="get another copy")
    return manifest


def _voucher(item: AnchorView) -> VoucherView:
    at = time_of(item.seconds) if item.seconds is not None else None
    return VoucherView(kind=item.kind, name=item.name, size=item.size, at=at)


@contextmanager
def _can_be_read() -> Iterator[None]:
    """Of what cannot be read nothing can be said, which is no mistake in what was asked."""
    try:
        yield
    except (InvalidInput, NotFound) as error:
        raise StorageError(error.message, remedy=error.remedy) from error


def _attested(path: StrPath | None, keys: Sequence[NoteKey]) -> Attested | None:
    """What the log attested, where that was brought.

    Raises:
        InvalidInput: there is no log key to check it with.
    """
    if path is None:
        return None
    if not keys:
        raise InvalidInput("an attestation counts by the log key that signed it", remedy="give --log-key VKEY")
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
