"""What a candidate descends from, and what follows it from there."""

from __future__ import annotations

import pytest

from tests.support.build import History, in_review
from tests.support.parts import candidate, digest_of
from workflow.lineage import ancestry, keys
from workflow.process import Exposure


def line_of(history: History, slug: str) -> set[str]:
    release = history.releases[slug]
    others = [state for name, state in history.releases.items() if name != slug]
    return {found.label for found in ancestry(release.candidate, (release, *others))}


def rejected(history: History, slug: str) -> list[str]:
    context = history.context(slug=slug)
    return [objection.id for objection in context.objections.rejects]


def test_a_candidate_is_found_by_itself_its_parents_and_its_weights() -> None:
    facts = candidate("fork", parents=[digest_of("base")], weights=["shared"])

    assert keys(facts) == {facts.digest, digest_of("base"), digest_of("shared")}


def test_a_stranger_is_no_ancestor() -> None:
    history = in_review()
    history.start("stranger")

    assert line_of(history, "aurora") == {"aurora"}


def test_the_line_goes_on_through_releases_by_parents_and_by_weights() -> None:
    history = in_review()
    history.start("b", facts=candidate("b", parents=[candidate("aurora").digest], weights=["shared"]))
    history.start("c", facts=candidate("c", weights=["shared", "more"]))
    history.start("d", facts=candidate("d", weights=["more"]))

    assert line_of(history, "d") == {"d", "c", "b", "aurora"}


def test_a_circle_of_parents_ends() -> None:
    history = in_review()
    history.start("b", facts=candidate("b", parents=[digest_of("c")]))
    history.start("c", facts=candidate("c", parents=[digest_of("b")]))

    assert line_of(history, "b") == {"b", "c"}


def test_without_weight_files_nothing_is_shared() -> None:
    history = in_review()
    history.start("b", facts=candidate("b", weights=[]))
    history.start("c", facts=candidate("c", weights=[]))

    assert line_of(history, "c") == {"c"}


def test_starting_the_same_files_again_without_their_parent_washes_out_no_refusal() -> None:
    history = in_review()
    history.sign("sam", "security", "reject")
    history.replace(candidate("fix", weights=[]))
    history.start("again", facts=candidate("fix", weights=[]))

    assert rejected(history, "again") == ["S1"]


@pytest.mark.parametrize("kind", ["reject", "hold", "require"])
def test_an_objection_to_a_descendant_says_nothing_of_the_parent(kind: str) -> None:
    history = in_review()
    history.start("child", facts=candidate("child", parents=[candidate("aurora").digest]))
    if kind == "reject":
        history.sign("sam", "security", "reject", slug="child")
    elif kind == "hold":
        history.hold("sam", "security", slug="child")
    else:
        history.require("sam", "security", slug="child")
    child, parent = history.context(slug="child").objections, history.context(slug="aurora").objections

    assert len(child.rejects) + len(child.holds) + len(child.requirements) == 1
    assert len(parent.rejects) + len(parent.holds) + len(parent.requirements) == 0


def test_an_objection_is_closed_for_exactly_the_candidates_that_are_named() -> None:
    history = in_review()
    history.sign("sam", "security", "reject")
    history.start("child", facts=candidate("child", parents=[candidate("aurora").digest]))

    history.close("S1", "sam", candidates=[candidate("child").digest])

    assert (rejected(history, "aurora"), rejected(history, "child")) == (["S1"], [])


@pytest.mark.parametrize(
    ("raises_to", "blocked"),
    [(None, False), (Exposure.VETTED, False), (Exposure.HOSTED, True), (Exposure.WEIGHTS, True)],
)
def test_a_refusal_blocks_every_raise_to_at_least_what_it_refused(raises_to: Exposure | None, blocked: bool) -> None:
    history = in_review()
    history.sign("sam", "security", "reject", trigger="host")

    found = history.context().objections.rejects_of("other", "elsewhere", raises_to)

    assert bool(found) is blocked


def test_a_refusal_of_a_move_that_raises_nothing_blocks_that_move() -> None:
    history = in_review()
    history.sign("sam", "security", "reject", trigger="back")
    objections = history.context("back").objections

    assert objections.rejects_of("back", "testing", None)
    assert not objections.rejects_of("back", "review", None)
    assert not objections.rejects_of("submit", "testing", None)


def test_time_is_asked_only_about_a_requirement_on_which_nothing_else_decides() -> None:
    history = in_review()
    history.require("mara", "safety")
    history.require("mara", "safety", blocks=["publish"])
    history.require("mara", "safety", blocks=["host"])
    asked = []

    def overdue(requirement: object) -> bool:
        asked.append(getattr(requirement, "id", None))
        return False

    objections = history.context().objections

    assert [item.id for item in objections.requirements_of("publish", raises=True, overdue=overdue)] == ["R1", "R2"]
    assert [item.id for item in objections.requirements_of("publish", raises=False, overdue=overdue)] == ["R2"]
    assert asked == ["R3"]
