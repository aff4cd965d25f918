"""What decides whether a serving host may load files: what a pack tells of a release, and what lies there. Pure.

What speaks for the files counts only where somebody vouches for it. What speaks against them counts in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow.artifact import Difference, Manifest
from workflow.attestation import Attested
from workflow.clock import timestamp
from workflow.process import Exposure
from workflow.views import ReleasedView
from workflow.views.deployed import DeployedFile, DeployedReason, KnowledgeView, VoucherView
from workflow.views.packs import PackReport

AHEAD = timedelta(minutes=5)
"""How far the times in a pack may lie ahead of the host's clock, because no two clocks are alike."""

INCOMPLETE = "incomplete"
"""The name by which it is accepted that something of the pack could not be decided again."""

GET_ANOTHER = "get a pack with a newer checkpoint from whoever runs the ledger"
EXPORT = "get a pack that is made now: holdfast audit export {release} -o FILE"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a release: by its pack, and by an attestation beside it where there is one.

    ``entries`` are the release's own, each with its time; ``vouched`` is who stands for what, and ``pinned`` whether
    entries were pinned, which may stand for nothing. ``notice`` is what the public was told when the release ended.
    """

    found: ReleasedView
    entries: Sequence[tuple[int, datetime]]
    vouched: Sequence[VoucherView]
    attested: Attested | None = None
    pinned: bool = False
    notice: str | None = None

    @property
    def size(self) -> int | None:
        """For how many entries somebody vouches; None where only pins do, or nobody."""
        return max((item.size for item in self.vouched if item.size is not None), default=None)

    def knowledge(self, now: datetime) -> KnowledgeView | None:
        """Until when it is known what became of the release; None where nobody vouches for any of it.

        That a witness saw so many entries does not tell: whoever made the pack may have left the release's last out.
        """
        if not self.vouched:
            return None
        size = self.size
        told = [(at, f"entry {seq}") for seq, at in self.entries if size is None or seq <= size]
        if self.attested is not None:
            told.append((self.attested.at, "the attestation"))
        if not told:
            return None
        at, by = max(told)
        return KnowledgeView(at=at, by=by, age=int((now - at).total_seconds()))


def of_release(known: Known, asked: Exposure, *, now: datetime, max_age: timedelta | None) -> list[DeployedReason]:
    """What keeps a release from counting as let out so far, but for what stands against its candidate."""
    found = known.found
    reasons = []
    if found.standing != "released":
        reasons.append(_reason("no", found.standing.replace("_", "-"), _not_out(found), _instead(found)))
    elif known.attested is not None:
        reasons += _otherwise(found, known.attested, asked)
    size = known.size
    if not known.vouched:
        text = f"nobody vouches for this pack being of {found.origin}: " + (
            "from the pinned entries anybody can go on by themselves"
            if known.pinned
            else "anybody can make up such a ledger"
        )
        remedy = (
            "give --log-key VKEY or --witness VKEY, as whoever runs the ledger or the witness told it to you, and not "
            "from beside the pack; or --pin SEQ:HASH of the release's own last entry, or of entry 1 together with the "
            "entries of the administrators' keys"
        )
        reasons.append(_reason("unknown", "not-vouched", text, remedy))
    elif size is None and not _signed(found):
        text = "the pins stand for who may sign here, and the decision rests on claims, which anybody can make up"
        remedy = "give --log-key VKEY or --witness VKEY, or pin the release's own last entry too"
        reasons.append(_reason("unknown", "not-vouched", text, remedy))
    if size is not None and found.decision is not None and found.decision.entry > size:
        text = f"it was decided by entry {found.decision.entry}, and the checkpoint stands for the first {size} entries"
        reasons.append(_reason("unknown", "beyond-checkpoint", text, "make a checkpoint, and a pack with it"))
    return reasons + _aged(known, now, max_age)


def _signed(found: ReleasedView) -> bool:
    """Whether everybody signed whose approval counted for the decision."""
    approvals = found.decision.approvals if found.decision is not None else ()
    return bool(approvals) and all(item.key is not None for item in approvals)


def damage(checked: PackReport) -> list[DeployedReason]:
    """That a pack is not as it must be, or not of the ledger that was named."""
    if checked.outcome != "failed":
        return []
    first = checked.problems[0]
    where = f"entry {first.entry}, " if first.entry is not None else ""
    text = f"the pack is damaged, or of another ledger: {where}{first.message}"
    remedy = "get another copy; holdfast audit verify --pack tells all that is wrong"
    if any(item.state == "failed" for item in checked.anchors):
        remedy = f"check first that you gave the key or pin of this ledger and not of another; else {remedy}"
    return [_reason("failed", "damaged", text, remedy)]


def undone(checked: PackReport, despite: Collection[str]) -> list[DeployedReason]:
    """Who was named and says nothing of the pack, and what could not be decided again."""
    reasons = [
        _reason("unknown", "says-nothing", f"the {item.kind} {item.name} says nothing of it: {item.text}", GET_ANOTHER)
        for item in checked.anchors
        if item.state == "not checked"
    ]
    audited = checked.audit
    if audited.outcome == "incomplete" and INCOMPLETE not in despite:
        what = (*audited.not_recomputed, *audited.not_covered)[0]
        remedy = f"see holdfast audit verify --pack; to go on without it: --despite {INCOMPLETE}"
        reasons.append(_reason("unknown", "incomplete", f"not everything could be decided again: {what}", remedy))
    return reasons


def against(known: Known, despite: Collection[str]) -> list[DeployedReason]:
    """What stands against the candidate, by the pack or the attestation, and was not accepted."""
    items = {item.id: item for item in known.found.against}
    if known.attested is not None:
        items |= {item.id: item for item in known.attested.found.against}
    return [
        _reason(
            "unknown",
            item.kind,
            f"{_KINDS[item.kind]}: {item.id}, entry {item.entry}, by {item.by}",
            f"learn what became of it; to load the files all the same: --despite {item.id}",
        )
        for item in items.values()
        if item.id not in despite
    ]


def files_of(manifest: Manifest, difference: Difference) -> tuple[DeployedFile, ...]:
    """Every file, released or found, and what it is; in the order of their components and paths."""
    changed = {item.old.key: item.new.sha256 for item in difference.changed}
    missing = {item.key for item in difference.removed}
    files = [
        DeployedFile(
            component=item.component,
            path=item.path,
            state="missing" if item.key in missing else "differs" if item.key in changed else "same",
            released=item.sha256,
            found=None if item.key in missing else changed.get(item.key, item.sha256),
        )
        for item in manifest.files
    ]
    files += [
        DeployedFile(component=item.component, path=item.path, state="extra", released=None, found=item.sha256)
        for item in difference.added
    ]
    return tuple(sorted(files, key=lambda file: (file.component, file.path)))


def other_files(files: Iterable[DeployedFile], release: str) -> list[DeployedReason]:
    """That something else lies there than what was released; none where it is exactly that."""
    counted = dict.fromkeys(("differs", "missing", "extra"), 0)
    for file in files:
        if file.state != "same":
            counted[file.state] += 1
    said = ", ".join(f"{number} {_STATES[state]}" for state, number in counted.items() if number)
    if not said:
        return []
    text = f"these are not the files of {release} that were released: {said}"
    return [_reason("no", "other-files", text, "do not load them; get the released files again")]


def outcome_of(reasons: Sequence[DeployedReason]) -> str:
    """What reasons come to: the worst of them, and ``ok`` only where there is none."""
    kinds = {reason.kind for reason in reasons}
    return next((kind for kind in ("failed", "no", "unknown") if kind in kinds), "ok")


def _otherwise(found: ReleasedView, attested: Attested, asked: Exposure) -> list[DeployedReason]:
    """What an attestation says otherwise than the pack."""
    other = attested.found
    if other.standing != "released":
        return [
            _reason("no", other.standing.replace("_", "-"), f"by the attestation, {_not_out(other)}", _instead(other))
        ]
    if other.reached.rank < asked.rank:
        text = f"by the attestation, {found.release} is out no further than {other.reached}"
        return [_reason("no", "not-released", text, _instead(other))]
    if (other.candidate, other.decision) != (found.candidate, found.decision):
        text = "the attestation is about another decision than the pack"
        return [_reason("unknown", "other-decision", text, EXPORT.format(release=found.release))]
    return []


def _aged(known: Known, now: datetime, max_age: timedelta | None) -> list[DeployedReason]:
    found = known.knowledge(now)
    if max_age is None or found is None:
        return []
    age = now - found.at
    if age < -AHEAD:
        text = f"how old this is cannot be told: {found.by} is of {timestamp(found.at)}, which is still to come here"
        return [_reason("unknown", "clock", text, "set this host's clock right; if it is, the ledger's was wrong")]
    if age > max_age:
        text = f"what became of it is known until {timestamp(found.at)}, by {found.by}: longer ago than is allowed here"
        remedy = (
            f"get an attestation that is made now: holdfast audit export {known.found.release} --format vsa -o FILE"
        )
        return [_reason("unknown", "too-old", text, remedy)]
    return []


def _not_out(found: ReleasedView) -> str:
    ended = f", entry {found.ended}, by {found.ended_by}" if found.ended is not None else ""
    match found.standing:
        case "withdrawn":
            return f"{found.release} was withdrawn{ended}"
        case "pulled_back":
            return f"{found.release} was pulled back to {found.stage}{ended}"
        case "refused":
            return f"{found.release} was not released as far as {found.asked}: somebody's refusal stands against it"
        case _:
            return f"{found.release} was not released as far as {found.asked}: it is in {found.stage}"


def _instead(found: ReleasedView) -> str:
    if found.standing in ("withdrawn", "pulled_back"):
        return "do not load it; whoever runs the release knows what takes its place"
    return f"do not load it; if it was released since, {EXPORT.format(release=found.release)}"


def _reason(kind: str, code: str, text: str, remedy: str) -> DeployedReason:
    return DeployedReason(kind=kind, code=code, text=text, remedy=remedy)


_KINDS = {
    "hold": "a hold stands against these files",
    "incident": "an incident with these files is open",
    "compromise": "the decision rests on what a compromised key signed, and nobody has looked at it since",
    "refusal": "somebody refuses to let these files out so far",
    "withdrawal": "the same files were withdrawn in another release",
}
_STATES = {"differs": "with other bytes", "missing": "missing", "extra": "that was not released"}
