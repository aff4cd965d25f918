"""What a variant must descend from: a parent that is known, got far enough, was not withdrawn and shares its parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from policies.lineage import Lineage
from tests.support.build import History, in_review, shown
from tests.support.parts import candidate, digest_of
from workflow.clock import timestamp
from workflow.policy import Observation, Verdict
from workflow.process import Exposure

BASE, CHILD = candidate("base"), candidate("child", parents=[digest_of("base")])


def history_of(policy: Lineage, *, parents: tuple[str, ...] = ("base",), base_at: str = "review") -> History:
    """``aurora``, made from ``base``, which has a release of its own and is in a stage of it."""
    history = History(policy)
    history.start("base", facts=BASE)
    for trigger in {"review": ["submit"], "hosted": ["submit", "host"], "public": ["submit", "publish"]}[base_at]:
        history.move(trigger, slug="base")
    history.start(facts=candidate("child", parents=[digest_of(name) for name in parents]))
    history.move("submit")
    return history


def compared(history: History, parent: str = "base", **components: str) -> Observation:
    params = {"from": digest_of(parent), "to": history.releases["aurora"].candidate.digest}
    return Observation(
        kind="candidates_compared", params=params, at=timestamp(history.clock.now()), ok={"components": components}
    )


def judged(policy: Lineage, **settings: Any) -> Verdict:
    return history_of(policy, **settings).verdict()


def test_a_parent_that_is_known_here_will_do() -> None:
    verdict = judged(Lineage())

    assert verdict.allow
    assert verdict.facts[0].text == f"{BASE.digest[:12]} (base), got to internal"


def test_without_a_parent_it_is_refused() -> None:
    assert shown(in_review(Lineage()).verdict()) == [("no", "no-parent")]


def test_a_parent_that_nobody_knows_here_is_waited_for() -> None:
    assert shown(judged(Lineage(), parents=("stranger",))) == [("open", "parent-unknown")]


@pytest.mark.parametrize(
    ("wanted", "base_at", "expected"),
    [
        (Exposure.HOSTED, "review", [("open", "parent-exposure")]),
        (Exposure.HOSTED, "hosted", []),
        (Exposure.HOSTED, "public", []),
        (Exposure.WEIGHTS, "hosted", [("open", "parent-exposure")]),
        (Exposure.WEIGHTS, "public", []),
    ],
)
def test_the_parent_must_have_got_far_enough_here(
    wanted: Exposure, base_at: str, expected: list[tuple[str, str]]
) -> None:
    assert shown(judged(Lineage(exposure=wanted), base_at=base_at)) == expected


def test_how_far_it_got_counts_and_not_where_it_is() -> None:
    history = history_of(Lineage(exposure=Exposure.HOSTED), base_at="hosted")
    history.move("back", slug="base")

    assert history.verdict().allow


def test_what_another_candidate_of_its_release_reached_does_not_count() -> None:
    history = History(Lineage(exposure=Exposure.HOSTED))
    history.start("base", facts=BASE)
    history.replace(candidate("mended"), slug="base")
    history.move("submit", slug="base")
    history.move("host", slug="base")
    history.start(facts=CHILD)
    history.move("submit")

    assert shown(history.verdict()) == [("open", "parent-exposure")]


@pytest.mark.parametrize(("will_do", "expected"), [(False, [("no", "ancestor-withdrawn")]), (True, [])])
def test_a_withdrawn_parent_is_refused_unless_the_rule_says_otherwise(
    will_do: bool, expected: list[tuple[str, str]]
) -> None:
    history = history_of(Lineage(exposure=Exposure.WEIGHTS, withdrawn=will_do), base_at="public")
    history.move("withdraw", slug="base")

    assert shown(history.verdict()) == expected


def test_a_withdrawn_grandparent_is_found_too() -> None:
    history = history_of(Lineage(), parents=("middle",), base_at="public")
    history.start("middle", facts=candidate("middle", parents=[BASE.digest]))
    history.move("withdraw", slug="base")

    verdict = history.verdict()

    assert shown(verdict) == [("no", "ancestor-withdrawn")]
    assert verdict.reasons[0].release == "base"


def test_one_of_two_parents_that_was_withdrawn_refuses() -> None:
    history = history_of(Lineage(), parents=("other", "base"), base_at="public")
    history.start("other", facts=candidate("other"))
    history.move("withdraw", slug="base")

    assert shown(history.verdict()) == [("no", "ancestor-withdrawn")]


def test_one_parent_that_meets_everything_is_enough() -> None:
    history = history_of(Lineage(exposure=Exposure.HOSTED), parents=("stranger", "base"), base_at="hosted")

    assert history.verdict().allow


def test_a_try_that_was_replaced_is_no_parent_by_itself() -> None:
    history = in_review(Lineage())
    history.move("back")
    history.replace(candidate("second"))
    history.move("submit")

    assert shown(history.verdict()) == [("no", "no-parent")]


def test_what_a_replaced_try_was_made_from_counts() -> None:
    history = history_of(Lineage(exposure=Exposure.HOSTED), base_at="hosted")
    history.replace(candidate("second"))
    history.replace(candidate("third"))

    assert history.verdict().allow


def test_a_candidate_that_names_itself_names_no_parent() -> None:
    history = History(Lineage())
    history.start(facts=candidate("child", parents=[digest_of("child")]))
    history.start("twin", facts=candidate("child"))
    history.move("submit")

    assert shown(history.verdict()) == [("no", "no-parent")]


KEPT = Lineage(unchanged=("tokenizer", "system-prompt"))
CHANGED = [("no", "component-changed")]


@pytest.mark.parametrize(
    ("components", "expected"),
    [
        ({"tokenizer": "same", "system-prompt": "same", "weights": "changed"}, []),
        ({"tokenizer": "changed", "system-prompt": "same"}, CHANGED),
        ({"tokenizer": "added", "system-prompt": "same"}, CHANGED),
        ({"tokenizer": "same", "system-prompt": "removed"}, CHANGED),
        ({"tokenizer": "same"}, CHANGED),
        ({}, CHANGED),
    ],
)
def test_the_components_that_must_stay_are_the_parents_own(
    components: Mapping[str, str], expected: list[tuple[str, str]]
) -> None:
    history = history_of(KEPT)

    assert shown(history.verdict(observations=[compared(history, **components)])) == expected


def test_it_says_what_is_not_as_in_the_parent() -> None:
    history = history_of(KEPT)
    verdict = history.verdict(observations=[compared(history, tokenizer="changed")])

    assert verdict.reasons[0].text == (
        f"not as in the parent {BASE.digest[:12]} (base): tokenizer changed, system-prompt not there"
    )


def test_without_a_look_at_the_components_nothing_is_let_through() -> None:
    history = history_of(KEPT)
    broken = compared(history).model_copy(update={"ok": {"components": "same"}})
    other = compared(history, "stranger", tokenizer="same", **{"system-prompt": "same"})
    failed = broken.model_copy(update={"ok": None, "error": "the manifest is not kept here"})

    assert shown(history.verdict()) == [("error", "not-observed")]
    assert shown(history.verdict(observations=[other])) == [("error", "not-observed")]
    assert shown(history.verdict(observations=[broken])) == [("error", "cannot-tell")]
    assert shown(history.verdict(observations=[failed])) == [("error", "cannot-tell")]


def test_it_asks_to_look_only_where_that_is_demanded_and_possible() -> None:
    assert Lineage().needs(history_of(Lineage()).context()) == ()
    assert [need.params["from"] for need in KEPT.needs(history_of(KEPT, parents=("stranger", "base")).context())] == [
        BASE.digest
    ]


def test_the_same_component_twice_is_refused_at_load() -> None:
    with pytest.raises(ValidationError, match="stands twice"):
        Lineage(unchanged=("weights", "weights"))


def test_it_says_in_words_what_it_demands() -> None:
    assert Lineage(exposure=Exposure.WEIGHTS, unchanged=("tokenizer",)).describe() == (
        "it names a parent, which got to weights here and has the same tokenizer; nothing that it descends from was "
        "withdrawn"
    )
    assert Lineage(withdrawn=True).describe() == "it names a parent, which is known here"
