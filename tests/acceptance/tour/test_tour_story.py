"""The tour runs to its end, everything in it ends as it is told, and the ledger that it leaves says the same."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import workflow
from workflow.errors import InvalidInput, StorageError, WorkflowError
from workflow.tour.play import NAME, play
from workflow.tour.stage import Stage

NONSENSE = {"HOLDFAST_DATABASE_URL": "nowhere://at/all", "HOLDFAST_ACTOR": "?!", "HOLDFAST_DEBUG": "yes"}


@dataclass(frozen=True)
class Told:
    """One tour: what it printed, and where it left its files."""

    lines: list[str]
    directory: Path

    def commands(self) -> list[tuple[list[str], int]]:
        """Every command of Holdfast as it is printed, in words, and the exit code that is printed for it."""
        found: list[tuple[list[str], int]] = []
        text = "\n".join(self.lines).replace("\\\n", " ")
        for line in text.splitlines():
            if line.startswith("$ holdfast "):
                found.append((shlex.split(line.removeprefix("$ holdfast ")), 0))
            elif code := re.fullmatch(r"\[exit (\d+)\]", line):
                found[-1] = (found[-1][0], int(code[1]))
        return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    lines: list[str] = []
    directory = tmp_path_factory.mktemp("tour") / "kept"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "200")
        for name, value in NONSENSE.items():
            patch.setenv(name, value)
        (directory.parent / "holdfast.toml").write_text("this is = no configuration [", encoding="utf-8")
        assert play(lines.append, directory=directory) == 0
    return Told(lines, directory)


@pytest.fixture(scope="module")
def engine(told: Told) -> Iterator[workflow.Engine]:
    with workflow.open_engine(f"sqlite:///{told.directory / 'holdfast.db'}") as engine:
        yield engine


def test_the_last_line_is_the_audit_of_the_real_ledger(told: Told) -> None:
    assert told.lines[-1].startswith("audit: ok")


def test_it_prints_plain_lines_of_at_most_80_columns(told: Told) -> None:
    assert all(line.isascii() and line.isprintable() for line in told.lines)
    # A path is as long as it is, and is not broken, so that it can be copied.
    wide = [line for line in told.lines if len(line) > 80 and str(told.directory) not in line]
    assert wide == []


ENDINGS = [
    ("advance aurora-7b submit", "lee", 8),
    ("sign aurora-7b submit", "kim", 1),
    ("explain aurora-7b release", "lee", 1),
    ("advance aurora-7b release", "lee", 1),
    ("advance aurora-7b resume", "lee", 1),
    ("status aurora-7b", "lee", 1),
    ("discharge aurora-7b R1", "priya", 8),
    ("lift aurora-7b H1", "lee", 1),
    ("collect noor.request.noor.reply", "lee", 1),
    ("sign aurora-7b release", "mara", 1),
    ("collect forged.reply", "lee", 2),
    ("advance aurora-7b release", "lee", 8),
    ("advance aurora-7b release", "lee", 1),
    ("advance aurora-7b release", "lee", 2),
    ("audit verify", None, 3),
]
"""Each command that does not end with 0, in the order of the story: its first words, who gave it, its exit code."""


def test_every_command_ends_as_the_story_tells(told: Told) -> None:
    other = [(words, code) for words, code in told.commands() if code]

    assert [code for _, code in other] == [code for *_, code in ENDINGS]
    for (words, _), (start, person, _) in zip(other, ENDINGS, strict=True):
        assert " ".join(words).startswith(start)
        assert person is None or words[words.index("--as") + 1] == person


def test_the_explanation_gives_the_numbers_and_the_people(told: Told) -> None:
    text = "\n".join(told.lines)
    shown = text[text.index("$ holdfast explain aurora-7b release") :]

    for fact in ("NO: aurora-7b 1.0", "0.3481 (0.31 at 0.95 confidence) > 0.25", "n=400", "Vetoes: 1."):
        assert fact in shown
    assert shown.index("NO: aurora-7b 1.0") < shown.index("YES: aurora-7b 1.1")


def test_the_ledger_that_is_left_behind_is_sound(engine: workflow.Engine) -> None:
    report = engine.audit()

    assert report.outcome == "ok", report.problems
    assert report.refusals == 10
    assert report.signatures > 20
    assert report.releases == 1


def test_the_date_slips_once_and_then_to_no_date_each_with_a_reason(engine: workflow.Engine) -> None:
    changes = engine.status(NAME).schedule

    assert [(f"{change.planned:%m-%d}" if change.planned else None, change.slip) for change in changes] == [
        ("06-26", False),
        ("07-17", True),
        (None, True),
        ("08-05", False),
    ]
    assert all(change.reason for change in changes)


def test_the_hold_has_no_end_and_outlasts_its_review_date_until_two_of_safety_lift_it(engine: workflow.Engine) -> None:
    (hold,) = engine.status(NAME).holds
    lifts = [item for item in engine.history(NAME, limit=1000) if kinds(item) & {"lift_approved"}]

    assert hold.owner == "2 of safety"
    assert hold.review_by is not None
    assert not hold.standing
    assert {item.actor for item in lifts} == {"jun", "priya"}
    assert min(item.at for item in lifts) > hold.review_by


def test_the_conditions_of_the_hold_are_requirements_discharged_for_the_new_candidate(engine: workflow.Engine) -> None:
    first, second = engine.status(NAME).requirements

    assert (first.kind, first.hold, first.open) == ("lift_condition", "H1", False)
    assert (second.kind, second.hold, second.open) == ("lift_condition", "H1", False)
    assert (first.discharged_by, second.discharged_by) == ("safety", "security")


def test_the_head_and_the_research_lead_state_in_public_why(engine: workflow.Engine) -> None:
    statements = engine.status(NAME).statements

    assert [(item.by, item.role) for item in statements[:2]] == [("wen", "executive"), ("ida", "research")]
    assert all(item.public and item.text for item in statements)
    assert all(f"{item.at:%m-%d}" == "07-11" for item in statements[:2])


def test_the_lead_tries_in_vain_and_each_try_is_on_record_with_its_verdicts(engine: workflow.Engine) -> None:
    attempts = [item for item in engine.history(NAME, limit=1000) if item.refused]
    tried = [item for item in attempts if item.events[0]["request"].get("trigger") == "release"]
    blocking = [[verdict["policy"] for verdict in item.verdicts if not verdict["allow"]] for item in reversed(tried)]

    assert {item.actor for item in tried} == {"lee"}
    assert blocking[0][:2] == ["evidence", "risk_areas"]
    assert blocking[0][-1] == "objections"
    assert blocking[1:] == [["soak"], ["candidate_unchanged"]]


def test_the_new_candidate_descends_from_the_one_that_was_refused(engine: workflow.Engine) -> None:
    history = engine.history(NAME, limit=1000)
    (started,) = [event for item in history for event in item.events if event["type"] == "release_started"]
    (replaced,) = [event for item in history for event in item.events if event["type"] == "candidate_replaced"]

    assert replaced["candidate"]["parents"] == [started["candidate"]["digest"]]
    assert replaced["candidate"]["variant"] == "fix"
    assert engine.status(NAME).candidate == replaced["candidate"]["digest"]


def test_the_refusal_ends_by_its_maker_for_exactly_the_new_candidate(engine: workflow.Engine) -> None:
    _, item = [item for item in engine.history(NAME, limit=1000) if kinds(item) & {"sign_off_withdrawn"}]

    assert (item.actor, item.proof) == ("mara", "sshsig")
    assert item.events[0]["candidates"] == [engine.status(NAME).candidate]


def test_the_weights_leave_once_with_five_signatures(engine: workflow.Engine) -> None:
    (left,) = [item for item in engine.history(NAME, limit=1000) if any(e.get("irreversible") for e in item.events)]
    signers = {fact["person"] for verdict in left.verdicts for fact in verdict["facts"] if fact["label"] == "counted"}

    assert signers == {"mara", "jun", "sam", "noor", "wen"}
    made = [
        item for item in engine.history(NAME, limit=1000) if kinds(item) & {"sign_off_recorded"} and not item.refused
    ]
    assert {item.proof for item in made} == {"sshsig"}
    assert engine.status(NAME).exposure is workflow.Exposure.WEIGHTS


@pytest.mark.parametrize(
    ("what", "person", "code"),
    [
        ("stale: for other files, in another round", "noor", "sign-off-rejected"),
        ("forged: with somebody else's key", "mara", "signature-invalid"),
    ],
)
def test_a_stale_and_a_forged_signature_are_refused_and_on_record(
    engine: workflow.Engine, what: str, person: str, code: str
) -> None:
    attempts = [item for item in engine.history(NAME, limit=1000) if item.refused and item.actor == person]
    refused = [item for item in attempts if item.events[0]["command"] == "sign"]

    assert [item.events[0]["code"] for item in refused] == [code], what


def test_a_replayed_reply_makes_no_second_approval(told: Told, engine: workflow.Engine) -> None:
    approved = [item for item in engine.history(NAME, limit=1000) if item.actor == "mara" and not item.refused]
    collected = [words for words, code in told.commands() if words[:2] == ["collect", "mara.request.mara.reply"]]

    assert len(collected) == 2
    assert len({item.command_id for item in approved}) == len(approved)
    assert any(line.startswith("on record") for line in told.lines)


def test_the_forged_copy_fails_at_the_very_entry(told: Told) -> None:
    with workflow.open_engine(f"sqlite:///{told.directory / 'forged' / 'holdfast.db'}") as engine:
        report = engine.audit()

    assert report.outcome == "failed"
    assert report.first_bad == 24
    assert {"altered", "protection"} <= {problem.kind for problem in report.problems}


def overlong(text: str, widest: int) -> list[str]:
    """The lines beyond a width, but for a single word that has no place to break, such as a path."""
    return [line for line in text.splitlines() if len(line) > widest and " " in line.strip()]


@pytest.mark.parametrize(("columns", "widest"), [("60", 60), ("200", 80)])
def test_commands_are_broken_where_the_screen_ends_so_that_they_can_still_be_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, columns: str, widest: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines: list[str] = []
    command = 'init --as ana --origin holdfast.example/aurora -m "Our releases are decided here, and nowhere else."'

    Stage(tmp_path, lines.append).run(command)

    typed = lines[1 : next(place for place, line in enumerate(lines) if line.startswith("entry 1"))]
    assert overlong("\n".join(lines), widest) == []
    assert all(line.endswith(" \\") for line in typed[:-1])
    assert shlex.split("\n".join(typed).replace("\\\n", " ")) == ["$", "holdfast", *shlex.split(command)]


def test_where_nothing_can_be_written_it_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))

    with pytest.raises(StorageError) as refusal:
        play(print)
    assert refusal.value.remedy == "holdfast tour --keep DIRECTORY"


def test_the_command_tells_it_without_a_terminal_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "temporary").mkdir()
    (tmp_path / "holdfast.toml").write_text("this is = no configuration [", encoding="utf-8")
    environment = {**os.environ, **NONSENSE, "TMPDIR": str(tmp_path / "temporary"), "NO_COLOR": "1"}
    environment.pop("COLUMNS", None)

    result = subprocess.run(
        [sys.executable, "-W", "error", "-m", "workflow.cli", "tour"],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert result.returncode == 0, result.stdout[-2000:] + result.stderr
    assert result.stderr == ""
    assert result.stdout.splitlines()[-1].startswith("audit: ok")
    assert "\x1b" not in result.stdout
    assert overlong(result.stdout, 80) == []
    assert list((tmp_path / "temporary").iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["holdfast.toml", "temporary"]


def test_it_is_never_kept_among_somebodys_files(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()

    with pytest.raises(InvalidInput, match="not empty") as refusal:
        play(print, directory=tmp_path)
    assert refusal.value.remedy == "name a new directory"
    with pytest.raises(InvalidInput, match="cannot be kept"):
        play(print, directory=tmp_path / "thesis.txt")


def test_a_command_that_ends_otherwise_stops_the_tour(tmp_path: Path) -> None:
    lines: list[str] = []
    stage = Stage(tmp_path, lines.append)

    with pytest.raises(WorkflowError, match="`holdfast status` ended with 2, not 0"):
        stage.run("status aurora-7b")
    assert lines[-1] == "[exit 2]"


def kinds(item: workflow.HistoryItem) -> set[str]:
    return {event["type"] for event in item.events}
