"""Several engines and threads on one ledger: one order, and one winner."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.integration.engine.lab import WHY, Lab
from workflow import Engine, InvalidInput, Outcome, Refused, WorkflowError

Result = Outcome | WorkflowError


def at_once(*asks: Callable[[], Outcome]) -> list[Result]:
    """Everybody asks in the same moment; what each was told."""
    start = Barrier(len(asks))

    def run(ask: Callable[[], Outcome]) -> Result:
        start.wait(timeout=30)
        try:
            return ask()
        except WorkflowError as error:
            return error

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(run, asks))


def advance(engine: Engine, **settings: str) -> Callable[[], Outcome]:
    return lambda: engine.advance("aurora", "publish", actor="lee", rationale=WHY, **settings)


def hold(engine: Engine) -> Callable[[], Outcome]:
    return lambda: engine.hold("aurora", role="security", actor="sam", rationale=WHY)


def start(engine: Engine, path: Path) -> Callable[[], Outcome]:
    return lambda: engine.start("aurora", path, process="lab", authors=["kim"], actor="lee", rationale=WHY)


@pytest.mark.parametrize("separate", [True, False], ids=["two engines", "two threads of one engine"])
def test_of_two_identical_moves_exactly_one_wins(review: Lab, separate: bool) -> None:
    review.approve_publish()
    engines = [review.open(), review.open()] if separate else [review.engine, review.engine]

    results = at_once(*(advance(engine) for engine in engines))

    won = [result for result in results if isinstance(result, Outcome)]
    lost = [result for result in results if isinstance(result, Refused)]
    assert (len(won), [error.reason for error in lost]) == (1, ["invalid-transition"])
    assert review.stage() == "public"


def test_the_same_request_sent_twice_at_once_is_done_once(review: Lab) -> None:
    review.approve_publish()

    results = at_once(*(advance(review.open(), command_id="one") for _ in range(2)))

    assert sorted(result.replayed for result in results if isinstance(result, Outcome)) == [False, True]


def test_a_hold_and_a_raise_at_once_never_leave_a_raise_past_the_hold(review: Lab) -> None:
    review.approve_publish()

    at_once(advance(review.open()), hold(review.open()))

    told = [item.events[0]["type"] for item in reversed(review.engine.history("aurora", limit=2))]
    assert told in (["transition_made", "hold_placed"], ["hold_placed", "command_refused"])


def test_two_starts_of_one_name_make_one_release(lab: Lab) -> None:
    path = lab.model()
    engines = [lab.open(), lab.open()]

    results = at_once(*(start(engine, path) for engine in engines))

    assert sorted(type(result).__name__ for result in results) == ["InvalidInput", "Outcome"]
    assert [result.message for result in results if isinstance(result, InvalidInput)] == [
        "the name aurora is taken; a release's name is never used again"
    ]


def test_many_at_once_make_one_dense_order(review: Lab) -> None:
    before = len(review.entries())

    results = at_once(*(hold(review.open()) for _ in range(6)))

    assert sorted(event.id for result in results for event in result.events) == [f"H{n}" for n in range(1, 7)]  # type: ignore[union-attr]
    assert [entry for entry, _, _ in reversed(review.entries())] == list(range(1, before + 7))


def test_while_one_thread_reads_files_another_can_stop_the_release(review: Lab) -> None:
    review.approve_publish()
    with ThreadPoolExecutor(1) as pool:
        stopped: list[Outcome] = []

        def stop(_: object) -> None:
            if not stopped:
                hold = pool.submit(review.engine.hold, "aurora", role="security", actor="sam", rationale=WHY)
                stopped.append(hold.result(timeout=30))

        with pytest.raises(Refused):
            review.advance("publish", progress=stop)

    assert review.stage() == "review"
