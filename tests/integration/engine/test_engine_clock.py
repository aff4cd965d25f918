"""A clock that steps back passes nothing, stops nothing, and a correction revives nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, refused

LIVES = {"sign_offs": {"role": "safety", "count": "2", "expires_after": "30d"}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review before ``host``, whose approvals live 30 days, and before ``publish``, which soaks a day."""
    lab = Lab.with_people(tmp_path)
    host = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, LIVES]}
    two = {"sign_offs": {"role": "safety", "count": "2"}}
    lab.allow(lab.load(CALLED_BY_LEAD, two, "candidate_unchanged", {"soak": {"at_least": "24h"}}, host=host))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def approve(lab: Lab, trigger: str) -> None:
    lab.sign("mara", trigger)
    lab.sign("jun", trigger)


def test_rules_about_time_err_while_the_clock_reads_too_early(lab: Lab) -> None:
    approve(lab, "publish")
    lab.clock.forward("48h")
    lab.hold()
    lab.lift("H1", "sam", "security")
    lab.clock.back("1h")

    with refused("policy-errored", "error") as caught:
        lab.advance("publish")

    assert "earlier than" in caught.value.message
    lab.clock.forward("1h")
    lab.advance("publish")


def test_refusals_holds_and_what_asks_no_time_still_append(lab: Lab) -> None:
    lab.clock.back("5d")

    lab.hold()
    lab.reject("mara")
    lab.require()
    with refused("no-role"):
        lab.hold("sam", "safety")
    lab.advance("wait")

    times = [item.at for item in lab.engine.history("aurora")]
    assert times != sorted(times, reverse=True)


def test_a_correction_is_the_administrators_and_starts_soak_again(lab: Lab) -> None:
    approve(lab, "publish")
    lab.clock.forward("48h")
    lab.hold()
    lab.lift("H1", "sam", "security")
    lab.clock.back("12h")
    with refused("not-administrator"):
        lab.tick().correct_clock(actor="lee", rationale=WHY)

    lab.tick().correct_clock(actor="ana", rationale="the machine's clock was half a day ahead")

    assert lab.blocking() == {"soaking"}
    lab.clock.forward("23h59m59s")
    assert lab.blocking() == {"soaking"}
    lab.clock.forward("1s")
    assert lab.blocking() == set()


def test_a_correction_revives_no_approval_that_had_expired(lab: Lab) -> None:
    approve(lab, "host")
    lab.clock.forward("31d")
    assert lab.counted("safety", "host") == []
    lab.hold("ivy", "legal")
    lab.lift("H1", "ivy", "legal")
    lab.clock.back("20d")

    lab.tick().correct_clock(actor="ana", rationale=WHY)

    assert lab.counted("safety", "host") == []
    approve(lab, "host")
    assert lab.blocking("host") == set()


def test_a_correction_makes_no_overdue_requirement_merely_due(lab: Lab) -> None:
    lab.require(blocks=["publish"], due=lab.clock.now() + timedelta(days=3))
    lab.clock.forward("4d")
    assert "requirement-overdue" in lab.blocking("host")
    lab.hold("ivy", "legal")
    lab.lift("H1", "ivy", "legal")
    lab.clock.back("3d")

    lab.tick().correct_clock(actor="ana", rationale=WHY)

    assert "requirement-overdue" in lab.blocking("host")


def test_an_approval_from_a_wrong_future_does_not_count_after_the_correction(lab: Lab) -> None:
    lab.clock.forward("900d")
    approve(lab, "host")
    lab.clock.back("900d")

    lab.tick().correct_clock(actor="ana", rationale=WHY)

    assert lab.counted("safety", "host") == []


def test_time_alone_opens_nothing(lab: Lab) -> None:
    lab.hold()
    lab.reject("mara")
    lab.clock.forward("3000d")

    assert {"hold", "rejected", "sign-offs-missing"} <= lab.blocking()


def test_an_audit_of_one_release_says_where_another_s_reading_of_the_clock_decided(lab: Lab) -> None:
    approve(lab, "publish")
    lab.clock.forward("48h")
    lab.start("other", path=lab.model("other"))
    lab.clock.back("1h")
    with refused("policy-errored", "error"):
        lab.advance("publish")

    report = lab.engine.audit(release="aurora")

    assert (report.outcome, report.problems) == ("incomplete", ())
    assert "whether the clock had read later before" in report.not_recomputed[0]
    assert lab.engine.audit().outcome == "ok"
