"""From a reason to the command that answers it, to be typed as it stands but for the words in capitals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflow.policy import Reason
from workflow.views import Status


@dataclass(frozen=True, slots=True)
class Objection:
    """Where something that stands against a candidate has to be settled, who made it, and what they said."""

    release: str
    by: str
    text: str | None


Standing = Mapping[str, Objection]
"""The holds, requirements and rejects that stand, by id."""


def standing_in(status: Status) -> Standing:
    """What stands against the candidate of a release; an id that two releases use says nothing, and is left out."""
    found = [
        *((hold.id, Objection(hold.release, hold.by, hold.reason)) for hold in status.holds if hold.standing),
        *((item.id, Objection(item.release, item.by, item.text)) for item in status.requirements if item.open),
        *((reject.id, Objection(reject.release, reject.by, reject.reason)) for reject in status.rejects),
    ]
    ids = [subject for subject, _ in found]
    return {subject: objection for subject, objection in found if ids.count(subject) == 1}


def command_for(reason: Reason, release: str, trigger: str, standing: Standing) -> str | None:
    """The command by which somebody can act on a reason, or None where no command alone would help."""
    role = f" --role {reason.role}" if reason.role else ""
    objection = standing.get(reason.subject or "")
    match reason.code:
        case "sign-offs-missing":
            return f"holdfast sign {release} {trigger}{role}"
        case "caller-unknown" | "caller-not-allowed":
            return f"holdfast advance {release} {trigger}"
        case "no-report" | "inconclusive" | "not-stated" | "age-unknown" | "too-old":
            return f"holdfast attach {release} FILE"
        case "area-not-reviewed" | "area-unclear" | "area-unacceptable":
            return f"holdfast review {release} {reason.subject} VERDICT{role}"
        case "statement-missing":
            return f"holdfast statement {release} TEXT"
        case "not-chartered":
            return "holdfast charter allow FILE --up-to EXPOSURE"
        case "hold" if objection:
            return f"holdfast lift {objection.release} {reason.subject}{role}"
        case "requirement-open" | "requirement-overdue" if objection:
            return f"holdfast discharge {objection.release} {reason.subject}{role}"
        case "rejected" if objection:
            return _ending(reason, objection)
    return None


def _ending(reason: Reason, reject: Objection) -> str:
    """The maker of a reject takes it back; the others who can act answer it."""
    withdrawal = f"holdfast unsign {reject.release} {reason.subject}"
    answer = f"holdfast answer {reject.release} {reason.subject}"
    if reject.by not in reason.who:
        return answer
    return withdrawal if reason.who == (reject.by,) else f"{withdrawal} ({reject.by}), or {answer}"
