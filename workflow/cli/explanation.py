"""An explanation on the screen: the answer, what stands in the way and who can act, and what was not checked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from workflow import Engine
from workflow.cli.exits import outcome_of, unseen
from workflow.cli.next_step import Standing, command_for, needs_somebody, objection_of, standing_in
from workflow.cli.output import Output, Part, Style
from workflow.cli.override_shown import show_overriding
from workflow.cli.shown import SEEN_DIGITS, claimed, friendly, said, short
from workflow.phrases import listed, moment
from workflow.policy import Fact, OutcomeKind, Reason, Verdict
from workflow.views import Assumptions, Explanation

BOUND_NOT_MET = "bound-not-met"
"""The code of a reason that repeats the fact ``have``, and adds only which report it is."""

UNPROVEN = "that people are who they say they are"
HELD = "in whose hands the keys are that signed"
REFUSALS = "objections"
UNUSUAL = ("late", "deputy", "accepted")
"""The facts of what counts which are told even where nothing stands in the way."""

REMARKS = ("ignored", *UNUSUAL)

ANSWERS: dict[OutcomeKind | None, tuple[str, Style]] = {
    None: ("YES", "met"),
    "no": ("NO", "refused"),
    "open": ("WAITING", "open"),
    "error": ("NOT CHECKABLE", "open"),
}
MARKS: dict[str, tuple[str, Style]] = {
    "no": ("!", "refused"),
    "open": ("*", "open"),
    "error": ("?", "open"),
    "hold": ("=", "plain"),
    "unseen": ("-", "faint"),
}
"""The signs of the four ways not to be met; a hold is nobody's fault and has none of their colours."""

STATES: dict[str, str] = {
    "no": "NOT MET: refused",
    "open": "NOT MET: open",
    "error": "NOT MET: could not be checked",
    "hold": "NOT MET: held",
    "unseen": "NOT LOOKED AT",
}
SEVERITY = ("no", "hold", "error", "open", "unseen")
"""The kinds, the gravest first."""


def kind_of(reason: Reason) -> str:
    """Which of :data:`MARKS` a reason gets."""
    return "unseen" if unseen(reason) else "hold" if reason.code == "hold" else reason.kind


def state_of(verdict: Verdict) -> str:
    """The gravest kind among a verdict's reasons."""
    kinds = {kind_of(reason) for reason in verdict.reasons}
    return next(kind for kind in SEVERITY if kind in kinds)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an explanation itself does not say: what stands against the candidate, and who could grant a role.

    ``moves`` is whether it is known how the move is made, by a plan or at once.
    """

    standing: Standing
    administrators: tuple[str, ...]
    moves: bool = True

    @classmethod
    def of(cls, engine: Engine, release: str) -> Self:
        """The surroundings of a release."""
        status = engine.status(release)
        return cls(standing_in(status, status.candidate), engine.roster().administrators)


def show_explanation(out: Output, explanation: Explanation, around: Surroundings, *, everything: bool = False) -> None:
    """Prints an explanation; with ``everything``, also what is met."""
    _headline(out, explanation)
    if not explanation.here and not everything:
        # Nobody is asked for anything, and nothing is to be looked at: it does not lead on from here.
        _supposed_only(out, explanation)
        return
    for number, verdict in enumerate(explanation.blockers, 1):
        _verdict(out, f"{number} ", verdict)
        for reason in verdict.reasons:
            _reason(out, reason, explanation, around)
    show_overriding(out, explanation)
    met = [verdict for verdict in explanation.verdicts if verdict.allow]
    for verdict in met:
        if everything or any(fact.label in UNUSUAL for fact in verdict.facts):
            _verdict(out, "+ ", verdict)
    _footer(out, explanation, len(met), everything=everything)


def title(explanation: Explanation) -> str:
    """The release as people call it."""
    return f"{explanation.release} {explanation.label}".rstrip()


def _headline(out: Output, explanation: Explanation) -> None:
    outcome = outcome_of(explanation)
    can = "may" if outcome is None else "may not yet" if outcome == "open" else "may not"
    supposed = explanation.assuming
    if supposed is not None:
        out.line(("IF", "strong"), f" {listed(_supposed(supposed), 'and')}:")
    out.line(
        "THEN " if supposed else "",
        ANSWERS[outcome],
        f": {title(explanation)} {can} leave {explanation.source} for {explanation.dest} by `{explanation.trigger}`",
    )
    asker = f", asked for {claimed(explanation.caller)}" if explanation.caller else ""
    out.line(
        f"{explanation.process_label}, candidate {short(explanation.candidate)}, round {explanation.round}, "
        f"basis {explanation.basis[:SEEN_DIGITS]}, {moment(explanation.at)}{asker}",
        lead="  ",
    )
    if not explanation.here:
        out.line(f"{explanation.obstacle}.", lead=("! ", "refused"))
    if explanation.irreversible:
        out.line(("IRREVERSIBLE", "strong"), ": weights that are out cannot be pulled back.", lead="  ")
    if explanation.solo:
        out.line(("SOLO", "strong"), ": this process lets one person request, write and approve.", lead="  ")


def _supposed(assuming: Assumptions) -> list[str]:
    """What an answer supposes, each as half a sentence."""
    time = [f"it were {moment(assuming.at)} with nothing else changed"] if assuming.at else []
    signed = [f"all its sign-offs as {listed(assuming.signed, 'and')} were in"] if assuming.signed else []
    digest = short(assuming.process or "")
    other = [f"it went on under {assuming.process_label} ({digest})"] if assuming.process else []
    return [*time, *signed, *other]


def _verdict(out: Output, lead: str, verdict: Verdict) -> None:
    state: tuple[str, Style] = ("MET", "met") if verdict.allow else _stated(verdict)
    out.line(f"{friendly(verdict.summary)}   ", state, lead=lead)
    broken = next((f"{reason.subject} says " for reason in verdict.reasons if reason.code == BOUND_NOT_MET), "")
    for label in dict.fromkeys(fact.label for fact in verdict.facts):
        told = [
            fact.text + (f", entry {fact.entry}" if fact.entry is not None and not _names_entry(fact) else "")
            for fact in verdict.facts
            if fact.label == label
        ]
        field(out, label, (broken if label == "have" else "") + friendly("; ".join(told)))


def _names_entry(fact: Fact) -> bool:
    return f"entry {fact.entry}:" in fact.text


def _stated(verdict: Verdict) -> tuple[str, Style]:
    kind = state_of(verdict)
    return STATES[kind], MARKS[kind][1]


def _reason(out: Output, reason: Reason, explanation: Explanation, around: Surroundings) -> None:
    if unseen(reason):
        field(out, "to look", f"holdfast explain {explanation.release} {explanation.trigger}")
        return
    if reason.code != BOUND_NOT_MET:
        field(out, "because", friendly(reason.text))
    objection = objection_of(reason, explanation.release, around.standing)
    if objection is not None:
        field(out, "said", f"{objection.by}: {said(objection.text)}")
    publishes = explanation.publisher is not None if around.moves else None
    command = command_for(reason, explanation.release, explanation.trigger, around.standing, publishes=publishes)
    do = f"{reason.remedy}:  {command}" if command and reason.remedy else command or reason.remedy
    if needs_somebody(reason):
        field(out, "to unblock", reason.remedy)
        field(out, "who can", f"the administrators ({listed(around.administrators)}):  {command}")
        if explanation.signed and reason.role is not None:
            admit = f"holdfast roster admit HANDLE {reason.role} {explanation.release}"
            field(out, "and then", f"{admit}, in a round that has begun; also of who holds it and came too late")
    elif reason.who:
        field(out, "who can", f"{listed(reason.who)}:  {command or reason.remedy}")
    elif do:
        field(out, "to unblock", do)


def field(out: Output, label: str, *parts: Part) -> None:
    """A labelled fact, indented below what it belongs to."""
    out.line(*parts, lead=f"    {label:<10} ")


def _footer(out: Output, explanation: Explanation, met: int, *, everything: bool) -> None:
    more = " (--all to list)" if met and not everything else ""
    out.line(
        f"Met: {met}{more}.  Vetoes: {_vetoes(explanation.verdicts)}.  "
        f"Not checked: {listed(_unchecked(explanation), 'and')}."
    )
    _supposed_only(out, explanation)


def _supposed_only(out: Output, explanation: Explanation) -> None:
    """Prints that an answer is about what was supposed, where it is."""
    supposed = explanation.assuming
    if supposed is None:
        return
    if supposed.obstacle is not None:
        out.line(f"It could not go on under {supposed.process_label} now: {supposed.obstacle}.")
    out.line(
        ("SUPPOSED", "strong"),
        f", so no answer about now ({moment(supposed.asked_at)}); that is: "
        f"holdfast explain {explanation.release} {explanation.trigger}",
    )


def _vetoes(verdicts: Sequence[Verdict]) -> str:
    asked = [verdict for verdict in verdicts if verdict.policy == REFUSALS]
    if not asked:
        return "this gate asks for none"
    return str(sum(len(verdict.reasons) for verdict in asked) or "none")


def _unchecked(explanation: Explanation) -> list[str]:
    not_seen = [verdict.summary for verdict in explanation.blockers if any(map(unseen, verdict.reasons))]
    caller = [] if explanation.caller else ["who calls it"]
    return [*not_seen, *caller, "where else copies of the files are", HELD if explanation.signed else UNPROVEN]
