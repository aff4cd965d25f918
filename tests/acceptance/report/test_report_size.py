"""A page stays small, and says what it left out; the facts for scripts leave nothing out."""

from __future__ import annotations

import itertools
import re
from datetime import timedelta
from typing import Any

import pytest
from told_reports import Told

from workflow.report import Report, as_html
from workflow.report.page.limits import LEVELS, MAX_BYTES

LONG = "The weights were looked at again, and what was found stands in the appendix of the second report. " * 60


def many(items: tuple[Any, ...], count: int, **changes: Any) -> tuple[Any, ...]:
    """So many copies of some things, with entries and ids that go on."""
    made = []
    for number in range(count):
        item = items[number % len(items)]
        also = {"entry": 1000 + number} if "entry" in type(item).model_fields else {}
        made.append(item.model_copy(update={**also, **changes}))
    return tuple(made)


def heavy(report: Report) -> Report:
    """A release of years: thousands of entries, hundreds of attempts, sign-offs and reports, and long reasons."""
    crossed = [gate for gate in report.gates if gate.verdicts]
    lines = tuple(
        item.model_copy(update={"entry": 1000 + number, "at": report.made_at - timedelta(hours=5_000 - number)})
        for number, item in enumerate(many(report.lines, 5_000))
    )
    return report.model_copy(
        update={
            "lines": lines,
            "gates": many(tuple(crossed), 200),
            "sign_offs": many(report.sign_offs, 600, reason=LONG),
            "measurements": many(report.measurements, 500),
            "dissent": many(report.dissent, 250, text=LONG),
            "holds": many(report.holds, 250, text=LONG),
            "moves": many(report.moves, 250, reason=LONG),
        }
    )


@pytest.fixture(scope="module")
def page(told: Told) -> str:
    return as_html(heavy(told.report("first")))


def test_a_release_of_years_fits_into_five_megabytes(page: str) -> None:
    assert len(page.encode("utf-8")) <= MAX_BYTES == 5_000_000


def test_what_is_left_out_is_counted_where_it_is_missing(page: str) -> None:
    assert len(re.findall(r"(?:are left out here|entries are left out here)", page)) >= 5
    assert "more characters." in page
    assert "holdfast history --entry" in page


def test_links_to_entries_that_were_left_out_are_not_made(page: str) -> None:
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(re.findall(r' id="([^"]+)"', page))


def test_each_level_of_leaving_out_shows_less_than_the_one_before() -> None:
    for more, less in itertools.pairwise(LEVELS):
        assert (more.rows, more.gates, more.entries, more.letters) > (less.rows, less.gates, less.entries, less.letters)


def test_an_ordinary_release_is_shown_whole(told: Told) -> None:
    page = as_html(told.report("signed"))

    assert "left out" not in page
    assert "more characters" not in page
    assert len(page) < 400_000
