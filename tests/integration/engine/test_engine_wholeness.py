"""Whatever fails on the way leaves nothing behind, and whatever is long is kept whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import WHY, Lab, refused
from tests.support.raw import raw
from workflow import InvalidInput
from workflow.artifact import Progress


class Interrupted(Exception):
    """What a caller's own progress bar may raise."""


def interrupt(_: Progress) -> None:
    raise Interrupted


def many_holds(lab: Lab) -> None:
    for _ in range(50):
        lab.hold()


def test_verdicts_that_are_long_stand_in_a_blob_and_read_the_same(review: Lab) -> None:
    many_holds(review)

    with refused("gate-denied") as caught:
        review.advance("publish")

    item = review.engine.history(limit=1)[0]
    with raw(review.url) as database:
        [(body,)] = database.rows(f"SELECT body FROM entry WHERE seq = {item.entry}")  # noqa: S608 (a number)
    assert b'"verdicts":{"blob":"' in body
    assert [verdict["policy"] for verdict in item.verdicts] == [verdict.policy for verdict in caught.value.verdicts]


def test_a_refusal_whose_verdicts_stand_in_a_blob_is_replayed_with_them(review: Lab) -> None:
    many_holds(review)
    errors = []
    for _ in range(2):
        with refused("gate-denied") as caught:
            review.advance("publish", command_id="one")
        errors.append(caught.value.diagnostics())

    assert errors[0] == errors[1]


TOO_LARGE: list[tuple[str, Callable[[Lab], object]]] = [
    ("many conditions", lambda lab: lab.hold(conditions=[(f"condition number {n}", "safety") for n in range(999)])),
    ("more conditions than are numbered", lambda lab: lab.hold(conditions=[("again and again", "safety")] * 1000)),
    ("many authors", lambda lab: lab.start("borealis", authors=[f"author-{number}" for number in range(9000)])),
    ("many triggers", lambda lab: lab.require(blocks=["publish"] * 9000)),
    ("a long label", lambda lab: lab.start("borealis", label="x" * 70_000)),
]


@pytest.mark.parametrize("ask", [row[1] for row in TOO_LARGE], ids=[row[0] for row in TOO_LARGE])
def test_what_does_not_fit_into_an_entry_is_refused_as_input_with_nothing_recorded(
    review: Lab, ask: Callable[[Lab], object]
) -> None:
    before = review.entries()

    with pytest.raises(InvalidInput) as caught:
        ask(review)

    assert caught.value.message
    assert review.entries() == before


@pytest.mark.parametrize(
    "text", ["", "   ", "x", "...", "ok", "\u202egnisrever", "line\x00end", "half \ud800", "y" * 20_000]
)
def test_a_reason_that_says_nothing_or_hides_something_is_refused(review: Lab, text: str) -> None:
    before = review.entries()

    with pytest.raises(InvalidInput) as caught:
        review.tick().hold("aurora", role="security", actor="sam", rationale=text)

    assert caught.value.remedy
    assert review.entries() == before


INTERRUPTED: list[tuple[str, Callable[[Lab], object]]] = [
    ("a start", lambda lab: lab.start("borealis", progress=interrupt)),
    ("an advance", lambda lab: lab.advance("publish", progress=interrupt)),
    ("a question", lambda lab: lab.engine.explain("aurora", "publish", progress=interrupt)),
]


@pytest.mark.parametrize("ask", [row[1] for row in INTERRUPTED], ids=[row[0] for row in INTERRUPTED])
def test_a_progress_bar_that_fails_leaves_nothing_behind_and_the_engine_goes_on(
    review: Lab, ask: Callable[[Lab], object]
) -> None:
    before = review.entries()

    with pytest.raises(Interrupted):
        ask(review)

    assert review.entries() == before
    review.hold()


def test_a_release_that_changes_while_its_files_are_read_is_decided_as_it_is_then(review: Lab) -> None:
    review.approve_publish()
    other = review.open()
    stopped: list[Progress] = []

    def stop(progress: Progress) -> None:
        if not stopped:
            other.hold("aurora", role="security", actor="sam", rationale=WHY)
        stopped.append(progress)

    with refused("gate-denied"):
        review.advance("publish", progress=stop)

    assert review.stage() == "review"


def test_other_bytes_that_arrive_while_the_files_are_read_are_looked_at_themselves(review: Lab) -> None:
    other = review.open()
    second = review.model("second")
    looks: list[Progress] = []

    def swap(progress: Progress) -> None:
        if not looks:
            other.replace_candidate("aurora", second, authors=["kim"], actor="lee", rationale=WHY)
        looks.append(progress)

    with refused("gate-denied", "open"):
        review.advance("publish", progress=swap)

    rehash = next(
        verdict for verdict in review.engine.history(limit=1)[0].verdicts if verdict["policy"] == "candidate_unchanged"
    )
    assert rehash["allow"]
