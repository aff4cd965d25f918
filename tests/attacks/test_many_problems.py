"""A ledger with more damage than anybody wants to read: what is kept of it is bounded, and the rest is counted."""

from __future__ import annotations

import pytest
from attacked import Lab
from forger import tampering

from workflow import LedgerError
from workflow.audit import found as keeping
from workflow.audit.found import Found
from workflow.views import AuditProblem


def problem(entry: int, kind: str = "altered") -> AuditProblem:
    return AuditProblem(kind=kind, message=f"entry {entry}", entry=entry)


def test_of_each_kind_the_first_problems_are_kept_and_the_others_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_PROBLEMS", 3)
    first, second = Found(), Found()
    for entry in range(10, 15):
        first.tell(problem(entry))
    for entry in range(1, 3):
        second.tell(problem(entry))
    second.tell(problem(99, "missing"))

    first.add(second)
    first.in_order()

    assert [item.entry for item in first.problems] == [1, 2, 10, 99]
    assert first.more == 4


def test_what_two_looks_found_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MOST_PROBLEMS", 3)
    looks = [Found(), Found()]
    for found in looks:
        for entry in range(1, 8):
            found.tell(problem(entry))

    looks[0].again(looks[1])

    assert [item.entry for item in looks[0].problems] == [1, 2, 3]
    assert looks[0].more == 4


@pytest.mark.parametrize("release", [None, "aurora"])
def test_an_audit_of_many_damaged_entries_keeps_the_first_and_says_that_there_are_more(
    copy: Lab, monkeypatch: pytest.MonkeyPatch, release: str | None
) -> None:
    monkeypatch.setattr(keeping, "MOST_PROBLEMS", 5)
    with tampering(copy.path) as connection:
        connection.execute("UPDATE entry SET body = CAST(replace(body, '\"at\"', '\"it\"') AS BLOB) WHERE seq > 20")
        [(damaged,)] = connection.execute("SELECT count(*) FROM entry WHERE seq > 20").fetchall()

    report = copy.open().audit(release=release)

    altered = [item.entry for item in report.problems if item.kind == "altered"]
    assert report.outcome == "failed" and report.first_bad == 21
    assert altered[0] == 21 and len(altered) <= 6
    assert report.more > 0 and (release or report.more >= damaged - len(altered))
    assert not any("without any problem of their own" in line for line in report.trusted)


def test_damage_is_not_hidden_from_a_rebuild_behind_many_wrong_lists(
    copy: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_PROBLEMS", 1)
    with tampering(copy.path) as connection:
        connection.execute("UPDATE release SET stage = 'public'")
        connection.execute("UPDATE entry SET body = x'7b7d' WHERE seq = (SELECT max(seq) - 1 FROM entry)")

    with pytest.raises(LedgerError, match="damaged"):
        copy.open().rebuild()
