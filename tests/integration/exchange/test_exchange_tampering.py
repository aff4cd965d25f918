"""Files that were altered on their way: what is shown is what is signed, and nothing else than that is recorded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.integration.engine.lab import WHY
from tests.integration.exchange.keyed_lab import KeyedLab
from tests.support.hands import Hand
from workflow import ActRequest, InvalidInput, NotFound, Refused, SignatureInvalid, statement
from workflow.events import SignOffRecorded
from workflow.exchange import Reply, Request, read_request
from workflow.exchange.request import basis_parts
from workflow.facts import Binding
from workflow.ledger import digest
from workflow.process import Exposure

Alter = Callable[[dict[str, Any]], Any]
OTHER = "0" * 64


def setting(place: str, value: Any) -> Alter:
    """Writes a value at a place such as ``tree.size``."""

    def alter(fields: dict[str, Any]) -> None:
        *path, name = place.split(".")
        for step in path:
            fields = fields[step]
        assert name in fields
        fields[name] = value

    return alter


def altered(data: bytes, alter: Alter) -> bytes:
    fields = json.loads(data)
    alter(fields)
    return json.dumps(fields).encode()


def consistently(alter: Alter) -> Alter:
    """An alteration by somebody who knows how a basis is made."""

    def both(fields: dict[str, Any]) -> None:
        alter(fields)
        parsed = {name: value for name, value in fields.items() if name not in ("kind", "format")}
        loose = Request.model_construct(**{_NAMES.get(name, name): value for name, value in parsed.items()})
        fields["basis"] = digest(basis_parts(loose))

    return both


_NAMES = {"from": "source", "to": "dest"}

BOUND = {
    "another origin": setting("origin", "holdfast.example/elsewhere"),
    "another tree": setting("tree.root", OTHER),
    "a tree that there was not": setting("tree.size", 3),
    "another release": setting("release", "borealis"),
    "another transition": setting("transition", "host"),
    "another way from": setting("from", "hosted"),
    "another way to": setting("to", "hosted"),
    "less exposure": setting("exposure", "internal"),
    "another round": setting("round", 1),
    "another candidate": setting("candidate", OTHER),
    "another process": setting("process", OTHER),
    "a roster that is still to come": setting("roster_version", 99),
    "other evidence": setting("rests_on", ["risk biosecurity mara safety acceptable"]),
    "a longer life": setting("lifetime", 365 * 86400),
    "a life without end": setting("lifetime", None),
}
"""What goes into the statement, each altered."""


@pytest.fixture
def taken(lab: KeyedLab) -> Iterator[KeyedLab]:
    yield lab
    assert lab.counted("safety") == []


@pytest.mark.parametrize("alter", BOUND.values(), ids=BOUND)
@pytest.mark.parametrize("careful", [False, True], ids=["carelessly", "with a basis that fits"])
def test_a_decision_on_an_altered_request_is_not_recorded(taken: KeyedLab, alter: Alter, *, careful: bool) -> None:
    lab = taken
    data = altered(lab.written(), consistently(alter) if careful else alter)
    hand = lab.hands["mara"]

    with pytest.raises((InvalidInput, NotFound, Refused)):
        request = read_request(data)
        assert isinstance(request, Request)
        lab.collect(request.reply("mara", "approve", "safety", WHY, hand))


def test_what_is_shown_of_an_altered_request_is_what_is_signed(taken: KeyedLab) -> None:
    data = altered(taken.written(), consistently(setting("candidate", OTHER)))
    request = read_request(data)
    assert isinstance(request, Request)

    reply = request.reply("mara", "approve", "safety", WHY, taken.hands["mara"])

    assert f"for the candidate {OTHER}" in request.meaning("mara", "safety")
    assert reply.read.predicate["meaning"] == request.meaning("mara", "safety")


def test_what_is_not_signed_changes_nothing_of_what_is_recorded(lab: KeyedLab) -> None:
    data = altered(lab.written(), setting("says.label", "another name"))
    request = read_request(data)
    assert isinstance(request, Request)

    lab.collect(request.reply("mara", "approve", "safety", WHY, lab.hands["mara"]))

    assert b"another name" not in lab.hands["mara"].last
    assert lab.counted("safety") == ["mara"]


# replies


def flipped(place: str, at: int) -> Alter:
    def alter(fields: dict[str, Any]) -> None:
        text = fields[place]
        fields[place] = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]

    return alter


def in_the_statement(old: str, new: str) -> Alter:
    def alter(fields: dict[str, Any]) -> None:
        assert old in fields["statement"]
        fields["statement"] = fields["statement"].replace(old, new)

    return alter


def both(*alters: Alter) -> Alter:
    def alter(fields: dict[str, Any]) -> None:
        for each in alters:
            each(fields)

    return alter


REPLIES = {
    "another actor": setting("command.actor", "jun"),
    "another release": setting("command.release", "borealis"),
    "another transition": setting("command.transition", "host"),
    "another role": setting("command.role", "security"),
    "another decision": setting("command.decision", "abstain"),
    "another basis": setting("command.basis", OTHER),
    "no conditions": setting("command.conditions", []),
    "another command": setting("command.command", "unsign"),
    "another reason": setting("texts.rationale.text", "because I was told to"),
    "another salt": setting("texts.rationale.salt", OTHER),
    "another condition": setting("texts", {"rationale": {"text": WHY, "salt": OTHER}}),
    "another statement": in_the_statement('"decision":"approve"', '"decision":"recuse"'),
    "another meaning": in_the_statement("I, mara,", "I, jun,"),
    "a statement with a blank": in_the_statement('"actor":', '"actor": '),
    "another name in both": both(setting("command.actor", "jun"), in_the_statement('"mara"', '"jun"')),
    "another role in both": both(
        setting("command.role", "security"), in_the_statement('"role":"safety"', '"role":"security"')
    ),
    "another signature": flipped("signature", 200),
    "no signature": setting("signature", ""),
    "another key": setting("key", Hand("jun").line),
    "a file beside it": setting("blobs", {OTHER: ""}),
    "another format": setting("format", 2),
    "another kind": setting("kind", "holdfast-request"),
}


@pytest.mark.parametrize("alter", REPLIES.values(), ids=REPLIES)
def test_an_altered_reply_is_not_taken_and_takes_nothing_from_the_true_one(lab: KeyedLab, alter: Alter) -> None:
    data = lab.reply("mara", conditions=["if it is quantized"]).to_bytes()

    with pytest.raises((InvalidInput, Refused)):
        lab.collect(Reply.from_bytes(altered(data, alter)))

    assert lab.counted("safety") == []
    lab.collect(Reply.from_bytes(data))
    assert lab.counted("safety") == ["mara"]


@pytest.mark.parametrize("place", ["command", "texts", "statement", "signature", "key", "blobs"])
def test_a_reply_with_a_part_of_another_one_is_not_taken(lab: KeyedLab, place: str) -> None:
    request = lab.request()
    mara, jun = (json.loads(lab.reply(person, to=request).to_bytes()) for person in ("mara", "jun"))
    mixed = json.dumps({**mara, place: jun[place]}).encode()
    if place == "blobs":
        assert Reply.from_bytes(mixed)
        return

    with pytest.raises((InvalidInput, Refused)):
        lab.collect(Reply.from_bytes(mixed))

    assert lab.counted("safety") == []


ACT = {
    "another hold in the command": setting("command.subject", "H2"),
    "another hold in what is signed": both(
        lambda fields: setting("subject", "H2")(fields["events"][0]),
        lambda fields: setting("binding.subject", "H2")(fields["events"][0]),
    ),
    "another candidate": both(
        setting("command.candidates", [OTHER]), lambda fields: setting("candidates", [OTHER])(fields["events"][0])
    ),
    "another actor": setting("command.actor", "jun"),
    "another event": lambda fields: setting("type", "requirement_discharged")(fields["events"][0]),
    "no event that is signed": setting("events", [{"type": "return_declared", "schema": 1}]),
    "another command": setting(
        "command", {"command": "advance", "actor": "sam", "release": "aurora", "trigger": "publish"}
    ),
    "another origin": lambda fields: setting("binding.origin", "holdfast.example/x")(fields["events"][0]),
    "a file beside it": setting("blobs", {OTHER: "AAAA"}),
}


@pytest.mark.parametrize("alter", ACT.values(), ids=ACT)
def test_an_altered_request_for_an_act_makes_nobody_do_another(lab: KeyedLab, alter: Alter) -> None:
    lab.hold()
    lab.hold()
    request = lab.engine.draft(lambda e: e.lift("aurora", "H1", role="security", actor="sam", rationale=WHY))

    with pytest.raises((InvalidInput, NotFound, Refused, SignatureInvalid)):
        read = read_request(altered(request.to_bytes(), alter))
        lab.collect(read.reply(lab.hands["sam"]))  # type: ignore[call-arg, arg-type]

    assert all(hold.standing for hold in lab.engine.status("aurora").holds)


def test_a_request_that_was_made_for_another_act_shows_that_act_and_has_it_signed(lab: KeyedLab) -> None:
    lab.hold()
    lab.hold()
    request = lab.engine.draft(lambda e: e.lift("aurora", "H1", role="security", actor="sam", rationale=WHY))
    other = both(
        setting("command.subject", "H2"),
        lambda fields: both(setting("subject", "H2"), setting("binding.subject", "H2"))(fields["events"][0]),
    )

    read = read_request(altered(request.to_bytes(), other))
    assert isinstance(read, ActRequest)
    reply = read.reply(lab.hands["sam"])

    assert "the hold H2 of aurora" in read.meaning
    assert reply.read.predicate["meaning"] == read.meaning


# what somebody signs who has seen another's reply


def test_whoever_knows_another_s_salts_cannot_sign_the_same_commitments(lab: KeyedLab) -> None:
    request = lab.request()
    mara = lab.reply("mara", to=request)
    bound = {**mara.read.predicate["binding"], "nonce": "f" * 32}
    recorded = SignOffRecorded(
        id="S1", decision="approve", authority="veto", exposure=Exposure.WEIGHTS, binding=Binding.model_validate(bound)
    )
    tree = mara.read.tree
    assert tree is not None
    data = statement.act("jun", (recorded,), tree)
    command = mara.command.model_copy(update={"actor": "jun"})

    with pytest.raises(InvalidInput, match="not salted for it"):
        Reply(command, mara.texts, data, lab.hands["jun"].sign(data, "holdfast"), lab.hands["jun"].public)

    lab.collect(mara)
    assert lab.counted("safety") == ["mara"]


def test_a_text_that_was_erased_does_not_come_back_with_its_reply(lab: KeyedLab) -> None:
    reply = lab.reply("mara")
    entry = lab.collect(reply).entry
    lab.as_("ana").erase(entry, "rationale", actor="ana", rationale=WHY)

    assert lab.collect(reply).replayed

    assert lab.engine.history(limit=2)[1].texts == {"rationale": None}
