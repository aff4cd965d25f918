"""The roster and the charter: rolled back, skipped, signed by too few, or written past the engine; keys for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attacked import WHY
from forger import Forger, Json
from signed_lab import ORIGIN, SIGNED_PROCESS, Asked, SignedLab, change_past, write_past

from tests.support.hands import Hand
from workflow import Engine, InvalidInput, LedgerError, NotFound, Refused, commands, ledger
from workflow.changes import (
    AdministratorsSet,
    Change,
    KeyEnrolled,
    KeyRevoked,
    PersonAdded,
    ProcessChartered,
    RolesGranted,
)
from workflow.commands import AnyCommand
from workflow.decide import propose
from workflow.events import (
    ChangeAccepted,
    ChangeApproved,
    ChangeProposed,
    Event,
    LedgerCreated,
    ObjectionClosed,
    ProcessMigrated,
    Scheduled,
    SignOffRecorded,
    parse,
)
from workflow.process import Exposure

EVE = PersonAdded(person="eve", roles=("safety",))


def engine_of(lab: SignedLab) -> Engine:
    assert lab.engine is not None
    return lab.engine


def proposal(lab: SignedLab, change: Change = EVE, actor: str = "ana") -> Asked:
    """A change that an administrator is yet to sign."""
    return lab.ask(commands.ProposeChange(actor=actor, change=change))


def approval(lab: SignedLab, change: str, actor: str = "ben") -> Asked:
    """The approval of a pending change that an administrator is yet to sign."""
    content = next(item.content for item in engine_of(lab).roster().pending if item.id == change)
    return lab.ask(commands.ApproveChange(actor=actor, id=change, content=content))


def proposed(lab: SignedLab, change: Change = EVE) -> str:
    """A change that ana has proposed, by its id."""
    identifier: str = proposal(lab, change).bring().events[0].id  # type: ignore[attr-defined]
    return identifier


def another_change(lab: SignedLab) -> None:
    """The roster goes on to its next version."""
    lab.agreed(lab.by("ana").grant("ivy", ["security"], actor="ana", rationale=WHY))


def knows_eve(lab: SignedLab) -> bool:
    return "eve" in {person.person for person in engine_of(lab).roster().people}


# Versions: exactly the next one.


@pytest.mark.parametrize("version", [0, 1, -1, 18, 19, 21, 10**6, True, None, "20"])
def test_row_35_a_change_is_signed_for_the_next_version_of_the_roster_and_for_no_other(
    signed: SignedLab, version: object
) -> None:
    there = engine_of(signed).roster().version
    assert there == 19
    asked = proposal(signed)
    other = asked.saying(lambda value: value["predicate"].update(version=version))

    with pytest.raises(Refused) as refusal:
        other.bring()

    assert refusal.value.reason == "other-statement"
    assert engine_of(signed).roster().version == there
    assert proposal(signed).bring().events
    assert signed.problems() == set()


@pytest.mark.parametrize("what", ["proposal", "approval"])
def test_row_35_what_was_signed_for_a_version_that_another_change_made_counts_no_more(
    signed: SignedLab, what: str
) -> None:
    identifier = proposed(signed)
    asked = (
        proposal(signed, RolesGranted(person="omar", roles=("safety",)))
        if what == "proposal"
        else approval(signed, identifier)
    )
    another_change(signed)

    with pytest.raises(Refused) as refusal:
        asked.bring()

    assert refusal.value.reason == "other-statement"
    assert not knows_eve(signed)
    assert signed.problems() == set()


def test_row_35_an_approval_of_before_another_change_has_to_be_given_anew(signed: SignedLab) -> None:
    identifier = proposed(signed)
    another_change(signed)

    assert [event.type for event in approval(signed, identifier).bring().events] == ["change_approved"]
    assert not knows_eve(signed)
    approval(signed, identifier, "ana").bring()
    assert knows_eve(signed)
    assert signed.problems() == set()


def test_row_35_a_charter_of_before_does_not_come_back_by_what_was_signed_for_it(signed: SignedLab) -> None:
    """The administrators allowed a process and took it out again; somebody kept their signatures."""
    engine = engine_of(signed)
    process = engine.load_process(signed.process(SIGNED_PROCESS.replace("version: 1", "version: 9"), "nine.yaml"))
    change = ProcessChartered(process=process.digest, name=process.name, exposure=Exposure.WEIGHTS)
    command = commands.ProposeChange(actor="ana", change=change)
    signed.allow(SIGNED_PROCESS.replace("version: 1", "version: 9"), "nine.yaml")
    kept = recorded(signed, engine.history(limit=2)[1].entry, command)
    signed.agreed(signed.by("ana").disallow_process(process.digest, actor="ana", rationale=WHY))

    asked, signature = kept
    assert asked.bring(signature).replayed
    assert process.digest not in {line.process for line in engine.roster().charter}
    assert signed.problems() == set()


def recorded(lab: SignedLab, seq: int, command: AnyCommand) -> tuple[Asked, bytes]:
    """What stands behind an entry, as its maker brought it: the owner of the database has all of it."""
    storage = engine_of(lab)._pipeline.storage
    stored = storage.entry(seq)
    assert stored is not None
    entry = ledger.Entry.from_bytes(stored.body)
    statement, signature = storage.blob(entry.proof["statement"]), storage.blob(entry.proof["signature"])
    text = storage.text(entry.texts["rationale"])
    assert statement is not None and signature is not None and text is not None
    return Asked(lab, command, {"rationale": text.text}, {"rationale": text.salt}, statement), signature


# Thresholds: of the old and of the new administrators.


def test_row_35_one_administrator_changes_nothing_however_often_they_sign(signed: SignedLab) -> None:
    identifier = proposed(signed)
    with pytest.raises(InvalidInput, match="approved C20 already"):
        approval(signed, identifier, "ana").bring()
    again = approval(signed, identifier)
    with pytest.raises(Refused):
        again.bring(again.signed(signed.hands["ana"]))
    with pytest.raises(Refused) as claimed:
        engine_of(signed).approve_change(identifier, actor="ben", rationale=WHY)

    assert claimed.value.reason == "unsigned"
    assert not knows_eve(signed)
    assert signed.problems() == set()


def test_row_35_other_administrators_take_the_thresholds_of_the_old_and_of_the_new(signed: SignedLab) -> None:
    change = AdministratorsSet(administrators=("lee", "mara"), threshold=2)
    identifier = proposed(signed, change)
    approval(signed, identifier, "ben").bring()
    assert engine_of(signed).roster().administrators == ("ana", "ben")  # the old alone
    approval(signed, identifier, "lee").bring()
    assert engine_of(signed).roster().administrators == ("ana", "ben")  # and one of the new
    approval(signed, identifier, "mara").bring()

    assert engine_of(signed).roster().administrators == ("lee", "mara")
    with pytest.raises(Refused) as refusal:
        signed.by("ana").add_person("eve", actor="ana", rationale=WHY)
    assert refusal.value.reason == "not-administrator"
    assert signed.problems() == set()


def test_row_35_the_approval_of_a_stolen_key_counts_no_more_once_it_is_suspended(signed: SignedLab) -> None:
    identifier = proposed(signed)  # by whoever has stolen ana's key
    signed.by("ana").suspend_key(signed.hands["ana"].fingerprint, actor="ana", rationale=WHY)

    approval(signed, identifier).bring()

    assert not knows_eve(signed)
    assert signed.problems() == set()


def test_row_35_an_approval_is_of_the_change_that_was_seen_and_not_of_an_id(signed: SignedLab) -> None:
    identifier = proposed(signed)
    asked = approval(signed, identifier)
    worse = signed.ask(commands.ProposeChange(actor="ana", change=PersonAdded(person="eve", roles=("safety", "lead"))))
    other: str = worse.bring().events[0].id  # type: ignore[attr-defined]
    content = next(item.content for item in engine_of(signed).roster().pending if item.id == other)

    for brought in (asked.asking(id=other), asked.asking(content=content), asked.asking(id=other, content=content)):
        with pytest.raises((Refused, InvalidInput)):
            brought.bring()
    assert not knows_eve(signed)
    assert asked.bring().events[-1].type == "change_accepted"


UNSIGNED: dict[str, Callable[[Engine], object]] = {
    "a person added": lambda engine: engine.add_person("eve", roles=["safety"], actor="ana", rationale=WHY),
    "roles granted": lambda engine: engine.grant("ivy", ["safety"], actor="ana", rationale=WHY),
    "a person removed": lambda engine: engine.remove_person("ivy", actor="ana", rationale=WHY),
    "a key enrolled": lambda engine: engine.enrol_key(
        "mara", Hand("eve").line, verified_by="ana", how=WHY, actor="ana", rationale=WHY
    ),
    "a key revoked": lambda engine: engine.revoke_key(Hand("mara").fingerprint, actor="ana", rationale=WHY),
    "administrators set": lambda engine: engine.set_administrators(["ana"], 1, actor="ana", rationale=WHY),
    "a deputy named": lambda engine: engine.name_deputy("sam", "jun", ["security"], actor="ana", rationale=WHY),
    "a latecomer admitted": lambda engine: engine.admit_latecomer("ivy", "legal", "aurora", actor="ana", rationale=WHY),
    "the clock corrected": lambda engine: engine.correct_clock(actor="ana", rationale=WHY),
    "a text erased": lambda engine: engine.erase(41, "rationale", actor="ana", rationale=WHY),
    "a key suspended": lambda engine: engine.suspend_key(Hand("mara").fingerprint, actor="ana", rationale=WHY),
    "somebody away": lambda engine: engine.away(actor="sam", rationale=WHY),
}


@pytest.mark.parametrize("what", UNSIGNED)
def test_row_35_what_changes_the_roster_is_nobody_s_word_until_they_signed_it(signed: SignedLab, what: str) -> None:
    with pytest.raises(Refused) as refusal:
        UNSIGNED[what](engine_of(signed))

    assert refusal.value.reason == "unsigned"
    with pytest.raises(Refused) as forged:
        UNSIGNED[what](signed.by("ana", signed.hands["jun"]))
    assert forged.value.reason == "signature-invalid"
    assert signed.problems() == set()


# Past the engine.

FORGED: dict[str, Change] = {
    "somebody is let in": EVE,
    "a role is granted": RolesGranted(person="ivy", roles=("safety",)),
    "a key is enrolled": KeyEnrolled(person="mara", key=Hand("eve").public.line, verified_by="ana"),
    "a key is revoked": KeyRevoked(key=Hand("mara").fingerprint),
    "others administer": AdministratorsSet(administrators=("jun",), threshold=1),
    "a process is allowed": ProcessChartered(process="0" * 64, name="easy", exposure=Exposure.WEIGHTS),
}


@pytest.mark.parametrize("by", ["a claim", "one administrator", "a signer", "a stranger"])
@pytest.mark.parametrize("what", FORGED)
def test_row_35_a_change_that_was_written_past_the_engine_stops_it_and_is_named(
    signed: SignedLab, what: str, by: str
) -> None:
    hand = {"one administrator": signed.hands["ana"], "a signer": signed.hands["jun"], "a stranger": Hand("eve")}
    seq = change_past(signed, FORGED[what], hand=hand.get(by))

    for ask in (
        lambda: engine_of(signed).roster(),
        lambda: engine_of(signed).status("aurora"),
        lambda: engine_of(signed).advance("aurora", "publish", actor="lee", rationale=WHY),
    ):
        with pytest.raises(LedgerError, match=f"entry {seq}"):
            ask()
    assert ("not-allowed", seq) in signed.problems()


def genuine(lab: SignedLab, kind: str) -> tuple[AnyCommand, tuple[Event, ...], Hand]:
    """Something that somebody would sign without a second thought."""
    if kind == "proposal":
        harmless = RolesGranted(person="omar", roles=("lead",))
        command: AnyCommand = commands.ProposeChange(actor="ana", change=harmless)
        number = len([item for item in engine_of(lab).history(limit=1000) if "proposed C" in item.summary[0]]) + 1
        return command, (ChangeProposed(id=f"C{number}", change=harmless),), lab.hands["ana"]
    command = commands.Schedule(actor="lee", release="aurora", planned="2026-07-01T09:00:00.000000Z")
    return command, (Scheduled(planned=command.planned, previous=None, slip=False),), lab.hands["lee"]


def closed(lab: SignedLab) -> ObjectionClosed:
    return ObjectionClosed(subject="H1", candidates=(engine_of(lab).status("aurora").candidate,))


def migrated(lab: SignedLab) -> ProcessMigrated:
    easy = engine_of(lab).load_process(lab.process(SIGNED_PROCESS.replace("signed: true\n", ""), "easy.yaml"))
    with engine_of(lab)._pipeline.storage.lock() as unit:
        process = engine_of(lab)._pipeline.folder.release(unit, "aurora").process
    return ProcessMigrated(
        previous=process, process=easy.digest, stage="review", loosens=("signed",), approved_by=("mara",)
    )


RIDERS: dict[str, tuple[str, Callable[[SignedLab], tuple[Event, ...]]]] = {
    "the end of a hold": ("schedule", lambda lab: (closed(lab),)),
    "another process": ("schedule", lambda lab: (migrated(lab),)),
    "a second beginning": ("schedule", lambda lab: (begun(lab),)),
    "another's change in force": ("proposal", lambda _: (ChangeAccepted(id="C20", change=EVE),)),
    "the approval of another's change": ("proposal", lambda _: (ChangeApproved(id="C20", content="0" * 64),)),
    "a proposal of another change": ("proposal", lambda _: (ChangeProposed(id="C22", change=EVE),)),
    "a second genesis": (
        "proposal",
        lambda _: (LedgerCreated(nonce="0" * 32, administrators=("eve",), threshold=1, charter=()),),
    ),
}


def begun(lab: SignedLab) -> Event:
    first = engine_of(lab).history("aurora")[-1].events[0]
    return parse([first])[0]


@pytest.mark.parametrize("alone", [False, True], ids=["beside it", "alone"])
@pytest.mark.parametrize("what", RIDERS)
def test_row_37_what_rides_on_something_harmless_is_not_taken_for_what_its_maker_did(
    signed: SignedLab, what: str, alone: bool
) -> None:
    """The owner of the database writes an entry that is signed, or need not be, and lets it say more than that."""
    engine_of(signed).hold("aurora", role="security", actor="sam", rationale=WHY)
    proposed(signed)
    kind, ride = RIDERS[what]
    command, events, hand = genuine(signed, kind)
    riders = ride(signed)
    recorded = riders if alone else (*events, *riders)

    by = hand if kind == "proposal" and not alone else None
    seq = write_past(signed, command, *recorded, hand=by)

    with pytest.raises(LedgerError, match=f"entry {seq}"):
        engine_of(signed).status("aurora")
    assert seq in {entry for _, entry in signed.problems()}


def test_row_37_a_second_act_does_not_ride_on_a_signature_of_the_first(signed: SignedLab) -> None:
    """A genuine approval of jun's, in an entry that also records a discharge, which nobody signed."""
    engine_of(signed).require("aurora", "Run it again.", role="safety", actor="mara", rationale=WHY)
    command = signed.approval("jun").command
    pipeline = engine_of(signed)._pipeline
    with pipeline.storage.lock() as unit:
        _, world = pipeline._locate(unit, command, {})
    texts = {"rationale": "0" * 64}
    discharge = commands.Discharge(actor="jun", release="aurora", subject="R1", role="safety")
    with pipeline.storage.snapshot() as reader:
        made = [
            propose(pipeline.rulebook.situation(world, item, nonce="0" * 32, texts=texts, blob=reader.blob), item)[0]
            for item in (command, discharge)
        ]
    assert isinstance(made[0], SignOffRecorded)
    seq = write_past(signed, command, *made, hand=signed.hands["jun"])

    with pytest.raises(LedgerError, match=f"entry {seq}"):
        engine_of(signed).status("aurora")
    assert ("not-allowed", seq) in signed.problems()


# Row 26: keys that somebody adds for somebody else.


def test_row_26_a_second_key_that_the_first_has_not_signed_for_does_not_count_at_what_nothing_undoes(
    signed: SignedLab,
) -> None:
    """The administrators, both of them, add a key for mara and sign as her."""
    added = Hand("mara", 1)
    signed.enrol("mara", added)
    asked = signed.approval()

    with pytest.raises(Refused) as refusal:
        asked.bring(asked.signed(added))

    assert refusal.value.reason == "new-key"
    review = signed.ask(
        commands.Review(actor="mara", release="aurora", area="biosecurity", verdict="acceptable", role="safety")
    )
    with pytest.raises(Refused) as refusal:
        review.bring(review.signed(added))
    assert refusal.value.reason == "new-key"
    assert signed.counted() == set()
    assert signed.problems() == set()


def test_row_26_such_a_key_does_not_count_by_an_entry_that_was_written_past_the_engine(signed: SignedLab) -> None:
    added = Hand("mara", 1)
    signed.enrol("mara", added)

    seq = write_past(signed, signed.approval().command, hand=added)

    assert signed.counted() == set() and "no earlier key" in signed.ignored()
    assert ("not-allowed", seq) in signed.problems()


def test_row_26_a_second_key_counts_once_the_first_has_signed_for_it(signed: SignedLab) -> None:
    added = Hand("mara", 1)
    signed.enrol("mara", added, before=signed.hands["mara"])
    asked = signed.approval()
    asked.bring(asked.signed(added))

    assert signed.counted() == {"mara"}


CROSSINGS: dict[str, Callable[[SignedLab], dict[str, Any]]] = {
    "by another's key": lambda lab: {"before": lab.hands["jun"]},
    "by itself": lambda _: {"before": Hand("mara", 1)},
    "by an unknown key": lambda _: {"before": Hand("eve")},
    "by a suspended key": lambda lab: suspended(lab),
    "by a revoked key": lambda lab: revoked(lab),
}


def suspended(lab: SignedLab) -> dict[str, Any]:
    lab.by("mara").suspend_key(lab.hands["mara"].fingerprint, actor="mara", rationale=WHY)
    return {"before": lab.hands["mara"]}


def revoked(lab: SignedLab) -> dict[str, Any]:
    lab.revoke("mara")
    return {"before": lab.hands["mara"]}


@pytest.mark.parametrize("how", CROSSINGS)
def test_row_26_only_an_earlier_key_of_the_same_person_signs_for_a_new_one(signed: SignedLab, how: str) -> None:
    facts = CROSSINGS[how](signed)

    with pytest.raises((Refused, NotFound)) as refusal:
        signed.enrol("mara", Hand("mara", 1), **facts)
    assert isinstance(refusal.value, Refused) and refusal.value.reason == "not-crossed"


POSSESSIONS: dict[str, Callable[[Hand], Any]] = {
    "of another person": lambda hand: Hand("jun", hand.seed).possesses(ORIGIN),
    "of another ledger": lambda hand: hand.possesses("elsewhere.example"),
    "of another key": lambda _: Hand("mara", 2).possesses(ORIGIN),
}


@pytest.mark.parametrize("of", POSSESSIONS)
def test_row_26_a_key_is_enrolled_only_where_it_said_itself_whose_it_is(signed: SignedLab, of: str) -> None:
    hand = Hand("mara", 1)
    with pytest.raises(Refused) as refusal:
        signed.enrol("mara", hand, possession=POSSESSIONS[of](hand))
    assert refusal.value.reason == "not-possessed"


def test_row_26_a_first_key_counts_in_the_round_only_where_the_administrators_let_its_owner_in(
    signed: SignedLab,
) -> None:
    """Somebody without a key is an invitation to administrators who want one signature more."""
    signed.agreed(signed.by("ana").add_person("nia", roles=["safety"], actor="ana", rationale=WHY))
    engine = engine_of(signed)
    engine.advance("aurora", "back", actor="lee", rationale=WHY)
    engine.advance("aurora", "submit", actor="lee", rationale=WHY)
    made = signed.hands["nia"] = Hand("nia")
    signed.enrol("nia", made)
    asked = signed.approval("nia")

    with pytest.raises(Refused) as refusal:
        asked.bring()
    assert refusal.value.reason == "new-key"
    signed.agreed(signed.by("ana").admit_latecomer("nia", "safety", "aurora", actor="ana", rationale=WHY))
    signed.approval("nia").bring()
    assert signed.counted() == {"nia"}  # two administrators said so, and it stays on record that they did


def test_row_26_one_administrator_adds_no_key(signed: SignedLab) -> None:
    added = Hand("mara", 1)
    shown = added.possesses(ORIGIN)
    signed.by("ana").enrol_key(
        "mara", added.line, verified_by="ana", how=WHY, actor="ana", rationale=WHY, possession=shown
    )
    asked = signed.approval()

    with pytest.raises(Refused, match="nobody's that is known here"):
        asked.bring(asked.signed(added))


# Rolled back by the owner.


def without_the_last_change(forger: Forger) -> Json:
    """The revocation never was: its proposal and its approval are gone."""
    entries = [entry for entry in forger.entries if entry["stream"] == "roster"]
    for entry in entries[-2:]:
        forger.entries.remove(entry)
    return entries[-1]


def test_row_35_a_roster_that_was_rolled_back_is_named_by_every_signature_after_it(signed: SignedLab) -> None:
    """Each signature is over the tree that its maker saw, so that what was before it cannot be left out."""
    signed.revoke("mara")
    later = [signed.sign("jun", "safety").entry, signed.sign("sam", "security").entry]
    signed.close()
    forger = Forger(signed.database)
    without_the_last_change(forger)
    forger.seal()
    signed.open()

    assert {("not-allowed", entry - 2) for entry in later} <= signed.problems()


def test_row_35_a_roster_that_was_rolled_back_to_the_last_signature_is_found_by_a_remembered_root_alone(
    signed: SignedLab,
) -> None:
    signed.revoke("mara")
    remembered = engine_of(signed).audit()
    signed.close()
    forger = Forger(signed.database)
    without_the_last_change(forger)
    forger.seal()
    engine = signed.open()

    assert engine.audit().outcome == "ok"
    found = engine.audit(remembered=(remembered.entries, remembered.root))
    assert found.outcome == "failed"
