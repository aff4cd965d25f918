"""For whom a gate is looked at: for whoever asks, where they may call the trigger, and else for nobody in particular.

A reviewer who asks is not about to call it. Looked at as if they were, the gate would ignore their own approval.
"""

from __future__ import annotations

from workflow import Engine
from workflow.views import Explanation, Status

UNKNOWN_CALLER = "caller-unknown"


def may_call(explanation: Explanation, person: str) -> bool:
    """Whether somebody is among those who may call the trigger, as an explanation that was asked for nobody says it."""
    return all(
        person in reason.who
        for verdict in explanation.blockers
        for reason in verdict.reasons
        if reason.code == UNKNOWN_CALLER
    )


def caller_for(engine: Engine, release: str, trigger: str, asker: str | None) -> str | None:
    """Who is taken to call the trigger when somebody asks about its gate."""
    if asker is None:
        return None
    return asker if may_call(engine.explain(release, trigger, observe=False), asker) else None


def status_for(engine: Engine, release: str, asker: str | None) -> Status:
    """The status as it is for whoever asks."""
    anybody = engine.status(release)
    if asker is None:
        return anybody
    own = engine.status(release, actor=asker)
    if anybody.next is None or may_call(anybody.next, asker):
        return own
    can = tuple(reason for verdict in anybody.next.blockers for reason in verdict.reasons if asker in reason.who)
    return own.model_copy(update={"next": anybody.next, "actor_can": can})
