"""What comes back: a decision that was signed elsewhere is recorded as if it had been signed here, or is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.engine.lab import WHY, Lab, refused
from tests.integration.exchange.keyed_lab import KeyedLab
from tests.support.hands import Hand
from workflow import InvalidInput, NotFound, SignatureInvalid, SignOffRejected
from workflow.exchange import Reply, Request


def last(lab: KeyedLab) -> dict[str, object]:
    item = lab.engine.history(limit=1)[0]
    return {"actor": item.actor, "proof": item.proof, "key": item.key, "summary": item.summary[0], "texts": item.texts}


@pytest.mark.parametrize(
    ("decision", "told"),
    [
        ("approve", "approved `publish` as safety (S1)"),
        ("reject", "REFUSED `publish` as safety (S1)"),
        ("abstain", "abstained from `publish` as safety (S1)"),
        ("recuse", "recused themselves from `publish` as safety (S1)"),
    ],
)
def test_every_decision_that_was_signed_elsewhere_is_recorded_as_signed(
    lab: KeyedLab, decision: str, told: str
) -> None:
    lab.collect(lab.reply("mara", decision))

    assert last(lab) == {
        "actor": "mara",
        "proof": "sshsig",
        "key": lab.hands["mara"].fingerprint,
        "summary": told,
        "texts": {"rationale": WHY},
    }


def test_an_approval_that_was_signed_elsewhere_counts(lab: KeyedLab) -> None:
    lab.collect(lab.reply("mara"))

    assert lab.counted("safety") == ["mara"]


def test_a_reply_that_is_taken_in_again_changes_nothing(lab: KeyedLab) -> None:
    reply = lab.reply("mara")
    first = lab.collect(reply)
    before = lab.entries()

    again = lab.collect(reply)

    assert (again.entry, again.replayed) == (first.entry, True)
    assert lab.entries() == before


def test_two_replies_of_one_person_to_one_request_are_both_recorded_and_the_last_one_counts(lab: KeyedLab) -> None:
    request = lab.request()
    approval, recusal = lab.reply("mara", to=request), lab.reply("mara", "reject", to=request)
    lab.collect(approval)
    assert lab.counted("safety") == ["mara"]

    lab.collect(recusal)

    assert lab.counted("safety") == []


def test_an_approval_of_a_basis_that_moved_is_refused_and_what_changed_is_told(lab: KeyedLab) -> None:
    reply = lab.reply("mara")
    lab.reviewed()

    with refused("sign-off-rejected"):
        lab.collect(reply)

    tree = reply.read.tree
    assert tree is not None
    assert lab.engine.changed_since("aurora", "publish", tree.size) == (
        "new: jun as safety found biosecurity acceptable",
    )


@pytest.mark.parametrize("decision", ["reject", "abstain", "recuse"])
def test_what_opens_nothing_is_taken_although_the_basis_moved(lab: KeyedLab, decision: str) -> None:
    reply = lab.reply("mara", decision)
    lab.reviewed()

    assert lab.collect(reply).events[0].type == "sign_off_recorded"


def test_a_refusal_stands_against_the_files_that_were_seen_and_their_descendants(lab: KeyedLab) -> None:
    reply = lab.reply("mara", "reject")
    lab.replace(lab.model("model", model__safetensors="other weights"))

    lab.collect(reply)

    assert "rejected" in lab.blocking()


def test_a_refused_reply_is_on_record_once(lab: KeyedLab) -> None:
    reply = lab.reply("mara")
    lab.reviewed()
    with refused("sign-off-rejected") as first:
        lab.collect(reply)
    before = lab.entries()

    with refused("sign-off-rejected") as again:
        lab.collect(reply)

    assert again.value.entry == first.value.entry
    assert lab.entries() == before


def test_a_reply_whose_signature_proves_nothing_is_on_record_once_too(lab: KeyedLab) -> None:
    stranger = Hand("mara", seed=1)
    reply = lab.request().reply("mara", "approve", "safety", WHY, stranger)
    entries = set()

    for _ in range(2):
        with refused("signature-invalid") as caught:
            lab.collect(reply)
        entries.add(caught.value.entry)

    assert len(entries) == 1


def test_nobody_signs_for_somebody_else(lab: KeyedLab) -> None:
    reply = lab.request().reply("mara", "approve", "safety", WHY, lab.hands["jun"])

    with refused("signature-invalid"):
        lab.collect(reply)


def test_a_key_that_was_suspended_meanwhile_signs_nothing(lab: KeyedLab) -> None:
    reply = lab.reply("mara")
    lab.tick().signing_with(lab.hands["mara"]).suspend_key(lab.hands["mara"].fingerprint, actor="mara", rationale=WHY)

    with refused("signature-invalid"):
        lab.collect(reply)


def test_what_was_taken_in_stays_on_record_when_its_key_is_gone(lab: KeyedLab) -> None:
    reply = lab.reply("mara")
    first = lab.collect(reply)
    lab.as_("ana").revoke_key(lab.hands["mara"].fingerprint, actor="ana", rationale=WHY)
    before = lab.entries()

    again = lab.collect(reply)

    assert (again.entry, again.replayed) == (first.entry, True)
    assert lab.entries() == before


def test_a_role_that_was_lost_meanwhile_signs_nothing(lab: KeyedLab) -> None:
    reply = lab.reply("mara")
    lab.as_("ana").revoke("mara", ["safety"], actor="ana", rationale=WHY)

    with refused("no-role"):
        lab.collect(reply)


def other_ledger(directory: Path, origin: str) -> Lab:
    """Another ledger with the same people, keys, process, release and files."""
    place = directory / "other"
    place.mkdir()
    lab = KeyedLab(place).begun()
    assert lab.engine.roster().origin != origin
    return lab


def test_a_reply_counts_in_no_other_ledger(lab: KeyedLab, tmp_path: Path) -> None:
    reply = lab.reply("mara")
    other = other_ledger(tmp_path, lab.engine.roster().origin)

    with refused("signature-invalid"):
        other.tick().collect(reply)

    other.close()


def test_a_reply_about_a_release_that_is_not_here_is_not_recorded(lab: KeyedLab, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    empty = Lab(tmp_path / "empty")

    with pytest.raises(NotFound):
        empty.engine.collect(lab.reply("mara"))

    assert len(empty.entries()) == 1
    empty.close()


# until when it holds


def expiry(lab: KeyedLab) -> str | None:
    binding: dict[str, str | None] = lab.engine.history(limit=1)[0].events[0]["binding"]
    return binding["expires"]


def test_an_approval_holds_as_long_as_the_gate_lets_it_from_when_the_request_was_made(lab: KeyedLab) -> None:
    request = lab.request()
    lab.clock.forward("10d")

    lab.collect(lab.reply("mara", to=request))

    assert expiry(lab) == (request.explanation.at + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@pytest.mark.parametrize(("wanted", "days"), [(7, 7), (60, 30)])
def test_an_approval_may_hold_shorter_and_never_longer(lab: KeyedLab, wanted: int, days: int) -> None:
    request = lab.request()
    made = request.explanation.at

    lab.collect(lab.reply("mara", to=request, expires=made + timedelta(days=wanted)))

    assert expiry(lab) == (made + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_an_approval_that_expired_on_its_way_is_refused(lab: KeyedLab) -> None:
    request = lab.request()
    reply = lab.reply("mara", to=request, expires=request.explanation.at + timedelta(days=7))
    lab.clock.forward("8d")

    with refused("sign-off-rejected"):
        lab.collect(reply)


def test_an_approval_that_expires_counts_until_then(lab: KeyedLab) -> None:
    request = lab.request()
    lab.collect(lab.reply("mara", to=request, expires=request.explanation.at + timedelta(days=7)))
    assert lab.counted("safety") == ["mara"]

    lab.clock.forward("8d")

    assert lab.counted("safety") == []


def test_the_same_end_can_be_signed_where_the_ledger_is(lab: KeyedLab) -> None:
    until = lab.clock.now() + timedelta(days=7)

    lab.as_("mara").sign_off(
        "aurora", "publish", role="safety", actor="mara", rationale=WHY, basis=lab.basis("publish"), expires=until
    )

    assert expiry(lab) == until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def test_only_what_is_signed_says_itself_when_it_ends(lab: KeyedLab) -> None:
    said = {"role": "safety", "actor": "mara", "rationale": WHY, "basis": lab.basis("publish")}
    later, before = lab.clock.now() + timedelta(days=7), lab.entries()

    with pytest.raises(InvalidInput, match="only an approval that is signed"):
        lab.engine.sign_off("aurora", "publish", expires=later, **said)
    with pytest.raises(InvalidInput, match="has passed already"):
        lab.as_("mara").sign_off("aurora", "publish", expires=lab.clock.now(), **said)

    assert lab.entries() == before


# what it depends on


def test_a_yes_if_raises_what_it_depends_on(lab: KeyedLab) -> None:
    lab.collect(lab.reply("mara", requirements=[("run it again", "security"), ("read it", "safety")]))

    assert [(item.text, item.discharged_by, item.blocks) for item in lab.engine.status("aurora").requirements] == [
        ("run it again", "security", ("publish",)),
        ("read it", "safety", ("publish",)),
    ]


def test_an_approval_ceases_to_hold_by_its_own_condition(lab: KeyedLab) -> None:
    lab.collect(lab.reply("mara", conditions=[f"if number {place} happens" for place in range(1, 13)]))
    assert lab.counted("safety") == ["mara"]

    lab.tick().assert_condition("aurora", "S1", "condition.12", role="security", actor="sam", rationale=WHY)

    assert lab.counted("safety") == []


def test_an_approval_is_reaffirmed_with_what_became_of_each_component(lab: KeyedLab) -> None:
    lab.collect(lab.reply("mara"))
    lab.replace(lab.model("model", model__safetensors="other weights"))

    outcome = lab.collect(lab.reply("mara", reaffirms="S1"))

    assert [event.type for event in outcome.events] == ["sign_off_recorded", "reaffirmed"]
    assert outcome.events[1].difference == {"other": "same", "weights": "changed"}  # type: ignore[union-attr]
    assert lab.counted("safety") == ["mara"]


# what is not even signed


def excluded(lab: KeyedLab) -> Request:
    return lab.request()


def changed(lab: KeyedLab) -> Request:
    (lab.directory / "model" / "model.safetensors").write_text("overwritten")
    return lab.request()


def elsewhere(lab: KeyedLab) -> Request:
    lab.as_("lee").advance("aurora", "return", actor="lee", rationale=WHY)
    return lab.request()


@pytest.mark.parametrize(
    ("person", "role", "asked", "words"),
    [
        ("kim", "safety", excluded, "author of the candidate"),
        ("ivy", "legal", excluded, "does not ask legal"),
        ("mara", "safety", changed, "model.safetensors was changed"),
        ("mara", "safety", elsewhere, "not in review"),
    ],
)
def test_an_approval_that_would_not_be_taken_is_not_signed(
    lab: KeyedLab, person: str, role: str, asked: Callable[[KeyedLab], Request], words: str
) -> None:
    request = asked(lab)

    with pytest.raises(SignOffRejected, match=words):
        request.reply(person, "approve", role, WHY, lab.hands[person])

    assert lab.hands[person].last == b"" or b"publish" not in lab.hands[person].last


def test_a_refusal_is_signed_whatever_stands_against_an_approval(lab: KeyedLab) -> None:
    request = changed(lab)

    lab.collect(lab.reply("kim", "reject", to=request))
    lab.collect(lab.reply("ivy", "reject", "legal", to=request))

    assert "rejected" in lab.blocking()


@pytest.mark.parametrize(
    ("decision", "said", "words"),
    [
        ("approve", {"rationale": "."}, "says nothing"),
        ("approve", {"conditions": ["x"]}, "says nothing"),
        ("approve", {"requirements": [("do it first", "Safety!")]}, "requirements"),
        ("approve", {"requirements": ["do it first"]}, "pairs of a text and a role"),
        ("approve", {"requirements": 7}, "pairs of a text and a role"),
        ("approve", {"reaffirms": "S9"}, "no last approval S9"),
        ("approve", {"role": "Safety!"}, "Safety!|does not ask"),
        ("reject", {"conditions": ["if it happens"]}, "only an approval"),
        ("reject", {"requirements": [("do it first", "safety")]}, "only an approval"),
        ("abstain", {"reaffirms": "S1"}, "only an approval"),
    ],
)
def test_what_makes_no_sense_is_told_and_not_signed(
    lab: KeyedLab, decision: str, said: dict[str, object], words: str
) -> None:
    request, hand = lab.request(), lab.hands["mara"]
    given = {"role": "safety", "rationale": WHY, **said}
    before = hand.signed

    with pytest.raises((InvalidInput, SignOffRejected), match=words):
        request.reply("mara", decision, signer=hand, **given)  # type: ignore[arg-type]

    assert hand.signed == before


def test_what_a_signer_gives_back_must_be_a_signature_of_just_that(lab: KeyedLab) -> None:
    class Elsewhere(Hand):
        def sign(self, statement: bytes, namespace: str) -> bytes:
            return super().sign(statement + b" ", namespace)

    with pytest.raises(SignatureInvalid):
        lab.request().reply("mara", "approve", "safety", WHY, Elsewhere("mara"))


def test_a_reply_is_what_it_was_when_it_comes_out_of_its_file(lab: KeyedLab) -> None:
    made = lab.request().reply("mara", "approve", "safety", WHY, lab.hands["mara"], conditions=["if it is quantized"])

    assert Reply.from_bytes(made.to_bytes()) == made
    assert made.to_bytes().isascii()
