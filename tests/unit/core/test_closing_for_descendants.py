"""What closes an objection for another candidate is held against that candidate's people, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.support.build import History, in_review
from tests.support.parts import ORIGIN, candidate, digest_of
from workflow.commands import Answer, AnyCommand, Discharge, Lift
from workflow.decide import Situation, decide
from workflow.errors import InvalidInput
from workflow.events import CommandRefused, ObjectionClosed
from workflow.registry import Registry
from workflow.rulebook import Rulebook

CHILD = candidate("child", authors=["mara"], parents=[candidate("aurora").digest])
Ask = Callable[[str, str], AnyCommand]


def situation(history: History) -> Situation:
    return Situation(
        origin=ORIGIN,
        roster=history.roster,
        at=history.clock.now(),
        nonce="0" * 32,
        texts={"rationale": digest_of("why")},
        release=history.releases["aurora"],
        process=history.process,
        kin=tuple(state for slug, state in history.releases.items() if slug != "aurora"),
        machine=Rulebook(Registry()).machine(history.process),
    )


def discharge(actor: str, digest: str) -> AnyCommand:
    return Discharge(actor=actor, release="aurora", subject="R1", role="safety", candidates=(digest,))


def lift(actor: str, digest: str) -> AnyCommand:
    return Lift(actor=actor, release="aurora", subject="H1", role="safety", candidates=(digest,))


def answer(actor: str, digest: str) -> AnyCommand:
    return Answer(actor=actor, release="aurora", subject="S1", candidates=(digest,))


def objected() -> History:
    """A requirement, a hold and a refusal in ``aurora``; ``mara`` is the author of what was made from it."""
    history = in_review(
        people={"lee": ("lead",), "mara": ("safety",), "jun": ("safety",), "sam": ("safety",), "ada": ("safety",)}
    )
    history.require("jun", "safety")
    history.hold("sam", "safety")
    history.sign("sam", "safety", "reject")
    history.remove("sam")
    return history


@pytest.mark.parametrize("ask", [discharge, lift, answer], ids=lambda ask: ask.__name__)
def test_an_author_of_the_descendant_cannot_close_it_for_their_own_bytes(ask: Ask) -> None:
    history = objected().start("child", facts=CHILD)

    events = decide(situation(history), ask("mara", CHILD.digest))

    assert [(type(event), getattr(event, "code", "")) for event in events] == [(CommandRefused, "excluded")]


@pytest.mark.parametrize("ask", [discharge, lift, answer], ids=lambda ask: ask.__name__)
def test_an_author_of_what_it_was_made_from_cannot_either(ask: Ask) -> None:
    history = objected()
    history.replace(candidate("second", authors=["lee"]))
    history.start("child", facts=CHILD)

    events = decide(situation(history), ask("ada", CHILD.digest))

    assert [(type(event), getattr(event, "code", "")) for event in events] == [(CommandRefused, "excluded")]


@pytest.mark.parametrize("ask", [discharge, lift, answer], ids=lambda ask: ask.__name__)
def test_whoever_started_the_descendants_release_cannot_either(ask: Ask) -> None:
    history = objected().start("child", facts=CHILD, by="jun")

    events = decide(situation(history), ask("jun", CHILD.digest))

    assert [(type(event), getattr(event, "code", "")) for event in events] == [(CommandRefused, "excluded")]


@pytest.mark.parametrize("ask", [discharge, lift, answer], ids=lambda ask: ask.__name__)
def test_somebody_else_can(ask: Ask) -> None:
    history = objected().start("child", facts=CHILD)

    events = decide(situation(history), ask("jun", CHILD.digest))

    assert not [event for event in events if isinstance(event, CommandRefused)]


@pytest.mark.parametrize("ask", [discharge, lift, answer], ids=lambda ask: ask.__name__)
def test_nothing_is_closed_in_advance_for_bytes_that_no_release_has(ask: Ask) -> None:
    with pytest.raises(InvalidInput, match="no release here"):
        decide(situation(objected()), ask("mara", CHILD.digest))


def test_whoever_became_an_author_since_does_not_count_in_the_closing() -> None:
    history = objected().start("child", facts=CHILD)
    history.answer("S1", "mara", candidates=[CHILD.digest])

    events = decide(replace(situation(history), quorums={"safety": 2}), answer("jun", CHILD.digest))

    assert not [event for event in events if isinstance(event, ObjectionClosed)]
