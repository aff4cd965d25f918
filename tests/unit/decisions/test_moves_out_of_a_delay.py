"""Waiting is no detour: a move out of a delay is measured from where the release had been."""

from __future__ import annotations

import pytest

from policies.actor import Actor
from tests.support.build import ORIGIN, History
from workflow.commands import Advance
from workflow.decide import decide
from workflow.events import TransitionMade
from workflow.process import Process
from workflow.registry import Registry
from workflow.rulebook import Rulebook, World


def resumed(history: History, process: Process) -> TransitionMade:
    """The move that ``resume`` makes of a waiting release."""
    world = World(
        origin=ORIGIN,
        roster=history.roster,
        at=history.clock.now(),
        release=history.releases["aurora"],
        process=process,
    )
    command = Advance(actor="lee", release="aurora", trigger="resume")
    situation = Rulebook(Registry()).situation(world, command, nonce="0" * 32, texts={}, blob=lambda _: None)
    moved = decide(situation, command)[0]
    assert isinstance(moved, TransitionMade)
    return moved


def waiting(*way: str) -> History:
    """``aurora`` in ``delay``, after some moves; it can be stopped in ``testing`` too."""
    history = History(Actor(roles=("lead",)))
    wait = history.process.transition("wait")
    stopped_anywhere = wait.model_copy(update={"sources": ("testing", "review")})
    others = tuple(item for item in history.process.transitions if item is not wait)
    history.process = history.process.model_copy(update={"transitions": (*others, stopped_anywhere)})
    history.start()
    for trigger in way:
        history.move(trigger)
    return history


def in_order(process: Process, *names: str) -> Process:
    """The process with its stages in another order."""
    return process.model_copy(update={"stages": tuple(process.stage(name) for name in names)})


ORDERS = [
    ("testing", "review", "delay", "hosted", "public", "withdrawn"),
    ("testing", "delay", "review", "hosted", "public", "withdrawn"),
]


@pytest.mark.parametrize("order", ORDERS, ids=["delay behind review", "delay before review"])
@pytest.mark.parametrize(
    ("way", "forward"), [(("submit", "wait"), False), (("wait",), True)], ids=["back to review", "past submit"]
)
def test_only_what_gets_further_than_before_makes_its_caller_a_requester(
    order: tuple[str, ...], way: tuple[str, ...], forward: bool
) -> None:
    history = waiting(*way)

    assert resumed(history, in_order(history.process, *order)).forward is forward
