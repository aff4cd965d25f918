"""Every other act that is signed can be asked of somebody elsewhere: one command, and theirs once they sign it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, WHY, refused
from tests.integration.exchange.keyed_lab import GATE, KeyedLab
from tests.support.hands import Hand
from workflow import ActRequest, Engine, InvalidInput, Outcome, Refused
from workflow.exchange import Reply, read_request
from workflow.facts import Severity

Doing = Callable[[KeyedLab, Engine], Outcome]


@dataclass(frozen=True)
class Act:
    """Something that is asked of somebody, after what led to it, and the event that it makes."""

    name: str
    person: str
    event: str
    do: Doing
    first: Callable[[KeyedLab], Any] = lambda lab: None

    def __str__(self) -> str:
        return self.name


def declared(lab: KeyedLab) -> Outcome:
    return lab.as_("lee").attach("aurora", lab.log(), actor="lee", rationale=WHY, declare_as="lead")


def descended(lab: KeyedLab) -> None:
    declared(lab)
    lab.replace(lab.model("model", model__safetensors="quantized weights"))


ACTS = [
    Act(
        "lift",
        "sam",
        "lift_approved",
        lambda _, e: e.lift("aurora", "H1", role="security", actor="sam", rationale=WHY),
        lambda lab: lab.hold(),
    ),
    Act(
        "discharge",
        "jun",
        "requirement_discharged",
        lambda _, e: e.discharge("aurora", "R1", role="safety", actor="jun", rationale=WHY),
        lambda lab: lab.require(),
    ),
    Act(
        "answer",
        "noor",
        "objection_answered",
        lambda _, e: e.answer("aurora", "S1", actor="noor", rationale=WHY),
        lambda lab: lab.collect(lab.reply("ivy", "reject", "legal")),
    ),
    Act(
        "withdraw a refusal",
        "mara",
        "sign_off_withdrawn",
        lambda _, e: e.withdraw_sign_off("aurora", "S1", actor="mara", rationale=WHY),
        lambda lab: lab.collect(lab.reply("mara", "reject")),
    ),
    Act(
        "withdraw an approval",
        "mara",
        "sign_off_withdrawn",
        lambda _, e: e.withdraw_sign_off("aurora", "S1", actor="mara", rationale=WHY),
        lambda lab: lab.collect(lab.reply("mara")),
    ),
    Act(
        "review",
        "jun",
        "risk_reviewed",
        lambda _, e: e.review("aurora", "biosecurity", "acceptable", role="safety", actor="jun", rationale=WHY),
    ),
    Act(
        "judge a test",
        "jun",
        "required_test_judged",
        lambda _, e: e.judge_test(
            "aurora", "red_team", "done", role="safety", actor="jun", rationale=WHY, evidence=["E1"]
        ),
        lambda lab: declared(lab),
    ),
    Act(
        "find that a test failed",
        "kim",
        "required_test_judged",
        lambda _, e: e.judge_test("aurora", "red_team", "failed", role="safety", actor="kim", rationale=WHY),
    ),
    Act(
        "accept a risk",
        "ivy",
        "risk_accepted",
        lambda lab, e: e.accept_risk(
            "aurora",
            "R1",
            until=lab.clock.now() + timedelta(days=7),
            role="legal",
            actor="ivy",
            rationale=WHY,
        ),
        lambda lab: lab.tick().finding(
            "aurora", "it can be talked round", severity=Severity.HIGH, role="safety", actor="mara", rationale=WHY
        ),
    ),
    Act(
        "override",
        "mara",
        "override_decided",
        lambda lab, e: e.override(
            "aurora",
            "host",
            "soak",
            role="safety",
            actor="mara",
            rationale=WHY,
            basis=lab.engine.explain("aurora", "host", observe=False).basis,
        ),
    ),
    Act(
        "take an override back",
        "mara",
        "override_decided",
        lambda _, e: e.override(
            "aurora", "host", "soak", role="safety", actor="mara", rationale=WHY, decision="withdraw"
        ),
        lambda lab: lab.as_("mara").override(
            "aurora",
            "host",
            "soak",
            role="safety",
            actor="mara",
            rationale=WHY,
            basis=lab.engine.explain("aurora", "host", observe=False).basis,
        ),
    ),
    Act(
        "state in public",
        "mara",
        "statement_made",
        lambda _, e: e.statement("aurora", "We looked.", role="safety", actor="mara", rationale=WHY),
    ),
    Act(
        "state for its own reason",
        "mara",
        "statement_made",
        lambda _, e: e.statement("aurora", "We looked.", role="safety", actor="mara", public=False),
    ),
    Act(
        "declare a report",
        "lee",
        "evidence_attached",
        lambda lab, e: e.attach("aurora", lab.log(), actor="lee", rationale=WHY, declare_as="lead"),
    ),
    Act(
        "declare a document",
        "lee",
        "evidence_attached",
        lambda lab, e: e.attach(
            "aurora", lab.log(), actor="lee", rationale=WHY, kind="document", name="card", declare_as="lead"
        ),
    ),
    Act(
        "set aside",
        "mara",
        "evidence_set_aside",
        lambda _, e: e.set_aside("aurora", "E1", role="safety", actor="mara", rationale=WHY),
        declared,
    ),
    Act(
        "justify",
        "mara",
        "evidence_justified",
        lambda _, e: e.justify("aurora", "aurora", "E1", role="safety", actor="mara", rationale=WHY),
        descended,
    ),
    Act(
        "change the roster",
        ADMINISTRATOR,
        "change_proposed",
        lambda _, e: e.add_person("zoe", name="Zoë Ó", roles=["legal"], actor=ADMINISTRATOR, rationale=WHY),
    ),
    Act(
        "change the charter",
        ADMINISTRATOR,
        "change_proposed",
        lambda lab, e: e.allow_process(lab.load(*GATE, version=7), "internal", actor=ADMINISTRATOR, rationale=WHY),
    ),
    Act(
        "enrol a later key",
        ADMINISTRATOR,
        "change_proposed",
        lambda lab, e: e.enrol_key(
            "mara",
            Hand("mara", seed=2).line,
            verified_by="lee",
            how="by telephone",
            actor=ADMINISTRATOR,
            rationale=WHY,
            possession=Hand("mara", seed=2).possesses(e.roster().origin, before=lab.hands["mara"]),
        ),
    ),
    Act(
        "revoke a key",
        ADMINISTRATOR,
        "change_proposed",
        lambda lab, e: e.revoke_key(lab.hands["kim"].fingerprint, actor=ADMINISTRATOR, rationale=WHY),
    ),
    Act(
        "erase",
        ADMINISTRATOR,
        "text_erased",
        lambda lab, e: e.erase(e.history(limit=1)[0].entry, "rationale", actor=ADMINISTRATOR, rationale=WHY),
        lambda lab: lab.hold(),
    ),
    Act(
        "suspend a key",
        "mara",
        "key_suspended",
        lambda lab, e: e.suspend_key(lab.hands["mara"].fingerprint, actor="mara", rationale=WHY),
    ),
    Act("go away", "mara", "away_declared", lambda _, e: e.away(actor="mara", rationale=WHY)),
    Act(
        "come back",
        "mara",
        "return_declared",
        lambda _, e: e.back(actor="mara", rationale=WHY),
        lambda lab: lab.as_("mara").away(actor="mara", rationale=WHY),
    ),
]


def asked(lab: KeyedLab, act: Act) -> ActRequest:
    act.first(lab)
    made = lab.tick().draft(lambda engine: act.do(lab, engine))
    read = read_request(made.to_bytes())
    assert read == made
    return made


@pytest.mark.parametrize("act", ACTS, ids=str)
def test_an_act_is_signed_elsewhere_and_recorded_as_its_signer_s(lab: KeyedLab, act: Act) -> None:
    request = asked(lab, act)
    before = lab.entries()
    reply = Reply.from_bytes(request.reply(lab.hands[act.person]).to_bytes())
    assert lab.entries() == before

    outcome = lab.collect(reply)

    assert outcome.events[0].type == act.event
    assert outcome.proof == "sshsig"
    assert lab.engine.history(limit=1)[0].actor == act.person
    assert lab.collect(reply).replayed


@pytest.mark.parametrize("act", ACTS, ids=str)
def test_asking_records_nothing_and_needs_no_key(lab: KeyedLab, act: Act) -> None:
    act.first(lab)
    before = lab.entries()

    lab.engine.draft(lambda engine: act.do(lab, engine))

    assert lab.entries() == before


@pytest.mark.parametrize("act", ACTS, ids=str)
def test_what_is_signed_is_what_the_request_shows(lab: KeyedLab, act: Act) -> None:
    request = asked(lab, act)

    reply = request.reply(lab.hands[act.person])

    assert reply.read.predicate["meaning"] == request.meaning
    assert {name: text.text for name, text in reply.texts.items()} == request.texts


def test_the_signer_gives_their_own_reason(lab: KeyedLab) -> None:
    request = lab.engine.draft(
        lambda engine: engine.review("aurora", "biosecurity", "acceptable", role="safety", actor="jun", rationale=WHY)
    )

    lab.collect(request.reply(lab.hands["jun"], rationale="I ran it myself."))

    assert lab.engine.history(limit=1)[0].texts == {"rationale": "I ran it myself."}


def test_an_approval_of_a_change_says_which_change(lab: KeyedLab) -> None:
    admin = lab.as_(ADMINISTRATOR)
    admin.set_administrators([ADMINISTRATOR, "noor"], 2, actor=ADMINISTRATOR, rationale=WHY)
    for pending in lab.engine.roster().pending:
        lab.as_("noor").approve_change(pending.id, actor="noor", rationale=WHY)
    lab.as_(ADMINISTRATOR).grant("ivy", ["safety"], actor=ADMINISTRATOR, rationale=WHY)
    (waiting,) = lab.engine.roster().pending

    request = lab.engine.draft(lambda engine: engine.approve_change(waiting.id, actor="noor", rationale=WHY))
    outcome = lab.collect(Reply.from_bytes(request.reply(lab.hands["noor"]).to_bytes()))

    assert "roles granted; person ivy; roles safety" in request.meaning
    assert [event.type for event in outcome.events] == ["change_approved", "change_accepted"]


@pytest.mark.parametrize("act", ACTS, ids=str)
def test_somebody_else_s_key_makes_it_nobody_s_act(lab: KeyedLab, act: Act) -> None:
    reply = asked(lab, act).reply(lab.hands["both"])

    with refused("signature-invalid"):
        lab.collect(reply)


def test_what_is_not_allowed_is_not_asked_of_anybody(lab: KeyedLab) -> None:
    before = lab.entries()

    with pytest.raises(Refused, match="author of the candidate"):
        lab.engine.draft(
            lambda engine: engine.review(
                "aurora", "biosecurity", "acceptable", role="safety", actor="kim", rationale=WHY
            )
        )

    assert lab.entries() == before


@pytest.mark.parametrize(
    "act",
    [
        lambda e: e.hold("aurora", role="safety", actor="mara", rationale=WHY),
        lambda e: e.schedule("aurora", None, actor="lee", rationale=WHY),
        lambda e: e.assert_condition("aurora", "S1", "condition.1", role="safety", actor="mara", rationale=WHY),
        lambda e: e.status("aurora"),
    ],
)
def test_what_is_no_signed_act_cannot_be_asked_of_anybody(lab: KeyedLab, act: Callable[[Engine], Any]) -> None:
    lab.collect(lab.reply("jun", conditions=["if it is quantized"]))

    with pytest.raises(InvalidInput):
        lab.engine.draft(act)


def test_a_request_for_an_act_tells_what_it_is_on(lab: KeyedLab) -> None:
    lab.hold()
    request = lab.engine.draft(
        lambda engine: engine.lift("aurora", "H1", role="security", actor="sam", rationale="it was repaired")
    )

    assert [(note.label, note.text) for note in request.about][2:] == [
        ("hold", "H1 by sam as security, entry 26; it belongs to sam"),
        ("said", WHY),
    ]


def test_a_report_that_is_too_large_to_travel_is_signed_where_the_ledger_is(lab: KeyedLab) -> None:
    path = lab.directory / "card.txt"
    path.write_bytes(b"x" * (8 * 2**20 + 1))

    with pytest.raises(InvalidInput, match="larger than 8 MiB"):
        lab.engine.draft(
            lambda e: e.attach(
                "aurora", path, actor="lee", rationale=WHY, kind="document", name="card", declare_as="lead"
            )
        )
