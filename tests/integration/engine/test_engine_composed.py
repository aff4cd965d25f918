"""Rules made of rules in a real ledger: one way is enough, also one's own, and the audit decides them again."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, Lab, refused
from workflow import WorkflowError

BIO = {"evidence": {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.25"}}
TWO = {"sign_offs": {"role": "safety", "count": "2"}}
OWN = """
from typing import ClassVar

from workflow.policy import GateContext, Need, Policy, Reason, Verdict


class Sunny(Policy):
    rule: ClassVar[str] = "sunny"

    def describe(self) -> str:
        return "the sun shines"

    def needs(self, context: GateContext) -> tuple[Need, ...]:
        return (Need(kind="sky", params={}),)

    def evaluate(self, context: GateContext) -> Verdict:
        if context.observation(self.needs(context)[0]).ok == {"sun": True}:
            return self.allow()
        return self.block(Reason(kind="no", code="rain", text="it rains", remedy="wait"))
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` before ``host``, which takes a report, or two of safety and unchanged files."""
    lab = Lab(tmp_path).people()
    ways = {"any_of": {"of": [BIO, {"all_of": {"of": [TWO, "candidate_unchanged"]}}]}}
    lab.allow(lab.load(host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, ways]}))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def test_while_no_way_is_gone_it_waits_and_says_what_each_lacks(lab: Lab) -> None:
    with refused("gate-denied", "open"):
        lab.advance("host")

    assert lab.blocking("host") == {"no-report", "sign-offs-missing"}


def test_by_the_report_alone(lab: Lab) -> None:
    lab.attach(lab.log(states=lab.candidate()))

    lab.advance("host")

    assert lab.stage() == "hosted"


def test_by_the_people_although_the_report_is_bad_and_not_with_other_files(lab: Lab) -> None:
    lab.attach(lab.log(accuracy=0.9, states=lab.candidate()))
    lab.sign("mara", "host")
    assert lab.blocking("host") == {"sign-offs-missing"}
    lab.sign("jun", "host")
    files = lab.directory / "model" / "config.json"
    before = files.read_text()
    files.write_text('{"changed": true}')
    with refused("gate-denied", "no"):
        lab.advance("host")
    assert lab.blocking("host") == {"bound-not-met", "candidate-changed"}
    files.write_text(before)

    lab.advance("host")

    assert lab.stage() == "hosted"


def test_an_approval_ends_when_a_report_comes_that_one_way_reads(lab: Lab) -> None:
    lab.sign("mara", "host")
    basis = lab.basis("host")

    lab.attach(lab.log(accuracy=0.9, states=lab.candidate()))

    assert lab.basis("host") != basis
    with refused("gate-denied", "open") as caught:
        lab.advance("host")
    assert "2 more to approve as safety" in caught.value.message


def test_a_rule_of_ones_own_inside_is_pinned_by_its_source_and_observed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "inside_rules.py"
    source.write_text(OWN)
    monkeypatch.syspath_prepend(str(tmp_path))
    sky = {"sun": False}
    name = "inside_rules:Sunny"
    lab = Lab(tmp_path, policies=[name], observers={"sky": lambda params: dict(sky)}).people()
    process = lab.load(
        host={"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, {"any_of": {"of": [name, BIO]}}]}
    )
    assert len(process.transition("host").gate[1].params["of"][0]["source"]) == 64
    lab.allow(process)
    lab.in_review()
    with refused("gate-denied", "open"):
        lab.advance("host")
    sky["sun"] = True
    lab.advance("host")
    lab.audited()

    with lab.open(policies=[]) as stranger:
        report = stranger.audit()
    assert report.outcome == "incomplete"
    assert any(name in item for item in report.not_recomputed)
    lab.close()
    sys.modules.pop("inside_rules", None)


def test_a_rule_of_ones_own_that_is_not_allowed_is_refused_at_load(lab: Lab) -> None:
    gate = [CALLED_BY_LEAD, {"any_of": {"of": ["elsewhere:Rule", BIO]}}]

    with pytest.raises(WorkflowError, match="elsewhere:Rule is not allowed here"):
        lab.load(host={"from": "review", "to": "hosted", "gate": gate})
