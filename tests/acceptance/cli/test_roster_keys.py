"""The keys of the roster on the command line: recorded, shown to be somebody's, stopped, restored, revoked."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
from cli_desk import Desk, Result, by

HOW = ("--how", "In person, by the fingerprint.")


def key(desk: Desk, name: str) -> str:
    """A key of somebody's, made now; its file's name."""
    path = desk.directory / name
    if not path.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path)], check=True)
    return name


def fingerprint(desk: Desk, name: str) -> str:
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(desk.directory / f"{name}.pub")], check=True, capture_output=True, text=True
    )
    return shown.stdout.split()[1]


def possess(desk: Desk, person: str, name: str, *more: str, origin: str = "holdfast.example/cli") -> str:
    """The file by which somebody shows that a key is theirs, made far from the ledger."""
    laptop = Desk(desk.directory / f"laptop of {person}")
    laptop.directory.mkdir(exist_ok=True)
    file = f"{name}.possession"
    laptop.does(
        "roster", "possess", "--as", person, "--origin", origin, "--key", f"../{key(desk, name)}", "-o", file, *more
    )
    (laptop.directory / file).rename(desk.directory / file)
    return file


def enrol(desk: Desk, person: str, *args: str) -> Result:
    return desk("roster", "enroll", person, *args, *HOW, *by("ops"))


def keys(desk: Desk) -> dict[str, dict[str, object]]:
    return {item["fingerprint"]: item for item in desk("roster", "show", "--json").json["keys"]}


def test_a_key_is_recorded_by_a_file_that_its_owner_made_on_their_own_machine(desk: Desk) -> None:
    file = possess(desk, "mara", "mara-1")

    result = enrol(desk, "mara", file)

    recorded = keys(desk)[fingerprint(desk, "mara-1")]
    assert result.code == 0
    assert f"{fingerprint(desk, 'mara-1')} is mara's key, verified by ops" in " ".join(result.out.split())
    assert (recorded["person"], recorded["verified_by"], recorded["how"]) == ("mara", "ops", HOW[1])
    assert (recorded["proven"], recorded["signs"]) == (True, True)


def test_a_key_that_is_at_hand_is_recorded_at_once(desk: Desk) -> None:
    assert enrol(desk, "mara", key(desk, "mara-1"), "--verified-by", "jun").code == 0

    assert keys(desk)[fingerprint(desk, "mara-1")]["verified_by"] == "jun"


@pytest.mark.parametrize("away", [True, False], ids=["on their machine", "here"])
def test_a_later_key_is_signed_for_by_an_earlier_one(desk: Desk, away: bool) -> None:
    enrol(desk, "mara", key(desk, "mara-1"))

    if away:
        result = enrol(desk, "mara", possess(desk, "mara", "mara-2", "--cross-sign", "../mara-1"))
    else:
        result = enrol(desk, "mara", key(desk, "mara-2"), "--cross-sign", "mara-1")

    later = keys(desk)[fingerprint(desk, "mara-2")]
    assert result.code == 0
    assert (later["later"], later["crossed_by"]) == (True, fingerprint(desk, "mara-1"))


def test_the_roster_says_of_every_key_whose_it_is_who_made_sure_and_what_it_may_do(desk: Desk) -> None:
    enrol(desk, "mara", key(desk, "mara-1"))
    enrol(desk, "jun", key(desk, "jun-1"))
    desk.does("roster", "suspend", "jun", "--key", "jun-1", *by("jun", "my laptop is gone"))

    shown = " ".join(desk("roster", "show").out.split())

    assert f"key of mara {fingerprint(desk, 'mara-1')} ed25519, entry 9, counts" in shown
    assert f'verified by ops: "{HOW[1]}"' in shown
    assert "suspended, entry 11" in shown


def test_a_key_is_named_by_its_fingerprint_its_beginning_or_its_owner(desk: Desk) -> None:
    enrol(desk, "mara", key(desk, "mara-1"))
    whole = fingerprint(desk, "mara-1")

    for name in (whole, whole[:15], whole.removeprefix("SHA256:")[:8], "mara"):
        desk.does("roster", "suspend", name, *by("ops"))
        assert not keys(desk)[whole]["signs"]
        desk.does("roster", "restore", name, *by("ops"))
        assert keys(desk)[whole]["signs"]


def test_a_person_with_two_keys_is_asked_which(desk: Desk) -> None:
    enrol(desk, "mara", key(desk, "mara-1"))
    enrol(desk, "mara", key(desk, "mara-2"), "--cross-sign", "mara-1")

    result = desk("roster", "suspend", "mara", *by("ops"))

    assert result.code == 2
    assert "mara names 2 keys" in result.err
    assert fingerprint(desk, "mara-1") in result.err
    assert desk("roster", "revoke", fingerprint(desk, "mara-1"), *by("ops")).code == 0
    assert desk("roster", "suspend", "mara", *by("ops")).code == 0


def test_a_key_is_revoked_from_a_time_on(desk: Desk) -> None:
    enrol(desk, "mara", key(desk, "mara-1"))

    desk.does("roster", "revoke", "mara", "--compromised-since", "2025-06-30T12:00:00Z", *by("ops"))

    revoked = keys(desk)[fingerprint(desk, "mara-1")]
    assert revoked["compromised_since"] == "2025-06-30T12:00:00Z"
    assert "compromised since 30 Jun 2025 12:00 UTC" in " ".join(desk("roster", "show").out.split())


@dataclass(frozen=True)
class Mistake:
    """A command about keys that cannot be done, and what it is told."""

    args: tuple[str, ...]
    words: tuple[str, ...]
    code: int = 2


MISTAKES = (
    Mistake(("enroll", "mara", "nowhere", *HOW), ("there is no key", "ssh-keygen -t ed25519")),
    Mistake(("enroll", "mara", "nowhere.possession", *HOW), ("there is no file",)),
    Mistake(("enroll", "mara", "mara-1", "--how", "."), ("says nothing",)),
    Mistake(("enroll", "nobody", "mara-1", *HOW), ("nobody is not on the roster", "roster add nobody")),
    Mistake(("enroll", "jun", "mara-1.possession", *HOW), ("is of mara for the ledger", "roster possess --origin")),
    Mistake(("enroll", "mara", "other.possession", *HOW), ("for the ledger holdfast.example/other",)),
    Mistake(("enroll", "mara", "mara-1.possession", "--cross-sign", "mara-1", *HOW), ("leave --cross-sign out",)),
    Mistake(("enroll", "mara", "empty.possession", *HOW), ("no possession file", "roster possess")),
    Mistake(("enroll", "mara", "altered.possession", *HOW), ("this shows nothing", "not genuine")),
    Mistake(("enroll", "jun", "mara-1", "--verified-by", "nobody", *HOW), ("nobody cannot have verified jun",)),
    Mistake(("suspend", "jun"), ("the roster has no key jun", "roster show")),
    Mistake(("restore", "SHA256:nothing"), ("the roster has no key",)),
    Mistake(("revoke", "mara", "--compromised-since", "2025-06-30T12:00:00Z"), ("the roster has no key mara",)),
    Mistake(("revoke", "mara", "--compromised-since", "soon"), ("'soon' is not a time",)),
)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: " ".join(mistake.args)[:50])
def test_a_mistake_is_told_with_what_to_do_and_records_nothing(desk: Desk, mistake: Mistake) -> None:
    possess(desk, "mara", "mara-1")
    possess(desk, "mara", "mara-2", origin="holdfast.example/other")
    (desk.directory / "mara-2.possession").rename(desk.directory / "other.possession")
    (desk.directory / "empty.possession").write_text("")
    text = (desk.directory / "mara-1.possession").read_text()
    (desk.directory / "altered.possession").write_text(text.replace("I, mara, hold", "I, mara, HOLD"))
    before = desk("history", "--json").out

    result = desk("roster", *mistake.args, *by("ops"))

    assert (result.code, result.out) == (mistake.code, ""), result
    assert all(words in " ".join(result.err.split()) for words in mistake.words), result.err
    assert desk("history", "--json").out == before


def test_a_possession_file_is_never_written_over_another(desk: Desk) -> None:
    possess(desk, "mara", "mara-1")

    again = desk("roster", "possess", "--as", "mara", "--origin", "x", "--key", "mara-1", "-o", "mara-1.possession")

    assert again.code == 2
    assert "is there already" in again.err


def test_no_private_key_gets_into_the_file_or_the_ledger(desk: Desk) -> None:
    secret = "".join((desk.directory / key(desk, "mara-1")).read_text().split()[4:-5])
    enrol(desk, "mara", possess(desk, "mara", "mara-1"))

    for path in desk.directory.rglob("*"):
        if path.is_file() and path.name != "mara-1":
            assert secret[80:140] not in path.read_text("latin-1"), path


def test_enrolling_is_answered_as_json_and_repeated_safely(desk: Desk) -> None:
    file = possess(desk, "mara", "mara-1")
    twice = ("roster", "enroll", "mara", file, *HOW, "--command-id", "mara-1", "--json", *by("ops"))

    first, second = desk(*twice), desk(*twice)

    assert [event["type"] for event in first.json["events"]] == ["change_proposed", "change_accepted"]
    assert (second.json["entry"], second.json["replayed"]) == (first.json["entry"], True)


def test_possessing_is_answered_as_json(desk: Desk) -> None:
    result = desk(
        "roster", "possess", "--as", "mara", "--origin", "x", "--key", key(desk, "m"), "-o", "m.possession", "--json"
    )

    assert result.json["key"] == fingerprint(desk, "m")
    assert json.loads((desk.directory / "m.possession").read_text())["kind"] == "holdfast-possession"
    assert Path(result.json["file"]).is_file()
