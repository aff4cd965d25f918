"""Review time in a real ledger: fallen keys and deputies whose time ends begin it anew, and the audit agrees."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, refused
from workflow.policy import Fact, Reason

REVIEW = {"review_time": {"at_least": "48h"}}
AREAS = {"risk_areas": {"areas": ["bio"], "roles": ["safety"]}}
BIO = {"evidence": {"name": "bio_uplift", "metric": "accuracy", "at_most": "0.5", "candidate": "declared"}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Keyed]:
    """``aurora`` in review before ``host``, where everything is signed and has been the same for two days."""
    lab = Keyed.staffed(tmp_path)
    host = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, REVIEW, AREAS, BIO]}
    lab.allow(lab.signed(host=host))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def review(lab: Keyed, person: str, verdict: str = "acceptable") -> int:
    made = lab.tick().review("aurora", "bio", verdict, role="safety", actor=person, rationale=WHY)  # type: ignore[arg-type]
    return made.entry


def wait(lab: Keyed) -> Reason | None:
    verdict = next(item for item in lab.explain("host").verdicts if item.policy == "review_time")
    return verdict.reasons[0] if verdict.reasons else None


def changed(lab: Keyed) -> Fact:
    return next(item for item in lab.explain("host").verdicts if item.policy == "review_time").facts[0]


def test_the_wait_stops_a_move_and_is_over_in_the_end(lab: Keyed) -> None:
    review(lab, "mara")
    entry = lab.tick().attach("aurora", lab.log(), actor="lee", rationale=WHY, declare_as="lead").entry
    lab.clock.forward("47h")
    with refused("gate-denied", "open") as caught:
        lab.advance("host")
    assert "48h since" in caught.value.message
    assert changed(lab).entry == entry

    lab.clock.forward("1h")
    lab.advance("host")


def test_a_report_that_comes_back_with_a_fallen_key_begins_the_wait_anew(lab: Keyed) -> None:
    lab.tick().attach("aurora", lab.log(), actor="lee", rationale=WHY, declare_as="lead")
    since = lab.clock.now()
    lab.tick().set_aside("aurora", "E1", role="safety", actor="mara", rationale=WHY)
    lab.clock.forward("72h")
    assert wait(lab) is None

    entry = (
        lab.tick().revoke_key(lab.hands["mara"].fingerprint, compromised_since=since, actor="ana", rationale=WHY).entry
    )

    assert changed(lab).entry == entry
    assert wait(lab) is not None


def test_a_review_that_counts_again_with_a_restored_key_begins_the_wait_anew(lab: Keyed) -> None:
    review(lab, "mara", "unclear")
    review(lab, "mara")
    lab.clock.forward("72h")
    assert wait(lab) is None
    fingerprint = lab.hands["mara"].fingerprint

    suspended = lab.tick().suspend_key(fingerprint, actor="mara", rationale=WHY).entry
    assert changed(lab).entry == suspended
    lab.clock.forward("72h")
    restored = lab.tick().restore_key(fingerprint, actor="ana", rationale=WHY).entry

    assert changed(lab).entry == restored
    assert wait(lab) is not None


def test_a_review_that_ends_with_a_deputys_time_begins_the_wait_anew_at_that_moment(lab: Keyed) -> None:
    until = lab.clock.forward("24h")
    lab.clock.back("24h")
    lab.tick().name_deputy("mara", "ivy", roles=["safety"], until=until, actor="ana", rationale=WHY)
    lab.advance("return")
    lab.advance("submit")
    lab.tick().away(actor="mara", rationale=WHY)
    entry = review(lab, "ivy")
    assert changed(lab).entry == entry
    lab.clock.at = until
    lab.clock.forward("47h")

    found = changed(lab)

    assert found.entry is None
    assert "ivy as safety found bio acceptable" in found.text
    assert wait(lab) is not None
    lab.clock.forward("1h")
    assert wait(lab) is None
