"""What may stand in a calendar, and how a mistake in it is named."""

from __future__ import annotations

from typing import Any

import pytest

from workflow.calendars import Span
from workflow.definition import load_process, read_process
from workflow.errors import DefinitionError
from workflow.registry import Registry


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({}, "`from` and `to`, or `days`"),
        ({"from": "10:00"}, "`from` and `to`, or `days`"),
        ({"from": "10:00", "to": "12-20"}, "write both alike"),
        ({"from": "2026-12-20", "to": "12-24"}, "write both alike"),
        ({"days": ["mon"], "from": "12-20", "to": "12-24"}, "`days` go with times"),
        ({"days": ["mon", "mon"]}, "a day stands twice"),
        ({"from": "10:00", "to": "10:00"}, "are the same"),
        ({"from": "12-20", "to": "12-20"}, "are the same"),
        ({"from": "24:00", "to": "10:00"}, "the end of a day"),
        ({"from": "2026-12-20", "to": "2026-12-19T23:59"}, "`to` comes before `from`"),
        ({"from": "02-29", "to": "03-10"}, "does not come every year"),
        ({"from": "2025-02-29", "to": "2026-03-10"}, "names no day"),
        ({"from": "13-01", "to": "03-10"}, "names no day"),
        ({"from": "0001-01-01", "to": "2026-03-10"}, "within the years"),
        ({"from": "25:00", "to": "10:00"}, "no time of day"),
        ({"from": "10:60", "to": "11:00"}, "no time of day"),
        ({"from": "12-20T24:00", "to": "12-22"}, "no time of day"),
        ({"from": "2026-12-20T10:00Z", "to": "2026-12-22"}, "is neither"),
        ({"from": "tomorrow", "to": "10:00"}, "is neither"),
    ],
)
def test_a_span_that_says_nothing_clear_is_refused(span: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match="1 validation error") as caught:
        Span.model_validate({"name": "x", **span})

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"days": ["sat", "sun"]}, "x (sat, sun)"),
        ({"days": ["mon"], "from": "10:00", "to": "24:00"}, "x (mon 10:00 up to 24:00)"),
        ({"from": "22:00", "to": "02:00"}, "x (every day 22:00 up to 02:00)"),
        ({"from": "12-20", "to": "01-05 09:00"}, "x (20 Dec up to 5 Jan 09:00, every year)"),
        ({"from": "2026-12-20", "to": "2027-01-05T09:00"}, "x (20 Dec 2026 up to 5 Jan 2027 09:00)"),
    ],
)
def test_a_span_can_be_read_aloud(span: dict[str, Any], words: str) -> None:
    assert str(Span.model_validate({"name": "x", **span})) == words


PROCESS = """\
process: frozen
version: 1
started_by: [lead]
roles:
  lead: {}
stages:
  review: {exposure: internal}
  hosted: {exposure: hosted}
  withdrawn: {exposure: internal}
transitions:
  host:
    from: review
    to: hosted
    gate:
      - actor: {roles: [lead]}
      - freeze:
          zone: Europe/London
          spans:
            - name: year-end
              from: 12-20
              to: 01-05 09:00
            - {name: weekend, days: [sat, sun]}
      - window:
          zone: UTC
          spans: [{name: office, days: [mon], from: "10:00", to: "16:00"}]
  withdraw: {from: hosted, to: withdrawn, gate: [actor: {roles: [lead]}]}
"""


def problems_of(text: str) -> list[tuple[int, str, str]]:
    with pytest.raises(DefinitionError) as caught:
        load_process(text, Registry(), file="p.yaml")
    return [(problem.line, problem.field, problem.message) for problem in caught.value.problems]


def test_a_process_says_its_calendars() -> None:
    gate = load_process(PROCESS, Registry()).transition("host").gate

    assert gate[1].params == {
        "zone": "Europe/London",
        "spans": [
            {"name": "year-end", "days": [], "from": "12-20", "to": "01-05 09:00"},
            {"name": "weekend", "days": ["sat", "sun"], "from": None, "to": None},
        ],
    }


FREEZE = "transitions.host.gate[2].freeze"


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "words"),
    [
        ("Europe/London", "Europe/Londom", 17, f"{FREEZE}.zone", "did you mean `Europe/London`?"),
        ("Europe/London", "London time", 17, f"{FREEZE}.zone", ""),
        ("Europe/London", "right/UTC", 17, f"{FREEZE}.zone", ""),
        ("12-20", "12-32", 19, f"{FREEZE}.spans[1]", "names no day"),
        ("sat, sun", "sat, son", 22, f"{FREEZE}.spans[2].days[2]", "'sun' is wanted here, not 'son'"),
        ("weekend", "year-end", 18, f"{FREEZE}.spans", "two spans are called 'year-end'"),
        ("days: [sat", "day: [sat", 22, f"{FREEZE}.spans[2].day", "unknown key"),
    ],
)
def test_a_mistake_in_a_calendar_is_named_at_its_line(old: str, new: str, line: int, field: str, words: str) -> None:
    found = problems_of(PROCESS.replace(old, new, 1))

    assert [(problem[0], problem[1]) for problem in found if words in problem[2]] == [(line, field)]


def test_a_calendar_with_no_span_is_refused() -> None:
    text = PROCESS.replace('[{name: office, days: [mon], from: "10:00", to: "16:00"}]', "[]")

    assert problems_of(text) == [
        (25, "transitions.host.gate[3].window.spans", "nothing stands here, and at least one is needed")
    ]


@pytest.mark.parametrize("rule", ["freeze: {zone: UTC, spans: [{name: x, days: [mon]}]}", "soak: {at_least: 1h}"])
def test_time_in_the_way_of_a_withdrawal_is_doubted(rule: str) -> None:
    text = PROCESS.replace("gate: [actor: {roles: [lead]}]", f"gate: [actor: {{roles: [lead]}}, {rule}]")
    warned = [finding for finding in read_process(text, Registry()).warnings if "pulls it back wait" in finding.message]

    assert [finding.field for finding in warned] == [f"transitions.withdraw.gate[2].{rule.partition(':')[0]}"]
    assert not [item for item in read_process(PROCESS, Registry()).warnings if "pulls it back wait" in item.message]
