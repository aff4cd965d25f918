"""Fourteen people sign at once: none of them is in another's way, in whatever order their words arrive."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, definition
from tests.integration.exchange.keyed_lab import KeyedLab
from workflow import Outcome

SIGNERS = tuple(f"signer{place:02}" for place in range(14))
ALL_OF_THEM: tuple[Any, ...] = (CALLED_BY_LEAD, {"sign_offs": {"role": "safety", "count": "14"}}, "candidate_unchanged")


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[KeyedLab]:
    people = {"lee": ("lead",), **dict.fromkeys(SIGNERS, ("safety",))}
    lab = KeyedLab(tmp_path, people, transitions=definition(*ALL_OF_THEM)["transitions"]).begun()
    yield lab
    lab.audited()
    lab.close()


def at_once(act: Callable[[str], Outcome]) -> list[Outcome]:
    with ThreadPoolExecutor(len(SIGNERS)) as pool:
        return list(pool.map(act, SIGNERS))


@pytest.mark.parametrize("order", range(3))
def test_fourteen_replies_to_one_request_count_in_any_order(lab: KeyedLab, order: int) -> None:
    request = lab.request()
    replies = [lab.reply(person, to=request) for person in SIGNERS]
    random.Random(order).shuffle(replies)  # noqa: S311

    for reply in replies:
        lab.collect(reply)

    assert sorted(lab.counted("safety")) == list(SIGNERS)
    assert lab.advance("publish").events[0].type == "transition_made"


def test_replies_to_requests_of_different_moments_count_together(lab: KeyedLab) -> None:
    waiting = []
    for person in SIGNERS:
        waiting.append(lab.reply(person))
        if len(waiting) == 3:
            lab.collect(waiting.pop(0))

    for reply in waiting:
        lab.collect(reply)

    assert sorted(lab.counted("safety")) == list(SIGNERS)


def test_fourteen_replies_are_taken_in_by_as_many_threads(lab: KeyedLab) -> None:
    request = lab.request()
    replies = {person: lab.reply(person, to=request) for person in SIGNERS}

    outcomes = at_once(lambda person: lab.engine.collect(replies[person]))

    assert len({outcome.entry for outcome in outcomes}) == len(SIGNERS)
    assert sorted(lab.counted("safety")) == list(SIGNERS)


def test_the_same_replies_are_taken_in_twice_at_once_and_recorded_once(lab: KeyedLab) -> None:
    request = lab.request()
    replies = {person: lab.reply(person, to=request) for person in SIGNERS}
    other = lab.open()
    before = len(lab.entries())

    with ThreadPoolExecutor(2) as pool:
        both = [
            pool.submit(lambda e: [e.collect(replies[p]) for p in SIGNERS], engine) for engine in (lab.engine, other)
        ]
        entries = [[outcome.entry for outcome in done.result()] for done in both]

    assert entries[0] == entries[1]
    assert len(lab.entries()) == before + len(SIGNERS)


def test_fourteen_people_sign_through_the_library_at_once(lab: KeyedLab) -> None:
    basis = lab.basis("publish")

    outcomes = at_once(
        lambda person: lab.engine.signing_with(lab.hands[person]).sign_off(
            "aurora", "publish", role="safety", actor=person, rationale=WHY, basis=basis
        )
    )

    assert {outcome.proof for outcome in outcomes} == {"sshsig"}
    assert sorted(lab.counted("safety")) == list(SIGNERS)
