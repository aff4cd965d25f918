"""Where triggers lead, and that nothing moves past a gate."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.holds import Holds
from tests.support.parts import process, spec
from workflow.errors import InvalidTransition, NotFound
from workflow.machine import StageMachine
from workflow.process import Exposure, Process, Stage, Transition

PROCESS = process()
MACHINE = StageMachine(PROCESS)
STAGES = st.sampled_from([stage.name for stage in PROCESS.stages])
TRIGGERS = st.sampled_from([transition.trigger for transition in PROCESS.transitions])


@given(stage=STAGES, trigger=TRIGGERS)
def test_a_trigger_leads_where_the_process_says_and_from_nowhere_else(stage: str, trigger: str) -> None:
    transition = PROCESS.transition(trigger)

    if stage in transition.sources:
        assert MACHINE.resolve(stage, trigger) == transition
        assert MACHINE.move(stage, trigger, allowed=True) == transition.dest
    else:
        with pytest.raises(InvalidTransition):
            MACHINE.resolve(stage, trigger)
        with pytest.raises(InvalidTransition):
            MACHINE.move(stage, trigger, allowed=True)


@given(stage=STAGES, trigger=TRIGGERS)
def test_nothing_moves_where_the_gate_does_not_allow_it(stage: str, trigger: str) -> None:
    with pytest.raises(InvalidTransition):
        MACHINE.move(stage, trigger, allowed=False)


@pytest.mark.parametrize("trigger", ["to_public", "to_testing", "trigger", "is_public", "may_publish", ""])
def test_the_library_offers_no_way_around_the_triggers_of_the_process(trigger: str) -> None:
    with pytest.raises(NotFound):
        MACHINE.resolve("review", trigger)
    with pytest.raises(NotFound):
        MACHINE.move("review", trigger, allowed=True)


def test_a_refused_trigger_says_what_there_is_instead() -> None:
    with pytest.raises(InvalidTransition) as refused:
        MACHINE.resolve("testing", "publish")

    assert refused.value.message == "`publish` leads from review or hosted to public, and the release is in testing"
    assert refused.value.remedy == "from testing there is: submit"


def test_out_of_the_last_stage_there_is_nothing() -> None:
    with pytest.raises(InvalidTransition) as refused:
        MACHINE.resolve("withdrawn", "publish")

    assert refused.value.remedy == "from withdrawn there is: nothing: it is the last stage"


def test_one_move_leaves_nothing_behind_for_the_next() -> None:
    assert MACHINE.move("testing", "submit", allowed=True) == "review"
    assert MACHINE.move("testing", "submit", allowed=True) == "review"


def test_a_trigger_or_a_stage_may_be_called_like_something_of_the_library() -> None:
    names = ("trigger", "state", "gate_allows", "may_trigger", "is_state")
    stages = tuple(Stage(name=name, exposure=Exposure.INTERNAL) for name in names)
    gate = (spec(Holds()),)
    ways = tuple(
        Transition(trigger=name, sources=(source,), dest=dest, gate=gate)
        for name, source, dest in zip(names, names, (*names[1:], names[0]), strict=True)
    )
    odd = Process(name="odd", version=1, started_by=("lead",), roles=(), stages=stages, transitions=ways)
    machine = StageMachine(odd)

    for way in ways:
        assert machine.move(way.sources[0], way.trigger, allowed=True) == way.dest
        with pytest.raises(InvalidTransition):
            machine.move(way.sources[0], way.trigger, allowed=False)
