"""Nothing leaves while a hold stands, and time lifts none."""

from __future__ import annotations

from policies.holds import Holds
from tests.support.build import in_review, shown
from tests.support.parts import candidate


def test_without_a_hold_nothing_stands_in_the_way() -> None:
    assert in_review(Holds()).verdict().allow


def test_holds_stack_and_each_is_a_reason() -> None:
    history = in_review(Holds())
    history.hold("mara", "safety")
    history.hold("sam", "security")

    reasons = history.verdict().reasons

    assert [(reason.kind, reason.code, reason.subject) for reason in reasons] == [
        ("no", "hold", "H1"),
        ("no", "hold", "H2"),
    ]


def test_a_hold_outlives_time_rounds_bytes_and_its_maker() -> None:
    history = in_review(Holds())
    history.hold("mara", "safety")
    history.clock.forward("365d")
    history.move("back")
    history.replace(candidate("second"))
    history.remove("mara")

    assert shown(history.verdict()) == [("no", "hold")]


def test_a_lifted_hold_does_not_block_the_bytes_it_was_lifted_for() -> None:
    history = in_review(Holds())
    history.close(history.hold("mara", "safety"), "mara")

    assert history.verdict().allow

    history.replace(candidate("second"))

    assert not history.verdict().allow


def test_a_hold_on_a_relative_blocks_here_too() -> None:
    history = in_review(Holds())
    history.hold("mara", "safety")
    history.start("second", facts=candidate("fork", weights=["weights of aurora"]))

    verdict = history.verdict(slug="second")

    assert "H1 in aurora" in verdict.reasons[0].text


def test_only_people_who_may_open_a_gate_are_named_for_the_lift() -> None:
    history = in_review(Holds())
    history.hold("mara", "safety", count=2)

    reason = history.verdict().reasons[0]

    assert reason.who == ("jun", "mara", "priya")
    assert reason.remedy == "lifted by 2 of safety, citing what changed"
