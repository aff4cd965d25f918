"""The state of one release: the fold of its stream.

``evolve`` decides nothing. It only writes down what the events say happened, so that a decision, a listing and an audit
all read the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from workflow.clock import parse_timestamp
from workflow.course import Move, Slip
from workflow.errors import LedgerError
from workflow.events import (
    AnyEvent,
    CandidateReplaced,
    CommandRefused,
    CompromiseFound,
    ConditionAsserted,
    EvidenceAttached,
    EvidenceJustified,
    EvidenceSetAside,
    ExposureAborted,
    ExposureBegun,
    ExposureConfirmed,
    ExposureReconciled,
    FindingRaised,
    HoldPlaced,
    IncidentClosed,
    IncidentOpened,
    LiftApproved,
    MigrationApproved,
    MigrationProposed,
    ObjectionAnswered,
    ObjectionClosed,
    OverrideDecided,
    OverrideUsed,
    PlanMade,
    ProcessMigrated,
    Reaffirmed,
    Recorded,
    ReleaseStarted,
    RequiredTestJudged,
    RequirementDischarged,
    RequirementRaised,
    RiskAccepted,
    RiskReviewed,
    Scheduled,
    SignOffRecorded,
    SignOffWithdrawn,
    StatementMade,
    TransitionMade,
)
from workflow.facts import Binding, CandidateFacts
from workflow.grounds import Evidence, JudgedTest, Justification, Review, Statement
from workflow.migration import Migration, Proposal
from workflow.overrides import OverrideWord, UsedOverride
from workflow.process import Exposure
from workflow.publication import Permit, Publication, end_of, ended
from workflow.raising import finding_of, hold_of, incident_of, requirement_of, review_of
from workflow.records import replace
from workflow.requirement import Acceptance, Hold, Requirement
from workflow.signoff import Act, Backing, Closing, SignOff
from workflow.statement import condition_names

Closable = TypeVar("Closable", SignOff, Requirement, Hold)


@dataclass(frozen=True, slots=True)
class ReleaseState:
    """Everything that is known of a release at one point of the ledger.

    ``location`` is the commitment of the text that says where the candidate's files were. ``compromised`` are the
    moves, by their entry, that were found to rest on a compromised key. ``proposal`` is a process that would take the
    place of the present one, ``migrations`` are those that did.
    """

    slug: str
    process: str
    stage: str
    round: int
    round_at: datetime
    round_entry: int
    entered_at: datetime
    started_at: datetime
    started_by: str
    exposed: Exposure
    candidate: CandidateFacts
    location: str
    version: int = 0
    earlier: tuple[CandidateFacts, ...] = ()
    moves: tuple[Move, ...] = ()
    sign_offs: tuple[SignOff, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    holds: tuple[Hold, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    justified: tuple[Justification, ...] = ()
    reviews: tuple[Review, ...] = ()
    tests: tuple[JudgedTest, ...] = ()
    overrides: tuple[OverrideWord, ...] = ()
    used: tuple[UsedOverride, ...] = ()
    statements: tuple[Statement, ...] = ()
    schedule: tuple[Slip, ...] = ()
    refusals: int = 0
    updated_at: datetime | None = None
    recused: dict[str, int] = field(default_factory=dict)
    compromised: frozenset[tuple[str, int]] = frozenset()
    proposal: Proposal | None = None
    migrations: tuple[Migration, ...] = ()
    permits: tuple[Permit, ...] = ()
    publications: tuple[Publication, ...] = ()

    @property
    def candidates(self) -> tuple[CandidateFacts, ...]:
        """Every candidate that the release ever had, the present one last."""
        return (*self.earlier, self.candidate)

    @property
    def planned(self) -> datetime | None:
        """The planned date; None is *no date*."""
        return self.schedule[-1].planned if self.schedule else None

    @property
    def mover(self) -> str | None:
        """Who made the last raise or forward move into the present stage; moves back or aside do not change it."""
        return next((move.by for move in reversed(self.moves) if move.forward and move.dest == self.stage), None)

    def is_candidate(self, digest: str) -> bool:
        """Whether the release has or ever had a candidate of that digest."""
        return any(candidate.digest == digest for candidate in self.candidates)


def evolve(state: ReleaseState | None, event: AnyEvent, recorded: Recorded) -> ReleaseState | None:
    """The release after one more event; None before it was started."""
    if isinstance(event, ReleaseStarted):
        return ReleaseState(
            slug=event.release,
            process=event.process,
            stage=event.stage,
            round=1,
            round_at=recorded.at,
            round_entry=recorded.seq,
            entered_at=recorded.at,
            started_at=recorded.at,
            started_by=recorded.actor,
            exposed=Exposure.INTERNAL,
            candidate=event.candidate,
            location=recorded.texts[event.candidate.location],
        )
    if state is None:
        return None
    about = (state.process, state.candidate.digest)
    match event:
        # What happens most often stands first: each case that is not it costs a look.
        case Scheduled():
            return replace(state, schedule=(*state.schedule, Slip.of(event, recorded)))
        case TransitionMade():
            move = Move.of(event, recorded)
            return replace(
                state,
                **_next_round(state, recorded),
                stage=event.dest,
                entered_at=recorded.at,
                moves=(*state.moves, move),
                exposed=max(state.exposed, event.exposure, key=lambda exposure: exposure.rank),
            )
        case SignOffRecorded():
            return _sign_off(state, event, recorded)
        case PlanMade():
            return replace(state, permits=(*state.permits, Permit.of(event, act_of(event.binding, recorded))))
        case ExposureBegun():
            return replace(state, publications=(*state.publications, Publication.of(event, recorded)))
        case ExposureConfirmed() | ExposureReconciled():
            done = ended(state.publications, event.subject, end_of(event), recorded)
            return replace(state, publications=done)
        case ExposureAborted():
            return _taken_back(state, event, recorded)
        case CandidateReplaced():
            return replace(
                state,
                **_next_round(state, recorded),
                candidate=event.candidate,
                earlier=(*state.earlier, state.candidate),
                location=recorded.texts[event.candidate.location],
            )
        case SignOffWithdrawn():
            return _withdraw(state, event, recorded)
        case ObjectionAnswered():
            answer = Backing(act_of(event.binding, recorded), state.round, frozenset(event.candidates))
            return _change_sign_off(
                state, event.subject, lambda sign_off: replace(sign_off, answers=(*sign_off.answers, answer))
            )
        case ObjectionClosed():
            return _close(state, event, recorded.seq)
        case RequirementRaised():
            return replace(
                state,
                requirements=(
                    *state.requirements,
                    requirement_of(event, recorded, *about),
                ),
            )
        case IncidentOpened():
            return replace(
                state,
                requirements=(*state.requirements, incident_of(event, recorded, *about)),
            )
        case RequirementDischarged() | IncidentClosed():
            closing = Closing(recorded.seq, (act_of(event.binding, recorded),), frozenset(event.candidates))
            return replace(
                state,
                requirements=tuple(
                    _closed(requirement, closing) if requirement.id == event.subject else requirement
                    for requirement in state.requirements
                ),
            )
        case OverrideDecided():
            word = OverrideWord.of(event, act_of(event.binding, recorded), recorded)
            return replace(state, overrides=(*state.overrides, word))
        case OverrideUsed():
            used = UsedOverride.of(event, recorded)
            requirements = (*state.requirements, review_of(event, recorded, *about))
            return replace(state, used=(*state.used, used), requirements=requirements)
        case FindingRaised():
            return replace(
                state,
                requirements=(*state.requirements, finding_of(event, recorded, *about)),
            )
        case RiskAccepted():
            until = parse_timestamp(event.binding.expires or "")
            candidates, reason = frozenset(event.candidates), recorded.texts["rationale"]
            accepted = Acceptance(act_of(event.binding, recorded), until, candidates, reason)
            requirements = tuple(
                replace(item, accepted=(*item.accepted, accepted)) if item.id == event.subject else item
                for item in state.requirements
            )
            return replace(state, requirements=requirements)
        case HoldPlaced():
            return replace(state, holds=(*state.holds, hold_of(event, recorded, *about)))
        case LiftApproved():
            lift = Backing(act_of(event.binding, recorded), state.round, frozenset(event.candidates))
            holds = tuple(
                replace(hold, lifts=(*hold.lifts, lift)) if hold.id == event.subject else hold for hold in state.holds
            )
            return replace(state, holds=holds)
        case EvidenceAttached():
            evidence = Evidence(
                event.id,
                state.slug,
                recorded.seq,
                recorded.actor,
                event.blob,
                event.filename,
                event.report,
                event.made_for,
                event.stated,
                act_of(event.binding, recorded) if event.binding else None,
                at=recorded.at,
            )
            return replace(state, evidence=(*state.evidence, evidence))
        case EvidenceSetAside():
            evidences = tuple(
                replace(evidence, set_aside=recorded.seq, aside=act_of(event.binding, recorded))
                if evidence.id == event.subject
                else evidence
                for evidence in state.evidence
            )
            return replace(state, evidence=evidences)
        case EvidenceJustified():
            act = act_of(event.binding, recorded)
            justification = Justification(act, state.slug, event.source, event.subject, event.difference)
            return replace(state, justified=(*state.justified, justification))
        case ConditionAsserted():
            return _change_sign_off(
                state, event.subject, lambda sign_off: replace(sign_off, asserted=sign_off.asserted or recorded.seq)
            )
        case Reaffirmed():
            last = replace(state.sign_offs[-1], reaffirms=event.entry)
            return replace(state, sign_offs=(*state.sign_offs[:-1], last))
        case RiskReviewed():
            review = Review(event.id, state.slug, act_of(event.binding, recorded), event.area, event.verdict)
            return replace(state, reviews=(*state.reviews, review))
        case RequiredTestJudged():
            act = act_of(event.binding, recorded)
            judged = JudgedTest(event.id, state.slug, act, event.test, event.verdict, event.evidence)
            return replace(state, tests=(*state.tests, judged))
        case StatementMade():
            statement = Statement(
                event.id,
                act_of(event.binding, recorded),
                event.public,
                recorded.texts[event.text],
                state.round,
                event.binding.subject,
            )
            return replace(state, statements=(*state.statements, statement))
        case CompromiseFound():
            found = {(event.key, gate.entry) for gate in event.gates}
            return replace(state, compromised=state.compromised | found)
        case MigrationProposed():
            return replace(state, proposal=Proposal.of(event, recorded))
        case MigrationApproved():
            proposal = _proposed(state, recorded)
            approvals = (*proposal.approvals, act_of(event.binding, recorded))
            return replace(state, proposal=replace(proposal, approvals=approvals))
        case ProcessMigrated():
            migration = Migration.of(event, recorded, _proposed(state, recorded), state.round + 1)
            moved = under(state, event.process, recorded.at, recorded.seq)
            return replace(moved, migrations=(*state.migrations, migration))
        case CommandRefused():
            return replace(state, refusals=state.refusals + 1)
        case _:
            return state


def under(state: ReleaseState, process: str, at: datetime, entry: int) -> ReleaseState:
    """The release as it goes on under another process, from an entry on."""
    return replace(state, process=process, **_in_next_round(state, at, entry))


def _taken_back(state: ReleaseState, event: ExposureAborted, recorded: Recorded) -> ReleaseState:
    done = replace(
        state, publications=ended(state.publications, event.subject, "aborted", recorded), exposed=event.exposed
    )
    if event.stage == state.stage:
        return done
    back = Move(
        recorded.seq, recorded.at, recorded.actor, state.moves[-1].trigger, state.stage, event.stage, forward=False
    )
    return replace(
        done,
        **_next_round(state, recorded),
        stage=event.stage,
        entered_at=recorded.at,
        moves=(*state.moves, back),
    )


def _next_round(state: ReleaseState, recorded: Recorded) -> dict[str, Any]:
    """What is another in a release's next round, which an entry begins."""
    return _in_next_round(state, recorded.at, recorded.seq)


def _in_next_round(state: ReleaseState, at: datetime, entry: int) -> dict[str, Any]:
    return {"round": state.round + 1, "round_at": at, "round_entry": entry, "proposal": None}


def _proposed(state: ReleaseState, recorded: Recorded) -> Proposal:
    if state.proposal is None:
        raise LedgerError(f"entry {recorded.seq} approves another process, and none was proposed in this round")
    return state.proposal


def act_of(binding: Binding, recorded: Recorded) -> Act:
    """The act that a binding is of, at its entry."""
    return Act(
        entry=recorded.seq,
        at=recorded.at,
        person=recorded.actor,
        role=binding.role or "",
        roster_version=binding.roster_version,
        candidate=binding.candidate,
        key=recorded.key,
    )


def _sign_off(state: ReleaseState, event: SignOffRecorded, recorded: Recorded) -> ReleaseState:
    binding = event.binding
    sign_off = SignOff(
        id=event.id,
        act=act_of(binding, recorded),
        decision=event.decision,
        transition=binding.transition or "",
        source=binding.source or "",
        dest=binding.dest or "",
        round=binding.round or 0,
        basis=binding.basis or "",
        process=binding.process,
        expires=parse_timestamp(binding.expires) if binding.expires else None,
        reason=recorded.texts["rationale"],
        authority=event.authority,
        exposure=event.exposure,
        conditions=condition_names(binding.texts),
    )
    recused = state.recused
    if event.decision == "recuse":
        recused = {**recused, recorded.actor: recorded.seq}
    return replace(state, sign_offs=(*state.sign_offs, sign_off), recused=recused)


def _withdraw(state: ReleaseState, event: SignOffWithdrawn, recorded: Recorded) -> ReleaseState:
    def withdrawn(sign_off: SignOff) -> SignOff:
        if sign_off.decision != "reject":
            return replace(sign_off, withdrawn=recorded.seq)
        return _closed(sign_off, Closing(recorded.seq, (act_of(event.binding, recorded),), frozenset(event.candidates)))

    return _change_sign_off(state, event.subject, withdrawn)


def _change_sign_off(state: ReleaseState, subject: str, change: Callable[[SignOff], SignOff]) -> ReleaseState:
    return replace(
        state,
        sign_offs=tuple(change(sign_off) if sign_off.id == subject else sign_off for sign_off in state.sign_offs),
    )


def _close(state: ReleaseState, event: ObjectionClosed, entry: int) -> ReleaseState:
    closed = frozenset(event.candidates)

    def resting(item: Closable, backings: tuple[Backing, ...]) -> Closing:
        found = counting_again(item, backings, closed)
        acts = (backing.act for backing in found if backing.round == state.round and backing.candidates & closed)
        return Closing(entry, tuple(acts), closed)

    holds = tuple(
        _closed(hold, resting(hold, hold.lifts)) if hold.id == event.subject else hold for hold in state.holds
    )
    changed = replace(state, holds=holds)
    return _change_sign_off(changed, event.subject, lambda item: _closed(item, resting(item, item.answers)))


def counting_again(item: Closable, backings: tuple[Backing, ...], candidates: Iterable[str]) -> tuple[Backing, ...]:
    """The words that count for the end of an objection: where it was closed before, by claims, only what was signed."""
    claimed = any(act.key is None for closing in item.closings for act in closing.rests_on)
    if not claimed or backings[-1].act.key is None or not item.closed_for.issuperset(candidates):
        return backings
    return tuple(backing for backing in backings if backing.act.key is not None)


def _closed(item: Closable, closing: Closing) -> Closable:
    return replace(item, closed_for=item.closed_for | closing.candidates, closings=(*item.closings, closing))
