"""Whose signature it is: what nobody signed, what others signed, and keys that may not sign."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attacked import PROCESS, WHY, refused, why
from signed_lab import Asked, SignedLab, write_past

from tests.support.hands import Hand
from workflow import InvalidInput, LedgerError, Refused, SignOffRejected, commands
from workflow.commands import AnyCommand
from workflow.pipeline import Pipeline

SIGN_OFFS = ("sign_offs", "sign-offs-missing")
Case = Callable[[SignedLab], tuple[Asked, bytes]]


def contested(lab: SignedLab) -> SignedLab:
    """Against the release stand a hold, a veto, an adviser's refusal and a requirement; all of them were claimed."""
    assert lab.engine is not None
    engine, about = lab.engine, {"release": "aurora", "rationale": WHY}
    engine.hold(**about, role="security", actor="sam")
    engine.sign_off(**about, trigger="publish", role="safety", actor="priya", decision="reject")
    engine.sign_off(**about, trigger="publish", role="legal", actor="ivy", decision="reject")
    engine.require(**about, text="Run it again.", role="safety", actor="mara")
    return lab


def pipeline_of(lab: SignedLab) -> Pipeline:
    assert lab.engine is not None
    return lab.engine._pipeline


def on_aurora(kind: type[AnyCommand], actor: str, **fields: object) -> Callable[[SignedLab], AnyCommand]:
    return lambda _: kind(actor=actor, release="aurora", **fields)  # type: ignore[call-arg]


OPENING: dict[str, tuple[str, Callable[[SignedLab], AnyCommand]]] = {
    "approves": ("jun", lambda lab: lab.approval("mara").command),
    "is recused": (
        "jun",
        on_aurora(commands.SignOff, "mara", transition="publish", role="safety", decision="recuse"),
    ),
    "reviews": ("jun", on_aurora(commands.Review, "mara", area="biosecurity", verdict="acceptable", role="safety")),
    "discharges": ("jun", on_aurora(commands.Discharge, "mara", subject="R1", role="safety")),
    "lifts": ("priya", on_aurora(commands.Lift, "sam", subject="H1", role="security")),
    "answers": ("ivy", on_aurora(commands.Answer, "omar", subject="S2")),
    "takes a refusal back": ("jun", on_aurora(commands.WithdrawSignOff, "priya", subject="S1")),
    "states": ("jun", on_aurora(commands.MakeStatement, "lee", role="lead", public=True)),
    "sets aside": ("jun", on_aurora(commands.SetAside, "mara", subject="E1", role="safety")),
}
"""What can open a gate, by one person, and somebody else who might sign it for them."""


@pytest.mark.parametrize("what", OPENING)
def test_row_5_what_can_open_a_gate_is_nobody_s_word_until_they_signed_it(signed: SignedLab, what: str) -> None:
    other, make = OPENING[what]
    command = make(contested(signed))
    asked = signed.ask(command)

    with pytest.raises(Refused) as claimed:
        pipeline_of(signed).execute(command, asked.texts)
    with pytest.raises(Refused) as forged:
        asked.bring(asked.signed(signed.hands[other]))

    assert (claimed.value.reason, forged.value.reason) == ("unsigned", "signature-invalid")
    assert f"is {other}'s" in forged.value.message
    done = asked.bring()
    assert signed.engine is not None
    assert [item.proof for item in signed.engine.history(limit=3)] == ["sshsig", "claimed", "claimed"]
    assert done.command_id.startswith(f"signed/{command.actor}/")
    assert signed.problems() == set()


@pytest.mark.parametrize("what", OPENING)
def test_row_5_a_claim_written_past_the_engine_stops_the_release_and_is_named(signed: SignedLab, what: str) -> None:
    _, make = OPENING[what]
    command = make(contested(signed))
    seq = write_past(signed, command)

    assert signed.engine is not None
    with pytest.raises(LedgerError, match=f"entry {seq} is not signed"):
        signed.engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    assert ("not-allowed", seq) in signed.problems()


def test_row_5_a_report_that_somebody_declares_and_one_that_they_answer_for_are_signed_too(signed: SignedLab) -> None:
    engine = signed.in_review("borealis", folder=signed.model("next", weights="next weights"))
    card = signed.directory / "card.md"
    card.write_text("what the model is for\n", encoding="utf-8")
    declared = {"name": "card", "declare_as": "lead", "actor": "lee", "rationale": WHY}

    with pytest.raises(Refused) as refusal:
        engine.attach("borealis", card, **declared)  # type: ignore[arg-type]
    assert refusal.value.reason == "unsigned"
    signed.by("lee").attach("borealis", card, **declared)  # type: ignore[arg-type]

    other = signed.model("later", weights="later weights")
    engine.replace_candidate("borealis", other, authors=["kim"], actor="lee", rationale=WHY)
    facts = {"source": "borealis", "evidence": "E2", "role": "safety", "actor": "mara", "rationale": WHY}
    with pytest.raises(Refused) as refusal:
        engine.justify("borealis", **facts)
    assert refusal.value.reason == "unsigned"
    assert signed.by("mara").justify("borealis", **facts).events
    assert signed.problems() == set()


def by_another_signer(lab: SignedLab) -> tuple[Asked, bytes]:
    asked = lab.approval()
    return asked, asked.signed(lab.hands["jun"])


def by_a_stranger(lab: SignedLab) -> tuple[Asked, bytes]:
    asked = lab.approval()
    return asked, asked.signed(Hand("eve"))


def by_an_administrator(lab: SignedLab) -> tuple[Asked, bytes]:
    asked = lab.approval()
    return asked, asked.signed(lab.hands["ana"])


def by_a_revoked_key(lab: SignedLab) -> tuple[Asked, bytes]:
    lab.revoke("mara")
    asked = lab.approval()
    return asked, asked.signed()


def signed_before_it_was_revoked(lab: SignedLab) -> tuple[Asked, bytes]:
    asked = lab.approval()
    signature = asked.signed()
    lab.revoke("mara")
    return asked, signature


def by_a_suspended_key(lab: SignedLab) -> tuple[Asked, bytes]:
    lab.by("mara").suspend_key(lab.hands["mara"].fingerprint, actor="mara", rationale=WHY)
    asked = lab.approval()
    return asked, asked.signed()


def by_a_key_that_was_only_imported(lab: SignedLab) -> tuple[Asked, bytes]:
    second = Hand("mara", 1)
    lab.enrol("mara", second, possession=None)
    asked = lab.approval()
    return asked, asked.signed(second)


def for_another_namespace(lab: SignedLab) -> tuple[Asked, bytes]:
    asked = lab.approval()
    return asked, asked.signed(namespace="file")


def for_other_bytes(lab: SignedLab) -> tuple[Asked, bytes]:
    return lab.approval(), lab.approval().signed()


def instead(data: bytes) -> Case:
    return lambda lab: (lab.approval(), data)


UNPROVEN: dict[str, Case] = {
    "by another signer": by_another_signer,
    "by a stranger": by_a_stranger,
    "by an administrator": by_an_administrator,
    "by a revoked key": by_a_revoked_key,
    "signed before the key was revoked": signed_before_it_was_revoked,
    "by a suspended key": by_a_suspended_key,
    "by a key that was only imported": by_a_key_that_was_only_imported,
    "for another namespace": for_another_namespace,
    "for other bytes": for_other_bytes,
    "the word unsigned": instead(b"unsigned"),
    "nothing": instead(b"\n"),
    "a public key": lambda lab: (lab.approval(), lab.hands["mara"].line.encode()),
}


@pytest.mark.parametrize("how", UNPROVEN)
def test_row_5_a_signature_that_shows_nobody_counts_for_nobody(signed: SignedLab, how: str) -> None:
    asked, signature = UNPROVEN[how](signed)
    before = signed.size()

    with pytest.raises(Refused) as refusal:
        asked.bring(signature)

    assert (refusal.value.reason, refusal.value.outcome) == ("signature-invalid", "no")
    assert refusal.value.entry == signed.size() == before + 1
    assert signed.engine is not None
    assert signed.engine.history(limit=1)[0].proof == "claimed"
    assert signed.counted() == set()
    assert signed.problems() == set()


def test_row_5_what_a_key_signed_before_it_was_revoked_stays_and_what_a_thief_signed_does_not(
    signed: SignedLab,
) -> None:
    signed.approve()
    noon = signed.clock.forward("1h")
    signed.revoke("mara")
    assert signed.counted() == {"mara", "jun"}

    signed.revoke("mara", compromised_since=noon.replace(hour=0))

    assert signed.counted() == {"jun"} and "compromised" in signed.ignored()
    assert why(refused(signed.by("lee"))) == {SIGN_OFFS}
    assert signed.problems() == set()


PAST: dict[str, tuple[str, Callable[[SignedLab], Hand]]] = {
    "another signer's key": ("a key of jun", lambda lab: lab.hands["jun"]),
    "a stranger's key": ("not on the roster", lambda _: Hand("eve")),
    "a revoked key": ("revoked by then", lambda lab: lab.revoke("mara") or lab.hands["mara"]),
    "a key that was only imported": (
        "had not shown",
        lambda lab: lab.enrol("mara", Hand("mara", 1), possession=None) and Hand("mara", 1),
    ),
}


@pytest.mark.parametrize("how", PAST)
def test_row_34_an_owner_of_the_database_with_one_signer_s_key_is_one_signer(signed: SignedLab, how: str) -> None:
    said, take = PAST[how]
    hand = take(signed)
    signed.sign("jun", "safety")
    signed.sign("sam", "security")

    seq = write_past(signed, signed.approval("mara").command, hand=hand)

    assert signed.counted() == {"jun"} and said in signed.ignored()
    assert why(refused(signed.by("lee"))) == {SIGN_OFFS}
    assert ("not-allowed", seq) in signed.problems()


@pytest.mark.parametrize("what", ["lifts", "takes a refusal back", "discharges", "sets aside", "answers"])
def test_row_34_what_another_s_key_closed_past_the_engine_stands_again(signed: SignedLab, what: str) -> None:
    other, make = OPENING[what]
    command = make(contested(signed))
    before = why(refused(signed.by("lee")))

    seq = write_past(signed, command, hand=signed.hands[other])

    assert why(refused(signed.by("lee"))) >= before
    assert ("not-allowed", seq) in signed.problems()


def test_row_34_one_signer_s_key_meets_no_quorum_of_two_and_undoes_nothing_of_others(signed: SignedLab) -> None:
    """Somebody has stolen the key of jun, who is safety, and may use the library as they like."""
    contested(signed)
    thief = signed.by("jun")
    about = {"release": "aurora", "actor": "jun", "rationale": WHY}
    other = signed.hands["mara"].fingerprint
    for attempt in (
        lambda: thief.lift(**about, hold="H1", role="security"),
        lambda: thief.withdraw_sign_off(**about, sign_off="S1"),
        lambda: thief.answer(**about, reject="S1"),
        lambda: thief.suspend_key(other, actor="jun", rationale=WHY),
        lambda: thief.revoke_key(other, actor="jun", rationale=WHY),
        lambda: thief.grant("jun", ["security"], actor="jun", rationale=WHY),
        lambda: thief.enrol_key("mara", Hand("jun", 1).line, verified_by="jun", how=WHY, actor="jun", rationale=WHY),
        lambda: thief.set_administrators(["jun"], 1, actor="jun", rationale=WHY),
        lambda: thief.sign_off(**about, trigger="publish", role="security", basis=signed.basis()),
        lambda: thief.sign_off(**{**about, "actor": "mara"}, trigger="publish", role="safety", basis=signed.basis()),
    ):
        with pytest.raises(Refused):
            attempt()
    for person in ("jun", "jun"):
        signed.sign(person, "safety")

    assert signed.counted() == {"jun"}
    assert why(refused(signed.by("lee"))) >= {SIGN_OFFS, ("holds", "hold"), ("objections", "rejected")}
    assert signed.problems() == set()


# Rows 4 and 6: how many they are.


def test_row_4_a_claim_beside_signatures_is_a_signature_less(signed: SignedLab) -> None:
    signed.sign("mara", "safety")
    signed.sign("sam", "security")
    assert signed.engine is not None
    with pytest.raises(Refused) as refusal:
        signed.engine.sign_off("aurora", "publish", role="safety", actor="jun", rationale=WHY, basis=signed.basis())
    assert refusal.value.reason == "unsigned"

    assert why(refused(signed.by("lee"))) == {SIGN_OFFS}


def test_row_4_a_genuine_signature_in_a_role_that_its_maker_lacks_is_refused(signed: SignedLab) -> None:
    asked = signed.approval().saying(lambda value: value["predicate"]["binding"].update(role="security"))

    with pytest.raises(Refused) as refusal:
        asked.asking(role="security").bring()

    assert refusal.value.reason == "no-role"
    assert signed.counted("security") == set()


def test_row_6_one_person_with_two_keys_is_one_person(signed: SignedLab) -> None:
    second = Hand("mara", 1)
    signed.enrol("mara", second, before=signed.hands["mara"])
    signed.approval().bring()
    other = signed.approval()
    other.bring(other.signed(second))
    signed.sign("sam", "security")

    assert signed.counted() == {"mara"}
    assert why(refused(signed.by("lee"))) == {SIGN_OFFS}


def test_row_6_one_key_is_one_person_s_whatever_they_call_themselves(signed: SignedLab) -> None:
    signed.agreed(signed.by("ana").add_person("mara2", roles=["safety"], actor="ana", rationale=WHY))

    with pytest.raises(InvalidInput, match="mara's already"):
        signed.enrol("mara2", signed.hands["mara"])


def test_row_6_a_second_handle_with_a_key_of_its_own_does_not_count_in_the_round_unless_the_administrators_say_so(
    signed: SignedLab,
) -> None:
    alias = signed.hands["mara2"] = Hand("mara2")
    signed.agreed(signed.by("ana").add_person("mara2", roles=["safety"], actor="ana", rationale=WHY))
    signed.enrol("mara2", alias)
    signed.sign("mara", "safety")

    with pytest.raises(SignOffRejected, match="was given safety after round 2 began"):
        signed.sign("mara2", "safety")
    admitted = signed.by("ana").admit_latecomer("mara2", "safety", "aurora", actor="ana", rationale=WHY)
    with pytest.raises(SignOffRejected, match="was given safety after round 2 began"):
        signed.sign("mara2", "safety")

    assert signed.counted() == {"mara"}
    signed.agreed(admitted)
    signed.sign("mara2", "safety")
    assert signed.counted() == {"mara", "mara2"}  # what two administrators agree on, two people are


# Row 7: who may not.


@pytest.mark.parametrize("person", ["lee", "kim"])
def test_row_7_the_requester_and_the_author_are_excluded_with_genuine_signatures_too(
    signed: SignedLab, person: str
) -> None:
    signed.agreed(signed.by("ana").grant("lee", ["safety"], actor="ana", rationale=WHY))
    assert signed.engine is not None
    signed.engine.advance("aurora", "back", actor="lee", rationale=WHY)
    signed.engine.advance("aurora", "submit", actor="lee", rationale=WHY)

    asked = signed.approval().saying(lambda value: value["predicate"].update(actor=person))
    with pytest.raises(SignOffRejected, match=r"requester|author"):
        asked.asking(actor=person).bring()
    for act in (
        commands.Review(actor=person, release="aurora", area="biosecurity", verdict="acceptable", role="safety"),
        commands.SetAside(actor=person, release="aurora", subject="E1", role="safety"),
    ):
        with pytest.raises(Refused) as refusal:
            asked.asking(actor=person).lab.by(person)._execute(act, {"rationale": WHY})
        assert refusal.value.reason == "excluded"


def test_row_20_the_inner_way_of_a_command_takes_no_claim_where_signatures_are_demanded(signed: SignedLab) -> None:
    command = signed.approval().command

    with pytest.raises(Refused) as refusal:
        pipeline_of(signed).execute(command, {"rationale": WHY}, command_id="inner")
    assert refusal.value.reason == "unsigned"
    with pytest.raises(InvalidInput, match="does not begin with signed/"):
        pipeline_of(signed).execute(command, {"rationale": WHY}, command_id=f"signed/mara/{'0' * 32}")
    assert signed.counted() == set()


def test_row_25_a_process_without_signatures_of_the_same_name_starts_nothing_that_can_be_published(
    signed: SignedLab,
) -> None:
    assert signed.engine is not None
    unsigned = signed.engine.load_process(signed.process(PROCESS, "unsigned.yaml"))

    with pytest.raises(Refused) as refusal:
        signed.engine.start("easy", signed.model(), process=unsigned, authors=["kim"], actor="lee", rationale=WHY)
    assert refusal.value.reason == "not-chartered"
