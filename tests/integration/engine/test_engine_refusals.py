"""What is evaluated and not allowed is on record; what cannot mean anything is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.integration.engine.lab import WHY, Lab, refused
from workflow import GateDenied, InvalidInput, InvalidTransition, NotFound, Refused, SignOffRejected, WorkflowError

REFUSED: list[tuple[str, Callable[[Lab], object], type[Refused], str, str]] = [
    ("start", lambda lab: lab.start("borealis", by="mara"), Refused, "ledger", "no"),
    ("advance", lambda lab: lab.advance("publish"), GateDenied, "release/aurora", "open"),
    ("advance", lambda lab: lab.advance("submit"), InvalidTransition, "release/aurora", "no"),
    ("sign", lambda lab: lab.sign("kim", "publish"), SignOffRejected, "release/aurora", "no"),
    ("candidate", lambda lab: lab.replace(lab.model("second"), by="mara"), Refused, "release/aurora", "no"),
    ("hold", lambda lab: lab.hold("sam", "safety"), Refused, "release/aurora", "no"),
    ("require", lambda lab: lab.require("sam", "safety"), Refused, "release/aurora", "no"),
    ("attach", lambda lab: lab.attach(lab.log(), declare_as="safety"), Refused, "release/aurora", "no"),
    (
        "roster",
        lambda lab: lab.engine.add_person("eve", roles=["safety"], actor="lee", rationale=WHY),
        Refused,
        "roster",
        "no",
    ),
    ("erase", lambda lab: lab.engine.erase(1, "rationale", actor="lee", rationale=WHY), Refused, "ledger", "no"),
]
USAGE: list[tuple[str, Callable[[Lab], object], type[WorkflowError]]] = [
    ("an unknown release", lambda lab: lab.advance("submit", "nothing"), NotFound),
    ("an unknown trigger", lambda lab: lab.advance("nothing"), NotFound),
    ("a name that is taken", lambda lab: lab.start(), InvalidInput),
    ("no rationale", lambda lab: lab.tick().advance("aurora", "publish", actor="lee", rationale=" "), InvalidInput),
    (
        "a rationale of nothing",
        lambda lab: lab.tick().hold("aurora", role="lead", actor="lee", rationale="..."),
        InvalidInput,
    ),
    ("a handle of no form", lambda lab: lab.advance("publish", by="Lee Smith"), InvalidInput),
    ("an unknown hold", lambda lab: lab.lift("H9", "sam", "security"), NotFound),
    ("an id of no form", lambda lab: lab.lift("hold", "sam", "security"), InvalidInput),
    ("a digest of no form", lambda lab: lab.lift("H1", "sam", "security", candidates=["abc"]), InvalidInput),
    ("an unknown decision", lambda lab: lab.sign("mara", "publish", decision="maybe"), InvalidInput),
    ("an unknown entry", lambda lab: lab.engine.erase(999, "rationale", actor="ana", rationale=WHY), NotFound),
    ("an unknown text", lambda lab: lab.engine.erase(1, "text", actor="ana", rationale=WHY), NotFound),
    ("files that are not there", lambda lab: lab.start("borealis", path=lab.directory / "nothing"), NotFound),
]


@pytest.mark.parametrize(
    ("command", "ask", "error", "stream", "outcome"), REFUSED, ids=[f"{row[0]} {row[2].__name__}" for row in REFUSED]
)
def test_a_refusal_is_on_record_with_who_what_and_why(
    review: Lab, command: str, ask: Callable[[Lab], object], error: type[Refused], stream: str, outcome: str
) -> None:
    before = len(review.entries())

    with pytest.raises(Refused) as caught:
        ask(review)

    assert type(caught.value) is error
    assert caught.value.outcome == outcome
    assert len(review.entries()) == before + 1
    item = review.engine.history(limit=1)[0]
    assert (item.entry, item.stream, item.refused) == (caught.value.entry, stream, True)
    event = item.events[0]
    assert (event["command"], event["message"]) == (command, caught.value.message)
    assert event["request"]["actor"] == item.actor
    assert item.texts["rationale"] is not None
    assert [verdict["policy"] for verdict in item.verdicts] == [verdict.policy for verdict in caught.value.verdicts]


@pytest.mark.parametrize(("ask", "error"), [row[1:] for row in USAGE], ids=[row[0] for row in USAGE])
def test_what_cannot_mean_anything_is_not_recorded(
    review: Lab, ask: Callable[[Lab], object], error: type[WorkflowError]
) -> None:
    before = review.entries()

    with pytest.raises(error) as caught:
        ask(review)

    assert caught.value.message
    assert review.entries() == before


def test_a_denied_gate_records_every_verdict_not_only_the_first(review: Lab) -> None:
    review.hold()
    with pytest.raises(GateDenied) as caught:
        review.advance("publish", by="mara")

    verdicts = {verdict.policy: verdict.allow for verdict in caught.value.verdicts}
    assert verdicts == {
        "actor": False,
        "sign_offs": False,
        "candidate_unchanged": True,
        "charter": True,
        "holds": False,
        "objections": True,
        "requirements": True,
    }
    assert review.engine.status("aurora").refusals == 1


def test_a_no_stands_above_what_cannot_be_checked_and_that_above_waiting(review: Lab) -> None:
    (review.directory / "model").rename(review.directory / "elsewhere")
    with refused("policy-errored", "error"):
        review.advance("publish")

    review.hold()

    with refused("gate-denied", "no"):
        review.advance("publish")


def test_a_refusal_changes_nothing_but_the_count_of_refusals(review: Lab) -> None:
    before = review.engine.status("aurora")

    with pytest.raises(Refused):
        review.advance("publish")

    after = review.engine.status("aurora")
    same = {"refusals": 0, "at": before.at, "entries": 0, "chain_checked": 0, "next": None}
    assert after.model_copy(update=same) == before.model_copy(update=same)


def test_an_error_tells_scripts_what_it_tells_people(review: Lab) -> None:
    with pytest.raises(GateDenied) as caught:
        review.advance("publish")

    facts = caught.value.diagnostics()
    assert (facts["code"], facts["reason"], facts["outcome"]) == ("gate-denied", "gate-denied", "open")
    assert facts["entry"] == review.entries()[0][0]
    assert facts["remedy"] == "holdfast explain aurora publish"
