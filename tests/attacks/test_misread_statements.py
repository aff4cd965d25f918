"""Statements that read otherwise than they were shown, and genuine ones brought with what was not signed.

Somebody between signer and collector, or a dishonest signer, may hand in any bytes with any request. Only those bytes
are taken that the engine writes itself, from what it is about to record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from attacked import WHY
from signed_lab import ORIGIN, Asked, SignedLab

from tests.attacks.owned import tampering
from workflow import InvalidInput, LedgerError, NotFound, Refused, commands
from workflow.commands import YesIf
from workflow.ledger.text import SALT_BYTES

Json = dict[str, Any]


def refusal_of(asked: Asked, signature: bytes | None = None) -> str:
    """The reason of its refusal, which is on record; nothing counts, and the ledger is in order."""
    before = asked.lab.size()
    with pytest.raises(Refused) as caught:
        asked.bring(signature)
    assert caught.value.entry == asked.lab.size() == before + 1
    assert asked.lab.counted() == set()
    assert asked.lab.problems() == set()
    return caught.value.reason


def with_binding(**facts: Any) -> Callable[[Json], object]:
    return lambda value: value["predicate"]["binding"].update(facts)


def with_predicate(**facts: Any) -> Callable[[Json], object]:
    return lambda value: value["predicate"].update(facts)


def another_meaning(value: Json) -> None:
    value["predicate"]["meaning"] = value["predicate"]["meaning"].replace("approve", "refuse")


def a_condition_less(value: Json) -> None:
    value["predicate"]["ceases"].pop()


def a_condition_more(value: Json) -> None:
    value["predicate"]["ceases"].append({"when": "asserted", "condition": "condition.1", "text": "0" * 64})


OTHER: dict[str, Callable[[Json], object]] = {
    "another meaning with the same binding": another_meaning,
    "no meaning": with_predicate(meaning=""),
    "one of the things under which it ceases left out": a_condition_less,
    "one of the things under which it ceases made up": a_condition_more,
    "it ceases in another order": lambda value: value["predicate"]["ceases"].reverse(),
    "other details": lambda value: value["predicate"]["details"].update(exposure="internal"),
    "more details": lambda value: value["predicate"]["details"].update(public=True),
    "details that are a list": with_predicate(details=[]),
    "another subject": lambda value: value["subject"][0]["digest"].update(sha256="0" * 64),
    "another name of the subject": lambda value: value["subject"][0].update(name="borealis"),
    "two subjects": lambda value: value["subject"].append(value["subject"][0]),
    "a release that only looks the same": with_binding(release="\u0430urora"),
    "a role that only looks the same": with_binding(role="s\u0430fety"),
    "an actor that only looks the same": with_predicate(actor="m\u0430ra"),
    "another actor": with_predicate(actor="jun"),
    "another role": with_binding(role="security"),
    "another decision": with_binding(decision="abstain"),
    "another act": with_binding(act="review"),
    "no basis": with_binding(basis=None),
    "a truth for a number": with_binding(roster_version=True),
    "a text for a number": with_binding(round="2"),
    "a version of the roster that is still to come": with_binding(roster_version=10**6),
    "a version of the roster before the first": with_binding(roster_version=-1),
    "other words": with_binding(texts={"rationale": "0" * 64}),
    "no words": with_binding(texts={}),
    "a binding with more in it": with_binding(note="urgent"),
    "a binding with less in it": lambda value: value["predicate"]["binding"].pop("process"),
    "an end that is no time": with_binding(expires="soon"),
    "an end that is a number": with_binding(expires=5),
    "what a terminal obeys": with_binding(role="safety\x1b[2J\x1b[1;1Happroved"),
    "a line that is reversed": with_binding(role="safety\u202e"),
    "words without end": with_binding(role="safety" * 9_000),
}
"""Canonical bytes of the known type, genuinely signed by the right person: each says something else."""

UNREADABLE: dict[str, Callable[[bytes], bytes]] = {
    "a name that stands twice": lambda data: data.replace(b'"actor":"mara",', b'"actor":"jun","actor":"mara",'),
    "a name that stands twice, the other way round": lambda data: data.replace(
        b'"decision":"approve"', b'"decision":"approve","decision":"reject"'
    ),
    "a blank": lambda data: data.replace(b'{"_type"', b'{ "_type"'),
    "a line feed at its end": lambda data: data + b"\n",
    "something after its end": lambda data: data + b"{}",
    "another order of names": lambda data: json.dumps(
        dict(reversed(json.loads(data).items())), separators=(",", ":")
    ).encode(),
    "an escape": lambda data: data.replace(b'"aurora"', b'"\\u0061urora"'),
    "a number with a fraction": lambda data: data.replace(b'"round":2', b'"round":2.0'),
    "a number that is none": lambda data: data.replace(b'"round":2', b'"round":NaN'),
    "a number beyond all": lambda data: data.replace(b'"round":2', b'"round":' + b"9" * 400),
    "letters that are put together": lambda data: data.replace(b"approve ", "a\u0308pprove ".encode()),
    "bytes that are no text": lambda data: data.replace(b"approve ", b"\xff\xfe "),
    "a mark of the order of bytes": lambda data: b"\xef\xbb\xbf" + data,
    "nothing": lambda _: b"",
    "a list": lambda data: b"[" + data + b"]",
    "a number": lambda _: b"1",
    "depth": lambda _: b"[" * 50_000,
    "length": lambda data: data.replace(b'"meaning":"', b'"meaning":"' + b"I " * 32_000)[:65_535],
}

UNKNOWN: dict[str, Callable[[Json], object]] = {
    "a field more": lambda value: value.update(note="x"),
    "a field of the predicate more": with_predicate(note="x"),
    "a field of the predicate less": lambda value: value["predicate"].pop("ceases"),
    "another type of statement": lambda value: value.update(_type="https://in-toto.io/Statement/v0.1"),
    "another type of predicate": lambda value: value.update(predicateType="https://slsa.dev/provenance/v1"),
    "a later version of the predicate": lambda value: value.update(predicateType="urn:holdfast:act:v2"),
    "a request's type": lambda value: value.update(predicateType="urn:holdfast:request:v1"),
    "a predicate that is a list": lambda value: value.update(predicate=[]),
    "a binding that is a list": with_predicate(binding=[]),
    "no nonce": lambda value: value["predicate"]["binding"].pop("nonce"),
    "a nonce in capitals": with_binding(nonce="A" * 32),
    "a short nonce": with_binding(nonce="0"),
    "an actor that is none": with_predicate(actor=None),
}


@pytest.mark.parametrize("how", OTHER)
def test_row_29_a_statement_that_says_something_else_is_not_taken(signed: SignedLab, how: str) -> None:
    asked = signed.approval()
    other = asked.saying(OTHER[how])
    assert other.statement != asked.statement

    assert refusal_of(other) in ("other-statement", "sign-off-rejected")
    assert signed.engine is not None
    summary = signed.engine.history(limit=1)[0].summary[0]
    assert summary.isprintable() and len(summary) < 3000
    signed.approval().bring()
    assert signed.counted() == {"mara"}


@pytest.mark.parametrize("how", UNREADABLE)
def test_row_29_bytes_that_are_not_the_one_spelling_of_what_they_say_are_no_statement(
    signed: SignedLab, how: str
) -> None:
    asked = signed.approval()
    other = asked.saying(UNREADABLE[how](asked.statement))
    assert other.statement != asked.statement

    assert refusal_of(other) == "signature-invalid"
    asked.bring()
    assert signed.counted() == {"mara"}


@pytest.mark.parametrize("how", UNKNOWN)
def test_row_29_a_statement_of_another_form_is_not_read(signed: SignedLab, how: str) -> None:
    other = signed.approval().saying(UNKNOWN[how])

    assert refusal_of(other) == "signature-invalid"


@pytest.mark.parametrize(
    "facts",
    [
        {"round": True},
        {"round": 0},
        {"round": 99},
        {"round": None},
        {"round": "2"},
        {"basis": [1]},
        {"basis": "x"},
        {"candidate": None},
        {"candidate": [1]},
        {"candidate": "0" * 64},
        {"from": "moon"},
        {"from": [1]},
        {"from": None},
    ],
    ids=str,
)
@pytest.mark.parametrize("decision", ["reject", "abstain", "recuse"])
def test_row_29_a_signed_refusal_says_no_impossible_thing_either(signed: SignedLab, decision: str, facts: Json) -> None:
    """Refusals are taken for what their makers saw, which may have gone on; only for what there was."""
    about = {"actor": "mara", "release": "aurora", "transition": "publish", "role": "safety"}
    command = commands.SignOff(**about, decision=decision)

    assert refusal_of(signed.ask(command).saying(with_binding(**facts))) == "other-statement"
    without = signed.ask(command).saying(lambda value: [value["predicate"]["binding"].pop(name) for name in facts])
    assert refusal_of(without) == "other-statement"
    assert signed.ask(command).bring().events


def test_row_29_the_statement_of_a_key_is_not_that_of_an_act(signed: SignedLab) -> None:
    """Whoever holds a key has signed whose it is, with the same key and for the same namespace."""
    shown = signed.hands["mara"].possesses(ORIGIN)
    assert shown.statement is not None and shown.signature is not None

    asked = signed.approval().saying(shown.statement)
    assert refusal_of(asked, shown.signature) == "other-statement"


# What comes with it.


def with_conditions(lab: SignedLab) -> Asked:
    """An approval under two conditions, which raises a requirement."""
    wanted = YesIf(text="requirement.1", discharged_by="safety")
    return lab.approval(conditions=("condition.1", "condition.2"), requirements=(wanted,))


MANGLED: dict[str, dict[str, Any]] = {
    "its conditions left out": {"conditions": ()},
    "one of its conditions left out": {"conditions": ("condition.1",)},
    "its conditions in another order": {"conditions": ("condition.2", "condition.1")},
    "its reason for a condition": {"conditions": ("rationale", "condition.1", "condition.2")},
    "its requirement left out": {"requirements": ()},
    "its requirement for a condition": {"conditions": ("condition.1", "condition.2", "requirement.1")},
    "its requirement left to somebody else": {"requirements": (YesIf(text="requirement.1", discharged_by="legal"),)},
    "a condition for its requirement": {"requirements": (YesIf(text="condition.1", discharged_by="safety"),)},
    "another role": {"role": "security"},
    "another decision": {"decision": "reject"},
    "another basis": {"basis": "0" * 64},
    "another person": {"actor": "jun"},
    "another release": {"release": "borealis"},
    "another transition": {"transition": "withdraw"},
    "an earlier approval to reaffirm": {"cites": "S1"},
}


@pytest.mark.parametrize("how", MANGLED)
def test_row_30_a_genuine_statement_brought_with_another_request_makes_no_entry_that_counts_and_uses_nothing_up(
    signed: SignedLab, how: str
) -> None:
    asked = with_conditions(signed)

    with pytest.raises((Refused, InvalidInput, NotFound)):
        asked.asking(**MANGLED[how]).bring()
    assert signed.counted() == set()
    assert signed.problems() == set()

    assert asked.bring().command_id.startswith("signed/mara/")
    assert signed.counted() == {"mara"}
    assert signed.problems() == set()


TEXTS: dict[str, Callable[[dict[str, str]], object]] = {
    "another reason": lambda texts: texts.update(rationale="because it is late"),
    "a condition that is worded otherwise": lambda texts: texts.update({"condition.1": "If it rains at all."}),
    "two conditions exchanged": lambda texts: texts.update(
        {"condition.1": texts["condition.2"], "condition.2": texts["condition.1"]}
    ),
    "a condition left out": lambda texts: texts.pop("condition.2"),
    "the reason left out": lambda texts: texts.pop("rationale"),
    "the requirement left out": lambda texts: texts.pop("requirement.1"),
    "a condition more": lambda texts: texts.update({"condition.3": "If somebody says so."}),
    "a text that nothing names": lambda texts: texts.update(text="By the way."),
}


@pytest.mark.parametrize("how", TEXTS)
def test_row_30_a_genuine_statement_brought_with_other_words_makes_no_entry_that_counts_and_uses_nothing_up(
    signed: SignedLab, how: str
) -> None:
    asked = with_conditions(signed)
    texts = dict(asked.texts)
    TEXTS[how](texts)

    with pytest.raises((Refused, InvalidInput)):
        asked.bring(texts=texts)
    assert signed.counted() == set()
    assert signed.problems() == set()

    asked.bring()
    assert signed.counted() == {"mara"}


@pytest.mark.parametrize("moved", [-1, 1, 8, 24])
def test_row_30_words_cannot_be_moved_into_their_salt_or_out_of_it(signed: SignedLab, moved: int) -> None:
    """A commitment is over the salt and the words as one string of bytes, so the place between them must not move."""
    asked = signed.approval()
    salts = {**asked.salts, "rationale": asked.salts["rationale"][:-1] + b"a"}
    again = signed.ask(asked.command, salts=salts)
    both = salts["rationale"] + again.texts["rationale"].encode()
    at = SALT_BYTES + moved
    shifted = {"salts": {"rationale": both[:at]}, "texts": {"rationale": both[at:].decode()}}

    with pytest.raises(InvalidInput, match="salt has 32 bytes"):
        again.bring(**shifted)
    again.bring()
    assert signed.counted() == {"mara"}


@pytest.mark.parametrize("moved", [1, 8, 24])
def test_row_30_the_owner_cannot_move_words_into_their_salt_either(signed: SignedLab, moved: int) -> None:
    seq = signed.approval().bring().entry
    signed.close()
    with tampering(signed.database) as connection:
        of = "commitment = (SELECT said(body, '$.texts.rationale') FROM entry WHERE seq = ?)"
        salt, words = connection.execute(f"SELECT salt, body FROM text WHERE {of}", (seq,)).fetchone()  # noqa: S608
        both = salt + words.encode()
        at = SALT_BYTES + moved
        connection.execute(
            f"UPDATE text SET salt = ?, body = ? WHERE {of}",  # noqa: S608
            (both[:at], both[at:].decode(), seq),
        )
    engine = signed.open()

    with pytest.raises(LedgerError):
        engine.history("aurora")
    assert ("altered", seq) in signed.problems()


def test_row_30_conditions_are_in_the_order_of_their_numbers_however_many_there_are(signed: SignedLab) -> None:
    """An honest approval under eleven conditions must not look like one of another request."""
    signed.sign("mara", "safety", conditions=[f"If the test {number} fails." for number in range(1, 12)])

    assert signed.problems() == set()
    assert (
        signed.by("jun")
        .assert_condition("aurora", "S1", "condition.11", role="safety", actor="jun", rationale=WHY)
        .events
    )
    assert signed.counted() == set()
