"""The questions of an auditor who has one file, and no ledger."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_desk import Desk

from tests.golden.packs.make import PACK
from tests.pack.packing import log_of

ORIGIN = "holdfast.example/golden-incidents"
LOG = log_of(ORIGIN).vkey
WHOLE = PACK.read_bytes()
RELEASE = "aurora-fix"

QUESTIONS = [
    ("history", RELEASE),
    ("history", "--refusals"),
    ("audit", "overrides"),
    ("audit", "slips"),
    ("audit", "waiting"),
    ("audit", "who-could", RELEASE),
    ("audit", "diff", "5"),
]


@pytest.fixture
def auditor(tmp_path: Path) -> Desk:
    """An empty directory with the golden pack in it."""
    place = tmp_path / "auditor"
    place.mkdir()
    (place / "a.pack").write_bytes(WHOLE)
    return Desk(place)


@pytest.mark.parametrize("words", QUESTIONS)
def test_each_question_is_answered_from_a_pack_and_says_so(words: tuple[str, ...], auditor: Desk) -> None:
    vouched = auditor(*words, "--pack", "a.pack", "--log-key", LOG)
    alone = auditor(*words, "--pack", "a.pack", "--json")

    said = " ".join(vouched.out.split())
    assert said.startswith(f"Of the pack a.pack, of {RELEASE}, as of ")
    assert "verified: all that can be told from it" in said
    assert f"vouched for by log key {ORIGIN}, for the first 34 entries" in said
    assert vouched.code == 0
    assert alone.code == 8
    assert set(alone.json) == {"pack", "answer"}
    assert (alone.json["pack"]["vouched"], alone.json["pack"]["release"]) == (False, RELEASE)


def test_that_nobody_vouches_is_said_before_the_answer(auditor: Desk) -> None:
    result = auditor("audit", "overrides", "--pack", "a.pack")

    assert result.code == 8
    assert "NOT VOUCHED: anybody can make up such a ledger" in " ".join(result.out.split())


def test_nothing_is_told_of_a_pack_that_is_damaged_or_of_another_ledger(auditor: Desk) -> None:
    (auditor.directory / "bad.pack").write_bytes(WHOLE.replace(b'"actor":"ana"', b'"actor":"eve"', 1))

    for words in (("--pack", "bad.pack"), ("--pack", "a.pack", "--log-key", log_of("lab.example").vkey)):
        result = auditor("audit", "slips", *words)
        assert (result.code, result.out) == (3, "")
        assert "nothing is told of a pack" in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("audit", "slips", "nebula"),
        ("history", "--entry", "999"),
        ("audit", "who-could", RELEASE, "--entry", "999"),
        ("audit", "who-could", RELEASE, "--at", "2199-01-01"),
        ("audit", "diff", "99"),
        ("audit", "diff", "6:" + "0" * 64),
        ("audit", "diff", "99:" + "0" * 64),
    ],
)
def test_what_a_pack_cannot_answer_is_said(words: tuple[str, ...], auditor: Desk) -> None:
    result = auditor(*words, "--pack", "a.pack")

    assert (result.code, result.out) == (2, "")
    assert "Traceback" not in result.err


def test_another_history_than_the_one_that_was_kept_is_damage(auditor: Desk) -> None:
    assert auditor("audit", "diff", "34:" + "0" * 64, "--pack", "a.pack").code == 3


def test_a_digest_that_is_not_in_the_pack_may_have_been_here_all_the_same(auditor: Desk) -> None:
    (auditor.directory / "list").write_text("ab" * 32)

    result = auditor("audit", "coverage", "list", "--pack", "a.pack", "--log-key", LOG)

    assert result.code == 1
    assert "is not in this pack; the ledger may know it" in " ".join(result.out.split())


def test_a_key_without_a_pack_is_no_question_to_a_ledger(desk: Desk) -> None:
    result = desk("audit", "slips", "--log-key", LOG)

    assert result.code == 2
    assert "--pack" in result.err


def test_pins_beside_the_pack_vouch_for_nothing(auditor: Desk) -> None:
    (auditor.directory / "holdfast.toml").write_text(f'pinned = ["1:{"0" * 64}"]\n')

    assert auditor("audit", "overrides", "--pack", "a.pack").code == 8
