"""The error that a recorded refusal is raised as, now and whenever the same command comes again."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.errors import GateDenied, InvalidTransition, PolicyErrored, Refused, SignOffRejected
from workflow.events import CommandRefused
from workflow.policy import Verdict

_KINDS: dict[str, type[Refused]] = {
    kind.code: kind for kind in (GateDenied, PolicyErrored, InvalidTransition, SignOffRejected)
}


def refusal(event: CommandRefused, verdicts: Sequence[Verdict], entry: int) -> Refused:
    """The error for a refusal that stands in an entry, with the verdicts that it rests on."""
    return _KINDS.get(event.code, Refused)(
        event.message,
        remedy=event.remedy,
        verdicts=verdicts,
        entry=entry,
        reason=event.code,
        outcome=event.outcome,
    )
