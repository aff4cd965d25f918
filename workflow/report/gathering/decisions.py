"""Who decided what, and what became of it: counted, or why not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow.basis import changes
from workflow.errors import NotFound
from workflow.events import CandidateReplaced, ProcessMigrated, TransitionMade
from workflow.policy import CannotTell, GateContext
from workflow.report.gathering.bases import Bases
from workflow.report.gathering.dissent import end_of
from workflow.report.gathering.scene import Scene
from workflow.report.views import IN_USE, FateWord, GateView, MoveView, ReportedKey, ReportedSignOff, SignerView
from workflow.signing import PublicKey
from workflow.signoff import SignOff
from workflow.verdict import counted_in
from workflow.views import SEALED

IGNORED = "ignored"


def sign_offs(scene: Scene, gates: Sequence[GateView]) -> tuple[ReportedSignOff, ...]:
    """Every decision on a transition, in its order; one that is sealed is there without its maker."""
    bases = Bases(scene)
    return tuple(_sign_off(scene, bases, item, gates) for item in scene.recorded.sign_offs)


def _sign_off(scene: Scene, bases: Bases, item: SignOff, gates: Sequence[GateView]) -> ReportedSignOff:
    act = item.act
    sealed = item.id in scene.own_seals.sign_offs
    word, text, ends = (
        ("sealed", "it shows once the quorum of its role is in", None) if sealed else _fate(scene, bases, item, gates)
    )
    begun, since = (bases.since(item) if item.decision == "approve" and not sealed else None) or (None, None)
    return ReportedSignOff(
        id=item.id,
        entry=act.entry,
        at=act.at,
        by=SEALED if sealed else act.person,
        role=act.role,
        decision=SEALED if sealed else item.decision,
        trigger=item.transition,
        source=item.source,
        dest=item.dest,
        round=item.round,
        candidate=act.candidate,
        basis=item.basis,
        key=None if sealed else act.key,
        reason=None if sealed else scene.words(item.reason),
        conditions=() if sealed else _conditions(scene, item),
        expires=None if sealed else item.expires,
        fate=word,
        fate_text=text,
        ends=ends,
        review_seconds=None if begun is None else int((act.at - begun).total_seconds()),
        basis_since=since,
    )


def _conditions(scene: Scene, item: SignOff) -> tuple[str | None, ...]:
    entry = next(read.entry for read in scene.line.read if read.entry.seq == item.act.entry)
    return tuple(scene.words(entry.texts[name]) for name in item.conditions if name in entry.texts)


Fate = tuple[FateWord, str, int | None]


def _fate(scene: Scene, bases: Bases, item: SignOff, gates: Sequence[GateView]) -> Fate:
    if item.decision == "reject":
        return _fate_of_reject(scene, item)
    if item.decision != "approve":
        return "recorded", "", None
    gate = next((gate for gate in gates if gate.crossed and _counted(gate, item.act.entry)), None)
    if gate is not None:
        return "counted", f"counted when `{gate.trigger}` was made, entry {gate.entry}", None
    if item.withdrawn is not None:
        return "withdrawn", f"withdrawn by its maker, entry {item.withdrawn}", item.withdrawn
    moved = _moved(scene, bases, item)
    if moved is not None:
        return moved
    if item.round < scene.recorded.round:
        return _ended(scene, item, gates)
    return _now(scene, item)


def _fate_of_reject(scene: Scene, item: SignOff) -> Fate:
    present = next(one for one in scene.release.sign_offs if one.id == item.id)
    standing = any(reject.id == item.id and reject.release == scene.slug for reject in scene.status.rejects)
    end = end_of(present, scene.release.candidate.digest, standing=standing)
    match end.fate:
        case "stands":
            return "standing", "stands against the present candidate", None
        case "taken back":
            return "withdrawn", f"taken back by its maker, entry {end.entry}", end.entry
        case "answered":
            return "answered", f"answered by {' and '.join(end.by)}, entry {end.entry}", end.entry
    return "closed", "is not about the present candidate or anything that it descends from", None


def _moved(scene: Scene, bases: Bases, item: SignOff) -> Fate | None:
    """That what an approval rests on became another within its round, and by which entry."""
    last = scene.line.last_of.get(item.round, 0)
    after = scene.gate_after(item.transition, last)
    if after is None or after.basis == item.basis or (item.source, item.dest) != (after.source, after.transition.dest):
        return None
    seq = bases.moved(item, last)
    then, now = (scene.gate_after(item.transition, entry) for entry in (item.act.entry, seq or last))
    if seq is None or then is None or now is None:
        return "stale", "what it rests on has changed since", None
    return "stale", f"what it rests on changed, entry {seq}: {_told(then, now)}", seq


def _told(then: GateContext, now: GateContext) -> str:
    return "; ".join(changes(then, now)) or "what it rests on is another"


def _round_after(scene: Scene, entry: int) -> int:
    state = scene.line.after(entry)
    return state.round if state is not None else 0


def _ended(scene: Scene, item: SignOff, gates: Sequence[GateView]) -> Fate:
    """What ended the round of an approval that no gate counted."""
    said = next((text for gate in gates if (text := _ignored(gate, item.act.entry)) is not None), None)
    seen = f", and by then it did not count: {said}" if said is not None else ""
    for read in scene.line.read:
        if read.entry.seq <= item.act.entry or _round_after(scene, read.entry.seq) <= item.round:
            continue
        for event in read.events:
            match event:
                case TransitionMade():
                    what = f"`{event.trigger}` was made"
                case CandidateReplaced():
                    what = "the candidate was replaced"
                case ProcessMigrated():
                    what = "the process gave way to another"
                case _:
                    continue
            text = f"round {item.round} ended before it was used: {what}, entry {read.entry.seq}{seen}"
            return "stale", text, read.entry.seq
        return "stale", f"round {item.round} ended, entry {read.entry.seq}{seen}", read.entry.seq
    return "stale", f"round {item.round} has ended{seen}", None


def _now(scene: Scene, item: SignOff) -> Fate:
    """Whether an approval of the present round counts now."""
    try:
        context = scene.rulebook.context(scene.world, item.transition)
        result = context.count(item.act.role)
    except (NotFound, KeyError, CannotTell):
        return "void", "no gate asks for it now", None
    if any(counted.id == item.id for counted in result.counted):
        return "counts", "counts now", None
    why = next((one.why for one in result.ignored if one.sign_off.id == item.id), None)
    if why is not None:
        return "void", f"does not count now: {why}", item.asserted
    return "void", "a later word of the same person stands in its place", None


def _counted(gate: GateView, entry: int) -> bool:
    return any(fact.entry == entry for fact in counted_in(gate.verdicts))


def _ignored(gate: GateView, entry: int) -> str | None:
    """What a gate said of an approval that it did not count; None where it said nothing of it."""
    facts = (fact for verdict in gate.verdicts for fact in verdict.facts)
    return next((fact.text for fact in facts if fact.label == IGNORED and fact.entry == entry), None)


def signers(
    gates: Sequence[GateView], moves: Sequence[MoveView], made: Sequence[ReportedSignOff]
) -> tuple[SignerView, ...]:
    """Whose approvals the last raise counted that was not taken back; where there was none, whose count now."""
    raised = {move.entry for move in moves if move.raises and move.taken_back is None}
    raises = [gate for gate in gates if gate.entry in raised]
    if raises:
        entries = {fact.entry for fact in counted_in(raises[-1].verdicts)}
        found = [item for item in made if item.entry in entries]
    else:
        found = [item for item in made if item.fate == "counts"]
    return tuple(
        SignerView(person=item.by, role=item.role, entry=item.entry, at=item.at, key=item.key, sign_off=item.id)
        for item in found
    )


def keys(scene: Scene) -> tuple[ReportedKey, ...]:
    """The keys with which anything in the release was signed and may be told of."""
    used = {scene.key(item.entry.seq) for item in scene.line.read if not scene.is_sealed(item)}
    roster = scene.world.roster
    return tuple(
        ReportedKey(
            fingerprint=key.fingerprint,
            kind=PublicKey.parse(key.text).kind,
            person=key.person,
            enrolled_in=key.entry,
            enrolled_at=key.at,
            verified_by=key.verified_by,
            state=_compromised(key.compromised_since) or key.refuses or IN_USE,
        )
        for key in roster.keys.values()
        if key.fingerprint in used
    )


def _compromised(since: datetime | None) -> str:
    return f"compromised since {since:%Y-%m-%d}" if since is not None else ""
