"""A keyed roster on the command line: administrators sign, and what they did not sign changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cli_desk import Desk, Result, by
from test_roster_import import allowed, line
from test_roster_keys import HOW, fingerprint, key, possess


class Signing:
    """A ledger that ``ops`` and ``sre`` administer, both together, each with a key."""

    def __init__(self, directory: Path) -> None:
        self.desk = Desk(directory)
        self.desk.does(
            "init",
            "--origin",
            "holdfast.example/cli",
            "--admin",
            "ops",
            "--admin",
            "sre",
            "--threshold",
            "2",
            *by("ops"),
        )
        for person in ("ops", "sre"):
            self.desk.does("roster", "init", "--key", key(self.desk, f"{person}-1"), *by(person))
        self.desk.does("roster", "approve", "C1", *by("sre"))
        self.desk.does("roster", "approve", "C2", *by("ops"))
        self.desk.does("roster", "init")

    def __call__(self, person: str, *args: str, key: str | None = None) -> Result:
        """Somebody's command, signed with their key."""
        return self.desk(*args, *by(person), environment={"HOLDFAST_KEY": key or f"{person}-1"})

    def change(self, *args: str) -> Result:
        """Changes that ``ops`` proposes, each approved until it is in force: that makes the others stale."""
        proposed = self("ops", *args)
        assert proposed.code == 0, proposed
        while waiting := self.view["pending"]:
            approved = self(waiting[0]["who_can"][0], "roster", "approve", waiting[0]["id"])
            assert approved.code == 0, approved
        return proposed

    @property
    def view(self) -> Any:
        return self.desk("roster", "show", "--json").json


@pytest.fixture
def house(tmp_path: Path) -> Signing:
    return Signing(tmp_path)


def test_every_change_takes_two_signatures_and_is_shown_before_it_is_signed(house: Signing) -> None:
    claimed = house.desk("roster", "add", "mara", "--role", "safety", *by("ops"))
    proposed = house("ops", "roster", "add", "mara", "--role", "safety")
    waiting = " ".join(house.desk("roster", "show").out.split())
    approved = house("sre", "roster", "approve", "C3")

    assert (claimed.code, "ops must sign this, and no key was named" in claimed.err) == (2, True)
    assert "You sign with" in proposed.out
    assert "propose the change that makes version 3 of" in " ".join(proposed.out.split())
    assert "waiting C3 mara is on the roster as safety; approved by 1 of 2 (ops)" in waiting
    assert approved.code == 0
    assert "sre (signed) approved C3" in approved.out
    assert "mara" in {item["person"] for item in house.view["people"]}


def test_what_was_approved_for_an_earlier_version_is_shown_as_to_be_approved_anew(house: Signing) -> None:
    house("ops", "roster", "add", "mara")
    house("ops", "roster", "add", "jun")
    house("sre", "roster", "approve", "C3")

    result = house.desk("roster", "show")
    told = " ".join(result.out.split())

    assert "waiting C4 jun is on the roster; approved by 0 of 2" in told
    assert "what ops approved was for an earlier version, or with a key that holds no more" in told
    assert "it is to be approved anew, for version 4" in told
    assert "ops or sre: holdfast roster approve C4 -m WHY" in result.err


def test_a_person_comes_with_a_key_stands_in_goes_away_and_leaves(house: Signing) -> None:
    house.change("roster", "add", "mara", "--role", "safety")
    house.change("roster", "add", "jun", "--role", "safety")
    for person in ("mara", "jun"):
        house.change("roster", "enroll", person, possess(house.desk, person, f"{person}-1"), *HOW)
    house.change("roster", "deputy", "mara", "jun", "safety")

    assert house.desk("roster", "away", *by("mara")).code == 2
    assert house("mara", "roster", "away", key="jun-1").code == 1
    assert house("mara", "roster", "away").code == 0
    assert house("mara", "roster", "back").code == 0
    house.change("roster", "remove", "mara")

    gone = next(item for item in house.view["people"] if item["person"] == "mara")
    assert (gone["left"], house.view["keyed"]) == (True, True)


def test_an_administrator_s_later_key_is_pinned_too(house: Signing) -> None:
    house.change("roster", "enroll", "ops", key(house.desk, "ops-2"), "--cross-sign", "ops-1", *HOW)
    before = (house.desk.directory / "holdfast.toml").read_text().count('"')

    house.desk.does("roster", "init")

    assert (house.desk.directory / "holdfast.toml").read_text().count('"') == before + 2


def test_an_administrator_s_own_key_may_lock_two_of_two_and_that_is_said(house: Signing) -> None:
    claimed = house.desk("roster", "suspend", "ops", *by("ops"))
    other = house("sre", "roster", "suspend", "ops")
    result = house("ops", "roster", "suspend", "ops")

    assert "ops must sign this, and no key was named" in " ".join(claimed.err.split())
    assert (other.code, "nothing on this roster could be changed any more" in " ".join(other.err.split())) == (1, True)
    assert result.code == 0
    assert "warning: LOCKED: a change takes 2 administrators who can sign, and only sre can" in " ".join(
        result.err.split()
    )
    assert "LOCKED" in house.desk("roster", "show").out
    assert house("ops", "roster", "add", "mara").code == 1
    assert house("sre", "roster", "restore", "ops").code == 0
    assert house.view["able"] == ["sre"]


def test_a_key_that_is_needed_is_not_revoked(house: Signing) -> None:
    result = house("ops", "roster", "revoke", "sre")

    assert result.code == 2
    assert "nothing on this roster could be changed any more" in " ".join(result.err.split())


def test_an_import_is_signed_change_by_change_and_its_maker_answers_for_no_key_of_their_own(house: Signing) -> None:
    file = allowed(house.desk, line(house.desk, "mara-1", "mara"), line(house.desk, "ops-2", "ops"))

    refused = house("ops", "roster", "import", file)
    house.change("roster", "import", file, "--verified-by", "sre")
    house.change("roster", "import", file, "--verified-by", "sre")

    assert refused.code == 2
    assert "ops cannot answer for a key of their own" in " ".join(refused.err.split())
    assert {item["person"]: item["proven"] for item in house.view["keys"] if not item["proven"]} == {
        "mara": False,
        "ops": False,
    }


def test_after_all_of_it_the_audit_is_in_order(house: Signing) -> None:
    house.change("roster", "add", "mara", "--role", "safety")
    house.change("roster", "enroll", "mara", possess(house.desk, "mara", "mara-1"), *HOW)
    house.change("roster", "revoke", fingerprint(house.desk, "mara-1"), "--compromised-since", "2025-06-30T12:00:00Z")

    report = house.desk("audit", "verify", "--json")

    assert (report.code, report.json["outcome"]) == (0, "ok")
    assert report.json["signatures"] == 6
