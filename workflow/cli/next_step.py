"""From a reason to the command that answers it, to be typed as it stands but for the words in capitals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workflow.policy import Reason
from workflow.requirement import OVERRIDE_REVIEW
from workflow.views import RequirementView, Status

if TYPE_CHECKING:
    from workflow.exchange import Said


@dataclass(frozen=True, slots=True)
class Objection:
    """Who made something that stands against a candidate, what they said, and which candidate that is."""

    by: str
    text: str | None
    candidate: str


Standing = Mapping[tuple[str, str], Objection]
"""The holds, requirements and rejects that stand, by release and id."""

_ROLE_MISSING = {
    "sign-offs-missing",
    "caller-unknown",
    "caller-not-allowed",
    "area-not-reviewed",
    "test-open",
    "statement-missing",
    "hold",
    "requirement-open",
    "requirement-overdue",
    "finding-open",
    "incident-open",
    "rejected",
}
"""Reasons that somebody could act on if only they had the role."""


def standing_in(status: Status | Said, candidate: str) -> Standing:
    """What stands against the candidate of a release, here or in a release of its lineage."""
    holds = [(hold.release, hold.id, hold.by, hold.reason) for hold in status.holds if hold.standing]
    requirements = [(item.release, item.id, _maker(item), item.text) for item in status.requirements if item.open]
    rejects = [(reject.release, reject.id, reject.by, reject.reason) for reject in status.rejects]
    return {
        (release, identifier): Objection(by, text, candidate)
        for release, identifier, by, text in (*holds, *requirements, *rejects)
    }


def _maker(item: RequirementView) -> str:
    """Who raised a requirement. A review after the fact comes with a move, and its words are of who made that."""
    return f"{item.by}, who moved it" if item.kind == OVERRIDE_REVIEW else item.by


def objection_of(reason: Reason, release: str, standing: Standing) -> Objection | None:
    """What a reason is about, where that is something that stands."""
    return standing.get((reason.release or release, reason.subject or ""))


def needs_somebody(reason: Reason) -> bool:
    """Whether nobody can act on a reason before somebody gets a role, which is the administrators' to grant."""
    return not reason.who and reason.code in _ROLE_MISSING


def move_by(release: str, trigger: str, *, publishes: bool) -> str:
    """The command that makes a move."""
    return (
        f"holdfast plan {release} {trigger} --to WHERE -o FILE"
        if publishes
        else f"holdfast advance {release} {trigger}"
    )


def command_for(
    reason: Reason, release: str, trigger: str, standing: Standing, *, publishes: bool | None = False
) -> str | None:
    """The command by which somebody can act on a reason, or None where no command alone would help.

    ``publishes`` is whether the move is made by a plan; None where that is not known.
    """
    if needs_somebody(reason):
        return f"holdfast roster grant HANDLE {reason.role or 'ROLE'}"
    role = f" --role {reason.role}" if reason.role else ""
    settled = f"{reason.release or release} {reason.subject}"
    objection = objection_of(reason, release, standing)
    if objection is not None and reason.release not in (None, release):
        # Elsewhere, the candidate that is meant where none is named is another.
        settled += f" --candidate {objection.candidate}"
    match reason.code:
        case "sign-offs-missing":
            return f"holdfast sign {release} {trigger}{role}"
        case "caller-unknown" | "caller-not-allowed":
            return None if publishes is None else move_by(release, trigger, publishes=publishes)
        case "exposure-unknown":
            return f"holdfast reconcile {settled} --found WHAT"
        case "no-report" | "inconclusive" | "not-stated" | "declaration-unsound" | "age-unknown" | "too-old":
            return f"holdfast attach {release} FILE"
        case "justification-lapsed":
            return f"holdfast justify {release} {reason.release}/{reason.subject}"
        case "area-not-reviewed" | "area-unclear" | "area-unacceptable" if reason.who:
            return f"holdfast review {release} {reason.subject} VERDICT{role}"
        case "test-open" | "test-failed" if reason.who:
            return f"holdfast test {release} {reason.subject} VERDICT{role}"
        case "statement-missing":
            return f"holdfast statement {release} TEXT"
        case "not-chartered":
            return "holdfast charter allow FILE --up-to EXPOSURE"
        case "hold":
            return f"holdfast lift {settled}{role}"
        case "requirement-open" | "requirement-overdue" | "review-due":
            return f"holdfast discharge {settled}{role}"
        case "override-begun" | "override-open":
            return f"holdfast override {release} {trigger} {reason.subject}{role}"
        case "finding-open":
            discharge = f"holdfast discharge {settled}{role}"
            return discharge if reason.role else f"{discharge}, or holdfast accept-risk {settled} --until TIME"
        case "incident-open":
            return f"holdfast incident close {settled}{role}"
        case "rejected":
            return _ending(reason, settled, objection)
    return None


def own_refusal(reason: Reason, release: str, standing: Standing, actor: str | None) -> str | None:
    """What to tell somebody of a refusal of their own that stands: it is no task of theirs. None of anything else."""
    objection = objection_of(reason, release, standing)
    if reason.code != "rejected" or objection is None or actor is None or objection.by != actor:
        return None
    others = ", or others answer it" if set(reason.who) - {actor} else ""
    return f"your refusal {reason.subject} stands until you take it back{others}"


def _ending(reason: Reason, settled: str, reject: Objection | None) -> str:
    """The maker of a reject takes it back; the others who can act answer it."""
    if reject is None or reject.by not in reason.who:
        return f"holdfast answer {settled}"
    withdrawal = f"holdfast unsign {settled}"
    return withdrawal if reason.who == (reject.by,) else f"{withdrawal} ({reject.by}), or holdfast answer {settled}"
