"""Getting past a freeze, a review time or what a gate must demand, by waiting, swapping, and rules within rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, TWO_OF_SAFETY, Lab, refused
from workflow import DefinitionError
from workflow.calendars import zones

FREEZE = {"freeze": {"zone": "Europe/London", "spans": [{"name": "launch", "from": "2025-07-03", "to": "2025-07-20"}]}}
REVIEW = {"review_time": {"at_least": "48h"}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """``aurora`` in review before ``host``, where nothing moves in the freeze, nor before two days of review."""
    lab = Lab(tmp_path).people()
    host = {"from": "review", "to": "hosted", "gate": [CALLED_BY_LEAD, TWO_OF_SAFETY, FREEZE, REVIEW]}
    lab.allow(lab.load(host=host))
    lab.in_review()
    yield lab
    lab.audited()
    lab.close()


def approve(lab: Lab) -> None:
    lab.sign("mara", "host")
    lab.sign("jun", "host")


def test_row_8_what_began_before_a_freeze_is_not_let_through_in_it_nor_by_a_clock_set_back(lab: Lab) -> None:
    approve(lab)
    lab.clock.at = datetime.fromisoformat("2025-07-03T12:00:00+00:00")
    with refused("gate-denied", "no"):
        lab.advance("host")

    lab.clock.at = datetime.fromisoformat("2025-07-02T12:00:00+00:00")
    with refused("policy-errored", "error"):
        lab.advance("host")

    assert lab.stage() == "review"


def test_row_10_a_swap_near_the_end_of_the_review_time_begins_it_anew_and_so_does_the_swap_back(lab: Lab) -> None:
    lab.clock.at = datetime.fromisoformat("2025-07-21T09:00:00+00:00")
    first = lab.model()
    lab.replace(lab.model("another"))
    lab.clock.forward("47h")
    lab.replace(first)
    approve(lab)
    lab.clock.forward("1h")

    with refused("gate-denied", "open"):
        lab.advance("host")

    assert lab.blocking("host") == {"under-review"}
    lab.clock.forward("47h")
    lab.advance("host")


def test_row_18_time_zones_of_somebody_s_own_in_the_environment_change_no_calendar(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    planted = tmp_path / "zones" / "Europe"
    planted.mkdir(parents=True)
    (planted / "London").write_bytes(b"no data of any zone")
    monkeypatch.setenv("PYTHONTZPATH", str(planted.parent))
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    zones.zone.cache_clear()
    lab.clock.at = datetime.fromisoformat("2025-07-03T12:00:00+00:00")

    assert "frozen" in lab.blocking("host")


WEIGHTS = {
    "unchanged files": [TWO_OF_SAFETY, {"any_of": {"of": ["candidate_unchanged", {"soak": {"at_least": "1s"}}]}}],
    "signers": ["candidate_unchanged", {"any_of": {"of": [TWO_OF_SAFETY, {"soak": {"at_least": "1s"}}]}}],
    "refusals": [
        "candidate_unchanged",
        TWO_OF_SAFETY,
        {"any_of": {"of": ["objections", {"soak": {"at_least": "1s"}}]}},
    ],
    "holds": ["candidate_unchanged", TWO_OF_SAFETY, {"all_of": {"of": ["holds", {"soak": {"at_least": "1s"}}]}}],
}


@pytest.mark.parametrize("what", WEIGHTS)
def test_row_25_what_a_gate_must_demand_cannot_be_put_where_it_can_be_done_without(lab: Lab, what: str) -> None:
    with pytest.raises(DefinitionError):
        lab.load(*WEIGHTS[what])
