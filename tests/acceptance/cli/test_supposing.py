"""``explain`` with a supposition: nobody can take its answer for one about now."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_desk import PROCESS, Desk, by

EXPLAIN = ("explain", "aurora", "publish", "--as", "lee")
LATER = "2025-07-02T09:00:00Z"
EVERYTHING = ("--at", LATER, "--assume-signed", "safety", "--assume-signed", "legal")


@pytest.fixture
def review(desk: Desk) -> Desk:
    desk.to_review()
    desk.does("review", "aurora", "biosecurity", "acceptable", *by("mara"))
    text = PROCESS.read_text("utf-8").replace("version: 1", "version: 2").replace("at_least: 24h", "at_least: 48h")
    (desk.directory / "second.yaml").write_text(text, "utf-8")
    return desk


def test_the_first_word_is_if_and_the_last_line_leads_back_to_now(review: Desk) -> None:
    result = review(*EXPLAIN, *EVERYTHING)

    lines = result.out.splitlines()
    assert result.code == 0
    assert " ".join(lines[:2]) == (
        "IF it were 2 Jul 2025 09:00 UTC with nothing else changed and all its sign-offs as safety and legal were in:"
    )
    assert lines[2] == "THEN YES: aurora 2.1 may leave review for public by `publish`"
    assert " ".join(lines[-2:]) == (
        "SUPPOSED, so no answer about now (1 Jul 2025 09:00 UTC); that is: holdfast explain aurora publish"
    )
    assert review(*EXPLAIN).out.startswith("WAITING: aurora 2.1 may not yet leave")


def test_the_exit_code_is_the_one_that_there_would_be(review: Desk) -> None:
    assert review(*EXPLAIN, *EVERYTHING).code == 0
    assert review(*EXPLAIN, "--assume-signed", "safety").code == 8
    assert review(*EXPLAIN, *EVERYTHING, "--process", "second.yaml").code == 1


def test_what_is_supposed_to_be_signed_is_said_where_it_counts(review: Desk) -> None:
    text = " ".join(review(*EXPLAIN, *EVERYTHING, "--all").out.split())

    assert "sign-offs safety: 0 of 2, 2 assumed MET assumed 2 more as safety; jun, kit, mara, priya could" in text


def test_another_process_is_named_with_what_stands_in_the_way_of_it(review: Desk) -> None:
    result = review(*EXPLAIN, "--process", "second.yaml")

    text = " ".join(result.out.split())
    assert text.startswith("IF it went on under small@2 (")
    assert "): THEN NO: aurora 2.1 may not leave" in text
    assert "It could not go on under small@2 now:" in text
    assert "48h" in text


def test_a_script_gets_what_is_assumed(review: Desk) -> None:
    now = review(*EXPLAIN, "--json").json
    answer = review(*EXPLAIN, *EVERYTHING, "--process", "small.yaml", "--json")
    supposed = review(*EXPLAIN, *EVERYTHING, "--json").json

    assert now["assuming"] is None
    assert supposed["allowed"] is True
    assert supposed["at"] == LATER
    assert supposed["assuming"] == {
        "asked_at": "2025-07-01T09:00:00Z",
        "at": LATER,
        "signed": ["safety", "legal"],
        "process": None,
        "process_label": None,
        "obstacle": None,
    }
    assert (answer.code, answer.json["error"]["code"]) == (2, "invalid-input")


MISTAKES = {
    "a time that has passed": (("--at", "2025-06-30T09:00:00Z"), "has passed"),
    "a time without a zone": (("--at", "2025-08-01"), "has no zone"),
    "no time at all": (("--at", "soon"), "is not a time"),
    "a role that is not asked": (("--assume-signed", "lead"), "asks for no sign-offs as lead"),
    "a process that is not there": (("--process", "absent.yaml"), "there is no file"),
    "a process that nobody chartered": (("--process", "nowhere"), "the charter has no process"),
}


@pytest.mark.parametrize(("args", "words"), MISTAKES.values(), ids=MISTAKES)
def test_a_supposition_that_means_nothing_is_a_mistake(review: Desk, args: tuple[str, ...], words: str) -> None:
    result = review(*EXPLAIN, *args)

    assert (result.code, result.out) == (2, "")
    assert words in " ".join(result.err.split())


def test_the_ledger_keeps_every_byte(review: Desk) -> None:
    def files() -> dict[Path, bytes]:
        found = review.directory.rglob("holdfast.db*")
        return {path: path.read_bytes() for path in found if path.is_file() and not path.name.endswith("-shm")}

    before = files()
    review(*EXPLAIN, *EVERYTHING, "--process", "second.yaml")

    assert files() == before
