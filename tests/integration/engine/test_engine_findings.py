"""Findings and accepted risks, through the engine: what blocks where, who may accept what, and until when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, PUBLISH, TWO_OF_SAFETY, WHY, Lab, made, refused
from workflow import InvalidInput
from workflow.facts import Severity

FINDINGS = {
    "findings": {"blocks_from": "medium", "accepted_by": "legal", "people": "2", "up_to": "high", "for_at_most": "30d"}
}
HOST = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, TWO_OF_SAFETY, FINDINGS]}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review, before ``host``, a gate about findings, and ``publish``, which is not."""
    lab = Lab(tmp_path).people()
    lab.allow(lab.load(host=HOST))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def find(lab: Lab, severity: str = "high", person: str = "sam", role: str = "security", **more: Any) -> str:
    more = {"discharged_by": "safety", **more}
    return made(
        lab.tick().finding(
            "aurora",
            "it can be talked round",
            severity=Severity(severity),
            role=role,
            actor=person,
            rationale=WHY,
            **more,
        )
    )


def accept(lab: Lab, person: str = "ivy", finding: str = "R1", days: int = 7, role: str = "legal", **more: Any) -> None:
    until = lab.clock.now() + timedelta(days=days)
    lab.tick().accept_risk("aurora", finding, until=until, role=role, actor=person, rationale=WHY, **more)


def test_a_low_finding_is_told_where_a_rule_is_about_findings_and_blocks_everywhere_else(lab: Lab) -> None:
    assert find(lab, "low") == "R1"

    assert "finding-open" not in lab.blocking("host")
    assert "requirement-open" in lab.blocking("publish")


def test_a_finding_is_a_requirement_that_somebody_discharges(lab: Lab) -> None:
    find(lab)
    assert "finding-open" in lab.blocking("host")

    lab.discharge("R1", "mara")

    assert "finding-open" not in lab.blocking("host")
    (view,) = lab.engine.status("aurora").requirements
    assert (view.kind, view.severity, view.text, view.open) == ("finding", "high", "it can be talked round", False)


def test_a_risk_is_accepted_by_so_many_until_a_time_and_stands_open_again_when_that_has_come(lab: Lab) -> None:
    find(lab)
    accept(lab, "ivy")
    assert "finding-open" in lab.blocking("host")
    accept(lab, "noor")
    assert "finding-open" not in lab.blocking("host")
    assert "requirement-open" in lab.blocking("publish")

    (view,) = lab.engine.status("aurora").requirements
    assert [(word.by, word.role, word.ended, word.reason) for word in view.accepted] == [
        ("ivy", "legal", False, WHY),
        ("noor", "legal", False, WHY),
    ]
    lab.clock.forward("7d")
    assert "finding-open" in lab.blocking("host")
    assert all(word.ended for word in lab.engine.status("aurora").requirements[0].accepted)


def test_a_risk_that_was_accepted_by_a_clock_that_ran_ahead_is_not_accepted_for_all_that_time(lab: Lab) -> None:
    find(lab)
    lab.clock.forward("1000d")
    accept(lab, "ivy", days=30)
    accept(lab, "noor", days=30)
    assert "finding-open" not in lab.blocking("host")

    lab.clock.back("1000d")
    lab.tick().correct_clock(actor=ADMINISTRATOR, rationale=WHY)

    assert "finding-open" in lab.blocking("host")


def test_approvals_end_when_somebody_accepts_a_risk_and_say_so(lab: Lab) -> None:
    find(lab)
    accept(lab, "ivy")
    lab.sign("mara", "host")
    lab.sign("jun", "host")

    accept(lab, "noor")

    assert lab.blocking("host") == {"sign-offs-missing"}
    (item,) = [item for item in lab.engine.inbox("mara") if item.reason.code == "sign-offs-missing"]
    assert item.changed[0].startswith("new: noor as legal accepts the risk of R1 until 2025-")


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "by an author": ({"person": "kim", "role": "safety"}, "excluded"),
    "by whoever started it": ({"person": "lee", "role": "lead"}, "excluded"),
    "in a role that is not theirs": ({"person": "mara"}, "no-role"),
    "in a role that may accept nothing": ({"person": "mara", "role": "safety"}, "no-role"),
    "for longer than any gate allows": ({"days": 31}, "time"),
    "until a time that has passed": ({"days": -1}, "time"),
    "graver than any gate allows": ({"finding": "R2"}, "severity"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_risk_is_not_accepted(lab: Lab, case: str) -> None:
    find(lab)
    find(lab, "critical")
    settings, reason = REFUSED[case]

    with refused(reason):
        accept(lab, **settings)

    assert all(not view.accepted for view in lab.engine.status("aurora").requirements)


def test_where_no_gate_says_who_may_nobody_accepts_a_risk(tmp_path: Path) -> None:
    lab = Lab(tmp_path).people()
    lab.allow(lab.load(*PUBLISH, "findings"))
    lab.in_review()
    find(lab)

    with refused("no-role") as caught:
        accept(lab)

    assert "no gate of lab@1 says who may accept a risk" in caught.value.message
    lab.audited()
    lab.close()


def test_only_the_risk_of_an_open_finding_is_accepted(lab: Lab) -> None:
    lab.require()
    find(lab)
    lab.discharge("R2", "mara")

    with pytest.raises(InvalidInput, match="R1 is no finding"):
        accept(lab)
    with pytest.raises(InvalidInput, match="R2 is discharged"):
        accept(lab, finding="R2")


def test_an_accepted_risk_is_of_the_very_files_and_of_no_other(lab: Lab) -> None:
    find(lab)
    accept(lab, "ivy")
    accept(lab, "noor")
    assert "finding-open" not in lab.blocking("host")

    lab.replace(lab.model("second"))

    assert "finding-open" in lab.blocking("host")


def test_the_text_of_an_open_finding_is_not_erased(lab: Lab) -> None:
    find(lab)
    entry = lab.engine.history(limit=1)[0].entry

    with refused("requirement-open"):
        lab.tick().erase(entry, "text", actor=ADMINISTRATOR, rationale=WHY)


def test_an_accepted_risk_is_signed_and_a_finding_needs_no_key(unkeyed: Keyed) -> None:
    lab = unkeyed.found()
    for person in ("mara", "ivy", "noor", "sam"):
        lab.agreed(lab.enrol(person, lab.hands[person]))
    lab.allow(lab.signed(host=HOST))
    lab.in_review()
    lab.engine, signing = lab.claimed, lab.engine
    find(lab)
    with refused("unsigned"):
        accept(lab)
    lab.engine = signing
    accept(lab, "ivy")
    accept(lab, "noor")
    assert "finding-open" not in lab.blocking("host")

    lab.agreed(lab.tick().revoke_key(lab.hands["noor"].fingerprint, actor=ADMINISTRATOR, rationale=WHY))
    assert "finding-open" not in lab.blocking("host")
    lab.agreed(
        lab.tick().revoke_key(
            lab.hands["noor"].fingerprint,
            compromised_since=lab.clock.now() - timedelta(hours=1),
            actor=ADMINISTRATOR,
            rationale=WHY,
        )
    )

    assert "finding-open" in lab.blocking("host")
