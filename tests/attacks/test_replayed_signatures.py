"""Genuine signatures, brought where they do not belong, or when they do not belong there any more."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from attacked import BOTH, PROCESS, WHY, refused, why
from forger import Forger
from signed_lab import ORIGIN, SIGNED_PROCESS, Asked, SignedLab

from tests.support.parts import ScriptedClock
from workflow import Engine, Exposure, InvalidInput, PolicyErrored, Refused, SignOffRejected, commands
from workflow.clock import parse_duration, timestamp

SIGN_OFFS = ("sign_offs", "sign-offs-missing")


def engine_of(lab: SignedLab) -> Engine:
    assert lab.engine is not None
    return lab.engine


def as_for(asked: Asked, release: str, trigger: str = "publish") -> Asked:
    """The statement, brought with the request that would be right there."""
    return asked.asking(release=release, transition=trigger, basis=asked.lab.basis(release, trigger))


def another_release(lab: SignedLab) -> Asked:
    lab.in_review("second")
    return as_for(lab.approval(), "second")


def another_transition(lab: SignedLab) -> Asked:
    """Of a process in which two ways out ask for the same people."""
    publish = SIGNED_PROCESS.split("  publish:\n")[1].split("  withdraw:\n")[0]
    twice = SIGNED_PROCESS.replace("  withdraw:\n", f"  expose:\n{publish}  withdraw:\n")
    lab.allow(twice.replace("process: guarded", "process: twice"), "twice.yaml")
    start(lab, "second", "twice")
    return as_for(lab.approval(release="second"), "second", "expose")


def another_direction(lab: SignedLab) -> Asked:
    """Of a process whose one trigger leads from two stages."""
    both = SIGNED_PROCESS.replace("    from: review\n    to: public", "    from: [review, delay]\n    to: public")
    lab.allow(both.replace("process: guarded", "process: both"), "both.yaml")
    start(lab, "second", "both")
    asked = lab.approval(release="second")
    engine_of(lab).advance("second", "wait", actor="mara", rationale=WHY)
    return as_for(asked, "second")


def another_round(lab: SignedLab) -> Asked:
    asked = lab.approval()
    engine_of(lab).advance("aurora", "back", actor="mara", rationale=WHY)
    engine_of(lab).advance("aurora", "submit", actor="lee", rationale=WHY)
    return as_for(asked, "aurora")


def another_candidate(lab: SignedLab) -> Asked:
    asked = lab.approval()
    folder = lab.model(weights="worse weights")
    engine_of(lab).replace_candidate("aurora", folder, authors=["kim"], actor="lee", rationale=WHY)
    return as_for(asked, "aurora")


def another_process(lab: SignedLab) -> Asked:
    lab.allow(SIGNED_PROCESS.replace("version: 1", "version: 2"), "later.yaml")
    asked = lab.approval()
    start(lab, "second", "guarded@2")
    return as_for(asked, "second")


def migrated(lab: SignedLab) -> Asked:
    """The release goes on under a later version of its process, as those agreed who sign under the present one."""
    process = lab.allow(SIGNED_PROCESS.replace("version: 1", "version: 2"), "later.yaml")
    asked = lab.approval()
    engine_of(lab).propose_migration("aurora", process, actor="lee", rationale=WHY)
    for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
        lab.by(person).approve_migration("aurora", process, role=role, actor=person, rationale=WHY)
    return as_for(asked, "aurora")


def another_basis(lab: SignedLab) -> Asked:
    asked = lab.approval()
    lab.by("priya").review("aurora", "biosecurity", "unclear", role="safety", actor="priya", rationale=WHY)
    return as_for(asked, "aurora")


def start(lab: SignedLab, release: str, process: str) -> None:
    """A release in review under a process by its name."""
    engine = engine_of(lab)
    digest = next(line.process for line in engine.roster().charter if line.name == process.partition("@")[0])
    if "@" in process:
        digest = [line.process for line in engine.roster().charter if line.name == "guarded"][-1]
    engine.start(release, lab.model(), process=digest, authors=["kim"], actor="lee", rationale=WHY)
    engine.advance(release, "submit", actor="lee", rationale=WHY)
    lab.judge(release)


ELSEWHERE: dict[str, tuple[str, Callable[[SignedLab], Asked]]] = {
    "another release": ("release", another_release),
    "another transition": ("transition", another_transition),
    "another direction": ("from", another_direction),
    "another round": ("round", another_round),
    "another candidate": ("candidate", another_candidate),
    "another process": ("process", another_process),
    "another process of the same release": ("process", migrated),
    "another basis": ("basis", another_basis),
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_row_9_a_genuine_signature_does_not_count_for_something_else(signed: SignedLab, where: str) -> None:
    field, prepare = ELSEWHERE[where]
    asked = prepare(signed)
    there = asked.lab.ask(asked.command)
    before = signed.size()

    with pytest.raises(Refused) as refusal:
        asked.bring()

    assert refusal.value.reason == "other-statement"
    assert refusal.value.entry == before + 1
    # What there is now differs from what was signed in the very thing that this is about.
    assert f'"{field}":' in there.statement.decode()
    assert said(there)[field] != said(asked)[field]
    assert signed.counted(release=asked.command.release) == set()  # type: ignore[union-attr]
    assert signed.problems() == set()


def said(asked: Asked) -> dict[str, object]:
    """The binding of a statement."""
    binding: dict[str, object] = json.loads(asked.statement)["predicate"]["binding"]
    return binding


@BOTH
def test_row_9_a_signature_for_another_ledger_of_the_same_name_shows_another_history(
    signed: SignedLab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Two ledgers call themselves the same, and hold the same people, process and files."""
    other = SignedLab(tmp_path_factory.mktemp("other"), ScriptedClock())
    other.create()
    other.in_review()
    asked = other.approval()
    brought = Asked(signed, signed.approval().command, asked.texts, asked.salts, asked.statement)
    assert said(asked)["origin"] == said(signed.approval())["origin"] == ORIGIN

    with pytest.raises(Refused) as refusal:
        brought.bring(asked.signed())

    assert refusal.value.reason == "signature-invalid"
    assert "its signer saw another ledger" in refusal.value.message
    other.close()


@pytest.mark.parametrize(
    ("tree", "what"),
    [
        ({"size": 10**9}, "more than there are"),
        ({"root": "0" * 64}, "0000"),
        ({"size": 1}, "1 entries with the root"),
        ({"size": 0}, "which tree"),
        ({"size": -1}, "which tree"),
        ({"size": True}, "which tree"),
        ({"size": "44"}, "which tree"),
        ({"root": "00"}, "which tree"),
        ({"more": 1}, "which tree"),
    ],
)
def test_row_36_a_signature_over_a_history_that_is_not_this_one_is_refused(
    signed: SignedLab, tree: dict[str, object], what: str
) -> None:
    asked = signed.approval().saying(lambda value: value["predicate"]["tree"].update(tree))

    with pytest.raises(Refused, match=what) as refusal:
        asked.bring()
    assert refusal.value.reason == "signature-invalid"


@BOTH
@pytest.mark.parametrize("reopened", [True, False], ids=["opened again", "open all the while"])
def test_row_36_a_signature_over_the_history_that_was_replaced_is_refused_by_an_engine_that_saw_it(
    signed: SignedLab, reopened: bool
) -> None:
    """The owner rewrites what was there while the engine is open, so that all hashes fit."""
    asked = signed.approval()
    signed.sign("jun", "safety")
    signed.approval("priya").bring()  # the roots are computed, and remembered
    forger = Forger(signed.database)
    forger.find("transition_made", trigger="submit")["texts"]["rationale"] = forger.text("because I say so")
    forger.seal()
    if reopened:
        signed.open()

    with pytest.raises(Refused, match="its signer saw another ledger") as refusal:
        asked.bring()
    assert refusal.value.reason == "signature-invalid"


@BOTH
def test_row_9_a_signature_that_comes_again_is_found_and_counts_once(signed: SignedLab) -> None:
    asked = signed.approval()
    first = asked.bring()
    again = asked.bring()

    assert (first.replayed, again.replayed, again.entry) == (False, True, first.entry)
    assert signed.counted() == {"mara"} and signed.size() == first.entry


@BOTH
def test_row_9_a_signature_that_was_taken_back_does_not_come_back(signed: SignedLab) -> None:
    asked = signed.approval()
    done = asked.bring()
    signed.by("mara").withdraw_sign_off("aurora", "S1", actor="mara", rationale=WHY)

    again = asked.bring()

    assert (again.replayed, again.entry, again.command_id) == (True, done.entry, done.command_id)
    assert signed.counted() == set() and "withdrawn" in signed.ignored()
    signed.sign("jun", "safety")
    signed.sign("sam", "security")
    assert why(refused(signed.by("lee"))) == {SIGN_OFFS}
    assert signed.problems() == set()


@BOTH
def test_row_9_a_refused_signature_stays_refused_when_it_comes_again(signed: SignedLab) -> None:
    asked = signed.approval()
    signed.by("mara").away(actor="mara", rationale=WHY)
    with pytest.raises(SignOffRejected) as first:
        asked.bring()
    signed.by("mara").back(actor="mara", rationale=WHY)

    with pytest.raises(SignOffRejected) as again:
        asked.bring()

    assert (first.value.entry, signed.counted()) == (again.value.entry, set())


# Row 1 and 2: the bytes.


def test_row_1_signed_approvals_of_the_same_name_and_version_do_not_count_for_other_weights(
    signed: SignedLab,
) -> None:
    signed.approve()
    folder = signed.model(weights="worse weights")
    engine_of(signed).replace_candidate("aurora", folder, authors=["kim"], actor="lee", rationale=WHY)
    signed.judge(folder=folder)
    signed.clock.forward("2h")

    assert why(refused(signed.by("lee"))) == {SIGN_OFFS}
    assert "replaced" in signed.ignored()


def test_row_2_files_that_were_overwritten_after_the_signatures_are_not_published(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    lab = SignedLab(tmp_path_factory.mktemp("overwritten"))
    lab.create()
    lab.in_review()
    lab.approve()
    lab.model(weights="worse weights")

    assert why(refused(lab.by("lee"))) == {("candidate_unchanged", "candidate-changed")}
    lab.close()


# Row 3 and 22: the refusals.


@BOTH
def test_row_3_a_signed_refusal_is_taken_back_by_its_maker_s_signature_alone(signed: SignedLab) -> None:
    signed.approve()
    signed.sign("priya", "safety", decision="reject", basis=None)
    engine = engine_of(signed)
    for attempt in (
        lambda: engine.withdraw_sign_off("aurora", "S4", actor="priya", rationale=WHY),
        lambda: signed.by("mara").withdraw_sign_off("aurora", "S4", actor="mara", rationale=WHY),
        lambda: signed.by("mara").withdraw_sign_off("aurora", "S4", actor="priya", rationale=WHY),
        lambda: signed.by("mara").answer("aurora", "S4", actor="mara", rationale=WHY),
    ):
        with pytest.raises(Refused):
            attempt()
    assert why(refused(signed.by("lee"))) == {("objections", "rejected")}

    signed.by("priya").withdraw_sign_off("aurora", "S4", actor="priya", rationale=WHY)
    assert engine.advance("aurora", "publish", actor="lee", rationale=WHY)


def test_row_3_a_refusal_that_was_signed_before_the_release_went_on_is_not_lost(signed: SignedLab) -> None:
    asked = signed.ask(
        commands.SignOff(actor="mara", release="aurora", transition="publish", role="safety", decision="reject")
    )
    engine_of(signed).advance("aurora", "back", actor="lee", rationale=WHY)
    engine_of(signed).advance("aurora", "submit", actor="lee", rationale=WHY)

    asked.bring()

    assert ("objections", "rejected") in why(refused(signed.by("lee")))
    assert signed.problems() == set()


@BOTH
def test_row_22_a_signed_refusal_is_not_washed_out_by_starting_the_same_bytes_anew(signed: SignedLab) -> None:
    signed.sign("priya", "safety", decision="reject", basis=None)
    signed.start("second")
    engine = engine_of(signed)
    engine.advance("second", "submit", actor="lee", rationale=WHY)

    with pytest.raises(Refused) as refusal:
        engine.withdraw_sign_off("aurora", "S1", actor="priya", rationale=WHY)
    assert refusal.value.reason == "unsigned"
    assert ("objections", "rejected") in why(refused(engine, "second"))


# Row 8, 10, 17, 19, 23, 28: what changes while a signature is on its way.


def test_row_8_a_signature_is_not_taken_while_the_clock_is_behind_and_the_refusal_is_in_order(
    signed: SignedLab,
) -> None:
    """Whoever sets the clock back would have a signature from before its key was stolen."""
    asked, other = signed.approval(), signed.approval("jun")
    signed.sign("sam", "security")
    signed.clock.back("1h")
    with pytest.raises(Refused) as refusal:
        asked.bring()
    with pytest.raises(Refused):
        other.bring(other.signed(signed.hands["mara"]))

    assert (refusal.value.reason, refusal.value.outcome) == ("clock", "error")
    assert signed.problems() == set()
    signed.clock.forward("1h")
    signed.approval().bring()
    assert signed.counted() == {"mara"}


def test_row_8_a_signature_that_has_expired_is_refused_and_does_not_come_back_with_the_clock(
    signed: SignedLab,
) -> None:
    late = signed.approval()
    signed.approve()
    signed.clock.forward("31d")
    with pytest.raises(SignOffRejected, match="has expired"):
        late.bring()
    assert why(refused(signed.by("lee"))) == {SIGN_OFFS}
    signed.clock.back("31d")

    assert isinstance(refused(signed.by("lee")), PolicyErrored)


@BOTH
def test_row_28_a_signature_holds_no_longer_than_it_says_whatever_the_gate_allows(signed: SignedLab) -> None:
    day = timestamp(signed.clock.now() + parse_duration("24h"))
    asked = signed.approval()
    shorter = asked.saying(expiring(asked, day))
    shorter.bring()
    assert signed.counted() == {"mara"}
    signed.clock.forward("25h")

    assert signed.counted() == set() and "expired" in signed.ignored()
    assert signed.problems() == set()


def test_row_28_a_signature_cannot_say_that_it_holds_longer_than_the_gate_allows(signed: SignedLab) -> None:
    asked = signed.approval()
    longer = asked.saying(expiring(asked, "2035-07-01T09:00:00.000000Z"))

    with pytest.raises(Refused) as refusal:
        longer.bring()
    assert refusal.value.reason == "other-statement"


def expiring(asked: Asked, when: str) -> bytes:
    """The statement with another end, wherever it says it."""
    old = str(said(asked)["expires"])
    return asked.statement.replace(old.encode(), when.encode())


@BOTH
def test_row_10_what_changed_while_a_signature_was_on_its_way_refuses_it(signed: SignedLab) -> None:
    asked = signed.approval()
    signed.by("priya").review("aurora", "biosecurity", "unclear", role="safety", actor="priya", rationale=WHY)

    with pytest.raises(SignOffRejected, match="has changed"):
        asked.bring()
    assert signed.counted() == set()


def test_row_17_a_newer_signature_does_not_carry_one_that_was_taken_back(signed: SignedLab) -> None:
    first, second = signed.approval(), signed.approval()
    first.bring()
    second.bring()
    signed.by("mara").withdraw_sign_off("aurora", "S2", actor="mara", rationale=WHY)

    assert signed.counted() == set()
    assert first.bring().replayed and second.bring().replayed
    assert signed.counted() == set()


@BOTH
def test_row_17_a_role_that_was_lost_takes_signatures_along_that_are_still_on_their_way(signed: SignedLab) -> None:
    asked = signed.approval("sam", "security")
    signed.agreed(signed.by("ana").revoke("sam", ["security"], actor="ana", rationale=WHY))
    signed.agreed(signed.by("ana").grant("sam", ["security"], actor="ana", rationale=WHY))
    signed.agreed(signed.by("ana").admit_latecomer("sam", "security", "aurora", actor="ana", rationale=WHY))

    asked.bring()

    assert signed.counted("security") == set() and "lost security in between" in signed.ignored("security")


def test_row_19_a_published_release_takes_no_other_bytes_and_no_signature_of_before(signed: SignedLab) -> None:
    asked = signed.approval("priya")
    signed.approve()
    engine = engine_of(signed)
    engine.advance("aurora", "publish", actor="lee", rationale=WHY)

    with pytest.raises(Refused) as refusal:
        engine.replace_candidate(
            "aurora", signed.model("worse", weights="worse weights"), authors=["kim"], actor="lee", rationale=WHY
        )
    assert refusal.value.reason == "exposed"
    with pytest.raises(SignOffRejected, match="would not count there"):
        asked.bring()


@BOTH
def test_row_23_a_flood_of_forged_replies_moves_no_basis_and_the_genuine_one_goes_through(signed: SignedLab) -> None:
    asked = signed.approval()
    basis = signed.basis()
    for seed in range(12):
        hand = signed.hands["jun"] if seed % 2 else signed.hands["sam"]
        with pytest.raises(Refused):
            asked.bring(asked.signed(hand))

    assert signed.basis() == basis
    asked.bring()
    assert signed.counted() == {"mara"}
    assert signed.problems() == set()


def test_row_25_a_signed_approval_does_not_help_a_process_that_left_the_charter(signed: SignedLab) -> None:
    signed.approve()
    engine = engine_of(signed)
    process = next(line.process for line in engine.roster().charter if line.name == "guarded")
    signed.agreed(signed.by("ana").disallow_process(process, actor="ana", rationale=WHY))

    assert why(refused(signed.by("lee"))) == {("charter", "not-chartered")}


def older(lab: SignedLab) -> Engine:
    """A release of the same files, under a process that takes anybody's word: refused and stopped, and that ended."""
    engine = engine_of(lab)
    unsigned = engine.load_process(lab.process(PROCESS.replace("process: guarded", "process: trusting"), "old.yaml"))
    lab.agreed(lab.by("ana").allow_process(unsigned, Exposure.WEIGHTS, actor="ana", rationale=WHY))
    engine.start("older", lab.model(), process=unsigned, authors=["kim"], actor="lee", rationale=WHY)
    about = {"release": "older", "rationale": WHY}
    engine.sign_off(**about, trigger="publish", role="safety", actor="priya", decision="reject")
    engine.hold(**about, role="security", actor="sam")
    engine.require(**about, text="Run it again.", role="safety", actor="priya")
    engine.withdraw_sign_off(**about, sign_off="S1", actor="priya")
    engine.lift(**about, hold="H1", role="security", actor="sam")
    engine.discharge(**about, requirement="R1", role="safety", actor="mara")
    return engine


def test_row_22_what_a_claim_ended_in_a_trusting_release_stands_against_a_signed_one_until_somebody_signs(
    signed: SignedLab,
) -> None:
    """Whoever can write a name takes objections back where a process believes them."""
    engine = older(signed)
    signed.approve()
    assert why(refused(signed.by("lee"))) == {
        ("objections", "rejected"),
        ("holds", "hold"),
        ("requirements", "requirement-open"),
    }

    about = {"release": "older", "rationale": WHY}
    with pytest.raises(InvalidInput, match="does not stand against that candidate any more"):
        engine.withdraw_sign_off(**about, sign_off="S1", actor="priya")
    signed.by("priya").withdraw_sign_off(**about, sign_off="S1", actor="priya")
    signed.by("sam").lift(**about, hold="H1", role="security", actor="sam")
    signed.by("mara").discharge(**about, requirement="R1", role="safety", actor="mara")

    with pytest.raises(InvalidInput, match="any more"):
        signed.by("sam").lift(**about, hold="H1", role="security", actor="sam")
    assert engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    assert signed.problems() == set()


def test_row_22_what_a_quorum_of_claims_ended_is_ended_by_a_quorum_of_signatures(signed: SignedLab) -> None:
    engine = older(signed)
    engine.advance("older", "wait", actor="mara", rationale=WHY)
    about = {"release": "older", "hold": "H2", "role": "safety", "rationale": WHY}
    for person in ("mara", "jun"):
        engine.lift(**about, actor=person)
    assert ("holds", "hold") in why(refused(signed.by("lee")))

    assert [event.type for event in signed.by("mara").lift(**about, actor="mara").events] == ["lift_approved"]
    assert ("holds", "hold") in why(refused(signed.by("lee")))
    assert signed.by("jun").lift(**about, actor="jun").events[-1].type == "objection_closed"

    standing = [hold.id for hold in engine.status("aurora").holds if hold.standing]
    assert "H2" not in standing
    assert signed.problems() == set()
