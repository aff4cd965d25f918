"""Tells the signed golden story: what people sign, every change of their keys, and what becomes of either.

It is told by two administrators who both have to sign, with keys that follow from the people's names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

import workflow
from tests.golden.telling import Story
from tests.support.build import ScriptedClock
from tests.support.hands import PIN_CHECKED, TOUCHED, Hand, Hands
from tests.support.raw import raw
from workflow import Engine, Exposure, Outcome, Refused
from workflow.api.keys import Keys
from workflow.measurement import measure, write_measurement

HERE = Path(__file__).parent
ORIGIN = "holdfast.example/golden-signed"
PROCESSES = {"golden_signed": HERE / "process.yaml"}
NEWEST = {"candidate_unchanged": 2, "evidence": 2}
"""The revisions that policies had when the story was first told."""

PEOPLE = {
    "lee": ["lead"],
    "mara": ["safety"],
    "jun": ["safety"],
    "priya": ["safety"],
    "sam": ["security"],
    "ivy": ["legal"],
    "noor": ["legal"],
}
HOW = "In person, by the fingerprint."


class SignedStory(Story):
    """The acts of the story, each a minute after the last, and each signed where it can be."""

    def __init__(self) -> None:
        self.clock = ScriptedClock()
        self.hands = Hands("ana", "bob", "cid", "eve", "zoe", *PEOPLE)
        self.hands.take_up("sam", 0, TOUCHED | PIN_CHECKED)
        self._engine: Engine | None = workflow.create_ledger(
            self.url,
            administrators=["ana", "bob"],
            threshold=2,
            rationale="the signed golden ledger is made",
            origin=ORIGIN,
            clock=self.clock,
        )

    @property
    def claimed(self) -> Engine:
        """The engine, a minute later, for somebody who only says who they are."""
        return super().engine

    @property
    def engine(self) -> Engine:
        """The engine, a minute later, for somebody who signs."""
        return self.claimed.signing_with(self.hands)

    def agree(self, engine: Engine | None = None) -> None:
        """Whoever still has to approves the change that was proposed last."""
        pending = (engine or self.engine).roster().pending
        if pending:
            who = pending[-1].who_can[0]
            (engine or self.engine).approve_change(pending[-1].id, **self.why(who))

    def changed(self, change: Callable[[Engine], Outcome]) -> None:
        """A change that ana proposes, and that bob approves."""
        change(self.engine)
        self.agree()

    def enrol(
        self, person: str, hand: Hand, *, before: Hand | None = None, by: str = "ana", engine: Engine | None = None
    ) -> None:
        """Somebody's key, by its own word."""
        acting: Keys = engine or self.engine
        acting.enrol_key(
            person,
            hand.line,
            verified_by=person if before or engine else "lee" if person in ("ana", "bob") else by,
            how=HOW,
            possession=hand.possesses(ORIGIN, before=before),
            **self.why(by),
        )
        if engine is None:
            self.agree()

    @contextmanager
    def refused(self) -> Iterator[None]:
        """Something that is not allowed, and is on record."""
        with pytest.raises(Refused):
            yield

    def tell(self) -> None:
        """Everything, in order."""
        self.administrators_found_the_roster()
        self.people_come_with_their_keys()
        self.a_first_candidate_is_judged()
        self.people_are_away_come_late_and_leave()
        self.a_second_candidate_rests_on_the_first()
        self.the_release_gets_under_another_process()
        self.it_goes_out()
        self.a_key_turns_out_bad()
        self.what_administrators_mend()

    def administrators_found_the_roster(self) -> None:
        """Claims, until two administrators have keys; then signatures, for the next version."""
        for person in ("ana", "bob"):
            self.enrol(person, self.hands[person], by=person, engine=self.claimed)
        for change, person in (("C1", "bob"), ("C2", "ana")):
            self.claimed.approve_change(change, **self.why(person))
        with self.refused():
            self.claimed.add_person("eve", **self.why("ana"))
        self.enrol("ana", Hand("ana", 2), before=self.hands["ana"])
        self.engine.add_person("cid", **self.why("ana"))
        self.engine.add_person("eve", **self.why("bob"))
        self.engine.approve_change("C4", **self.why("bob"))
        # The approval of the other one is for a version that there is already; both have to give it anew.
        for person in ("ana", "bob"):
            self.engine.approve_change("C5", **self.why(person))
        self.enrol("cid", self.hands["cid"])
        self.changed(lambda engine: engine.set_administrators(["ana", "bob", "cid"], 2, **self.why("ana")))
        self.changed(lambda engine: engine.remove_person("eve", **self.why("ana")))

    def people_come_with_their_keys(self) -> None:
        """Keys that were imported, shown, signed for; one on a security key; deputies."""
        self.model("model", "the first weights")
        for person, roles in PEOPLE.items():
            self.changed(lambda engine, who=person, has=roles: engine.add_person(who, roles=has, **self.why("ana")))  # type: ignore[misc]
        mara = self.hands["mara"]
        self.changed(lambda engine: engine.enrol_key("mara", mara.line, verified_by="lee", how=HOW, **self.why("ana")))
        with self.refused():
            self.engine.away(**self.why("mara"))
        with self.refused():
            self.engine.enrol_key(
                "mara", mara.line, verified_by="lee", how=HOW, possession=mara.possesses("elsewhere"), **self.why("ana")
            )
        for person in PEOPLE:
            self.enrol(person, self.hands[person])
        self.changed(lambda engine: engine.name_deputy("mara", "noor", ["safety"], **self.why("ana")))
        until = self.clock.at.replace(year=2030)
        self.changed(
            lambda engine: engine.name_deputy(
                "jun", "ivy", ["safety"], release="aurora", until=until, **self.why("ana")
            )
        )
        self.changed(lambda engine: engine.dismiss_deputy("jun", "ivy", **self.why("ana")))

    def a_first_candidate_is_judged(self) -> None:
        """Every act that is signed, and signatures that prove nothing, or not enough."""
        self.engine.start("aurora", "model", process="golden_signed", authors=["kim"], label="1.0", **self.why("lee"))
        self.measured("submit")
        self.attach(0.31, declare_as="lead")
        self.attach(0.12, states=self.engine.status("aurora").candidate)
        self.engine.set_aside("aurora", "E1", role="safety", **self.why("jun"))
        self.engine.review("aurora", "biosecurity", "acceptable", role="safety", **self.why("mara"))
        self.engine.statement("aurora", "It took the time that it needed.", role="lead", actor="lee")
        self.approve(
            "mara", "safety", conditions=["If it is quantized."], requirements=[("scan the files", "security")]
        )
        with self.refused():
            self.claimed.sign_off("aurora", "publish", role="safety", basis=self.basis("publish"), **self.why("jun"))
        with self.refused():
            self.in_another_s_hand("jun", "eve")
        touched = Hand("sam", 0, TOUCHED)
        with self.refused():
            self.in_another_s_hand("sam", "sam", touched)
        self.approve("sam", "security")
        self.approve("ivy", "legal")
        self.engine.assert_condition("aurora", "S1", "condition.1", role="security", **self.why("sam"))
        self.engine.hold("aurora", role="safety", **self.why("jun"))
        self.engine.lift("aurora", "H1", role="safety", **self.why("jun"))
        self.engine.require("aurora", "ask again", role="safety", **self.why("jun"))
        self.engine.discharge("aurora", "R1", role="security", **self.why("sam"))
        self.engine.discharge("aurora", "R2", role="safety", **self.why("mara"))
        self.sign("jun", "safety", "reject")
        self.engine.withdraw_sign_off("aurora", "S4", **self.why("jun"))
        self.sign("noor", "legal", "reject")
        self.engine.answer("aurora", "S5", **self.why("ivy"))
        self.sign("noor", "legal", "abstain")
        self.approve("jun", "safety", "host")

    def people_are_away_come_late_and_leave(self) -> None:
        """A deputy acts, a latecomer is admitted, a new key is not enough, an orphaned refusal is decided."""
        self.engine.away(until=self.clock.at.replace(year=2030), **self.why("mara"))
        self.approve("noor", "safety")
        self.engine.back(**self.why("mara"))
        self.changed(lambda engine: engine.add_person("zoe", roles=["safety"], **self.why("ana")))
        self.enrol("zoe", self.hands["zoe"])
        with self.refused():
            self.approve("zoe", "safety")
        self.changed(lambda engine: engine.admit_latecomer("zoe", "safety", "aurora", **self.why("ana")))
        self.approve("zoe", "safety")
        first = self.hands["priya"]
        self.enrol("priya", self.hands.take_up("priya", 2))
        with self.refused():
            self.approve("priya", "safety")
        self.enrol("priya", self.hands.take_up("priya", 3), before=first)
        self.approve("priya", "safety")
        refusal = self.sign("zoe", "safety", "reject")
        self.changed(lambda engine: engine.remove_person("zoe", **self.why("ana")))
        self.changed(lambda engine: engine.name_decision_maker("aurora", "S11", "jun", **self.why("ana")))
        assert refusal is None
        for person in ("mara", "jun"):
            self.engine.answer("aurora", "S11", **self.why(person))
        self.engine.sign_off("aurora", "publish", role="legal", decision="recuse", **self.why("noor"))

    def a_second_candidate_rests_on_the_first(self) -> None:
        """Other weights, beside a part that stayed: approvals reaffirmed, a report justified."""
        self.model("second", "the second weights")
        self.engine.replace_candidate("aurora", "second", authors=["kim"], label="1.1", **self.why("lee"))
        self.engine.justify("aurora", "aurora", "E2", role="safety", **self.why("mara"))
        self.engine.review("aurora", "biosecurity", "acceptable", role="safety", **self.why("jun"))
        self.engine.discharge("aurora", "R1", role="security", **self.why("sam"))
        self.engine.discharge("aurora", "R2", role="safety", **self.why("jun"))
        self.engine.lift("aurora", "H1", role="safety", **self.why("jun"))
        self.engine.withdraw_sign_off("aurora", "S4", **self.why("jun"))
        self.engine.answer("aurora", "S5", **self.why("ivy"))
        for person in ("mara", "jun"):
            self.engine.answer("aurora", "S11", **self.why(person))

    def the_release_gets_under_another_process(self) -> None:
        """A stricter one, approved by everybody whom the present one asks."""
        text = (HERE / "process.yaml").read_text().replace("version: 1", "version: 2", 1)
        stricter = self.engine.load_process(text.replace("statement: {people: 1,", "statement: {people: 2,"))
        self.changed(lambda engine: engine.allow_process(stricter, Exposure.WEIGHTS, **self.why("ana")))
        self.changed(lambda engine: engine.grant("jun", ["lead"], **self.why("ana")))
        self.engine.propose_migration("aurora", stricter, **self.why("lee"))
        for person, role in (("mara", "safety"), ("jun", "safety"), ("sam", "security"), ("ivy", "legal")):
            self.engine.approve_migration("aurora", stricter, role=role, **self.why(person))

    def it_goes_out(self) -> None:
        """By approvals of which one reaffirms an earlier one, and by two statements."""
        for person in ("lee", "jun"):
            self.engine.statement("aurora", f"{person} stands by it.", role="lead", actor=person)
        with self.refused():
            self.engine.advance("aurora", "publish", **self.why("lee"))
        self.approve("mara", "safety", reaffirms="S1")
        self.approve("priya", "safety")
        self.approve("sam", "security")
        self.approve("ivy", "legal")
        self.engine.advance("aurora", "publish", **self.why("lee"))

    def a_key_turns_out_bad(self) -> None:
        """Suspended, restored, revoked, and what was passed on it found."""
        mara, priya = self.hands["mara"].fingerprint, self.hands["priya"].fingerprint
        self.engine.suspend_key(mara, **self.why("mara"))
        with self.refused():
            self.engine.away(**self.why("mara"))
        self.changed(lambda engine: engine.restore_key(mara, **self.why("ana")))
        self.changed(lambda engine: engine.revoke_key(priya, **self.why("ana")))
        since = next(item.at for item in self.engine.history("aurora") if "S14" in item.summary[0])
        self.engine.revoke_key(priya, compromised_since=since, **self.why("ana"))
        self.agree()
        self.engine.discharge("aurora", "R3", role="safety", **self.why("jun"))
        self.engine.advance("aurora", "withdraw", **self.why("mara"))

    def what_administrators_mend(self) -> None:
        """A text erased, a clock corrected, protection restored, each by a signature."""
        entry = next(item.entry for item in self.engine.history() if "how" in item.texts)
        self.engine.erase(entry, "how", **self.why("cid"))
        self.clock.back("2h")
        self.changed(lambda engine: engine.correct_clock(**self.why("ana")))
        self.close()
        with raw(self.url) as database:
            database.drop("entry_no_update")
        self.engine.restore_protection(**self.why("ana"))

    def approve(
        self,
        person: str,
        role: str,
        trigger: str = "publish",
        *,
        conditions: Sequence[str] = (),
        requirements: Sequence[tuple[str, str]] = (),
        reaffirms: str | None = None,
    ) -> None:
        """Somebody approves what there is."""
        basis = self.basis(trigger)
        self.engine.sign_off(
            "aurora",
            trigger,
            role=role,
            basis=basis,
            conditions=conditions,
            requirements=requirements,
            reaffirms=reaffirms,
            **self.why(person),
        )

    def basis(self, trigger: str) -> str:
        """What an approval has to name."""
        return self.claimed.explain("aurora", trigger, observe=False).basis

    def in_another_s_hand(self, person: str, whose: str, hand: Hand | None = None) -> None:
        """An approval in somebody's name, signed with another key."""
        basis, engine = self.basis("publish"), self.claimed.signing_with(hand or self.hands[whose])
        role = PEOPLE[person][0]
        engine.sign_off("aurora", "publish", role=role, basis=basis, **self.why(person))

    def measured(self, trigger: str) -> None:
        """A move on a measurement that somebody made where the files are."""
        manifest = self.claimed.manifest("aurora")
        made = measure(manifest, person="sam", origin=ORIGIN, at=self.clock.at, signer=self.hands["sam"])
        write_measurement(made, "measured.json")
        self.engine.advance("aurora", trigger, measured="measured.json", **self.why("lee"))
