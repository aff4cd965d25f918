"""What of an entry must be as its command and its rules make it, and what is wording. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflow import ledger
from workflow.commands import (
    AcceptRisk,
    Advance,
    Answer,
    AnyCommand,
    ApproveMigration,
    JudgeTest,
    Lift,
    Override,
    Plan,
    ProposeMigration,
    Review,
    SignOff,
)
from workflow.events import LedgerCreated, OverrideUsed, TransitionMade, binding_of, dump
from workflow.folding import ReadEntry
from workflow.gate import allows
from workflow.ledger import LEDGER, Json
from workflow.pipeline import genesis_request
from workflow.policy import Observation, Verdict
from workflow.process import Process, Transition
from workflow.registry import Registry, Unavailable

WORDING = frozenset({"message", "remedy", "summary", "text"})
"""How refusals and verdicts say it. A later version may say it better; what they say must stay the same."""


def nonce(read: ReadEntry) -> str:
    """The nonce of an entry's binding; empty where it has none."""
    for event in read.events:
        bound = binding_of(event)
        if bound is not None:
            return str(bound.nonce)
    return ""


def digests(value: object) -> Iterator[str]:
    """Every digest in some plain data."""
    if isinstance(value, str) and ledger.is_digest(value):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from digests(item)


def is_genesis(read: ReadEntry) -> bool:
    """Whether an entry is the one that creates a ledger, and nothing besides."""
    entry, event = read.entry, read.events[0]
    return (
        isinstance(event, LedgerCreated)
        and entry.stream == LEDGER
        and entry.events == [dump(event)]
        and entry.observations == entry.verdicts == []
        and event.threshold <= len(set(event.administrators))
        and entry.request_digest == genesis_request(event, actor=entry.actor, origin=entry.origin)
    )


def not_as_written(listed: Sequence[Json], observations: Sequence[Observation], command: AnyCommand) -> str | None:
    """What is wrong with recorded observations as such, or None."""
    if observations and not command.looks:
        return "records observations, and its command looks at nothing"
    if list(listed) != [observation.recorded() for observation in observations]:
        return "records observations in another form than theirs"
    return None


def essence(events: Sequence[Json]) -> list[Json]:
    """What must be equal: everything, but for the wording of a refusal."""
    return [_without(event, WORDING) if event["type"] == "command_refused" else event for event in events]


def answers(verdicts: Sequence[Json]) -> list[Json]:
    """What must be equal of verdicts: everything, but for the wording."""
    return [_without(verdict, WORDING) for verdict in verdicts]


def _without(item: Json, names: frozenset[str]) -> Json:
    return {
        name: [_without(part, names) if isinstance(part, dict) else part for part in value]
        if isinstance(value, list)
        else value
        for name, value in item.items()
        if name not in names
    }


def unavailable(command: AnyCommand, process: Process | None, registry: Registry) -> list[str]:
    """The policies that a decision reads and that cannot be run here, each with why and with what to do."""
    if process is None:
        return []
    read: tuple[Transition, ...]
    match command:
        case Advance():
            read = (process.transition(command.trigger),)
        case SignOff() | Plan() | Override():
            read = (process.transition(command.transition),)
        case Answer() | Lift() | Review() | JudgeTest() | AcceptRisk() | ProposeMigration() | ApproveMigration():
            # A role's quorum outside a gate, which risk areas and tests there are and who may accept a risk, all that
            # comes from all gates together.
            read = process.transitions
        case _:
            return []
    policies = [policy for transition in read for policy in registry.gate(process, transition)]
    found = (policy for policy in policies if isinstance(policy, Unavailable))
    return list(dict.fromkeys(f"{policy.policy} was recorded and not run again: {policy.why}" for policy in found))


def refused_by_its_own(read: ReadEntry, verdicts: Sequence[Json], process: Process | None) -> bool:
    """Whether an entry is a move that its own verdicts refuse, but for the one that an override passed."""
    moved = next((event for event in read.events if isinstance(event, TransitionMade)), None)
    judged = [Verdict.model_validate(verdict) for verdict in verdicts]
    if moved is None or allows(judged):
        return False
    used = next((event.policy for event in read.events if isinstance(event, OverrideUsed)), None)
    transition = process.transition(moved.trigger) if process is not None else None
    if used is None or moved.irreversible or transition is None or transition.override is None:
        return True
    blocking = [place for place, verdict in enumerate(judged) if not verdict.allow]
    passed = [place for place, spec in enumerate(transition.gate) if spec.policy == transition.override.policy == used]
    return blocking != passed or any(reason.kind == "error" for reason in judged[blocking[0]].reasons)
