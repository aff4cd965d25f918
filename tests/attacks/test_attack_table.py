"""The page about attacks, held to the tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

ATTACKS_SEEN_ELSEWHERE = 28
"""Rows that stand there by their numbers; those after them are this project's own."""

HERE = Path(__file__).parent
PAGE = (HERE.parents[1] / "docs" / "attacks.md").read_text(encoding="utf-8")


def test_every_test_that_the_page_names_is_there_and_every_numbered_test_is_on_the_page() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)", code))
    named = set(re.findall(r"`(test_\w+)`", PAGE))

    assert named <= there
    assert {name for name in there if name.startswith("test_row_")} <= named


def test_the_page_has_a_row_for_each_of_the_attacks_and_each_test_stands_in_the_row_of_its_number() -> None:
    rows = {int(number): row for number, row in re.findall(r"^\| (\d+) \|(.*)$", PAGE, re.MULTILINE)}

    assert sorted(rows) == list(range(1, len(rows) + 1)) and len(rows) >= ATTACKS_SEEN_ELSEWHERE
    for number, row in rows.items():
        assert {int(named) for named in re.findall(r"`test_row_(\d+)_", row)} <= {number}
