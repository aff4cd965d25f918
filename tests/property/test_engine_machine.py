"""Whatever people do in whatever order, honestly or not: the ledger audits, and no objection is lost.

Commands are drawn at random and sent to the engine over a real file. Beside it stands a second, naive account of what
stands against which bytes, kept from the outcomes alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.integration.engine.lab import ADMINISTRATOR, CALLED_BY_LEAD, PEOPLE, TWO_OF_SAFETY, WHY, Lab
from tests.property.account import Account, Standing
from tests.support.ledgers import OnPostgres
from workflow import InvalidInput, NotFound, Outcome, Refused

CHECKED_EVERY = 20
MODELS = ("first", "second", "repacked", "third")
RELEASES = ("aurora", "borealis", "cygnus")
ROLES = ("lead", "safety", "security", "legal")
ABLE = {"lead": "max", "safety": "jun", "security": "sam", "legal": "ivy"}
TRIGGERS = ("submit", "return", "wait", "resume", "host", "pull", "publish", "withdraw")

TEST = "red_team"
HOST = {
    "from": "review",
    "to": "hosted",
    "gate": [
        CALLED_BY_LEAD,
        TWO_OF_SAFETY,
        {"required_tests": {"tests": [TEST], "roles": ["safety"]}},
        {"findings": {"accepted_by": "security", "up_to": "high", "for_at_most": "30d"}},
        {"soak": {"at_least": "1h"}},
    ],
}

people = st.sampled_from([*PEOPLE, ADMINISTRATOR, "stranger"])
roles = st.sampled_from(ROLES)
slugs = st.sampled_from(RELEASES[:2])
holders = st.sampled_from([(person, role) for person, held in PEOPLE.items() for role in held])
signers = holders | holders | st.tuples(people, roles)
"""Somebody in a role; one in three may claim one that is not theirs."""

triggers = st.sampled_from(TRIGGERS)
models = st.sampled_from(MODELS)
numbers = st.integers(1, 4)


class Commands(RuleBasedStateMachine):
    """Random commands by random people, on a copy of the ledger at ``source``; the models are in ``template``."""

    template: ClassVar[Path]
    source: ClassVar[str]
    laboratory: ClassVar[type[Lab]] = Lab

    def __init__(self) -> None:
        super().__init__()
        self._directory = TemporaryDirectory()
        place = Path(self._directory.name)
        self.lab = self.laboratory(place, existing=Lab.ledgers.copy(self.source, place))
        self.account = Account()
        self.ids: dict[str, tuple[str, str, str]] = {}
        self.steps = self.checked = 0
        self.changed = False

    def teardown(self) -> None:
        self.lab.audited()
        self.lab.close()
        self._directory.cleanup()

    @initialize(model=models, parent=st.none() | st.just("aurora"))
    def begin(self, model: str, parent: str | None) -> None:
        self.start("aurora", "lee", "first", None)
        self.start("borealis", "max", model, parent)
        self.move("aurora", "lee", "submit")

    # What people do.

    @rule(
        slug=st.sampled_from(RELEASES),
        person=st.sampled_from(["lee", "max", "mara"]),
        model=models,
        parent=st.none() | slugs,
    )
    def start(self, slug: str, person: str, model: str, parent: str | None) -> None:
        parents = [parent] if parent else []
        with self.attempt(slug) as done:
            done(self.lab.start(slug, path=self.template / model, by=person, derived_from=parents))

    @rule(slug=slugs, person=people, model=models, author=people)
    def replace(self, slug: str, person: str, model: str, author: str) -> None:
        with self.attempt(slug) as done:
            done(self.lab.replace(self.template / model, slug, by=person, authors=[author]))

    @rule(slug=slugs, person=people, trigger=triggers)
    def advance(self, slug: str, person: str, trigger: str) -> None:
        self.move(slug, person, trigger)

    @rule(slug=slugs, trigger=st.sampled_from(["submit", "host", "publish", "resume"]), settled=st.integers(0, 4))
    def honestly_go_on(self, slug: str, trigger: str, settled: int) -> None:
        if trigger in ("host", "publish"):
            for _ in range(settled):
                self.whoever_objected_is_content_with_these_bytes(slug)
            if trigger == "host":
                self.judge(slug, ("jun", "safety"), "done")
            for signer in (("mara", "safety"), ("jun", "safety"), ("sam", "security")):
                self.approve(slug, signer, trigger)
            self.lab.clock.forward("1h")
        self.move(slug, "lee", trigger)

    @rule(slug=slugs, signer=signers, trigger=triggers)
    def approve(self, slug: str, signer: tuple[str, str], trigger: str) -> None:
        with self.attempt(slug, signer[0]) as done:
            basis = self.lab.basis(trigger, slug)
            done(self.sign(slug, signer, trigger, "approve", basis))

    @rule(slug=slugs, person=people, trigger=triggers, other=triggers)
    def approve_something_else_than_was_seen(self, slug: str, person: str, trigger: str, other: str) -> None:
        with self.attempt(slug):
            seen = self.lab.basis(other, slug)
            if seen != self.lab.basis(trigger, slug):
                with pytest.raises((Refused, InvalidInput)) as caught:
                    self.sign(slug, (person, "safety"), trigger, "approve", seen)
                raise caught.value

    @rule(slug=slugs, signer=signers, trigger=triggers, decision=st.sampled_from(["reject", "abstain"]))
    def refuse_or_abstain(self, slug: str, signer: tuple[str, str], trigger: str, decision: str) -> None:
        with self.attempt(slug, signer[0]) as done:
            done(self.sign(slug, signer, trigger, decision))

    @rule(slug=slugs, person=st.sampled_from(["priya", "both"]), trigger=triggers)
    def recuse(self, slug: str, person: str, trigger: str) -> None:
        with self.attempt(slug, person) as done:
            done(self.sign(slug, (person, "safety"), trigger, "recuse"))

    @rule(person=people, number=numbers, other=st.none() | slugs)
    def take_back(self, person: str, number: int, other: str | None) -> None:
        slug, subject = self.one_of(self.account.rejects, number, "S")
        with self.attempt(slug) as done:
            done(self.lab.take_back(subject, person, slug, candidates=self.named(other)))

    @rule(person=people, number=numbers, other=st.none() | slugs)
    def answer(self, person: str, number: int, other: str | None) -> None:
        slug, subject = self.one_of(self.account.rejects, number, "S")
        with self.attempt(slug) as done:
            done(self.lab.answer(subject, person, slug, candidates=self.named(other)))

    @rule(slug=slugs, signer=signers, condition=st.booleans())
    def hold(self, slug: str, signer: tuple[str, str], condition: bool) -> None:
        conditions = [("look at it again", "safety")] if condition else []
        with self.attempt(slug) as done:
            done(self.lab.tick().hold(slug, role=signer[1], actor=signer[0], rationale=WHY, conditions=conditions))

    @rule(signer=signers, number=numbers, other=st.none() | slugs)
    def lift(self, signer: tuple[str, str], number: int, other: str | None) -> None:
        slug, subject = self.one_of(self.account.holds, number, "H")
        with self.attempt(slug) as done:
            done(self.lab.lift(subject, *signer, slug, candidates=self.named(other)))

    @rule(slug=slugs, signer=signers, due=st.none() | st.integers(0, 3))
    def require(self, slug: str, signer: tuple[str, str], due: int | None) -> None:
        moment = None if due is None else self.lab.clock.now() + timedelta(days=due)
        with self.attempt(slug) as done:
            done(self.lab.tick().require(slug, "test it", role=signer[1], actor=signer[0], rationale=WHY, due=moment))

    @rule(signer=signers, number=numbers, other=st.none() | slugs)
    def discharge(self, signer: tuple[str, str], number: int, other: str | None) -> None:
        slug, subject = self.one_of(self.account.requirements, number, "R")
        with self.attempt(slug) as done:
            done(self.lab.discharge(subject, *signer, slug, candidates=self.named(other)))

    @rule(slug=slugs, signer=signers, of=slugs, weights=st.booleans())
    def warn(self, slug: str, signer: tuple[str, str], of: str, weights: bool) -> None:
        named = [facts for facts in self.account.declared if facts.digest == self.account.candidates.get(of)]
        affected = [named[0].weights[0] if weights else named[0].digest] if named else [of]
        known = {"known_since": self.lab.clock.now() - timedelta(hours=3), "owner": "safety"}
        with self.attempt(slug) as done:
            engine = self.lab.tick()
            done(engine.open_incident(slug, "it tells", affected=affected, role=signer[1], actor=signer[0], **known))

    @rule(signer=signers, number=numbers, other=st.none() | slugs)
    def deal_with(self, signer: tuple[str, str], number: int, other: str | None) -> None:
        slug, subject = self.one_of(self.account.requirements, number, "R")
        with self.attempt(slug) as done:
            done(self.dealt_with(slug, subject, *signer, self.named(other)))

    def dealt_with(self, slug: str, incident: str, person: str, role: str, candidates: list[str]) -> Outcome:
        return self.lab.tick().close_incident(
            slug, incident, role=role, actor=person, rationale=WHY, candidates=candidates
        )

    @rule(slug=slugs, signer=signers, verdict=st.sampled_from(["done", "failed", "not_applicable"]))
    def judge(self, slug: str, signer: tuple[str, str], verdict: str) -> None:
        with self.attempt(slug, signer[0]) as done:
            settings = {"role": signer[1], "actor": signer[0], "rationale": WHY}
            done(self.lab.tick().judge_test(slug, TEST, verdict, **settings))  # type: ignore[arg-type]

    @rule(slug=slugs, signer=signers, severity=st.sampled_from(["low", "high", "critical"]))
    def find(self, slug: str, signer: tuple[str, str], severity: str) -> None:
        with self.attempt(slug) as done:
            settings = {"role": signer[1], "actor": signer[0], "rationale": WHY}
            done(self.lab.tick().finding(slug, "it tells", severity=severity, **settings))  # type: ignore[arg-type]

    @rule(signer=signers, number=numbers, days=st.integers(1, 40), other=st.none() | slugs)
    def accept_the_risk(self, signer: tuple[str, str], number: int, days: int, other: str | None) -> None:
        slug, subject = self.one_of(self.account.requirements, number, "R")
        until = self.lab.clock.now() + timedelta(days=days)
        with self.attempt(slug) as done:
            settings = {"role": signer[1], "actor": signer[0], "rationale": WHY, "candidates": self.named(other)}
            done(self.lab.tick().accept_risk(slug, subject, until=until, **settings))  # type: ignore[arg-type]

    @rule(slug=slugs, person=people, role=roles, notice=st.none() | st.just("it is withdrawn; copies persist"))
    def withdraw(self, slug: str, person: str, role: str, notice: str | None) -> None:
        with self.attempt(slug, person) as done:
            done(self.lab.tick().withdraw(slug, notice, actor=person, role=role if notice else None, rationale=WHY))

    @rule(slug=slugs, signer=signers, number=numbers)
    def stop_under_an_id_of_ones_own(self, slug: str, signer: tuple[str, str], number: int) -> None:
        """Whoever uses an id again gets what came of it before, or is told that it was for something else."""
        asked, identifier = (slug, *signer), f"id-{number}"
        known, entries = self.ids.get(identifier), self.entries()
        with self.attempt(slug, again=known is not None) as done:
            try:
                outcome = self.lab.tick().hold(
                    slug, role=signer[1], actor=signer[0], rationale=WHY, command_id=identifier
                )
            finally:
                if self.entries() > entries:
                    assert known is None, "one id was used for two requests"
                    self.ids[identifier] = asked
            assert known in (None, asked), "another request got the answer of an earlier one"
            assert outcome.replayed == (known is not None)
            if not outcome.replayed:
                done(outcome)

    @rule()
    def the_engine_is_opened_anew(self) -> None:
        self.lab.reopen()

    @rule(slug=slugs)
    def whoever_objected_is_content_with_these_bytes(self, slug: str) -> None:
        with self.attempt(slug):
            status = self.lab.engine.status(slug)
            these = [status.candidate]
            for reject in status.rejects[:1]:
                with self.attempt(reject.release) as done:
                    done(self.lab.take_back(reject.id, reject.by, reject.release, candidates=these))
            for requirement in [item for item in status.requirements if item.open][:1]:
                role = requirement.discharged_by
                where, identifier = requirement.release, requirement.id
                with self.attempt(where) as done:
                    if requirement.kind == "incident":
                        done(self.dealt_with(where, identifier, ABLE[role], role, these))
                    else:
                        done(self.lab.discharge(identifier, ABLE[role], role, where, candidates=these))
            for hold in [item for item in status.holds if item.standing][:1]:
                with self.attempt(hold.release) as done:
                    done(self.lab.lift(hold.id, hold.by, hold.role, hold.release, candidates=these))

    @rule(slug=slugs, person=people, days=st.none() | st.integers(0, 30))
    def schedule(self, slug: str, person: str, days: int | None) -> None:
        moment = None if days is None else self.lab.clock.now() + timedelta(days=days)
        with self.attempt(slug) as done:
            done(self.lab.tick().schedule(slug, moment, actor=person, rationale=WHY))

    @rule(slug=slugs, signer=signers, public=st.booleans())
    def state(self, slug: str, signer: tuple[str, str], public: bool) -> None:
        with self.attempt(slug) as done:
            done(self.lab.tick().statement(slug, "we take the time", role=signer[1], actor=signer[0], public=public))

    @rule(
        person=people,
        role=roles,
        by=st.sampled_from([ADMINISTRATOR, ADMINISTRATOR, "lee"]),
        change=st.sampled_from(["grant", "revoke", "remove_person", "add_person"]),
    )
    def change_the_roster(self, person: str, role: str, by: str, change: str) -> None:
        settings = {"actor": by, "rationale": WHY}
        engine = self.lab.tick()
        with self.attempt():
            if change == "remove_person":
                engine.remove_person(person, **settings)
            elif change == "add_person":
                engine.add_person(person, roles=[role], **settings)
            else:
                getattr(engine, change)(person, [role], **settings)

    @rule(entry=st.integers(1, 60), name=st.sampled_from(["rationale", "text", "location"]), by=people)
    def erase(self, entry: int, name: str, by: str) -> None:
        with self.attempt():
            self.lab.tick().erase(entry, name, actor=by, rationale=WHY)

    @rule(hours=st.integers(1, 48))
    def time_passes(self, hours: int) -> None:
        self.lab.clock.forward(f"{hours}h")

    @rule(by=st.sampled_from([ADMINISTRATOR, "lee"]), minutes=st.integers(1, 90), correct=st.booleans())
    def the_clock_steps_back(self, by: str, minutes: int, correct: bool) -> None:
        self.lab.clock.back(f"{minutes}m")
        with self.attempt():
            if correct:
                self.lab.tick().correct_clock(actor=by, rationale=WHY)

    # What must be so.

    @precondition(lambda self: self.changed)
    @invariant()
    def nothing_that_stands_is_lost_and_nothing_stands_that_was_closed(self) -> None:
        self.changed = False
        for slug in self.account.candidates:
            status = self.lab.engine.status(slug)
            told = {
                "rejects": {(item.release, item.id) for item in status.rejects},
                "requirements": {(item.release, item.id) for item in status.requirements if item.open},
                "holds": {(item.release, item.id) for item in status.holds if item.standing},
            }
            for kind, found in told.items():
                expected = self.account.against(slug, getattr(self.account, kind))
                assert found == {(item.release, item.id) for item in expected}, (slug, kind)

    @precondition(lambda self: self.steps - self.checked >= CHECKED_EVERY)
    @invariant()
    def the_audit_finds_nothing_and_what_is_derived_is_what_the_entries_say(self) -> None:
        self.checked = self.steps
        self.lab.audited()
        listed = self.lab.engine.list()
        self.lab.engine.rebuild()
        assert self.lab.engine.list() == listed

    # How it is asked.

    def move(self, slug: str, person: str, trigger: str) -> None:
        """Pulls a trigger, which must do exactly what was explained in the same moment."""
        with self.attempt(slug) as done:
            explained = self.lab.tick().explain(slug, trigger, actor=person)
            try:
                outcome = self.lab.engine.advance(slug, trigger, actor=person, rationale=WHY)
            except Refused:
                assert not explained.allowed
                raise
            assert explained.allowed
            self.check_gate(slug, outcome.events[0], person)
            done(outcome)

    def check_gate(self, slug: str, moved: Any, caller: str) -> None:
        """The naive account knows of nothing that should have stopped this move."""
        rank = moved.exposure.rank if moved.trigger in ("host", "publish") else None
        account, present = self.account, self.account.candidates[slug]
        stands = (*account.rejects, *account.requirements, *account.holds)
        for item in account.against(slug, stands) if rank is not None else ():
            accepted = moved.trigger == "host" and present in item.accepted
            assert accepted or not item.blocks(moved.trigger, moved.dest, rank), item
        if rank is not None:
            assert len(account.approved(slug, moved.trigger, "safety") - {caller}) >= 2, (
                "two of safety had not approved"
            )
        if moved.trigger == "publish":
            assert account.approved(slug, "publish", "security") - {caller}, "nobody of security had approved"
        if moved.trigger == "host":
            assert account.approved(slug, TEST, "safety") - {caller}, "nobody had passed the test"

    def sign(
        self, slug: str, signer: tuple[str, str], trigger: str, decision: str, basis: str | None = None
    ) -> Outcome:
        return self.lab.tick().sign_off(
            slug,
            trigger,
            role=signer[1],
            actor=signer[0],
            rationale=WHY,
            decision=decision,  # type: ignore[arg-type]
            basis=basis,
        )

    def one_of(self, among: list[Standing], number: int, letter: str) -> tuple[str, str]:
        """Something that was objected, where there is something: its release and its id."""
        if not among:
            return "aurora", f"{letter}{number}"
        chosen = among[number % len(among)]
        return chosen.release, chosen.id

    def named(self, other: str | None) -> list[str]:
        return [self.account.candidates[other]] if other in self.account.candidates else []

    @contextmanager
    def attempt(
        self, slug: str | None = None, actor: str = "", *, again: bool = False
    ) -> Iterator[Callable[[Outcome], None]]:
        """A command: what is refused leaves one entry and no stage changed, what is no request leaves nothing."""
        self.steps += 1
        stages, entries = self.stages(), self.entries()
        outcomes: list[Outcome] = []
        try:
            yield outcomes.append
        except Refused:
            assert (self.stages(), self.entries()) == (stages, entries if again else entries + 1)
        except (InvalidInput, NotFound):
            assert (self.stages(), self.entries()) == (stages, entries)
        self.changed = self.changed or self.entries() > entries
        for outcome in outcomes:
            self.account.take(slug or "", outcome, actor)

    def entries(self) -> int:
        return self.lab.engine.history(limit=1)[0].entry

    def stages(self) -> dict[str, tuple[str, str]]:
        return {line.release: (line.stage, line.candidate) for line in self.lab.engine.list()}


def machine(directory: Path) -> type[Commands]:
    """The machine over a ledger with people, a process and model files, made once and copied for every run."""
    lab = Lab(directory).people()
    lab.allow(lab.load(host=HOST))
    for name in MODELS:
        lab.model(name)
    lab.model("repacked", model__safetensors="weights of first", readme__txt="the same weights again")
    lab.close()
    return type("OverTemplate", (Commands,), {"template": directory, "source": lab.url})


@pytest.fixture(scope="module")
def commands(tmp_path_factory: pytest.TempPathFactory) -> type[Commands]:
    return machine(tmp_path_factory.mktemp("template"))


QUICK = settings(
    max_examples=20, stateful_step_count=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
LONG = settings(max_examples=600, stateful_step_count=80, deadline=None, suppress_health_check=list(HealthCheck))


def test_whatever_people_do_the_ledger_audits_and_no_objection_is_lost(commands: type[Commands]) -> None:
    run_state_machine_as_test(commands, settings=QUICK)


def test_whatever_people_do_a_ledger_on_postgres_audits_and_no_objection_is_lost(
    tmp_path: Path, on_postgres: OnPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Lab, "ledgers", on_postgres)
    run_state_machine_as_test(machine(tmp_path), settings=settings(QUICK, max_examples=6))
    on_postgres.clear()


@pytest.mark.soak
def test_whatever_people_do_for_long_the_ledger_audits_and_no_objection_is_lost(commands: type[Commands]) -> None:
    run_state_machine_as_test(commands, settings=LONG)
