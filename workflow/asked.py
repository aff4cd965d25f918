"""The command that an entry answers, put together again from what the entry records. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.commands import (
    AbortExposure,
    AcceptRisk,
    Advance,
    Answer,
    AnyCommand,
    Apply,
    ApproveChange,
    ApproveMigration,
    AssertCondition,
    Attach,
    CloseIncident,
    Command,
    ConfirmExposure,
    DeclareAway,
    DeclareReturn,
    Discharge,
    EraseText,
    JudgeTest,
    Justify,
    Lift,
    LiftCondition,
    MakeStatement,
    OpenIncident,
    Override,
    PlaceHold,
    Plan,
    ProposeChange,
    ProposeMigration,
    RaiseCompromise,
    RaiseFinding,
    Reconcile,
    ReplaceCandidate,
    Require,
    RestoreProtection,
    Review,
    Schedule,
    SetAside,
    SignOff,
    Start,
    SuspendKey,
    Withdraw,
    WithdrawSignOff,
    YesIf,
)
from workflow.errors import LedgerError
from workflow.events import (
    AnyEvent,
    AwayDeclared,
    CandidateReplaced,
    ChangeApproved,
    ChangeProposed,
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
    KeySuspended,
    LedgerCreated,
    LiftApproved,
    MigrationApproved,
    MigrationProposed,
    ObjectionAnswered,
    OverrideDecided,
    PlanMade,
    ProtectionRestored,
    Reaffirmed,
    ReleaseStarted,
    RequiredTestJudged,
    RequirementDischarged,
    RequirementRaised,
    ReturnDeclared,
    RiskAccepted,
    RiskReviewed,
    Scheduled,
    SignOffRecorded,
    SignOffWithdrawn,
    StatementMade,
    TextErased,
    TransitionMade,
)
from workflow.ledger import RELEASE_PREFIX, Entry, Json
from workflow.statement import condition_names


def slug_of(stream: str) -> str:
    """The release that a stream belongs to; empty for the ledger's own streams."""
    return stream[len(RELEASE_PREFIX) :] if stream.startswith(RELEASE_PREFIX) else ""


_BY_NAME: dict[str, type[Command]] = {
    kind.command: kind
    for kind in (
        Start,
        ReplaceCandidate,
        Attach,
        SetAside,
        Review,
        Require,
        Discharge,
        MakeStatement,
        SignOff,
        WithdrawSignOff,
        Answer,
        Schedule,
        PlaceHold,
        Lift,
        Advance,
        EraseText,
        ProposeChange,
        ApproveChange,
        SuspendKey,
        DeclareAway,
        DeclareReturn,
        AssertCondition,
        Justify,
        RaiseCompromise,
        RestoreProtection,
        ProposeMigration,
        ApproveMigration,
        OpenIncident,
        CloseIncident,
        Withdraw,
        JudgeTest,
        RaiseFinding,
        AcceptRisk,
        Override,
        Plan,
        Apply,
        ConfirmExposure,
        AbortExposure,
        Reconcile,
    )
}


def is_request(command: AnyCommand) -> bool:
    """Whether a command that was put together from events is the request word for word.

    The events of some say what was meant where the request left it open, such as which candidate.
    """
    if isinstance(command, SignOff):
        return command.decision == "approve"
    closing = Answer | CloseIncident | Discharge | Lift
    return not isinstance(command, AcceptRisk | closing | ReplaceCandidate | WithdrawSignOff)


def command_from(request: Json) -> AnyCommand:
    """The command that a request is, as :meth:`workflow.commands.Command.request` gives it.

    Raises:
        LedgerError: there is no such command, or it does not have its form.
    """
    kind = _BY_NAME.get(str(request.get("command")))
    if kind is None:
        raise LedgerError(f"there is no command {request.get('command')!r}")
    fields = {name: value for name, value in request.items() if name != "command"}
    try:
        return kind.model_validate(fields)  # type: ignore[return-value]
    except ValueError as error:
        raise LedgerError(f"the request cannot be read: {error}") from error


def command_of(entry: Entry, events: Sequence[AnyEvent]) -> AnyCommand | None:
    """The command that an entry answers, put together again from its events; None for the genesis.

    Raises:
        LedgerError: no command makes such an entry.
    """
    first = events[0]
    who = {"actor": entry.actor}
    about = {**who, "release": slug_of(entry.stream)}
    match first:
        # What happens most often stands first.
        case Scheduled():
            return Schedule(**about, planned=first.planned)
        case LedgerCreated():
            return None
        case CommandRefused():
            return command_from({**first.request, "command": first.command})
        case ReleaseStarted():
            return Start(**about, process=first.process, candidate=first.candidate)
        case CandidateReplaced():
            return ReplaceCandidate(**about, candidate=first.candidate)
        case TransitionMade():
            begun = next((event for event in events[1:] if isinstance(event, ExposureBegun)), None)
            if begun is None:
                return Advance(**about, trigger=first.trigger)
            return Apply(**about, trigger=first.trigger, subject=begun.subject, reference=begun.reference)
        case PlanMade():
            bound = first.binding
            return Plan(
                **about,
                transition=bound.transition or "",
                destination=first.destination,
                basis=bound.basis or "",
                expires=bound.expires or "",
            )
        case ExposureConfirmed():
            return ConfirmExposure(**about, subject=first.subject)
        case ExposureAborted():
            return AbortExposure(**about, subject=first.subject)
        case ExposureReconciled():
            return Reconcile(**about, subject=first.subject, verdict=first.verdict, role=first.binding.role or "")
        case SignOffRecorded():
            bound = first.binding
            raised = [event for event in events[1:] if isinstance(event, RequirementRaised)]
            cited = next((event.subject for event in events[1:] if isinstance(event, Reaffirmed)), None)
            return SignOff(
                **about,
                transition=bound.transition or "",
                role=bound.role or "",
                decision=first.decision,
                basis=bound.basis,
                conditions=condition_names(bound.texts),
                requirements=tuple(YesIf(text=item.text, discharged_by=item.discharged_by) for item in raised),
                cites=cited,
            )
        case SignOffWithdrawn():
            return WithdrawSignOff(**about, subject=first.subject, candidates=first.candidates)
        case ObjectionAnswered():
            return Answer(**about, subject=first.subject, candidates=first.candidates)
        case LiftApproved():
            role = first.binding.role or ""
            return Lift(**about, subject=first.subject, role=role, candidates=first.candidates)
        case RequirementDischarged():
            return Discharge(
                **about,
                subject=first.subject,
                role=first.binding.role or "",
                evidence=first.evidence,
                candidates=first.candidates,
            )
        case IncidentOpened():
            return OpenIncident(
                **about,
                known_since=first.known_since,
                affected=first.affected,
                text=first.text,
                role=first.role,
                owner=first.owner,
            )
        case IncidentClosed():
            return CloseIncident(
                **about,
                subject=first.subject,
                role=first.binding.role or "",
                evidence=first.evidence,
                candidates=first.candidates,
            )
        case ConditionAsserted():
            return AssertCondition(**about, subject=first.subject, condition=first.condition, role=first.role)
        case EvidenceJustified():
            return Justify(**about, source=first.source, subject=first.subject, role=first.binding.role or "")
        case MigrationProposed():
            return ProposeMigration(**about, process=first.process)
        case MigrationApproved():
            return ApproveMigration(**about, process=first.process, role=first.binding.role or "")
        case KeySuspended():
            return SuspendKey(**who, key=first.key)
        case AwayDeclared():
            return DeclareAway(**who, until=first.until)
        case ReturnDeclared():
            return DeclareReturn(**who)
        case CompromiseFound():
            return RaiseCompromise(**about, key=first.key)
        case RequirementRaised():
            return Require(
                **about,
                role=first.role,
                text=first.text,
                discharged_by=first.discharged_by,
                blocks=first.blocks,
                due=first.due,
                bound=first.bound,
                hold=first.hold,
            )
        case OverrideDecided():
            bound = first.binding
            return Override(
                **about,
                transition=bound.transition or "",
                policy=first.policy,
                role=bound.role or "",
                decision=first.decision,
                basis=bound.basis,
            )
        case FindingRaised():
            return RaiseFinding(
                **about,
                severity=first.severity,
                role=first.role,
                text=first.text,
                discharged_by=first.discharged_by,
            )
        case RiskAccepted():
            return AcceptRisk(
                **about,
                subject=first.subject,
                role=first.binding.role or "",
                until=first.binding.expires or "",
                candidates=first.candidates,
            )
        case HoldPlaced():
            conditions = tuple(
                LiftCondition(text=event.text, discharged_by=event.discharged_by)
                for event in events[1:]
                if isinstance(event, RequirementRaised)
            )
            return PlaceHold(**about, role=first.role, review_by=first.review_by, conditions=conditions)
        case EvidenceAttached():
            return Attach(
                **about,
                blob=first.blob,
                filename=first.filename,
                report=first.report,
                made_for=first.made_for,
                stated=first.stated,
                role=first.binding.role if first.binding else None,
            )
        case EvidenceSetAside():
            return SetAside(**about, subject=first.subject, role=first.binding.role or "")
        case RiskReviewed():
            return Review(**about, area=first.area, verdict=first.verdict, role=first.binding.role or "")
        case RequiredTestJudged():
            return JudgeTest(
                **about,
                test=first.test,
                verdict=first.verdict,
                role=first.binding.role or "",
                evidence=first.evidence,
            )
        case StatementMade():
            bound = first.binding
            moved = next((event for event in events[1:] if isinstance(event, TransitionMade)), None)
            if moved is not None:
                return Withdraw(**about, trigger=moved.trigger, role=bound.role or "", text=first.text)
            said = {"public": first.public, "text": first.text, "about": bound.subject}
            return MakeStatement(**about, role=bound.role or "", **said)
        case TextErased():
            return EraseText(**who, entry=first.entry, name=first.name)
        case ChangeProposed():
            return ProposeChange(**who, change=first.change)
        case ChangeApproved():
            return ApproveChange(**who, id=first.id, content=first.content)
        case ProtectionRestored():
            return RestoreProtection(**who, triggers=first.triggers)
        case _:
            raise LedgerError(f"no command begins with {first.type}")
