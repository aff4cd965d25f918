"""The word for a release, and what must be known before anything else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflow.changes import LatecomerAdmitted
from workflow.events import ChangeAccepted
from workflow.phrases import moment
from workflow.process import WITHDRAWN, Exposure
from workflow.report.gathering.scene import Scene
from workflow.report.views import (
    DissentView,
    ErasedView,
    MeasurementView,
    MoveView,
    ReportedException,
    SetAsideView,
    Summary,
    VerdictWord,
)
from workflow.views import AgainstView, AuditReport

_OUT = {
    Exposure.VETTED: "vetted partners have the model",
    Exposure.HOSTED: "people outside use the model through an interface",
    Exposure.WEIGHTS: "the weights are public, and copies persist",
}
_OPEN: dict[str | None, VerdictWord] = {"no": "blocked", "open": "waiting", "error": "not checkable"}


_STANDS = {
    "hold": "the hold {id} of {by}",
    "incident": "the incident {id} of {by}",
    "compromise": "{id}, a compromised key",
    "refusal": "the refusal {id} of {by}",
    "withdrawal": "that the same files were withdrawn in {release} by {by}",
}
_NAMED = 3
"""How many of the things that stand against a candidate a sentence names."""
_SAID_ALREADY = frozenset({"refused", "held", "withdrawn"})


def summary(scene: Scene, moves: Sequence[MoveView], contested: Sequence[AgainstView]) -> Summary:
    """What became of the release, in a word and a sentence; what stands against its being ``contested`` is in both."""
    told = _what_became(scene, moves)
    if not contested or scene.recorded.exposed is Exposure.INTERNAL or told.word in _SAID_ALREADY:
        return told
    named = [f"{_STANDS[item.kind].format(**vars(item))}, entry {item.entry}" for item in contested[:_NAMED]]
    more = [f"{len(contested) - _NAMED} more"] if len(contested) > _NAMED else []
    text = f"{told.text} Against these files stand: {'; '.join([*named, *more])}."
    return Summary(word="released, contested" if told.word == "released" else told.word, text=text, entry=told.entry)


def _what_became(scene: Scene, moves: Sequence[MoveView]) -> Summary:
    status, release = scene.status, scene.recorded
    stage = scene.process.stage(release.stage)
    into = next((move for move in reversed(moves) if move.taken_back is None and move.dest == release.stage), None)
    if release.stage == WITHDRAWN:
        kept = (
            "; it had been out, and copies persist" if release.exposed is not Exposure.INTERNAL else ", and never left"
        )
        return Summary(word="withdrawn", text=f"Withdrawn{_by(into)}{kept}.", entry=_entry(into))
    doubt = next((item for item in release.publications if item.is_open), None)
    if doubt is not None:
        text = f"Let out by {doubt.by} on {moment(doubt.at)}, entry {doubt.entry}; nobody has proven what came of it."
        return Summary(word="released, unproven", text=text, entry=doubt.entry)
    out = _OUT.get(stage.exposure)
    if out is not None and stage.exposure is scene.process.highest_exposure:
        return Summary(word="released", text=f"Released{_by(into)}: {out}.", entry=_entry(into))
    far = _how_far(release.exposed, out)
    rejects = status.rejects
    if rejects:
        who = ", ".join(dict.fromkeys(f"{item.by} as {item.role}" for item in rejects))
        text = f"It has not gone on: {who} refused, and that stands.{far}"
        return Summary(word="refused", text=text, entry=rejects[0].entry)
    holds = [item for item in status.holds if item.standing]
    if holds:
        who = ", ".join(f"{item.id} of {item.owner}" for item in holds)
        text = f"Held in {release.stage} with no end date: {who}.{far}"
        return Summary(word="held", text=text, entry=holds[0].entry)
    if status.next is None:
        return Summary(word="waiting", text=f"In {release.stage}; no way leads on.{far}", entry=_entry(into))
    if status.next.allowed:
        text = f"In {release.stage}: `{status.next.trigger}` to {status.next.dest} would be allowed now.{far}"
        return Summary(word="allowed", text=text, entry=_entry(into))
    count = len(status.next.blockers)
    things = "1 check stands" if count == 1 else f"{count} checks stand"
    text = f"In {release.stage}: {things} in the way of `{status.next.trigger}` to {status.next.dest}.{far}"
    return Summary(word=_OPEN[status.next.outcome], text=text, entry=_entry(into))


def held_to(told: Summary, audit: AuditReport | None) -> Summary:
    """The same, where nothing was found that is not as it must be; else that, before what is recorded."""
    if audit is None or not audit.problems:
        return told
    first = min(audit.problems, key=lambda problem: (problem.entry is None, problem.entry))
    count = len(audit.problems)
    found = "a problem was" if count == 1 else f"{count} problems were"
    text = f"Not to be relied on: {found} found in what decides on it; the first: {first.message}. Recorded is: "
    return Summary(word="not in order", text=text + told.text, entry=first.entry)


def _how_far(exposed: Exposure, out: str | None) -> str:
    if out is not None:
        return f" So far, {out}."
    if exposed is Exposure.INTERNAL:
        return " Nothing has left."
    return f" It had been out up to {exposed}, and is not now."


def _by(move: MoveView | None) -> str:
    return f" by {move.by} on {moment(move.at)}, entry {move.entry}" if move is not None else ""


def _entry(move: MoveView | None) -> int | None:
    return move.entry if move is not None else None


def exceptions(
    scene: Scene,
    aside: Sequence[SetAsideView],
    gone: Sequence[ErasedView],
    refusals: Sequence[DissentView],
    measured: Sequence[MeasurementView],
) -> tuple[ReportedException, ...]:
    """What departs from the plain course, so that nobody reads past it."""
    return (
        *_of_process(scene),
        *_of_gates(scene),
        *(
            ReportedException(
                kind="set-aside evidence", text=f"{item.evidence} set aside by {item.by}", entry=item.entry
            )
            for item in aside
        ),
        *_of_people(scene, refusals),
        *_of_evidence(measured),
        *_of_what_came_of_it(scene),
        *(
            ReportedException(
                kind="erased text",
                text=f"the {item.name.replace('_', ' ')} of entry {item.entry} was erased by {item.by}",
                entry=item.erased_in,
            )
            for item in gone
        ),
    )


def _of_process(scene: Scene) -> Iterator[ReportedException]:
    if scene.process.solo:
        text = f"{scene.process.label} lets one person request, write and approve"
        yield ReportedException(kind="solo", text=text)
    for item in scene.status.migrations:
        if item.loosens:
            text = (
                f"{item.previous_label} gave way to {item.process_label}, which asks less at: {', '.join(item.loosens)}"
            )
            yield ReportedException(kind="loosened process", text=text, entry=item.entry)


def _of_gates(scene: Scene) -> Iterator[ReportedException]:
    for used in scene.status.overrides:
        who = " and ".join(used.by)
        state = "reviewed" if used.reviewed else "its review is overdue" if used.overdue else "its review is open"
        text = f"`{used.trigger}` passed `{used.policy}` by the override of {who}; {state}"
        yield ReportedException(kind="override", text=text, entry=used.entry)
    for requirement in scene.status.requirements:
        for word in requirement.accepted:
            what = f"the risk of {requirement.id} ({requirement.severity})"
            text = f"{what} accepted by {word.by} until {moment(word.until)}"
            yield ReportedException(kind="accepted risk", text=text, entry=word.entry)


def _of_people(scene: Scene, refusals: Sequence[DissentView]) -> Iterator[ReportedException]:
    for refused in refusals:
        answered = [word for word in refused.words if word.what == "answer"]
        if answered and any(word.what == "closing" for word in refused.words):
            who = " and ".join(dict.fromkeys(word.by for word in answered))
            text = f"the refusal {refused.id} of {refused.by} as {refused.role} was answered by {who}"
            yield ReportedException(kind="overruled advice", text=text, entry=answered[-1].entry)
    for person, role, slug, number in scene.world.roster.admitted:
        if slug == scene.slug:
            text = f"{person} counted as {role} in round {number}, though given the role after it began"
            yield ReportedException(kind="latecomer", text=text, entry=_admitted(scene, person, role, number))
    for key, entry in sorted(scene.recorded.compromised, key=lambda item: item[1]):
        text = f"the move in entry {entry} rested on {key[:18]}.., found compromised since"
        yield ReportedException(kind="compromised key", text=text, entry=entry)
    if not scene.process.signed:
        text = f"{scene.process.label} asks for no signatures: who approved is a claim where it is not marked as signed"
        yield ReportedException(kind="claims only", text=text)


def _admitted(scene: Scene, person: str, role: str, number: int) -> int | None:
    """The entry since which somebody counts who came late."""
    late = LatecomerAdmitted(person=person, role=role, release=scene.slug, round=number)
    return next(
        (
            item.entry.seq
            for item in scene.administration
            for event in item.events
            if isinstance(event, ChangeAccepted) and event.change == late
        ),
        None,
    )


def _of_evidence(measured: Sequence[MeasurementView]) -> Iterator[ReportedException]:
    for name, entry in dict.fromkeys(
        (item.evidence, item.entry) for item in measured if item.current and not item.stated
    ):
        text = f"{name} does not say itself which candidate it is about: whoever attached it does"
        yield ReportedException(kind="declared evidence", text=text, entry=entry)


def _of_what_came_of_it(scene: Scene) -> Iterator[ReportedException]:
    for item in scene.recorded.publications:
        if item.is_open:
            text = f"nobody has proven what came of {item.permit} to {item.destination}"
            yield ReportedException(kind="unproven publication", text=text, entry=item.entry)
        elif item.end == "aborted":
            text = f"{item.permit} was taken back: it is proven that no byte left"
            yield ReportedException(kind="aborted publication", text=text, entry=item.ended)
    for incident in scene.status.incidents:
        state = "stands open" if incident.open else "is dealt with"
        text = f"{incident.id} in {incident.release}, known since {moment(incident.known_since)}, {state}"
        yield ReportedException(kind="incident", text=text, entry=incident.entry)
