"""Something became known of some bytes: it stops whatever they are in and whatever descends from them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.engine.lab import CALLED_BY_LEAD, WHY, Lab, definition, made, refused
from workflow import InvalidInput, NotFound
from workflow.artifact import build_manifest
from workflow.events import IncidentOpened, StatementMade

WHAT = "It gives a working synthesis route when asked in verse."


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path).people()
    lab.allow(lab.load())
    yield lab
    lab.audited()
    lab.close()


@pytest.fixture
def published(lab: Lab) -> Lab:
    """``aurora`` is out."""
    lab.in_review()
    lab.approve_publish()
    lab.advance("publish")
    return lab


def opened(lab: Lab, slug: str = "aurora", *, by: str = "sam", role: str = "security", **settings: Any) -> str:
    lab.tick()
    known_since = settings.pop("known_since", lab.clock.now() - timedelta(hours=30))
    given = {"known_since": known_since, "role": role, "actor": by, "owner": "safety", **settings}
    return made(lab.tick().open_incident(slug, WHAT, **given))


def closed(lab: Lab, incident: str, slug: str = "aurora", *, by: str = "mara", **settings: Any) -> None:
    lab.tick().close_incident(slug, incident, role="safety", actor=by, rationale=WHY, **settings)


def test_it_blocks_every_raise_of_what_it_affects_until_it_is_closed(lab: Lab) -> None:
    lab.in_review()
    lab.approve_publish()
    incident = opened(lab)

    assert lab.blocking() == {"incident-open"}
    assert lab.blocking("host") >= {"incident-open"}
    with refused("gate-denied", "open"):
        lab.advance("publish")
    closed(lab, incident)
    assert "incident-open" not in lab.blocking("host")


def test_it_blocks_no_way_back(lab: Lab) -> None:
    lab.in_review()
    opened(lab)

    lab.advance("return", by="jun")

    assert lab.stage() == "testing"


def test_anybody_who_signs_opens_one_in_any_stage(published: Lab) -> None:
    assert opened(published, by="ivy", role="legal") == "R1"
    published.advance("withdraw")
    assert opened(published, by="kim", role="safety") == "R2"

    with refused("no-role"):
        opened(published, by="ana", role="safety")


def test_it_reaches_other_releases_of_the_same_bytes_and_those_that_are_started_later(published: Lab) -> None:
    published.start("before", path=published.directory / "model")
    opened(published)
    published.start("later", path=published.directory / "model")
    published.allow(published.read(definition(name="other")))
    published.start("elsewhere", path=published.directory / "model", process="other")

    for slug in ("before", "later", "elsewhere"):
        published.advance("submit", slug)
        assert "incident-open" in published.blocking("host", slug)
    (view,) = published.engine.incidents("aurora")
    assert view.reaches == ("aurora", "before", "elsewhere", "later")


def test_a_fix_starts_blocked_and_goes_on_once_the_incident_is_closed_for_its_digest(published: Lab) -> None:
    incident = opened(published)
    fixed = published.model("fixed")
    published.in_review("aurora-fix", path=fixed, derived_from=["aurora"], variant="fix")
    published.approve_publish("aurora-fix")

    assert published.blocking(slug="aurora-fix") == {"incident-open"}
    with refused("gate-denied", "open") as caught:
        published.advance("publish", "aurora-fix")
    assert "incident R1 in aurora is open" in caught.value.message

    closed(published, incident)  # says nothing of other files
    assert published.blocking(slug="aurora-fix") == {"incident-open"}
    closed(published, incident, candidates=[published.candidate("aurora-fix")])

    published.advance("publish", "aurora-fix")
    assert published.stage("aurora-fix") == "public"


def test_it_reaches_whatever_has_an_affected_weight_file_in_its_line(lab: Lab) -> None:
    lab.start("base", path=lab.model("base"))
    lab.start("fine-tune", path=lab.model("tuned"), derived_from=["base"])
    lab.start("quantized", path=lab.model("small"), derived_from=["fine-tune"])
    lab.start("stranger", path=lab.model("stranger"))
    weights = next(file.sha256 for file in lab.engine.manifest("base").files if file.path.endswith("safetensors"))

    opened(lab, "stranger", affected=[weights])

    (view,) = lab.engine.incidents("stranger")
    assert view.reaches == ("base", "fine-tune", "quantized")
    assert not view.open
    assert [item.release for item in lab.engine.incidents("quantized")] == ["stranger"]


def test_what_nobody_has_here_yet_is_reached_once_it_comes(lab: Lab) -> None:
    coming = build_manifest(lab.model("coming")).digest
    lab.start("first", path=lab.model("first"))
    opened(lab, "first", affected=[coming])
    assert lab.engine.incidents("first")[0].reaches == ()

    lab.start("second", path=lab.model("coming"))

    assert lab.engine.incidents("first")[0].reaches == ("second",)


def test_replacing_the_candidate_does_not_wash_it_out(lab: Lab) -> None:
    lab.in_review()
    opened(lab)

    lab.replace(lab.model("other"))

    assert "incident-open" in lab.blocking("host")


def test_withdrawing_does_not_wash_it_out(published: Lab) -> None:
    opened(published)
    published.advance("withdraw")
    published.in_review("again", path=published.directory / "model")

    assert "incident-open" in published.blocking("host", "again")


@pytest.mark.parametrize(
    ("person", "role", "reason"),
    [("kim", "safety", "excluded"), ("lee", "safety", "no-role"), ("sam", "security", "no-role")],
)
def test_it_is_closed_by_its_owners_role_and_under_the_exclusions(
    lab: Lab, person: str, role: str, reason: str
) -> None:
    lab.in_review()
    incident = opened(lab)

    with refused(reason):
        lab.tick().close_incident("aurora", incident, role=role, actor=person, rationale=WHY)
    assert "incident-open" in lab.blocking("host")


def test_the_author_of_the_fix_does_not_close_it_for_the_fix(published: Lab) -> None:
    incident = opened(published)
    published.start("aurora-fix", path=published.model("fixed"), authors=["mara"], derived_from=["aurora"])

    with refused("excluded"):
        closed(published, incident, candidates=[published.candidate("aurora-fix")])


def test_closing_cites_evidence_on_these_very_files(published: Lab) -> None:
    incident = opened(published)
    report = published.attach(published.log(states=published.candidate()))
    published.start("aurora-fix", path=published.model("fixed"), derived_from=["aurora"])

    fixed = {"candidates": [published.candidate("aurora-fix")]}
    with pytest.raises(InvalidInput, match="made for other files"):
        closed(published, incident, evidence=[report], **fixed)
    with pytest.raises(NotFound, match="no evidence E1"):
        closed(published, incident, evidence=["aurora-fix/E1"], **fixed)
    with pytest.raises(NotFound, match="nova is no relative of aurora"):
        closed(published, incident, evidence=["nova/E1"], **fixed)
    other = published.attach(published.log(run="2", states=published.candidate("aurora-fix")), "aurora-fix")
    closed(published, incident, evidence=[f"aurora-fix/{other}"], **fixed)
    closed(published, incident, evidence=[report])
    with pytest.raises(InvalidInput, match="closed for that candidate already"):
        closed(published, incident)


def test_discharging_is_not_closing_and_a_requirement_is_no_incident(lab: Lab) -> None:
    lab.in_review()
    incident = opened(lab)
    made(lab.tick().require("aurora", "a test", role="safety", actor="jun", rationale=WHY))

    with pytest.raises(InvalidInput, match="R1 is an incident") as caught:
        lab.tick().discharge("aurora", incident, role="safety", actor="mara", rationale=WHY)
    assert caught.value.remedy == "holdfast incident close aurora R1"
    with pytest.raises(NotFound, match="no incident R2"):
        closed(lab, "R2")
    with pytest.raises(NotFound, match="no incident R2"):
        lab.tick().update_incident("aurora", "R2", "so far so good", role="safety", actor="mara")


def test_it_says_since_when_it_was_known_and_when_that_was_put_on_record(lab: Lab) -> None:
    lab.in_review()
    known_since = lab.clock.now() - timedelta(days=2)
    incident = opened(lab, known_since=known_since)
    lab.tick().update_incident("aurora", incident, "Jailbreak confirmed.", role="safety", actor="jun", public=True)

    (view,) = lab.engine.status("aurora").incidents

    assert (view.id, view.by, view.role, view.owner, view.open) == ("R1", "sam", "security", "safety", True)
    assert (view.text, view.known_since) == (WHAT, known_since)
    assert view.recorded_at - view.known_since > timedelta(days=2)
    assert [(update.text, update.public, update.about) for update in view.updates] == [
        ("Jailbreak confirmed.", True, "R1")
    ]
    (requirement,) = lab.engine.status("aurora").requirements
    assert (requirement.id, requirement.kind, requirement.open) == ("R1", "incident", True)
    summary = [line for item in lab.engine.history("aurora") for line in item.summary]
    assert any(line.startswith("opened incident R1 as security, known since ") for line in summary)
    assert "said on incident R1 in public as safety (P1)" in summary


def test_an_update_is_no_statement_that_a_gate_asks_for(lab: Lab) -> None:
    lab.close()
    directory = lab.directory / "stated"
    directory.mkdir()
    stated = Lab(directory).people()
    gate = [CALLED_BY_LEAD, {"statement": {"people": "1", "roles": ["safety"]}}]
    stated.allow(stated.load(host={"from": "review", "to": "hosted", "gate": gate}))
    stated.in_review()
    incident = opened(stated)
    stated.tick().update_incident("aurora", incident, "known", role="safety", actor="mara", public=True)

    assert "statement-missing" in stated.blocking("host")
    stated.tick().statement("aurora", "what it is", role="safety", actor="mara")
    assert stated.blocking("host") == {"incident-open"}
    stated.audited()
    stated.close()


def test_what_is_still_to_come_is_not_known_and_a_clock_set_back_turns_no_warning_away(lab: Lab) -> None:
    lab.in_review()
    now = lab.clock.now()
    with pytest.raises(InvalidInput, match="is still to come"):
        opened(lab, known_since=now + timedelta(days=1))

    lab.clock.back("2d")
    opened(lab, known_since=now - timedelta(hours=1))

    assert "incident-open" in lab.blocking("host")


def test_its_text_cannot_be_erased_while_it_stands_against_anything(lab: Lab) -> None:
    lab.start("first", path=lab.model("first"))
    lab.start("second", path=lab.model("second"))
    incident = opened(lab, "first", affected=["second"])
    entry = lab.engine.incidents("first")[0].entry

    with refused("requirement-open"):
        lab.tick().erase(entry, "rationale", actor="ana", rationale=WHY)
    closed(lab, incident, "first", candidates=[lab.candidate("second")])
    lab.tick().erase(entry, "rationale", actor="ana", rationale=WHY)


def test_a_repeated_request_is_done_once(lab: Lab) -> None:
    lab.in_review()
    known_since = lab.clock.now()
    given: dict[str, Any] = {"known_since": known_since, "role": "security", "actor": "sam", "command_id": "night"}

    first = lab.tick().open_incident("aurora", WHAT, **given)
    again = lab.tick().open_incident("aurora", WHAT, **given)

    assert isinstance(first.events[0], IncidentOpened) and (again.entry, again.replayed) == (first.entry, True)


def test_an_update_is_a_statement_on_record(lab: Lab) -> None:
    lab.in_review()
    opened(lab)

    outcome = lab.tick().update_incident("aurora", "R1", "internal note", role="safety", actor="mara")

    (event,) = outcome.events
    assert isinstance(event, StatementMade) and not event.public
