"""Enrolment: a key counts for the person who has shown that they hold it, and for whom somebody else answers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.integration.engine.keyed import HOW, Keyed
from tests.integration.engine.lab import WHY, refused
from tests.support.hands import Hand
from workflow import InvalidInput, NotFound, WorkflowError
from workflow.errors import SignatureInvalid
from workflow.possession import Possession, possess
from workflow.roster_views import KeyView
from workflow.statement import NAMESPACE


def key_of(lab: Keyed, person: str) -> KeyView:
    return next(key for key in lab.claimed.roster().keys if key.person == person)


def test_a_key_is_recorded_with_who_made_sure_of_it_and_how(unkeyed: Keyed) -> None:
    unkeyed.found()

    outcome = unkeyed.enrol("mara", unkeyed.hands["mara"], verified_by="jun")

    key = key_of(unkeyed, "mara")
    assert (key.verified_by, key.how, key.entry, key.kind) == ("jun", HOW, outcome.entry, "ed25519")
    assert (key.proven, key.signs, key.later, key.crossed) == (True, True, False, False)
    assert key.fingerprint == unkeyed.hands["mara"].fingerprint


def test_how_a_person_was_verified_can_be_erased_and_the_key_counts_still(keyed: Keyed) -> None:
    entry = key_of(keyed, "mara").entry

    keyed.tick().erase(entry, "how", actor="ana", rationale=WHY)

    assert (key_of(keyed, "mara").how, key_of(keyed, "mara").signs) == (None, True)


@dataclass(frozen=True)
class Unproven:
    """An enrolment of mara's key that shows nothing."""

    what: str
    possession: Callable[[Keyed, Hand], Possession]
    says: str


UNPROVEN = (
    Unproven(
        "for another person",
        lambda lab, hand: possess("jun", lab.origin, hand.public, hand),
        "another person, key or ledger",
    ),
    Unproven(
        "for another ledger",
        lambda lab, hand: possess("mara", "holdfast.example/other", hand.public, hand),
        "another person, key or ledger",
    ),
    Unproven(
        "for another key",
        lambda lab, hand: possess("mara", lab.origin, Hand("mara", 7).public, hand),
        "another person, key or ledger",
    ),
    Unproven(
        "signed with another key",
        lambda lab, hand: possess("mara", lab.origin, hand.public, Hand("eve")),
        "was made with SHA256:",
    ),
    Unproven(
        "with a signature of something else",
        lambda lab, hand: Possession(hand.possesses(lab.origin).statement, hand.possesses(lab.origin).signature),
        "not genuine",
    ),
    Unproven(
        "with a signature that is none",
        lambda lab, hand: Possession(hand.possesses(lab.origin).statement, b"scribble"),
        "",
    ),
    Unproven(
        "with a statement that is none",
        lambda lab, hand: Possession(b'{"I":"hold it"}', hand.sign(b'{"I":"hold it"}', NAMESPACE)),
        "in-toto",
    ),
)


@pytest.mark.parametrize("case", UNPROVEN, ids=lambda case: case.what)
def test_what_does_not_show_that_the_person_holds_the_key_enrols_nothing(unkeyed: Keyed, case: Unproven) -> None:
    unkeyed.found()
    hand = unkeyed.hands["mara"]

    with refused("not-possessed") as caught:
        unkeyed.enrol("mara", hand, possession=case.possession(unkeyed, hand))

    assert case.says in caught.value.message
    assert [key.person for key in unkeyed.claimed.roster().keys] == ["ana"]


@dataclass(frozen=True)
class Mistaken:
    """An enrolment that cannot mean anything."""

    what: str
    enrol: Callable[[Keyed], object]
    error: type[WorkflowError]
    says: str


MISTAKES = (
    Mistaken(
        "somebody else's key",
        lambda lab: lab.enrol("zoe", lab.hands["mara"], possession=lab.hands["mara"].possesses(lab.origin)),
        InvalidInput,
        "is mara's already",
    ),
    Mistaken("the same key again", lambda lab: lab.enrol("mara", lab.hands["mara"]), InvalidInput, "mara's already"),
    Mistaken("of a stranger", lambda lab: lab.enrol("eve", lab.hands["eve"]), NotFound, "eve is not on the roster"),
    Mistaken(
        "verified by a stranger",
        lambda lab: lab.enrol("zoe", lab.hands["zoe"], verified_by="eve"),
        InvalidInput,
        "eve cannot have verified zoe",
    ),
    Mistaken(
        "verified by the person alone",
        lambda lab: lab.enrol("zoe", lab.hands["zoe"], verified_by="zoe"),
        InvalidInput,
        "zoe cannot have verified zoe",
    ),
    Mistaken(
        "an administrator's own, on their own word",
        lambda lab: lab.enrol("ana", Hand("ana", 2), verified_by="ana"),
        InvalidInput,
        "ana cannot have verified ana",
    ),
)


@pytest.mark.parametrize("case", MISTAKES, ids=lambda case: case.what)
def test_an_enrolment_that_cannot_mean_anything_is_a_mistake_and_not_on_record(keyed: Keyed, case: Mistaken) -> None:
    keyed.tick().add_person("zoe", actor="ana", rationale=WHY)
    before = keyed.entries()

    with pytest.raises(case.error, match=case.says):
        case.enrol(keyed)

    assert keyed.entries() == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0\n-----END OPENSSH PRIVATE KEY-----\n", "this is a private key"),
        ("ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29t x", "certificate"),
        ("ssh-dss AAAAB3NzaC1kc3M= old", "do not count"),
        ("mara", "not one line with a public key"),
    ],
    ids=["private", "certificate", "dsa", "no key"],
)
def test_what_is_no_public_key_that_counts_is_refused_and_never_repeated(keyed: Keyed, text: str, says: str) -> None:
    before = keyed.entries()

    with pytest.raises(SignatureInvalid, match=says) as caught:
        keyed.engine.enrol_key("lee", text, verified_by="ana", how=HOW, actor="ana", rationale=WHY)

    assert "c2VjcmV0" not in str(caught.value)
    assert keyed.entries() == before


def test_a_key_that_is_too_weak_is_refused(keyed: Keyed) -> None:
    blob = _string(b"ssh-rsa") + _string((65537).to_bytes(3, "big")) + _string(b"\0" + b"\xff" * 128)
    line = "ssh-rsa " + base64.b64encode(blob).decode()

    with pytest.raises(SignatureInvalid, match="1024 bits"):
        keyed.engine.enrol_key("lee", line, verified_by="ana", how=HOW, actor="ana", rationale=WHY)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def test_an_imported_key_counts_once_it_has_shown_whose_it_is(unkeyed: Keyed) -> None:
    unkeyed.found()
    hand = unkeyed.hands["mara"]
    unkeyed.tick().enrol_key("mara", hand.line, verified_by="jun", how=HOW, actor="ana", rationale=WHY)

    assert (key_of(unkeyed, "mara").proven, key_of(unkeyed, "mara").signs) == (False, False)
    with refused("signature-invalid"):
        unkeyed.tick().away(actor="mara", rationale=WHY)
    with pytest.raises(InvalidInput, match="recorded already"):
        unkeyed.tick().enrol_key("mara", hand.line, verified_by="jun", how=HOW, actor="ana", rationale=WHY)

    unkeyed.enrol("mara", hand)

    assert (key_of(unkeyed, "mara").proven, key_of(unkeyed, "mara").later) == (True, False)
    unkeyed.tick().away(actor="mara", rationale=WHY)


def test_an_imported_key_is_nobody_else_s(unkeyed: Keyed) -> None:
    unkeyed.found()
    hand = unkeyed.hands["mara"]
    unkeyed.tick().enrol_key("mara", hand.line, verified_by="jun", how=HOW, actor="ana", rationale=WHY)

    with pytest.raises(InvalidInput, match="mara's already"):
        unkeyed.enrol("jun", hand, possession=possess("jun", unkeyed.origin, hand.public, hand))


def test_an_earlier_key_vouches_for_a_later_one_without_anybody_s_word(keyed: Keyed) -> None:
    second = Hand("mara", 2)

    keyed.enrol("mara", second, before=keyed.hands["mara"], verified_by="mara")

    key = next(key for key in keyed.claimed.roster().keys if key.fingerprint == second.fingerprint)
    assert (key.later, key.crossed, key.crossed_by) == (True, True, keyed.hands["mara"].fingerprint)


@pytest.mark.parametrize(
    ("before", "says"),
    [
        (lambda lab: lab.hands["jun"], "no key that mara can sign with"),
        (lambda lab: Hand("mara", 9), "does not hold"),
        (lambda lab: stopped(lab, "mara"), "no key that mara can sign with"),
    ],
    ids=["of somebody else", "that nobody recorded", "that was suspended"],
)
def test_only_a_key_of_theirs_that_counts_vouches_for_a_later_one(
    keyed: Keyed, before: Callable[[Keyed], Hand], says: str
) -> None:
    with refused("not-crossed") as caught:
        keyed.enrol("mara", Hand("mara", 2), before=before(keyed))

    assert says in caught.value.message


def stopped(lab: Keyed, person: str) -> Hand:
    lab.tick().suspend_key(lab.hands[person].fingerprint, actor="ana", rationale=WHY)
    return lab.hands[person]
