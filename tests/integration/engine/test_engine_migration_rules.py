"""Whose approval a process asks for before it is left, where some of its rules are an organisation's own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, types
from workflow import InvalidInput, Process

OWN = "demanding_rules:Board"
SOURCE = """
    from typing import ClassVar

    from workflow.policy import GateContext, Policy, Quorum, Verdict


    class Board(Policy):
        rule: ClassVar[str] = "board"

        def describe(self) -> str:
            return "somebody of legal says yes"

        def quorums(self) -> tuple[Quorum, ...]:
            return (Quorum("legal", 1),)

        def evaluate(self, context: GateContext) -> Verdict:
            return self.allow()
"""


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """``aurora`` in review, under a process with a rule that asks for somebody of legal."""
    (tmp_path / "demanding_rules.py").write_text(dedent(SOURCE))
    monkeypatch.syspath_prepend(tmp_path)
    lab = Lab(tmp_path, policies=[OWN]).people()
    gate = [CALLED_BY_LEAD, {"sign_offs": {"role": "safety", "count": "1"}}, OWN]
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": gate}))
    lab.in_review()
    yield lab
    lab.close()
    sys.modules.pop("demanding_rules")


@pytest.fixture
def easier(lab: Lab) -> Process:
    """The same process without that rule."""
    return lab.allow(lab.load(version=2))


def test_what_an_own_rule_asks_to_sign_is_asked_too(lab: Lab, easier: Process) -> None:
    lab.tick().propose_migration("aurora", easier, actor="lee", rationale=WHY)

    for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security"), ("ivy", "legal")):
        last = lab.tick().approve_migration("aurora", easier, role=role, actor=person, rationale=WHY)
        assert ("process_migrated" in types(last)) == (person == "ivy")

    assert lab.engine.audit().outcome == "ok"


def test_where_an_own_rule_cannot_be_run_nothing_is_proposed_or_approved(lab: Lab, easier: Process) -> None:
    without = lab.open(policies=[])
    with pytest.raises(InvalidInput, match="nobody can tell whose approval"):
        without.propose_migration("aurora", easier, actor="lee", rationale=WHY)
    lab.tick().propose_migration("aurora", easier, actor="lee", rationale=WHY)

    with pytest.raises(InvalidInput, match="nobody can tell whose approval"):
        without.approve_migration("aurora", easier, role="safety", actor="mara", rationale=WHY)


def test_an_audit_that_may_not_run_the_rule_is_incomplete(lab: Lab, easier: Process) -> None:
    lab.tick().propose_migration("aurora", easier, actor="lee", rationale=WHY)
    lab.tick().approve_migration("aurora", easier, role="legal", actor="ivy", rationale=WHY)

    report = lab.open(policies=[]).audit()

    assert (report.outcome, report.problems) == ("incomplete", ())
    assert [OWN in told for told in report.not_recomputed] == [True, True]
