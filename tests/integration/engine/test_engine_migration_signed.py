"""Where a process wants signatures, it is left by signatures alone, each over exactly one proposal."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from tests.integration.engine.lab import ADMINISTRATOR, PEOPLE, WHY, Lab, definition, refused, types
from tests.integration.engine.migrations import EASIER, EVERYBODY, LOOSENED, approve, missing, propose
from tests.support.hands import Hand
from workflow import Engine, Outcome, Process
from workflow.commands import ApproveMigration
from workflow.ledger import SaltedText
from workflow.proof import SignedElsewhere

NONCE = "0123456789abcdef" * 2
MAY_SIGN = {person: Hand(person) for person in (ADMINISTRATOR, *PEOPLE)}


class Everybody:
    """Signs for whoever the statement says is speaking."""

    def sign(self, statement: bytes, namespace: str) -> bytes:
        actor = json.loads(statement)["predicate"]["actor"]
        return MAY_SIGN[actor].sign(statement, namespace)


class Keyed(Lab):
    """A lab in which everybody has a key. Who does something signs it; by ``claims``, nobody does."""

    claims: Engine

    def people(self, people: Mapping[str, Sequence[str]] = PEOPLE) -> Keyed:
        """Puts everybody on the roster, and their keys."""
        super().people(people)
        self.claims = self.engine
        self.enrol(MAY_SIGN[ADMINISTRATOR])
        self.engine = self.engine.signing_with(Everybody())
        for person in people:
            self.enrol(MAY_SIGN[person])
        return self

    def enrol(self, hand: Hand) -> None:
        """The administrator enrols somebody's key."""
        self.tick().enrol_key(
            hand.person,
            hand.line,
            verified_by="lee" if hand.person == ADMINISTRATOR else ADMINISTRATOR,
            how="in person",
            actor=ADMINISTRATOR,
            rationale=WHY,
            possession=hand.possesses(self.engine.roster().origin),
        )

    def written(self, *publish: object, version: int = 1, **roles: object) -> Process:
        """The lab's process with signatures required, chartered."""
        process = definition(*publish, version=version)
        process["signed"] = "true"
        process["roles"] |= roles
        return self.allow(self.read(process))


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Keyed]:
    """Everybody on the roster; what a test leaves behind passes the audit."""
    lab = Keyed(tmp_path).people()
    yield lab
    lab.audited()
    lab.close()


@pytest.fixture
def signed(keyed: Keyed) -> Keyed:
    """``aurora`` in review under a process that wants signatures."""
    keyed.in_review(process=keyed.written())
    return keyed


def test_signatures_of_everybody_who_is_asked_put_another_process_in_force(signed: Keyed) -> None:
    process = signed.written(*EASIER, version=2)
    propose(signed, process)

    last = approve(signed, process, *EVERYBODY)

    report = signed.engine.audit()
    assert types(last) == ["migration_approved", "process_migrated"]
    assert (report.outcome, report.problems) == ("ok", ())
    assert [item.proof for item in signed.engine.history("aurora", limit=3)] == ["sshsig"] * 3


def test_what_is_signed_says_which_process_gives_way_to_which_and_what_that_loosens(signed: Keyed) -> None:
    process, before = signed.written(*EASIER, version=2), signed.engine.status("aurora").process
    proposed = propose(signed, process)
    approve(signed, process, ("mara", "safety"))

    predicate = json.loads(MAY_SIGN["mara"].last)["predicate"]
    assert predicate["meaning"].startswith("I, mara, as safety, let aurora in the ledger ")
    assert f"go on under the process {process.digest} instead of {before}, in round 2" in predicate["meaning"]
    assert predicate["meaning"].endswith(f"; it loosens: {LOOSENED[0]}.")
    assert predicate["details"] == {"loosens": [*LOOSENED], "proposal": proposed.entry}
    assert (predicate["binding"]["subject"], predicate["binding"]["round"]) == (process.digest, 2)
    assert [item["when"] for item in predicate["ceases"]] == [
        "key_compromised",
        "role_lost",
        "candidate_replaced",
        "process_migrated",
        "round_ended",
    ]


def test_a_claim_lets_no_release_out_of_a_process_that_wants_signatures(signed: Keyed) -> None:
    process = signed.written(*EASIER, version=2)
    signed.claims.propose_migration("aurora", process, actor="lee", rationale=WHY)

    for person, role in EVERYBODY:
        with refused("unsigned"):
            signed.claims.approve_migration("aurora", process, role=role, actor=person, rationale=WHY)

    assert missing(signed) == {"safety": 2, "security": 1}


def test_a_signature_of_somebody_else_is_nobody_s_approval(signed: Keyed) -> None:
    process = signed.written(*EASIER, version=2)
    propose(signed, process)
    hers = signed.claims.signing_with(MAY_SIGN["jun"])

    with refused("signature-invalid"):
        hers.approve_migration("aurora", process, role="safety", actor="mara", rationale=WHY)

    assert missing(signed) == {"safety": 2, "security": 1}


def reply(
    lab: Keyed, process: Process, person: str = "mara", role: str = "safety"
) -> tuple[ApproveMigration, SignedElsewhere]:
    """What somebody signs elsewhere, to be handed in whenever."""
    command = ApproveMigration(actor=person, release="aurora", process=process.digest, role=role)
    salted = {"rationale": SaltedText.of(WHY)}
    pipeline = lab.engine._pipeline
    with pipeline.storage.snapshot() as reader:
        statement = pipeline.intended(
            reader, command, {name: text.commitment for name, text in salted.items()}, {}, NONCE
        ).statement
    assert statement is not None
    salts = {name: text.salt for name, text in salted.items()}
    return command, SignedElsewhere(statement, MAY_SIGN[person].sign(statement, "holdfast"), salts)


def hand_in(lab: Keyed, request: tuple[ApproveMigration, SignedElsewhere]) -> Outcome:
    command, signed_elsewhere = request
    return lab.engine._pipeline.execute(command, {"rationale": WHY}, reply=signed_elsewhere)


def test_what_was_signed_elsewhere_counts_for_the_proposal_that_was_seen(signed: Keyed) -> None:
    process = signed.written(*EASIER, version=2)
    propose(signed, process)

    outcome = hand_in(signed, reply(signed, process))

    assert types(outcome) == ["migration_approved"]
    assert missing(signed) == {"safety": 1, "security": 1}


def another_round(lab: Keyed, process: Process) -> None:
    lab.advance("return")
    lab.advance("submit")
    propose(lab, process)


def proposed_again(lab: Keyed, process: Process) -> None:
    propose(lab, lab.written(version=3))
    propose(lab, process)


def other_files(lab: Keyed, process: Process) -> None:
    lab.replace(lab.model("second"))
    propose(lab, process)


@pytest.mark.parametrize("happens", [another_round, proposed_again, other_files])
def test_what_was_signed_for_one_proposal_is_no_approval_of_another(signed: Keyed, happens: object) -> None:
    process = signed.written(*EASIER, version=2)
    propose(signed, process)
    request = reply(signed, process)

    happens(signed, process)  # type: ignore[operator]

    with refused("other-statement"):
        hand_in(signed, request)
    assert missing(signed) == {"safety": 2, "security": 1}


def test_a_key_that_came_after_the_round_began_lets_nothing_go_on_towards_weights(signed: Keyed) -> None:
    process = signed.written(*EASIER, version=2)
    propose(signed, process)
    late = Hand("mara", seed=1)
    signed.enrol(late)

    with refused("new-key"):
        signed.claims.signing_with(late).approve_migration(
            "aurora", process, role="safety", actor="mara", rationale=WHY
        )


def test_a_key_that_came_late_lets_nothing_go_on_to_where_weights_can_leave(keyed: Keyed) -> None:
    inside = definition(version=2)
    del inside["stages"]["public"], inside["transitions"]["publish"]
    inside["transitions"]["withdraw"]["from"].remove("public")
    keyed.in_review(process=keyed.allow(keyed.read({**inside, "signed": "true"})))
    process = keyed.written()
    propose(keyed, process)
    late = Hand("mara", seed=1)
    keyed.enrol(late)

    with refused("new-key"):
        keyed.claims.signing_with(late).approve_migration("aurora", process, role="safety", actor="mara", rationale=WHY)


def test_a_role_that_wants_a_pin_wants_it_here_too(keyed: Keyed) -> None:
    keyed.in_review(process=keyed.written(safety={"pin": "true"}))
    process = keyed.written(version=2)
    propose(keyed, process)

    with refused("pin"):
        approve(keyed, process, ("mara", "safety"))
    approve(keyed, process, ("sam", "security"))


def test_a_role_that_is_to_be_kept_apart_approves_nothing_together_with_the_other(keyed: Keyed) -> None:
    keyed.in_review(process=keyed.written(safety={"not_with": ["security"]}))
    process = keyed.written(version=2)
    propose(keyed, process)

    with refused("excluded"):
        approve(keyed, process, ("both", "safety"))


def test_somebody_who_came_after_the_round_began_is_not_asked(signed: Keyed) -> None:
    process = signed.written(*EASIER, version=2)
    propose(signed, process)
    signed.tick().grant("ivy", ["safety"], actor=ADMINISTRATOR, rationale=WHY)

    with refused("excluded"):
        approve(signed, process, ("ivy", "safety"))
    proposal = signed.engine.status("aurora").proposal
    assert proposal is not None
    assert "ivy" not in proposal.consents[0].who_can


def suspend(lab: Keyed) -> None:
    lab.tick().suspend_key(MAY_SIGN["mara"].fingerprint, actor="mara", rationale=WHY)


def test_an_approval_by_a_key_that_was_stopped_counts_no_more(signed: Keyed) -> None:
    process = signed.written(*EASIER, version=2)
    propose(signed, process)
    approve(signed, process, ("mara", "safety"))

    suspend(signed)
    approve(signed, process, ("jun", "safety"), ("sam", "security"))

    assert missing(signed) == {"safety": 1}
    assert types(approve(signed, process, ("priya", "safety")))[-1] == "process_migrated"


def test_a_compromised_key_takes_the_migration_that_rests_on_it_into_question(signed: Keyed) -> None:
    before = signed.clock.now()
    process = signed.written(*EASIER, version=2)
    propose(signed, process)
    done = approve(signed, process, *EVERYBODY)

    signed.tick().revoke_key(
        MAY_SIGN["mara"].fingerprint,
        actor=ADMINISTRATOR,
        rationale=WHY,
        compromised_since=before + timedelta(seconds=1),
    )

    found = signed.engine.history("aurora", limit=1)[0].events
    assert found[0]["gates"] == [{"entry": done.entry, "trigger": "migrate"}]
    assert "requirement-open" in signed.blocking()


def test_claims_let_a_release_go_on_from_a_process_that_wants_none_to_one_that_wants_signatures(keyed: Keyed) -> None:
    keyed.in_review(process=keyed.allow(keyed.load()))
    process = keyed.written(version=2)
    keyed.claims.propose_migration("aurora", process, actor="lee", rationale=WHY)
    for person, role in EVERYBODY:
        keyed.claims.approve_migration("aurora", process, role=role, actor=person, rationale=WHY)

    with refused("unsigned"):
        keyed.claims.sign_off(
            "aurora", "publish", role="safety", actor="mara", rationale=WHY, basis=keyed.basis("publish")
        )
    assert keyed.engine.audit().outcome == "ok"
