"""What decides whether a serving host may load files: what a pack tells of a release, and what lies there. Pure.

What speaks for the files counts only where somebody vouches for it. What speaks against them counts in any case.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from workflow.artifact import Difference, Manifest
from workflow.clock import timestamp
from workflow.views import (
    AuditReport,
    DeployedFile,
    DeployedReason,
    KnowledgeView,
    ReleasedView,
    VoucherView,
)

AHEAD = timedelta(minutes=5)
"""How far the times in a pack may lie ahead of the host's clock, because no two clocks are alike."""

INCOMPLETE = "incomplete"
"""The name by which it is accepted that something of the pack could not be decided again."""

EXPORT = "get a pack that is made now: holdfast audit export {release} -o FILE"


@dataclass(frozen=True, slots=True)
class Times:
    """What tells how late it was in a ledger: the last entry's time up to each size, and when a witness saw it."""

    entries: Sequence[tuple[int, datetime]]
    vouched: Sequence[VoucherView]

    @property
    def size(self) -> int | None:
        """For how many entries somebody vouches; None where only pins do, or nobody."""
        return max((item.size for item in self.vouched if item.size is not None), default=None)

    def knowledge(self, now: datetime) -> KnowledgeView | None:
        """How fresh what is known is; None where nobody vouches for any of it."""
        if not self.vouched:
            return None
        size = self.size
        told = [(at, f"entry {seq}") for seq, at in self.entries if size is None or seq <= size]
        told += [(item.at, f"the witness {item.name}") for item in self.vouched if item.at is not None]
        if not told:
            return None
        at, by = max(told)
        return KnowledgeView(at=at, by=by, age=int((now - at).total_seconds()))


def of_pack(
    found: ReleasedView, audited: AuditReport, times: Times, *, now: datetime, max_age: timedelta | None
) -> list[DeployedReason]:
    """What a pack itself has against its release being loaded, but for what stands against the candidate."""
    reasons = []
    if audited.outcome == "failed":
        first = audited.problems[0].message
        damage = _reason("failed", "damaged", f"the pack is damaged: {first}", "get another copy, and compare both")
        return [damage]
    if found.standing != "released":
        reasons.append(_reason("no", found.standing.replace("_", "-"), _not_out(found), _instead(found)))
    if not times.vouched:
        text = f"nobody vouches for this pack being of {found.origin}: anybody can make up such a ledger"
        remedy = "give --log-key VKEY, which holdfast checkpoint tells, --witness VKEY, or --pin SEQ:HASH"
        reasons.append(_reason("unknown", "not-vouched", text, remedy))
    size = times.size
    if size is not None and found.decision is not None and found.decision.entry > size:
        text = f"it was decided by entry {found.decision.entry}, and the checkpoint stands for the first {size} entries"
        reasons.append(_reason("unknown", "beyond-checkpoint", text, "make a checkpoint, and a pack after it"))
    return reasons + _aged(found, times, now, max_age)


def incomplete(audited: AuditReport, despite: Collection[str]) -> list[DeployedReason]:
    """What could not be decided again."""
    if audited.outcome != "incomplete" or INCOMPLETE in despite:
        return []
    text = f"not everything could be decided again: {(*audited.not_recomputed, *audited.not_covered, '')[0]}"
    remedy = f"see holdfast audit verify --pack; to go on without it: --despite {INCOMPLETE}"
    return [_reason("unknown", "incomplete", text, remedy)]


def standing_against(found: ReleasedView, despite: Collection[str]) -> list[DeployedReason]:
    """What stands against the candidate and was not accepted."""
    return [
        _reason(
            "unknown",
            item.kind,
            f"{_KINDS[item.kind]}: {item.id}, entry {item.entry}, by {item.by}",
            f"learn what became of it; to load the files all the same: --despite {item.id}",
        )
        for item in found.against
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


def _aged(found: ReleasedView, times: Times, now: datetime, max_age: timedelta | None) -> list[DeployedReason]:
    known = times.knowledge(now)
    if max_age is None or known is None:
        return []
    remedy = EXPORT.format(release=found.release)
    age = now - known.at
    if age < -AHEAD:
        text = f"how old this is cannot be told: {known.by} says {timestamp(known.at)}, which is still to come here"
        return [_reason("unknown", "clock", text, "set this host's clock right; if it is, the ledger's was wrong")]
    if age > max_age:
        text = f"what is known is of {timestamp(known.at)}, by {known.by}, which is longer ago than is allowed here"
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
    "withdrawal": "the same files were withdrawn in another release",
}
_STATES = {"differs": "with other bytes", "missing": "missing", "extra": "that was not released"}
