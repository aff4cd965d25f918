"""What a lead, a signer, an auditor and a tool's author type wrongly: each is told what, why and what to do next."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_desk import Desk, by


@dataclass(frozen=True)
class Mistake:
    """Something typed wrongly, the exit code, and the words that the message must have."""

    args: tuple[str, ...]
    code: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.args)[:60]


MISTAKES = [
    # the lead
    Mistake(("status", "auorra"), 2, ("no release 'auorra'", "holdfast list")),
    Mistake(("advance", "aurora", "publish", "--as", "lee"), 2, ("--message", "holdfast advance --help")),
    Mistake(("advance", "aurora", "publsh", *by("lee")), 2, ("no trigger 'publsh'", "it has: submit, stop, resume")),
    Mistake(("advance", "aurora", "submit", *by("lee", ".")), 2, ("says nothing", "say why in a sentence")),
    Mistake(("advance", "aurora", "submit", *by("lee", "   ")), 2, ("rationale is empty",)),
    Mistake(("advance", "aurora", "submit", *by("mallory")), 1, ("mallory is not on the roster", "roster add mallory")),
    Mistake(("advance", "aurora", "publish", "-m", "no name"), 2, ("nothing says who acts", "--as HANDLE")),
    Mistake(("schedule", "aurora", "--to", "2025-07-17T17:00:00", *by("lee")), 2, ("has no zone", "17:00:00Z")),
    Mistake(("schedule", "aurora", "--to", "soon", *by("lee")), 2, ("'soon' is not a time", "2025-07-17T17:00:00Z")),
    Mistake(("incident", "open", "aurora", "It tells.", "--as", "mara"), 2, ("--known-since", "incident open --help")),
    Mistake(("incident", "opne", "aurora"), 2, ("No such command 'opne'", "holdfast incident --help")),
    Mistake(("schedule", "aurora", *by("lee")), 2, ("has a date or has none", "--no-date")),
    Mistake(("start", "Aurora!", "model", "--process", "small", "--author", "ada", *by("lee")), 2, ("lower-case",)),
    Mistake(("start", "a2", "nowhere", "--process", "small", "--author", "ada", *by("lee")), 2, ("nowhere",)),
    Mistake(("start", "a2", "model", "--process", "smal", "--author", "ada", *by("lee")), 2, ("no process 'smal'",)),
    Mistake(("start", "a2", "model", "--process", "small", *by("lee")), 2, ("--author",)),
    Mistake(
        ("start", "a2", "model", "--process", "small", "--author", "ada", "--component", "weights", *by("lee")),
        2,
        ("names no component", "--component weights="),
    ),
    # the signer
    Mistake(
        ("sign", "aurora", "publish", *by("mara")), 2, ("--approve, --reject, --require TEXT, --recuse, --abstain",)
    ),
    Mistake(("sign", "aurora", "publish", "--approve", "--reject", *by("mara")), 2, ("one decision",)),
    Mistake(("sign", "aurora", "publish", "--approve", *by("mara")), 2, ("basis that was seen", "--seen BASIS")),
    Mistake(("sign", "aurora", "publish", "--approve", "--seen", "yes", *by("mara")), 2, ("16 hexadecimal digits",)),
    Mistake(("sign", "aurora", "publish", "--approve", "--seen", "0" * 16, *by("mara")), 1, ("has changed", "explain")),
    Mistake(("sign", "aurora", "publish", "--approve", "--seen", "0" * 64, *by("mara")), 1, ("on record, entry",)),
    Mistake(("sign", "aurora", "publish", "--reject", "--role", "legal", *by("mara")), 1, ("does not hold the role",)),
    Mistake(("sign", "aurora", "publish", "--reject", *by("kit")), 2, ("safety and legal", "--role ROLE")),
    Mistake(
        ("sign", "aurora", "publish", "--recuse", *by("lee")),
        2,
        ("lee holds lead", "asks safety or legal", "roster"),
    ),
    Mistake(("unsign", "aurora", *by("jun")), 2, ("jun decided nothing", "holdfast history aurora")),
    Mistake(("unsign", "aurora", "S9", *by("jun")), 2, ("no sign-off S9",)),
    Mistake(("lift", "aurora", "H9", *by("jun")), 2, ("no hold H9", "there is: none")),
    Mistake(("review", "aurora", "biosecurity", "fine", *by("jun")), 2, ("'fine'", "acceptable")),
    Mistake(("review", "aurora", "chess", "unclear", *by("jun")), 2, ("no risk area 'chess'", "biosecurity")),
    Mistake(("hold", "aurora", "--review-by", "2025-07-17", *by("jun")), 2, ("has no zone",)),
    Mistake(("hold", "aurora", "--condition", "-", *by("jun")), 2, ("says nothing",)),
    Mistake(("require", "aurora", "a red team", "--at-most", "0.2", *by("jun")), 2, ("--measured",)),
    Mistake(("require", "aurora", "a red team", "--confidence", "0.95", *by("jun")), 2, ("--measured",)),
    Mistake(("require", "aurora", "a run", "--measured", "x", "--confidence", "0.5", *by("jun")), 2, ("'0.5'", "0.95")),
    Mistake(("require", "aurora", "a run", "--measured", "x", "--at-most", "few", *by("jun")), 2, ("at_most", "few")),
    Mistake(("attach", "aurora", "nothing.eval", *by("lee")), 2, ("no file",)),
    Mistake(("inbox",), 2, ("nothing says who acts",)),
    Mistake(("inbox", "--as", "nobody"), 2, ("nobody is not on the roster", "holdfast roster show")),
    Mistake(("hold", "aurora", "--command-id", "", *by("jun")), 2, ("command id is empty", "leave it out")),
    Mistake(("hold", "aurora", "--command-id", "  ", *by("jun")), 2, ("command id is empty",)),
    # the auditor
    Mistake(("history", "auorra"), 2, ("no release 'auorra'",)),
    Mistake(("history", "--limit", "0"), 2, ("1 to 1000",)),
    Mistake(("erase", "99", "rationale", *by("ops")), 2, ("no entry 99",)),
    Mistake(("erase", "9", "rationale", *by("lee")), 1, ("no administrator", "ops can do this")),
    Mistake(("history", "aurora", "--entry", "2"), 2, ("entry 2 is none of aurora", "roster", "history --entry 2")),
    Mistake(("history", "aurora", "--entry", "999"), 2, ("there is no entry 999",)),
    Mistake(("audit",), 2, ("Missing command",)),
    Mistake(("audit", "verify", "--remembered", "root"), 2, ("the number of entries, a colon, and the tree root",)),
    Mistake(("db", "rebuild", "--restore-protection"), 2, ("-m WHY",)),
    # the tool's author, and the administrator
    Mistake(("statsu", "aurora"), 2, ("'statsu'", "'status'", "holdfast --help")),
    Mistake(("--quiet", "status", "aurora"), 2, ("--quiet", "holdfast status --quiet: it goes behind the command")),
    Mistake(("status", "aurora", "--jsn"), 2, ("--jsn", "holdfast status --help")),
    Mistake(("init", *by("ops")), 2, ("holds a ledger already",)),
    Mistake(("process", "check", "none.yaml"), 2, ("no file",)),
    Mistake(("process", "show", "nothing"), 2, ("no process 'nothing'",)),
    Mistake(("charter", "allow", "small.yaml", "--up-to", "moon", *by("ops")), 2, ("'moon'", "weights")),
    Mistake(("roster", "grant", "mallory", "safety", *by("ops")), 2, ("mallory is not on the roster",)),
    Mistake(("roster", "add", "Mallory", *by("ops")), 2, ("person",)),
    Mistake(("roster", "approve", "C99", *by("ops")), 2, ("change C99",)),
]


@pytest.fixture(scope="module")
def reviewed(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One ledger for all mistakes: none of them changes what another one meets."""
    place = tmp_path_factory.mktemp("mistakes") / "desk"
    shutil.copytree(prepared, place)
    desk = Desk(place)
    desk.to_review()
    return desk


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_told_with_what_why_and_what_next(reviewed: Desk, mistake: Mistake) -> None:
    result = reviewed(*mistake.args)
    told = " ".join(result.err.split())

    assert result.code == mistake.code, result
    assert all(word in told for word in mistake.words), told
    assert result.out == ""
    assert "Traceback" not in result.err


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_is_the_same_in_json(reviewed: Desk, mistake: Mistake) -> None:
    result = reviewed(*mistake.args, "--json")
    error = result.json["error"]

    assert result.code == mistake.code
    assert error["code"] and error["message"]
    assert "Traceback" not in result.err


def test_a_refusal_in_json_has_every_verdict(reviewed: Desk) -> None:
    error = reviewed("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"), "--json").json["error"]

    assert (error["code"], error["outcome"]) == ("gate-denied", "open")
    assert {verdict["policy"] for verdict in error["verdicts"]} >= {"sign_offs", "risk_areas", "soak", "holds"}


def test_without_a_ledger_every_command_says_how_to_get_one(tmp_path: Path) -> None:
    result = Desk(tmp_path)("status", "aurora")

    assert result.code == 2
    assert "no holdfast.toml" in result.err
    assert "holdfast init" in result.err


def test_an_unexpected_failure_is_one_line_unless_it_is_looked_into(desk: Desk) -> None:
    def broken(url: str, **_: object) -> None:
        raise ZeroDivisionError("seven")

    quiet = desk("list", opener=broken)
    debug = desk("list", opener=broken, environment={"HOLDFAST_DEBUG": "1"})

    assert quiet.code == debug.code == 4
    assert "bug: ZeroDivisionError: seven" in quiet.err
    assert "Traceback" not in quiet.err
    assert "Traceback" in debug.err


def test_an_interruption_is_one_line(desk: Desk) -> None:
    def interrupted(url: str, **_: object) -> None:
        raise KeyboardInterrupt

    result = desk("list", opener=interrupted)

    assert result.code == 130
    assert len(result.err.splitlines()) == 1


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--admin", "ana", "-m", " "), "rationale is empty"),
        (("--admin", "ana", "-m", "."), "says nothing"),
        (("--admin", "ana", "--origin", "our lab", "-m", "a new ledger"), "is not called 'our lab'"),
        (("--admin", "ana", "--threshold", "2", "-m", "a new ledger"), "cannot be reached"),
    ],
)
def test_a_ledger_that_cannot_be_made_leaves_nothing_behind(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    desk = Desk(tmp_path / "empty")
    desk.directory.mkdir()

    result = desk("init", *args)

    assert result.code == 2 and said in " ".join(result.err.split())
    assert list(desk.directory.iterdir()) == []


@pytest.mark.parametrize(
    "args",
    [
        ("collect", "x" * 5000),
        ("request", "aurora", "publish", "--to", "mara", "-o", "x" * 300),
        ("apply", "x" * 300, *by("lee")),
        ("attach", "aurora", "a\0b", *by("lee")),
    ],
    ids=lambda args: args[0],
)
def test_what_cannot_be_a_path_is_one_clear_error(desk: Desk, args: tuple[str, ...]) -> None:
    result = desk(*args)

    assert result.code == 2, result
    assert "bug" not in result.err
