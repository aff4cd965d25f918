"""Releases, people and gates, told as a history: every act becomes an event, and the real folds make the states.

Nothing here checks whether an act was allowed. So a history can also hold what the engine would have refused, such as
the approval of somebody who was excluded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tests.support.parts import ORIGIN, PEOPLE, ScriptedClock, candidate, digest_of, process
from workflow import gate, release, roster
from workflow.changes import (
    Change,
    ClockCorrected,
    PersonAdded,
    PersonRemoved,
    ProcessChartered,
    ProcessUnchartered,
    RolesGranted,
    RolesRevoked,
)
from workflow.clock import timestamp
from workflow.events import (
    AnyEvent,
    CandidateReplaced,
    ChangeAccepted,
    ChangeProposed,
    EvidenceAttached,
    EvidenceJustified,
    EvidenceSetAside,
    FindingRaised,
    HoldPlaced,
    LedgerCreated,
    ObjectionAnswered,
    ObjectionClosed,
    ProtectionRestored,
    Recorded,
    ReleaseStarted,
    RequiredTestJudged,
    RequirementDischarged,
    RequirementRaised,
    RiskAccepted,
    RiskReviewed,
    SignOffRecorded,
    SignOffWithdrawn,
    StatementMade,
    TransitionMade,
    dump,
    parse,
)
from workflow.evidence import EvidenceReport
from workflow.facts import LOCATION, Binding, CandidateFacts, Decision, RiskVerdict, Severity, TestVerdict
from workflow.policy import GateContext, Observation, Policy, Verdict
from workflow.process import Exposure
from workflow.release import ReleaseState
from workflow.roster import Roster


class History:
    """A ledger in memory, with a genesis, the people of ``PEOPLE`` and a charter for the process.

    The policies given are the gate of ``publish``, from ``review`` to the weights being public. Every act takes the
    clock's reading, and the release that it is about by ``slug``.
    """

    def __init__(
        self,
        *policies: Policy,
        clock: ScriptedClock | None = None,
        people: Mapping[str, tuple[str, ...]] = PEOPLE,
        exposure: Exposure = Exposure.WEIGHTS,
        solo: bool = False,
    ) -> None:
        self.gates: dict[str, tuple[Policy, ...]] = {"publish": policies}
        self.process = process(self.gates, solo=solo)
        self.clock = clock or ScriptedClock()
        self.roster = Roster()
        self.releases: dict[str, ReleaseState] = {}
        self.seq = 0
        self.mark: datetime | None = None
        self.peak: datetime | None = None
        genesis = LedgerCreated(nonce="0" * 32, administrators=("root",), threshold=1, charter=())
        self.record(genesis, "root")
        self.change(ProcessChartered(process=self.process.digest, name="open", exposure=exposure))
        for person, roles in people.items():
            self.change(PersonAdded(person=person, roles=roles))

    def record(self, event: AnyEvent, by: str, slug: str | None = None, texts: Mapping[str, str] | None = None) -> int:
        """Folds one event, as it would be read back from its entry, and returns the entry's place."""
        self.seq += 1
        at = self.clock.now()
        corrected = isinstance(event, ChangeAccepted) and isinstance(event.change, ClockCorrected)
        self.mark = at if corrected or self.mark is None else max(self.mark, at)
        self.peak = at if self.peak is None else max(self.peak, at)
        named = {LOCATION: "somewhere", **(texts or {})}
        recorded = Recorded(self.seq, at, by, {name: digest_of(text) for name, text in named.items()})
        for read in parse([dump(event)]):
            if slug is None:
                self.roster = roster.evolve(self.roster, read, recorded)
                continue
            state = release.evolve(self.releases.get(slug), read, recorded)
            if state is None:
                raise LookupError(f"{slug} was not started")
            self.releases[slug] = state
        return self.seq

    # People.

    def change(self, change: Change) -> int:
        """A change of the roster or the charter that the administrator makes alone."""
        identifier = f"C{len(self.roster.contents) + 1}"
        self.record(ChangeProposed(id=identifier, change=change), "root")
        return self.record(ChangeAccepted(id=identifier, change=change), "root")

    def grant(self, person: str, *roles: str) -> int:
        """Somebody known holds more roles."""
        return self.change(RolesGranted(person=person, roles=roles))

    def revoke(self, person: str, *roles: str) -> int:
        """Somebody no longer holds some roles."""
        return self.change(RolesRevoked(person=person, roles=roles))

    def remove(self, person: str) -> int:
        """Somebody leaves."""
        return self.change(PersonRemoved(person=person))

    def uncharter(self) -> int:
        """The process is no longer allowed."""
        return self.change(ProcessUnchartered(process=self.process.digest))

    def record_time(self) -> int:
        """Something that changes nothing here stands in the ledger with the clock's reading."""
        return self.record(ProtectionRestored(triggers=("append_only",)), "root")

    def correct_clock(self) -> int:
        """The administrators put on record that the clock had been wrong."""
        return self.change(ClockCorrected())

    # A release.

    def start(self, slug: str = "aurora", *, facts: CandidateFacts | None = None, by: str = "lee") -> History:
        """A candidate enters the process; it stands in ``testing`` then."""
        event = ReleaseStarted(
            release=slug, process=self.process.digest, stage="testing", candidate=facts or candidate(slug)
        )
        self.record(event, by, slug)
        return self

    def move(self, trigger: str, by: str = "lee", slug: str = "aurora") -> int:
        """A transition, whatever its gate would say."""
        source = self.releases[slug].stage
        dest = self.process.stage(self.process.transition(trigger).dest)
        event = TransitionMade(
            trigger=trigger,
            source=source,
            dest=dest.name,
            forward=self.process.is_forward(source, dest.name),
            exposure=dest.exposure,
            irreversible=self.process.is_irreversible(source, dest.name),
            basis=digest_of("basis"),
        )
        return self.record(event, by, slug)

    def replace(self, facts: CandidateFacts, by: str = "lee", slug: str = "aurora") -> int:
        """Other bytes, which descend from the present ones."""
        parents = (*facts.parents, self.releases[slug].candidate.digest)
        return self.record(CandidateReplaced(candidate=facts.model_copy(update={"parents": parents})), by, slug)

    def sign(
        self,
        person: str,
        role: str,
        decision: Decision = "approve",
        *,
        trigger: str = "publish",
        slug: str = "aurora",
        basis: str | None = None,
        expires: datetime | None = None,
    ) -> str:
        """A sign-off on what there is; returns its id."""
        context = self.context(trigger, slug=slug)
        identifier = f"S{len(self.releases[slug].sign_offs) + 1}"
        bound = self._binding(slug, "sign", role).model_copy(
            update={
                "transition": trigger,
                "source": context.source,
                "dest": context.transition.dest,
                "round": context.release.round,
                "basis": basis or context.basis,
                "decision": decision,
                "expires": timestamp(expires) if expires else None,
            }
        )
        event = SignOffRecorded(
            id=identifier,
            decision=decision,
            authority=self.process.role(role).authority,
            exposure=context.exposure,
            binding=bound,
        )
        self.record(event, person, slug, {"rationale": "why"})
        return identifier

    def withdraw(self, subject: str, by: str, slug: str = "aurora") -> int:
        """Somebody takes their sign-off back; a reject, for the present candidate."""
        sign_off = next(item for item in self.releases[slug].sign_offs if item.id == subject)
        candidates = (self.releases[slug].candidate.digest,) if sign_off.decision == "reject" else ()
        event = SignOffWithdrawn(
            subject=subject, candidates=candidates, binding=self._binding(slug, "withdraw", sign_off.act.role, subject)
        )
        return self.record(event, by, slug)

    def answer(self, subject: str, by: str, slug: str = "aurora", candidates: Sequence[str] = ()) -> int:
        """A reject is answered, for the present candidate or those named."""
        named = tuple(candidates) or (self.releases[slug].candidate.digest,)
        event = ObjectionAnswered(
            subject=subject, candidates=named, binding=self._binding(slug, "answer", "safety", subject)
        )
        return self.record(event, by, slug)

    def close(self, subject: str, by: str, slug: str = "aurora", candidates: Sequence[str] = ()) -> int:
        """A reject or a hold stands no more, against the present candidate or those named."""
        named = tuple(candidates) or (self.releases[slug].candidate.digest,)
        return self.record(ObjectionClosed(subject=subject, candidates=named), by, slug)

    def hold(self, person: str, role: str, *, count: int | None = None, slug: str = "aurora") -> str:
        """A stop; returns its id."""
        identifier = f"H{len(self.releases[slug].holds) + 1}"
        event = HoldPlaced(id=identifier, role=role, count=count)
        self.record(event, person, slug, {"rationale": "why"})
        return identifier

    def require(
        self,
        person: str,
        role: str,
        *,
        discharged_by: str = "safety",
        blocks: Sequence[str] = (),
        due: datetime | None = None,
        slug: str = "aurora",
    ) -> str:
        """Something to be discharged first; returns its id."""
        identifier = f"R{len(self.releases[slug].requirements) + 1}"
        event = RequirementRaised(
            id=identifier,
            kind="condition",
            text="text",
            role=role,
            discharged_by=discharged_by,
            blocks=tuple(blocks),
            due=timestamp(due) if due else None,
        )
        self.record(event, person, slug, {"text": "what"})
        return identifier

    def discharge(self, subject: str, person: str, role: str, slug: str = "aurora") -> int:
        """A requirement is met, for the present candidate."""
        event = RequirementDischarged(
            subject=subject,
            evidence=(),
            candidates=(self.releases[slug].candidate.digest,),
            binding=self._binding(slug, "discharge", role, subject),
        )
        return self.record(event, person, slug)

    def find(self, severity: Severity, person: str = "sam", role: str = "security", *, slug: str = "aurora") -> str:
        """Something that is wrong, discharged by safety; returns its id."""
        event = FindingRaised(
            id=f"R{len(self.releases[slug].requirements) + 1}",
            severity=severity,
            text="text",
            role=role,
            discharged_by="safety",
        )
        self.record(event, person, slug, {"text": "what"})
        return event.id

    def accept(
        self,
        subject: str,
        person: str,
        until: datetime,
        *,
        role: str = "legal",
        slug: str = "aurora",
        candidates: Sequence[str] = (),
    ) -> int:
        """Somebody accepts the risk of a finding, for the present candidate or those named."""
        bound = self._binding(slug, "accept_risk", role, subject).model_copy(update={"expires": timestamp(until)})
        named = tuple(candidates) or (self.releases[slug].candidate.digest,)
        event = RiskAccepted(subject=subject, candidates=named, binding=bound)
        return self.record(event, person, slug, {"rationale": "why"})

    def attach(self, evidence: EvidenceReport, *, stated: bool = True, by: str = "lee", slug: str = "aurora") -> str:
        """A report on the present candidate; returns its id."""
        number = len(self.releases[slug].evidence) + 1
        digest = self.releases[slug].candidate.digest
        blob = digest_of(f"report {number} of {slug}")
        event = EvidenceAttached(
            id=f"E{number}",
            blob=blob,
            filename="log.eval",
            report=evidence.model_copy(update={"candidate": digest if stated else None}),
            made_for=digest,
            stated=stated,
            binding=None if stated else self._binding(slug, "declare", "lead", blob),
        )
        self.record(event, by, slug)
        return event.id

    def set_aside(self, subject: str, by: str = "mara", slug: str = "aurora") -> int:
        """A report no longer counts."""
        event = EvidenceSetAside(subject=subject, binding=self._binding(slug, "set_aside", "safety", subject))
        return self.record(event, by, slug)

    def justify(
        self, subject: str, by: str = "mara", *, source: str | None = None, role: str = "safety", slug: str = "aurora"
    ) -> int:
        """Somebody answers for letting a report on an ancestor count for the present candidate."""
        attached = self.releases[source or slug].evidence
        event = EvidenceJustified(
            source=source or slug,
            subject=subject,
            made_for=next(item.candidate for item in attached if item.id == subject),
            difference={"tokenizer": "same", "weights": "changed"},
            binding=self._binding(slug, "justify", role, subject),
        )
        return self.record(event, by, slug)

    def review(self, person: str, role: str, area: str, verdict: RiskVerdict, slug: str = "aurora") -> str:
        """A verdict on a risk area; returns its id."""
        identifier = f"V{len(self.releases[slug].reviews) + 1}"
        event = RiskReviewed(
            id=identifier, area=area, verdict=verdict, binding=self._binding(slug, "review", role, area, verdict)
        )
        self.record(event, person, slug)
        return identifier

    def judge_test(
        self,
        person: str,
        role: str,
        test: str,
        verdict: TestVerdict,
        *,
        evidence: Sequence[str] = (),
        slug: str = "aurora",
    ) -> str:
        """Somebody's word on a required test; returns its id."""
        event = RequiredTestJudged(
            id=f"T{len(self.releases[slug].tests) + 1}",
            test=test,
            verdict=verdict,
            evidence=tuple(evidence),
            binding=self._binding(slug, "test", role, test, verdict),
        )
        self.record(event, person, slug)
        return event.id

    def make_statement(self, person: str, role: str, *, public: bool = True, slug: str = "aurora") -> str:
        """A statement; returns its id."""
        identifier = f"P{len(self.releases[slug].statements) + 1}"
        bound = self._binding(slug, "statement", role)
        event = StatementMade(id=identifier, public=public, text="text", binding=bound)
        self.record(event, person, slug, {"text": "what"})
        return identifier

    # What a gate sees.

    def context(
        self,
        trigger: str = "publish",
        *,
        slug: str = "aurora",
        caller: str | None = None,
        observations: Sequence[Observation] = (),
    ) -> GateContext:
        """What the policies of a transition look at, now; every other release is taken for a relative's."""
        transition = self.process.transition(trigger)
        return GateContext(
            origin=ORIGIN,
            process=self.process,
            transition=transition,
            gate=self.gates.get(trigger, ()),
            release=self.releases[slug],
            kin=tuple(state for name, state in self.releases.items() if name != slug),
            roster=self.roster,
            at=self.clock.now(),
            mark=self.mark,
            peak=self.peak,
            caller=caller,
            observations=tuple(observations),
        )

    def verdict(
        self, *, slug: str = "aurora", caller: str | None = None, observations: Sequence[Observation] = ()
    ) -> Verdict:
        """What the first policy of ``publish`` says, by way of the gate."""
        return gate.evaluate(self.context(slug=slug, caller=caller, observations=observations))[0]

    def _binding(
        self, slug: str, act: str, role: str, subject: str | None = None, decision: str | None = None
    ) -> Binding:
        state = self.releases[slug]
        return Binding(
            origin=ORIGIN,
            release=slug,
            act=act,
            subject=subject,
            decision=decision,
            candidate=state.candidate.digest,
            process=state.process,
            roster_version=self.roster.version,
            role=role,
            nonce="0" * 32,
            texts={},
        )


def in_review(*policies: Policy, **settings: Any) -> History:
    """A history in which ``aurora``, started and submitted by ``lee``, waits in ``review`` before ``publish``."""
    history = History(*policies, **settings).start()
    history.move("submit")
    return history


def shown(verdict: Verdict) -> list[tuple[str, str]]:
    """The kind and the code of every reason, in order: what a table of scenarios compares."""
    return [(reason.kind, reason.code) for reason in verdict.reasons]
