"""``audit who-could``, ``audit diff`` and ``audit waiting`` on the screen and as JSON."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_desk import Desk, by

from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import ED25519, Note, NoteKey


@pytest.fixture
def review(desk: Desk) -> Desk:
    desk.to_review()
    desk.approve("mara")
    desk.clock.forward("2d")
    desk.does("hold", "aurora", *by("jun"))
    return desk


def test_who_could_have_moved_it_is_told_by_name(review: Desk) -> None:
    screen = review("audit", "who-could", "aurora", "publish", "--entry", "11").out

    assert screen.startswith("Who could have moved aurora 2.1 after entry 11, 1 Jul 2025 09:00 UTC")
    assert "`publish` to public, IRREVERSIBLE: BLOCKED, whoever signed" in screen
    assert "    call it    lee" in screen
    assert "    safety     1 of 2 approved: mara (entry 11)" in screen
    assert "could have: jun, kit or priya" in screen
    assert "Who could have stopped it, by a hold:" in screen
    assert max(map(len, screen.splitlines())) <= 80


def test_a_day_is_asked_at_its_end(review: Desk) -> None:
    first, later = (
        review("audit", "who-could", "aurora", "publish", "--at", day, "--json").json
        for day in ("2025-07-01", "2025-07-02")
    )

    assert (first["entry"], first["at"]) == (11, "2025-07-01T23:59:59.999999Z")
    assert (later["entry"], later["at"]) == (11, "2025-07-02T23:59:59.999999Z")
    assert review("audit", "who-could", "aurora", "--at", "2025-07-03").code == 2  # not over yet


def test_it_is_the_library_s_own_answer(review: Desk) -> None:
    with review.engine() as engine:
        expected = [
            engine.who_could("aurora").model_dump(mode="json"),
            engine.difference(5, 11).model_dump(mode="json"),
            engine.waiting().model_dump(mode="json"),
        ]

    asked = (("who-could", "aurora"), ("diff", "5", "11"), ("waiting",))
    assert [review("audit", *words, "--json").json for words in asked] == expected


@pytest.mark.parametrize(
    "words",
    [
        ("who-could", "nebula"),
        ("who-could", "aurora", "fly"),
        ("who-could", "aurora", "--entry", "1"),
        ("who-could", "aurora", "--entry", "999"),
        ("who-could", "aurora", "--entry", "11", "--at", "2025-07-01"),
        ("who-could", "aurora", "--at", "soon"),
        ("diff", "999"),
        ("diff", "9", "4"),
        ("diff", "no-such-file"),
        ("diff", ""),
        ("diff", "small.yaml"),
        ("waiting", "nebula"),
    ],
)
def test_what_cannot_be_answered_is_one_message_and_code_2(review: Desk, words: tuple[str, ...]) -> None:
    result = review("audit", *words)

    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err


def test_a_difference_is_told_by_release(review: Desk) -> None:
    screen = review("audit", "diff", "10").out

    assert screen.startswith("From entry 10, 1 Jul 2025 09:00 UTC, root ")
    assert "aurora: in review as before" in screen
    assert "   12  jun (claimed)  3 Jul 2025 09:00 UTC" in screen
    assert "opened hold H1" in screen
    assert "-> it STANDS" in screen
    assert "besides: 1 x sign off recorded" in screen
    assert review("audit", "diff", "12").out.endswith("Nothing changed.\n")
    assert "From the beginning" in review("audit", "diff", "2025-06-01", "2025-07-01").out
    assert max(map(len, screen.splitlines())) <= 80


def checkpoint(review: Desk, size: int, root: str) -> str:
    with review.engine() as engine:
        origin = engine.audit().origin
    note = Note(Checkpoint(origin, size, bytes.fromhex(root)).text)
    name = f"{size}-{root[:4]}.checkpoint"
    (review.directory / name).write_bytes(
        note.with_signature(NoteKey("a.log", ED25519, bytes(32)), bytes(64)).to_bytes()
    )
    return name


def test_a_checkpoint_that_was_kept_is_compared_and_says_what_is_not_checked(review: Desk) -> None:
    root = review("audit", "diff", "10", "--json").json["first"]["root"]

    result = review("audit", "diff", checkpoint(review, 10, root))

    assert result.code == 0
    assert "the root that was kept for 10 entries is the ledger's" in result.out
    assert "not verified: no key of the log is known" in result.out
    assert review("audit", "diff", checkpoint(review, 10, root), "--log-key", str(NoteKey("b", 1, bytes(32)))).code == 3
    assert review("audit", "diff", checkpoint(review, 10, root), "--log-key", "no key").code == 2
    assert review("audit", "diff", f"10:{root}").code == 0


@pytest.mark.parametrize("size", [10, 999])
def test_a_checkpoint_of_another_history_is_code_3(review: Desk, size: int) -> None:
    assert review("audit", "diff", checkpoint(review, size, "0" * 64)).code == 3
    assert review("audit", "diff", f"{size}:{'0' * 64}", "--json").code == 3


def test_waiting_says_whom_an_open_gate_waits_for(review: Desk) -> None:
    screen = review("audit", "waiting", "aurora").out

    assert "review, since 1 Jul 2025 09:00 UTC (entry 10): OPEN for 2 days; `publish`" in screen
    assert "    safety     mara after less than a minute, entry 11" in screen
    assert "    waits for  1 more as safety: jun, kit or priya" in screen
    assert max(map(len, screen.splitlines())) <= 80


def test_waiting_over_all_has_the_medians(review: Desk, tmp_path: Path) -> None:
    screen = review("audit", "waiting").out

    assert "safety     none completed yet; 1 gate open" in screen
    assert "Until a role's last approval" in screen


def test_a_ledger_without_releases_waits_for_nothing(desk: Desk) -> None:
    assert desk("audit", "waiting").out == "There is no release yet.\n"


@pytest.mark.parametrize("name", ["who-could", "diff", "overrides", "slips", "waiting", "coverage"])
def test_every_question_explains_itself(capsys: pytest.CaptureFixture[str], desk: Desk, name: str) -> None:
    assert desk("audit", name, "--help").code == 0

    text = " ".join(capsys.readouterr().out.split())
    assert f"Usage: holdfast audit {name}" in text
    assert "--json" in text
    assert desk("audit", "--help").code == 0
    assert name in capsys.readouterr().out
