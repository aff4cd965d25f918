"""What a request for an act says of the thing that is acted on, in lines for whoever is to sign; none is signed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from workflow.changes import KeyEnrolled, ProcessChartered
from workflow.clock import timestamp
from workflow.commands import (
    AcceptRisk,
    Answer,
    AnyCommand,
    ApproveChange,
    ApproveMigration,
    Attach,
    CloseIncident,
    Discharge,
    EraseText,
    JudgeTest,
    Justify,
    Lift,
    MakeStatement,
    Override,
    Plan,
    ProposeChange,
    Reconcile,
    Review,
    SetAside,
    WithdrawSignOff,
)
from workflow.decisions.situation import Situation
from workflow.events import EvidenceJustified
from workflow.evidence import EvidenceReport
from workflow.exchange import Note
from workflow.grounds import Evidence
from workflow.intention import Intention
from workflow.looking import read_text
from workflow.overriding import overriding
from workflow.release import ReleaseState
from workflow.requirement import YES_IF, Hold, Requirement
from workflow.signoff import SignOff
from workflow.storage.base import Reader

Item = TypeVar("Item", Hold, Requirement, SignOff, Evidence)

_DECIDED = {"approve": "approval", "reject": "refusal", "abstain": "abstention", "recuse": "recusal"}


def about(intention: Intention, reader: Reader) -> tuple[Note, ...]:
    """The lines about one act."""
    situation, command = intention.situation, intention.command
    found = _of_release(situation, command, reader) if situation.release is not None else []
    return (*found, *_of_change(situation, command), *_of_events(intention), *_of_erasure(situation, command, reader))


def _of_release(situation: Situation, command: AnyCommand, reader: Reader) -> list[Note]:
    release, process = situation.known
    notes: list[Note] = [
        Note(label="release", text=f"{release.slug} {release.candidate.label}".rstrip() + f", in {release.stage}"),
        Note(label="process", text=process.label),
    ]
    match command:
        case Lift():
            return notes + _hold(_item(release.holds, command.subject), reader)
        case AcceptRisk() | Discharge() | CloseIncident():
            return notes + _requirement(_item(release.requirements, command.subject), reader)
        case MakeStatement() if command.about is not None:
            return notes + _requirement(_item(release.requirements, command.about), reader)
        case Answer() | WithdrawSignOff():
            return notes + _sign_off(_item(release.sign_offs, command.subject), reader)
        case SetAside():
            return notes + _evidence(_item(release.evidence, command.subject))
        case Justify():
            sources = {other.slug: other for other in (release, *situation.kin)}
            return notes + _evidence(_item(sources[command.source].evidence, command.subject))
        case Review():
            return notes + _reviewed(release, command.area)
        case Override():
            return notes + _overridden(situation, reader)
        case JudgeTest():
            return notes + _tested(release, command)
        case Attach():
            return notes + _report(command.report)
        case Plan():
            return [*notes, Note(label="to", text=command.destination), Note(label="until", text=command.expires)]
        case Reconcile():
            return notes + _publication(release, command.subject)
        case ApproveMigration() if situation.target is not None:
            return [*notes, Note(label="instead", text=f"{situation.target.label}, {situation.target.digest}")]
    return notes


def _of_change(situation: Situation, command: AnyCommand) -> list[Note]:
    change = command.change if isinstance(command, ProposeChange) else None
    notes = []
    if isinstance(command, ApproveChange):
        pending = next(item for item in situation.roster.pending if item.id == command.id)
        change = pending.change
        have = ", ".join(pending.approvals)
        notes.append(
            Note(label="proposed", text=f"{pending.id}, approved by {have}; {situation.roster.threshold} must")
        )
    match change:
        case ProcessChartered():
            notes.append(Note(label="process", text=f"{change.name}, up to {change.exposure}"))
        case KeyEnrolled():
            notes.append(Note(label="key", text=f"of {change.person}, verified by {change.verified_by}"))
    return notes


def _of_events(intention: Intention) -> list[Note]:
    first = intention.events[0]
    if not isinstance(first, EvidenceJustified):
        return []
    return [Note(label="since", text=", ".join(f"{name} {what}" for name, what in first.difference.items()))]


def _of_erasure(situation: Situation, command: AnyCommand, reader: Reader) -> list[Note]:
    if not isinstance(command, EraseText):
        return []
    text = read_text(reader, situation.texts_of_subject[command.name])
    return [Note(label="text", text=f"{command.name} of entry {command.entry}"), Note(label="says", text=text)]


def _hold(hold: Hold, reader: Reader) -> list[Note]:
    owner = f"{hold.count} of {hold.role}" if hold.count is not None else hold.by
    return [
        Note(label="hold", text=f"{hold.id} by {hold.by} as {hold.role}, entry {hold.entry}; it belongs to {owner}"),
        Note(label="said", text=read_text(reader, hold.reason)),
    ]


def _requirement(item: Requirement, reader: Reader) -> list[Note]:
    # What an approval depends on says whose that is, which may be sealed.
    maker = f"{item.by} as {item.role}" if item.kind != YES_IF else f"somebody as {item.role}, with an approval"
    said = Note(label="said", text=read_text(reader, item.text))
    if item.incident is not None:
        since = timestamp(item.incident.known_since)
        text = f"{item.id} by {maker}, entry {item.entry}; known since {since}"
        affected = Note(label="affected", text=", ".join(sorted(item.incident.affected)))
        return [Note(label="incident", text=text), said, affected]
    return [Note(label="demand", text=f"{item.id}{_severity(item)} by {maker}, entry {item.entry}"), said]


def _severity(item: Requirement) -> str:
    return f" ({item.severity})" if item.severity is not None else ""


def _sign_off(item: SignOff, reader: Reader) -> list[Note]:
    what = f"{item.id}, the {_DECIDED[item.decision]} of `{item.transition}` by {item.act.person} as {item.act.role}"
    return [
        Note(label="decision", text=f"{what}, entry {item.act.entry}"),
        Note(label="said", text=read_text(reader, item.reason)),
    ]


def _evidence(item: Evidence) -> list[Note]:
    place = Note(label="attached", text=f"{item.release}/{item.id} by {item.by}, entry {item.entry}: {item.filename}")
    return [place, *_report(item.report)]


def _report(report: EvidenceReport) -> list[Note]:
    numbers = [f"{metric.name} {metric.value}" for metric in report.metrics]
    return [
        Note(label="report", text=f"{report.name} ({report.kind}), {report.status}"),
        *([Note(label="says", text=", ".join(numbers))] if numbers else []),
    ]


def _publication(release: ReleaseState, permit: str) -> list[Note]:
    found = next(item for item in release.publications if item.permit == permit)
    return [Note(label="begun", text=f"{permit} by {found.by}, entry {found.entry}: to {found.destination}")]


def _reviewed(release: ReleaseState, area: str) -> list[Note]:
    made = [item for item in release.reviews if item.area == area and item.act.candidate == release.candidate.digest]
    said = [f"{item.act.person} as {item.act.role} found it {item.verdict}, entry {item.act.entry}" for item in made]
    return [Note(label="area", text=area), Note(label="so far", text="; ".join(said) or "nobody reviewed it")]


def _overridden(situation: Situation, reader: Reader) -> list[Note]:
    """What the policy asks that is to be passed, and who said so before."""
    context = situation.context
    found = overriding(context) if context is not None else None
    if context is None or found is None:
        return []
    said = [f"{word.act.person}, entry {word.act.entry}: {read_text(reader, word.reason)}" for word in found.counted]
    return [
        Note(label="override", text=f"of `{found.terms.policy}` at `{context.transition.trigger}`, once"),
        Note(label="it asks", text=context.gate[found.place].describe()),
        Note(label="so far", text="; ".join(said) or "nobody overrides it yet"),
        Note(label="review", text=f"by {found.terms.review.role}, within {found.terms.review.within} of the move"),
    ]


def _tested(release: ReleaseState, command: JudgeTest) -> list[Note]:
    made = [item for item in release.tests if item.test == command.test]
    here = [item for item in made if item.act.candidate == release.candidate.digest]
    said = [f"{item.act.person} as {item.act.role}: {item.verdict}, entry {item.act.entry}" for item in here]
    cited = [note for subject in command.evidence for note in _evidence(_item(release.evidence, subject))]
    return [
        Note(label="test", text=command.test),
        Note(label="so far", text="; ".join(said) or "nobody said anything of it"),
        *cited,
    ]


def _item(among: Sequence[Item], subject: str) -> Item:
    return next(item for item in among if item.id == subject)
