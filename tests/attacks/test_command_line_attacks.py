"""The same attacks through the command line: what it refuses, what it says of damage, and with which exit code."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from attacked import WHY, Lab
from forger import Forger
from signed_lab import SignedLab, change_past

from tests.attacks.owned import tampering
from workflow.changes import PersonAdded
from workflow.cli import Session, run

REFUSED, INTEGRITY, WAITING = 1, 3, 8


def holdfast(lab: Lab, *args: str) -> tuple[int, Any]:
    """Runs one command and returns its exit code and its answer, or its error."""
    lab.close()
    streams = [io.StringIO() for _ in range(2)]
    environment = {"HOLDFAST_DATABASE_URL": lab.url, "NO_COLOR": "1"}
    session = Session(lab.directory, environment, io.StringIO(), *streams, clock=lab.clock)
    code = run([*args, "--json"], session=session)
    said = streams[0].getvalue() or streams[1].getvalue()
    return code, json.loads(said)


def by(person: str) -> tuple[str, ...]:
    return "--as", person, "-m", WHY


def sign(lab: Lab, person: str, role: str) -> tuple[int, Any]:
    seen = lab.open().explain("aurora", "publish", observe=False).basis
    return holdfast(lab, "sign", "aurora", "publish", "--approve", "--role", role, "--seen", seen, *by(person))


def test_row_7_the_requester_and_the_author_are_excluded_on_the_command_line_too(lab: Lab) -> None:
    lab.ready()
    assert lab.engine is not None
    lab.agreed(lab.engine.grant("lee", ["safety"], actor="ana", rationale=WHY))

    for person in ("lee", "kim"):
        code, _ = sign(lab, person, "safety")
        assert code == REFUSED
    code, _ = sign(lab, "priya", "safety")
    assert code == 0


def test_row_4_a_missing_signature_is_waited_for_and_a_wrong_caller_is_refused(lab: Lab) -> None:
    lab.ready()
    assert lab.engine is not None
    lab.engine.withdraw_sign_off("aurora", "S3", actor="sam", rationale=WHY)

    assert holdfast(lab, "advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))[0] == WAITING
    assert holdfast(lab, "advance", "aurora", "publish", "--confirm", "aurora", *by("mara"))[0] == REFUSED
    assert lab.open().status("aurora").stage == "review"


def test_row_9_an_approval_of_something_else_than_what_there_is_is_refused(lab: Lab) -> None:
    lab.ready()

    code, _ = holdfast(
        lab, "sign", "aurora", "publish", "--approve", "--role", "safety", "--seen", "0" * 64, *by("priya")
    )
    assert code == REFUSED


@pytest.mark.parametrize("seq", [1, 20, 41, 68])
def test_row_16_a_flipped_byte_is_named_by_its_entry_with_the_exit_code_of_damage(copy: Lab, seq: int) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE entry SET body = exchanged(body, '2025', '2026') WHERE seq = ?", (seq,))

    code, report = holdfast(copy, "audit", "verify")

    assert code == INTEGRITY
    assert f'"entry": {seq}' in json.dumps(report)


def test_row_12_an_empty_or_shortened_ledger_is_never_in_order(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("DELETE FROM entry WHERE seq > 50")
    for args in (("audit", "verify"), ("status", "aurora"), ("list",), ("advance", "aurora", "withdraw", *by("lee"))):
        assert holdfast(copy, *args)[0] == INTEGRITY
    with tampering(copy.database) as connection:
        connection.execute("DELETE FROM entry")
    assert holdfast(copy, "audit", "verify")[0] == INTEGRITY


def test_row_13_the_audit_shows_the_root_to_be_compared_with_a_remembered_one(copy: Lab) -> None:
    def root() -> str:
        code, report = holdfast(copy, "audit", "verify")
        assert code == 0
        return next(value for value in _values(report, "root"))

    remembered = root()
    forger = Forger(copy.database)
    forger.entries.pop()
    forger.seal()

    assert root() != remembered


def test_row_14_missing_protection_stops_the_command_line_until_an_administrator_acknowledges_it(copy: Lab) -> None:
    with copy.database.connect() as connection:
        connection.execute("DROP TRIGGER entry_no_delete")

    for args in (("status", "aurora"), ("list",), ("history",), ("advance", "aurora", "withdraw", *by("lee"))):
        assert holdfast(copy, *args)[0] == INTEGRITY
    assert holdfast(copy, "audit", "verify")[0] == INTEGRITY
    assert holdfast(copy, "db", "rebuild", "--restore-protection", *by("lee"))[0] != 0
    assert holdfast(copy, "status", "aurora")[0] == INTEGRITY
    assert holdfast(copy, "db", "rebuild", "--restore-protection", *by("ana"))[0] == 0
    assert holdfast(copy, "audit", "verify")[0] == 0


def test_row_11_a_stage_written_by_hand_is_damage_to_the_audit_and_moves_nothing(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE release SET stage = 'testing', exposure = 'internal', closed = false")

    assert holdfast(copy, "audit", "verify")[0] == INTEGRITY
    assert holdfast(copy, "advance", "aurora", "submit", *by("lee"))[0] == REFUSED


def test_row_27_an_edited_reason_is_shown_to_nobody(copy: Lab) -> None:
    with tampering(copy.database) as connection:
        connection.execute("UPDATE text SET body = 'because I say so'")

    assert holdfast(copy, "history", "aurora")[0] == INTEGRITY


def test_an_incomplete_check_waits_and_is_not_in_order(copy: Lab) -> None:
    forger = Forger(copy.database)
    forger.find("transition_made", trigger="publish")["proof"] = {"kind": "pgp"}
    forger.seal()

    assert holdfast(copy, "audit", "verify")[0] == WAITING


def test_row_5_the_word_unsigned_where_a_signature_goes_is_damage(copy: Lab) -> None:
    forger = Forger(copy.database)
    entry = forger.find("transition_made", trigger="publish")
    entry["proof"] = {"kind": "sshsig", "signature": "unsigned"}
    forger.seal()

    code, report = holdfast(copy, "audit", "verify")
    assert code == INTEGRITY
    assert f'"entry": {entry["seq"]}' in json.dumps(report)


@pytest.mark.parametrize("part", ["statement", "signature"])
def test_row_33_a_tampered_signature_stops_every_command_about_the_release(rewritten: SignedLab, part: str) -> None:
    entry = Forger(rewritten.database).find("sign_off_recorded", decision="approve")
    with tampering(rewritten.database) as connection:
        change = "UPDATE blob SET content = exchanged(content, 'a', 'b') WHERE digest = ?"
        assert connection.execute(change, (entry["proof"][part],)).rowcount == 1

    for args in (
        ("status", "aurora"),
        ("explain", "aurora", "withdraw"),
        ("advance", "aurora", "withdraw", *by("lee")),
        ("hold", "aurora", "--role", "security", *by("sam")),
        ("request", "aurora", "withdraw", "-o", "aurora.request"),
    ):
        code, told = holdfast(rewritten, *args)
        assert code == INTEGRITY, args
        assert f"entry {entry['seq']}" in json.dumps(told)
    code, report = holdfast(rewritten, "audit", "verify")
    assert code == INTEGRITY
    assert f'"entry": {entry["seq"]}' in json.dumps(report)


def test_row_35_a_roster_that_was_written_past_the_engine_stops_every_command(signed: SignedLab) -> None:
    seq = change_past(signed, PersonAdded(person="eve", roles=("safety",)))

    for args in (("roster", "show"), ("status", "aurora"), ("advance", "aurora", "publish", *by("lee"))):
        code, told = holdfast(signed, *args)
        assert code == INTEGRITY, args
        assert f"entry {seq}" in json.dumps(told)
    assert holdfast(signed, "audit", "verify")[0] == INTEGRITY


def test_row_18_a_file_that_is_no_ledger_is_never_in_order(copy: Lab, tmp_path: Path) -> None:
    copy.path.write_bytes(b"SQLite format 3\0" + bytes(5000))

    assert holdfast(copy, "audit", "verify")[0] not in (0, WAITING)


def _values(data: Any, name: str) -> list[str]:
    """Every value of a name, wherever it stands."""
    if isinstance(data, dict):
        return [
            *([data[name]] if name in data else []),
            *(item for value in data.values() for item in _values(value, name)),
        ]
    if isinstance(data, list):
        return [item for value in data for item in _values(value, name)]
    return []
