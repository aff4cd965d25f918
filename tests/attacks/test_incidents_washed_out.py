"""What became known of some bytes stands until somebody who may says, for exactly these, that it is dealt with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attacked import PROCESS, WHY, Lab, refused, why
from signed_lab import SignedLab, write_past

from workflow import Engine, InvalidInput, LedgerError, Refused, commands

OPEN = ("requirements", "incident-open")
NOTICE = "It is withdrawn."


@pytest.fixture
def ready(lab: Lab) -> Engine:
    """``aurora`` could be published."""
    return lab.ready()


def known(lab: Lab, release: str = "aurora", *, by: str = "sam", **settings: object) -> None:
    """Something became known of a release an hour ago."""
    assert lab.engine is not None
    lab.engine.open_incident(
        release,
        "It tells how.",
        known_since=lab.clock.now(),
        role="security",
        owner="safety",
        actor=by,
        **settings,  # type: ignore[arg-type]
    )


def withdrawn(lab: Lab) -> str:
    """The release ends, and the same files are started again."""
    assert lab.engine is not None
    lab.engine.withdraw("aurora", NOTICE, role="lead", actor="lee", rationale=WHY)
    return anew(lab)


def anew(lab: Lab) -> str:
    """The same files are started again."""
    lab.start("again", folder=lab.directory / "model")
    return "again"


def with_other_files_after_it(lab: Lab) -> str:
    """Other files take the place of those that are affected."""
    assert lab.engine is not None
    other = lab.model("other", weights="others")
    lab.engine.advance("aurora", "back", actor="lee", rationale=WHY)
    lab.engine.replace_candidate("aurora", other, authors=["kim"], actor="lee", rationale=WHY)
    return "aurora"


def with_one_weight_file(lab: Lab) -> str:
    """The weights are started again among other files."""
    other = lab.model("other")
    (other / "config.json").write_text("{}", encoding="utf-8")
    lab.start("again", folder=other)
    return "again"


@pytest.mark.parametrize("way", [withdrawn, anew, with_other_files_after_it, with_one_weight_file])
def test_row_22_an_incident_is_not_washed_out_by_any_way_on(lab: Lab, ready: Engine, way: Callable[[Lab], str]) -> None:
    known(lab)

    release = way(lab)
    ready.advance(release, "submit", actor="lee", rationale=WHY)

    assert OPEN in why(refused(ready, release))
    assert ready.audit().outcome == "ok"


def test_row_22_an_incident_closed_for_other_bytes_stands_against_these(lab: Lab, ready: Engine) -> None:
    known(lab)
    lab.start("other", folder=lab.model("other", weights="others"))
    other = ready.status("other").candidate
    ready.close_incident("aurora", "R1", role="safety", actor="mara", candidates=[other], rationale=WHY)

    assert OPEN in why(refused(ready))


@pytest.mark.parametrize(("person", "role", "reason"), [("kim", "safety", "excluded"), ("sam", "security", "no-role")])
def test_row_7_neither_an_author_nor_who_does_not_own_it_closes_an_incident(
    lab: Lab, ready: Engine, person: str, role: str, reason: str
) -> None:
    known(lab)

    with pytest.raises(Refused) as refusal:
        ready.close_incident("aurora", "R1", role=role, actor=person, rationale=WHY)
    assert refusal.value.reason == reason
    assert OPEN in why(refused(ready))


def test_row_5_an_incident_is_closed_by_nobody_s_claim_where_acts_are_signed(signed: SignedLab) -> None:
    assert signed.engine is not None
    known(signed)
    signed.approve()

    with pytest.raises(Refused) as refusal:
        signed.engine.close_incident("aurora", "R1", role="safety", actor="mara", rationale=WHY)
    assert refusal.value.reason == "unsigned"
    assert why(refused(signed.engine)) == {OPEN}
    signed.by("mara").close_incident("aurora", "R1", role="safety", actor="mara", rationale=WHY)
    assert signed.engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    assert signed.problems() == set()


def test_row_5_an_incident_s_end_that_was_written_past_the_engine_stops_the_release(signed: SignedLab) -> None:
    assert signed.engine is not None
    known(signed)
    entry = write_past(signed, commands.CloseIncident(actor="mara", release="aurora", subject="R1", role="safety"))

    with pytest.raises(LedgerError, match="is not signed"):
        signed.engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    assert ("not-allowed", entry) in signed.problems()


def test_row_22_an_incident_that_claims_ended_in_a_trusting_release_stands_against_a_signed_one(
    signed: SignedLab,
) -> None:
    assert signed.engine is not None
    signed.allow(PROCESS.replace("process: guarded", "process: trusting"), "trusting.yaml")
    model = signed.model()
    signed.engine.start("trusting", model, process="trusting", authors=["kim"], actor="lee", rationale=WHY)
    known(signed, "trusting")
    signed.engine.close_incident("trusting", "R1", role="safety", actor="mara", rationale=WHY)
    signed.approve()

    assert why(refused(signed.engine)) == {OPEN}
    signed.by("mara").close_incident("trusting", "R1", role="safety", actor="mara", rationale=WHY)
    assert signed.engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    assert signed.problems() == set()


def test_row_9_what_was_signed_for_one_candidate_closes_no_incident_for_another(signed: SignedLab) -> None:
    assert signed.engine is not None
    known(signed)
    asked = signed.ask(commands.CloseIncident(actor="mara", release="aurora", subject="R1", role="safety"))
    signed.start("other", folder=signed.model("other", weights="others"))
    other = signed.engine.status("other").candidate

    with pytest.raises(Refused) as refusal:
        asked.asking(candidates=(other,)).bring()
    assert refusal.value.reason == "other-statement"
    assert asked.bring().events[0].type == "incident_closed"
    assert signed.problems() == set()


def test_row_9_an_incident_s_end_that_was_signed_before_it_was_opened_is_nothing(signed: SignedLab) -> None:
    """The id that it will have can be told beforehand."""
    assert signed.engine is not None
    known(signed)
    first = signed.ask(commands.CloseIncident(actor="mara", release="aurora", subject="R1", role="safety"))
    known(signed)
    ahead = first.asking(subject="R2")

    with pytest.raises(Refused):
        ahead.saying(ahead.statement.replace(b'"R1"', b'"R2"').replace(b"incident R1", b"incident R2")).bring()
    assert signed.problems() == set()


def test_row_25_a_withdrawal_leads_nowhere_else(lab: Lab, ready: Engine) -> None:
    with pytest.raises(InvalidInput, match="does not withdraw it"):
        ready.withdraw("aurora", NOTICE, role="lead", actor="lee", trigger="publish", rationale=WHY)
    assert ready.status("aurora").stage == "review"


def test_row_37_a_withdrawal_s_notice_carries_no_other_move(signed: SignedLab) -> None:
    assert signed.engine is not None
    command = commands.Withdraw(actor="lee", release="aurora", trigger="withdraw", role="lead")
    asked = signed.ask(command)
    said, moved = asked.bring().events
    other = moved.model_copy(update={"dest": "public", "trigger": "publish"})
    signed.start("second")

    entry = write_past(signed, command.model_copy(update={"release": "second"}), said, other)

    assert entry in {place for _, place in signed.problems()}
