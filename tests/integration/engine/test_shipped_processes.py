"""The processes that come with Holdfast: a release goes through each, and every line of every gate stops it alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.engine.fulfilling import Shop, named
from tests.integration.engine.lab import WHY, made
from workflow.definition import load_process, shipped
from workflow.facts import Severity
from workflow.registry import Registry

WAYS = {
    "open_weights": ("submit", "release"),
    "hosted_api": ("submit", "host"),
    "staged_access": ("submit", "invite", "host", "release"),
    "variant": ("submit", "host", "release"),
}
"""For each process, the triggers by which a release goes onward, to the end."""

LINES = [
    pytest.param(name, trigger, place, id=f"{name}-{trigger}-{named(spec).replace(' ', '_')}")
    for name, ways in WAYS.items()
    for process in [load_process(shipped()[name], Registry())]
    for trigger in ways
    for place, spec in enumerate(process.transition(trigger).gate)
]


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Shop]]:
    """For each way onward, a lab whose release stands before it."""
    labs: dict[tuple[str, str], Shop] = {}
    for name, ways in WAYS.items():
        lab = Shop(tmp_path_factory.mktemp(name)).open_for(name)
        lab.begin(name)
        for trigger in ways:
            labs[name, trigger] = lab.copied(tmp_path_factory.mktemp(f"{name}-{trigger}"))
            lab.fulfil(trigger)
            lab.advance(trigger)
        labs[name, ""] = lab
    yield labs
    for lab in labs.values():
        lab.close()


@pytest.mark.parametrize("name", WAYS)
def test_a_release_goes_through_to_the_end_and_the_audit_agrees(before: dict[tuple[str, str], Shop], name: str) -> None:
    lab = before[name, ""]

    process = lab.engine.process(lab.engine.status("aurora").process)
    assert lab.engine.status("aurora").exposure is process.highest_exposure
    lab.audited()


@pytest.mark.parametrize(("name", "trigger", "place"), LINES)
def test_every_line_of_every_gate_onward_stops_a_release_by_itself(
    before: dict[tuple[str, str], Shop], tmp_path: Path, name: str, trigger: str, place: int
) -> None:
    lab = before[name, trigger].copied(tmp_path)

    assert lab.broken(place, trigger) == {named(lab.gate(trigger)[place])}
    lab.close()


@pytest.mark.parametrize("trigger", ["host", "release"])
def test_a_variant_takes_over_what_was_found_of_its_parent_where_somebody_answers_for_it(
    before: dict[tuple[str, str], Shop], tmp_path: Path, trigger: str
) -> None:
    lab = before["variant", "host"].copied(tmp_path)
    lab.inherited = frozenset({"bio_uplift", "cyber_range"})

    lab.fulfil(trigger)
    assert [item.name for item in lab.engine.status("aurora").evidence] == ["refusal_rate"]
    lab.advance(trigger)

    assert lab.engine.status("aurora").exposure == {"host": "hosted", "release": "weights"}[trigger]
    lab.audited()
    lab.close()


def test_a_variant_without_a_parent_gets_nowhere(before: dict[tuple[str, str], Shop], tmp_path: Path) -> None:
    lab = before["variant", "submit"].copied(tmp_path)
    lab.start("orphan", process="variant", path=lab.model("orphan"))
    lab.fulfil("submit", "orphan")

    assert lab.blocking("submit", "orphan") == {"no-parent"}
    lab.close()


def test_a_variant_of_what_is_not_out_yet_waits_for_it(before: dict[tuple[str, str], Shop], tmp_path: Path) -> None:
    lab = before["hosted_api", ""].copied(tmp_path)
    lab.start("child", process="variant", path=lab.model("child"), derived_from=["aurora"], variant="quantized")
    lab.fulfil("submit", "child")
    lab.advance("submit", "child")
    lab.fulfil("release", "child")

    assert lab.blocking("release", "child") == {"parent-exposure"}
    lab.close()


def test_a_partner_is_let_in_sooner_by_two_more_of_safety_and_security_looks_at_it_afterwards(
    before: dict[tuple[str, str], Shop], tmp_path: Path
) -> None:
    lab = before["staged_access", "invite"].copied(tmp_path)
    waiting = next(place for place, spec in enumerate(lab.gate("invite")) if spec.policy == "review_time")
    lab.fulfil("invite", without=waiting)
    assert lab.blocking("invite") == {"under-review"}

    for person in ("jun", "priya"):
        lab.tick().override(
            "aurora", "invite", "review_time", role="safety", actor=person, rationale=WHY, basis=lab.basis("invite")
        )
    lab.advance("invite")

    (review,) = [item for item in lab.engine.status("aurora").requirements if item.open]
    lab.fulfil("host")
    assert lab.blocking("host") == {"requirement-overdue"}
    lab.discharge(review.id, "both", "security")
    assert lab.blocking("host") == set()
    lab.audited()
    lab.close()


BACK = [
    ("hosted_api", "", "pull", "sam", "safety_review"),
    ("staged_access", "host", "recall", "sam", "safety_review"),
    ("staged_access", "host", "delay", "ivy", "delay"),
    ("staged_access", "release", "narrow", "mara", "vetted_partners"),
    ("staged_access", "release", "recall", "sam", "safety_review"),
    ("staged_access", "release", "delay", "noor", "delay"),
    ("staged_access", "release", "withdraw", "noor", "withdrawn"),
    ("staged_access", "", "withdraw", "mara", "withdrawn"),
    ("variant", "release", "pull", "sam", "review"),
    ("variant", "host", "delay", "max", "delay"),
]
"""By process, before which way onward (or at its end), a way back, who goes it alone, and where it leads."""


@pytest.mark.parametrize(("name", "place", "trigger", "person", "dest"), BACK)
def test_one_person_alone_takes_a_release_back(
    before: dict[tuple[str, str], Shop], tmp_path: Path, name: str, place: str, trigger: str, person: str, dest: str
) -> None:
    lab = before[name, place].copied(tmp_path)

    lab.advance(trigger, by=person)

    assert lab.stage() == dest
    assert bool(lab.engine.status("aurora").holds) is (dest == "delay")
    lab.close()


def test_a_risk_that_is_accepted_for_a_step_of_staged_access_is_not_accepted_for_the_last(
    before: dict[tuple[str, str], Shop], tmp_path: Path
) -> None:
    lab = before["staged_access", "host"].copied(tmp_path)
    text = "It can be talked into it."
    found = lab.tick().finding("aurora", text, severity=Severity.MEDIUM, role="safety", actor="priya", rationale=WHY)
    lab.fulfil("host")
    assert lab.blocking("host") == {"finding-open"}
    until = lab.clock.now() + timedelta(days=80)
    for person in ("mara", "jun"):
        lab.tick().accept_risk("aurora", made(found), until=until, role="safety", actor=person, rationale=WHY)

    lab.fulfil("host")
    lab.advance("host")
    lab.fulfil("release")

    assert lab.blocking("release") == {"requirement-open"}
    lab.audited()
    lab.close()
