"""Everything that a policy may look at, at one point of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from workflow import ledger
from workflow.clock import timestamp
from workflow.eligibility import Gate, approvals, exclusion, lapse, too_new, unfit, unsound, veiled
from workflow.facts import CandidateFacts
from workflow.grounds import Evidence, JudgedTest, Justification, Review
from workflow.lineage import (
    Objection,
    Objections,
    Parent,
    ancestry,
    objections,
    parents,
    withdrawn_ancestors,
)
from workflow.process import Exposure, Process, Transition
from workflow.records import cached_property, replace
from workflow.release import ReleaseState
from workflow.requirement import YES_IF, Requirement
from workflow.roster import Roster
from workflow.signoff import SEALABLE, Act, Quorum, QuorumResult, SignOff
from workflow.verdict import CannotTell, Need, NotObserved, Observation

if TYPE_CHECKING:
    from workflow.policy import Policy

Word = TypeVar("Word", Review, JudgedTest)
Grounds = tuple[str, str, int, str, str, str, tuple[str, ...]]
"""What the approvals of a gate rest on."""


@dataclass(frozen=True)
class GateContext:
    """Everything a policy may look at, at one point of the ledger.

    ``at`` is the engine's reading of the clock, ``mark`` the highest reading before it that is in force and ``peak``
    the highest there ever was; use :attr:`now` to decide. ``caller`` is who calls the trigger, where that is known.
    ``assumed`` are the roles whose quorums a question supposes to be in; where something is decided, there are none.
    """

    origin: str
    process: Process
    transition: Transition
    gate: tuple[Policy, ...]
    release: ReleaseState
    kin: tuple[ReleaseState, ...]
    roster: Roster
    at: datetime
    mark: datetime | None
    peak: datetime | None
    caller: str | None = None
    observations: tuple[Observation, ...] = ()
    assumed: frozenset[str] = frozenset()

    @property
    def now(self) -> datetime:
        """The present time.

        Raises:
            CannotTell: the clock reads earlier than it did before, so no rule about time can be decided.
        """
        if self.mark is not None and self.at < self.mark:
            raise CannotTell(
                f"the clock reads {timestamp(self.at)}, earlier than {timestamp(self.mark)} before: set it right, or "
                "have the administrators record a clock correction"
            )
        return self.at

    def passed(self, time: datetime, entry: int) -> bool:
        """Whether a time has come, for something that stands in an entry.

        What the clock had passed before the administrators corrected it stays passed, for what was there already.

        Raises:
            CannotTell: the clock cannot be trusted.
        """
        now = self.now
        if self.peak is not None and entry < self.roster.clock_corrected_in:
            now = max(now, self.peak)
        return time <= now

    def over(self, act: Act, until: datetime) -> bool:
        """Whether what somebody said for a time has ended with it, or was said while the clock ran ahead.

        Raises:
            CannotTell: the clock cannot be trusted.
        """
        # What comes from a time that is still to come would hold for that much longer.
        return self.passed(until, act.entry) or act.at > self.now

    def measured_from(self, begun: datetime) -> datetime:
        """From when on a wait counts that began at a time: from a correction of the clock that came in between.

        Raises:
            CannotTell: the clock cannot be trusted.
        """
        corrected = self.roster.clock_corrected_at
        # What begins after now began by the wrong clock, before the correction.
        return corrected if corrected is not None and (begun < corrected or begun > self.now) else begun

    @property
    def source(self) -> str:
        """The stage that the transition is looked at from: the present one where it leads out of that."""
        stage = self.release.stage
        return stage if stage in self.transition.sources else self.transition.sources[0]

    @property
    def raises(self) -> bool:
        """Whether the transition is a move to higher exposure."""
        return self.process.is_raise(self.source, self.transition.dest)

    @property
    def exposure(self) -> Exposure:
        """The exposure of the stage that the transition leads to."""
        return self.process.stage(self.transition.dest).exposure

    @cached_property
    def authors(self) -> frozenset[str]:
        """The authors of the candidate and of everything it descends from."""
        return frozenset(author for candidate in self._line for author in candidate.authors)

    @cached_property
    def _line(self) -> tuple[CandidateFacts, ...]:
        return ancestry(self.release.candidate, (self.release, *self.kin))

    @cached_property
    def parents(self) -> tuple[Parent, ...]:
        """What the candidate was made from, by what was declared."""
        return parents(self.release, self.kin)

    @cached_property
    def withdrawn_ancestors(self) -> tuple[tuple[str, str], ...]:
        """What the candidate descends from and was withdrawn: by its digest, and in which release."""
        return withdrawn_ancestors(self.release, self.kin)

    @cached_property
    def objections(self) -> Objections:
        """What stands against the candidate, here and in its relatives' releases."""
        return objections(self.release, self.kin)

    def has_built_in(self, rule: str) -> bool:
        """Whether a built-in policy of that name stands in this gate by itself, and not within another one."""
        return any(spec.policy == rule and spec.source is None for spec in self.transition.gate)

    @cached_property
    def quorums(self) -> tuple[Quorum, ...]:
        """What all policies of the gate together demand of sign-offs."""
        return tuple(quorum for policy in self.gate for quorum in policy.quorums())

    @cached_property
    def basis(self) -> str:
        """The digest of what this gate's approvals rest on; a sign-off counts for exactly one."""
        return _digest_of(self._grounds)

    @property
    def basis_parts(self) -> dict[str, Any]:
        """What the basis is the digest of."""
        return _parts_of(self._grounds)

    @cached_property
    def _grounds(self) -> Grounds:
        return (
            self.release.candidate.digest,
            self.process.digest,
            self.release.round,
            self.transition.trigger,
            self.source,
            self.transition.dest,
            tuple(sorted(item for policy in self.gate for item in policy.rests_on(self))),
        )

    def excluded(self, person: str, role: str | None = None) -> str | None:
        """Why somebody may do nothing that opens this gate, at all or as a role of the process; or None."""
        why = exclusion(person, self.release, self.authors, caller=self.caller, solo=self.process.solo)
        if why is None and role is not None and self.process.has_role(role):
            why = unfit(person, role, self.release, self.roster, self.process)
        return why

    def eligible(self, role: str) -> tuple[str, ...]:
        """The people who hold a role, can sign where that is required, and are not excluded."""
        return tuple(
            person
            for person in self.roster.having(role)
            if self.excluded(person, role) is None and (self.roster.can_sign(person) or not self.process.signed)
        )

    def lapsed(self, act: Act) -> str | None:
        """Why an act does not count: its maker lost the role or is excluded, or its key does not bear it; or None."""
        why = lapse(act, self.roster, signed=self.process.signed) or self._too_new(act)
        return why or self.excluded(act.person, act.role)

    def unsound(self, act: Act) -> str | None:
        """Why what an act was signed with does not bear it, or None."""
        return unsound(act, self.roster, signed=self.process.signed) or self._too_new(act)

    def _too_new(self, act: Act) -> str | None:
        """Why an act's key does not count at what nothing undoes, also where what crossed it turned out bad since."""
        if not self.process.is_irreversible(self.source, self.transition.dest):
            return None
        return too_new(act.key, act.role, self.release, self.roster)

    def unfit_key(self, key: str, person: str, role: str, at: datetime) -> str | None:
        """Why something that is signed with a key, and on no record yet, shows nothing of somebody as a role, or None.

        Where nothing undoes the move, a key that was enrolled in this round counts as it does for sign-offs.
        """
        known = self.roster.keys.get(key)
        if known is None or known.person != person:
            return f"{key} is not a key of {person}'s"
        why = known.refuses or known.fault(at)
        if why is None and self.process.is_irreversible(self.source, self.transition.dest):
            why = too_new(key, role, self.release, self.roster)
        return why

    def count(self, role: str) -> QuorumResult:
        """How far the gate's quorum of a role is met, with nobody in two places."""
        return self._tally[role]

    def observation(self, need: Need) -> Observation:
        """What was observed for a need.

        Raises:
            CannotTell: nothing was, or it could not be looked at.
        """
        for observation in self.observations:
            if observation.kind == need.kind and observation.params == need.params:
                if observation.error is not None:
                    raise CannotTell(observation.error)
                return observation
        raise NotObserved(f"not looked at: {need.kind}")

    def evidence(self, kind: str, name: str) -> tuple[Evidence, ...]:
        """The reports of a kind and a name that were made for this candidate, those set aside among them.

        Those that were attached in another release of the same files are there too: what was found does not go away by
        starting anew.
        """
        present = self.release.candidate.digest
        return tuple(item for item in self._reports(kind, name) if item.candidate == present)

    def of_ancestors(self, kind: str, name: str) -> tuple[Evidence, ...]:
        """The reports of a kind and a name that were made for what the candidate descends from, not for itself."""
        line = {candidate.digest for candidate in self._line} - {self.release.candidate.digest}
        return tuple(item for item in self._reports(kind, name) if item.candidate in line)

    def justified(self, kind: str, name: str) -> tuple[tuple[Evidence, Justification], ...]:
        """The reports of a kind and a name that somebody answered for letting count for this candidate, with each act.

        Those of a justification in another release of the same files are there too, and so are lapsed ones: who counts
        a report in the candidate's favour asks :meth:`lapsed` of the act.
        """
        reports = {(item.release, item.id): item for item in self._reports(kind, name)}
        return tuple(
            (reports[said.source, said.subject], said)
            for release in (self.release, *self.kin)
            for said in release.justified
            if said.act.candidate == self.release.candidate.digest and (said.source, said.subject) in reports
        )

    def _reports(self, kind: str, name: str) -> Iterator[Evidence]:
        for release in (self.release, *self.kin):
            for evidence in release.evidence:
                if (evidence.report.kind, evidence.report.name) == (kind, name):
                    yield evidence

    @property
    def reviews(self) -> tuple[Review, ...]:
        """The reviews of this candidate in their order, those of another release of the same files among them."""
        made = (review for release in (self.release, *self.kin) for review in release.reviews)
        here = (review for review in made if review.act.candidate == self.release.candidate.digest)
        return tuple(sorted(here, key=lambda review: review.act.entry))

    @property
    def judged_tests(self) -> tuple[JudgedTest, ...]:
        """What was said of required tests for this candidate, as :attr:`reviews` are."""
        made = (said for release in (self.release, *self.kin) for said in release.tests)
        here = (said for said in made if said.act.candidate == self.release.candidate.digest)
        return tuple(sorted(here, key=lambda said: said.act.entry))

    def latest(self, said: Iterable[Word], roles: Collection[str], good: Collection[str]) -> tuple[Word, ...]:
        """Each person's last word, in each of the roles that count; ``good`` are the verdicts that can open a gate.

        A good one that its key does not bear takes no earlier word back: else whoever has that key could wash a refusal
        out. What a deputy said against something stays when whom they stood in for is back.
        """
        last: dict[tuple[str, str], Word] = {}
        for word in said:
            act = word.act
            held = act.role in roles and self.roster.held(act.person, act.role, act.roster_version)
            stood_in = act.role in roles and word.verdict not in good and self.roster.stood_in(act.person, act.role)
            if not held and not stood_in:
                continue
            key = (act.person, act.role)
            if key not in last or word.verdict not in good or self.unsound(act) is None:
                last[key] = word
        return tuple(last.values())

    def reference(self, item: Evidence | Review) -> str:
        """How something is called here: by its id, and by its release too where that is another one."""
        return item.id if item.release == self.release.slug else f"{item.release}/{item.id}"

    @property
    def sealed(self) -> frozenset[str]:
        """The roles of this gate of which nobody is told yet who decided what: sealed ones whose quorum is not in.

        Where that cannot be told, because of the clock or of a policy that fails, it is all of the sealed ones.
        """
        try:
            return frozenset(role for role, result in self._tally.items() if result.sealed is not None)
        except Exception:  # the author's code, which may raise whatever it likes
            return frozenset(role.name for role in self.process.roles if role.sealed)

    def hidden(self, sign_off: SignOff) -> bool:
        """Whether nobody is told yet whose decision this is, of this release; refusals and recusals are told.

        Of another transition, whose quorums are not counted here, it is those of every sealed role in this round.
        """
        role = sign_off.act.role
        if sign_off.decision not in SEALABLE or sign_off.round != self.release.round:
            return False
        if sign_off.transition != self.transition.trigger:
            return self.process.has_role(role) and self.process.role(role).sealed
        return role in self.sealed

    def raised_by(self, objection: Objection[Requirement]) -> str | None:
        """Who raised a requirement; None where that is nobody's to know yet.

        What an approval depends on says whose approval it is. In another release it is told once that round has ended.
        """
        if objection.source.kind != YES_IF:
            return objection.by
        states = {state.slug: state for state in (self.release, *self.kin)}
        release = states[objection.release]
        approval = next((item for item in release.sign_offs if item.act.entry == objection.entry), None)
        elsewhere = approval is not None and release is not self.release and approval.round == release.round
        return None if approval is not None and (elsewhere or self.hidden(approval)) else objection.by

    def approved_as(self, person: str) -> frozenset[str]:
        """The roles in which somebody's approval counts, as far as that can be told: for their own eyes alone."""
        try:
            counting, _ = approvals(self._measure, None)
        except Exception:  # as for :attr:`sealed`
            return frozenset()
        return frozenset(role for role, people in counting.items() if person in people)

    @cached_property
    def _tally(self) -> Mapping[str, QuorumResult]:
        shown = veiled(self._measure, self.caller)
        return {
            role: replace(result, assumed=result.missing) if role in self.assumed else result
            for role, result in shown.items()
        }

    @cached_property
    def _measure(self) -> Gate:
        return Gate(
            self.transition.trigger,
            self.source,
            self.transition.dest,
            self.basis,
            self.quorums,
            self.process,
            self.release,
            self.roster,
            self.authors,
            self._expired(),
            self.at,
        )

    def _expired(self) -> dict[str, datetime]:
        return {
            item.id: item.expires
            for item in self.release.sign_offs
            if item.expires is not None and self.over(item.act, item.expires)
        }


def _parts_of(grounds: Grounds) -> dict[str, Any]:
    candidate, process, round_, transition, source, dest, rests_on = grounds
    return {
        "format": 1,
        "kind": "holdfast-basis",
        "candidate": candidate,
        "process": process,
        "round": round_,
        "transition": transition,
        "from": source,
        "to": dest,
        "rests_on": list(rests_on),
    }


# Whoever asks, signs and moves at a gate asks for the same one, six times where two people sign.
@lru_cache(maxsize=1024)
def _digest_of(grounds: Grounds) -> str:
    return ledger.digest(_parts_of(grounds))
