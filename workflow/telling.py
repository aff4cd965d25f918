"""What happened, in words: an event, and a change of the roster, as a sentence for people."""

from __future__ import annotations

from workflow.changes import (
    AdministratorsSet,
    Change,
    ClockCorrected,
    DecisionMakerNamed,
    DeputyDismissed,
    DeputyNamed,
    KeyEnrolled,
    KeyRestored,
    KeyRevoked,
    LatecomerAdmitted,
    LogKeyNamed,
    PersonAdded,
    PersonRemoved,
    ProcessChartered,
    ProcessUnchartered,
    RolesGranted,
    RolesRevoked,
)
from workflow.clock import parse_timestamp
from workflow.events import (
    AnyEvent,
    AwayDeclared,
    CandidateReplaced,
    ChangeAccepted,
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
    ObjectionClosed,
    OverrideDecided,
    OverrideUsed,
    PlanMade,
    ProcessMigrated,
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
from workflow.phrases import date, moment
from workflow.signing import PublicKey


def describe(event: AnyEvent) -> str:
    """One event as one sentence without its subject, who is the entry's actor."""
    match event:
        case LedgerCreated():
            who = ", ".join(event.administrators)
            return f"created the ledger, administered by {who} (threshold {event.threshold})"
        case ProtectionRestored():
            return f"acknowledged that protection was not as it must be, and restored it: {', '.join(event.triggers)}"
        case CommandRefused():
            return f"was REFUSED `{event.command}`: {event.message}"
        case ChangeProposed():
            return f"proposed {event.id}: {in_words(event.change)}"
        case ChangeApproved():
            return f"approved {event.id}"
        case ChangeAccepted():
            return f"{event.id} is in force: {in_words(event.change)}"
        case KeySuspended():
            return f"suspended the key {event.key}"
        case AwayDeclared():
            return f"is away{f' until {_date(event.until)}' if event.until else ''}"
        case ReturnDeclared():
            return "is back"
        case ReleaseStarted():
            return f"started it in {event.stage} with candidate {event.candidate.digest[:12]}"
        case CandidateReplaced():
            return f"replaced the candidate by {event.candidate.digest[:12]}"
        case TransitionMade():
            irreversible = ", irreversibly" if event.irreversible else ""
            return f"moved it from {event.source} to {event.dest} by `{event.trigger}`{irreversible}"
        case PlanMade():
            until = _date(event.binding.expires or "")
            where = f"by {event.publisher} to {event.destination}"
            return f"planned `{event.binding.transition}`, {where}, once and until {until} ({event.id})"
        case ExposureBegun():
            return f"let it out by {event.subject} to {event.destination}; from here on it counts as out"
        case ExposureConfirmed():
            return (
                f"read it back from {event.destination} ({event.subject}): {event.files} files of {event.manifest[:12]}"
            )
        case ExposureAborted():
            return f"took it back ({event.subject}): it is proven that no byte left; it is in {event.stage}"
        case ExposureReconciled():
            found = "published" if event.verdict == "published" else "NOT published"
            return f"looked as {event.binding.role} at what came of {event.subject}, and found it {found}"
        case SignOffRecorded():
            return f"{_DECIDED[event.decision]} `{event.binding.transition}` as {event.binding.role} ({event.id})"
        case Reaffirmed():
            parts = ", ".join(f"{name} {what}" for name, what in event.difference.items())
            return f"reaffirmed {event.subject}, entry {event.entry}; since then: {parts}"
        case ConditionAsserted():
            return f"said as {event.role} that {event.condition} of {event.subject} has come about"
        case SignOffWithdrawn():
            return f"withdrew {event.subject}{_for(event.candidates)}"
        case ObjectionAnswered():
            return f"answered {event.subject} as {event.binding.role}{_for(event.candidates)}"
        case ObjectionClosed():
            return f"{event.subject} no longer stands{_for(event.candidates)}"
        case CompromiseFound():
            gates = ", ".join(f"`{gate.trigger}` (entry {gate.entry})" for gate in event.gates)
            return f"found that {gates} rested on the key {event.key}, compromised since {_date(event.since)}"
        case RequirementRaised():
            what = "condition for lifting " + event.hold if event.hold else "requirement"
            return f"raised {event.id} as {event.role}, a {what}, to be discharged by {event.discharged_by}"
        case RequirementDischarged():
            on = f" on {', '.join(event.evidence)}" if event.evidence else ""
            return f"discharged {event.subject} as {event.binding.role}{on}{_for(event.candidates)}"
        case OverrideDecided():
            what = f"`{event.policy}` at `{event.binding.transition}` as {event.binding.role} ({event.id})"
            if event.decision == "withdraw":
                return f"took the override back of {what}"
            return f"gave an OVERRIDE of {what}, until {_date(event.binding.expires or '')}"
        case OverrideUsed():
            return (
                f"PASSED BY OVERRIDE of `{event.policy}`, by {' and '.join(event.by)} until {_date(event.until)}; its "
                f"review {event.review} by {event.role} is due {_date(event.due)}"
            )
        case FindingRaised():
            return f"found {event.id} as {event.role}, {event.severity}, to be discharged by {event.discharged_by}"
        case RiskAccepted():
            until = _date(event.binding.expires or "")
            return f"ACCEPTED THE RISK of {event.subject} as {event.binding.role} until {until}{_for(event.candidates)}"
        case IncidentOpened():
            affects = ", ".join(digest[:12] for digest in event.affected)
            since = moment(parse_timestamp(event.known_since))
            return (
                f"opened incident {event.id} as {event.role}, known since {since}; it affects {affects} and whatever "
                f"descends from that, and {event.owner} closes it"
            )
        case IncidentClosed():
            on = f" on {', '.join(event.evidence)}" if event.evidence else ""
            return f"closed incident {event.subject} as {event.binding.role}{on}{_for(event.candidates)}"
        case HoldPlaced():
            owner = f"{event.count} of {event.role}" if event.count else f"{event.role}, its maker"
            return f"opened hold {event.id} with no end date; it belongs to {owner}"
        case LiftApproved():
            return f"said as {event.binding.role} that {event.subject} can be lifted{_for(event.candidates)}"
        case EvidenceAttached():
            how = "which the report states" if event.stated else "which they declare"
            return (
                f"attached {event.id}, {event.report.kind} {event.report.name} ({event.report.status}), for "
                f"{event.made_for[:12]}, {how}"
            )
        case EvidenceJustified():
            parts = ", ".join(f"{name} {what}" for name, what in event.difference.items())
            return (
                f"answered as {event.binding.role} for letting {event.subject} of {event.source}, made for "
                f"{event.made_for[:12]}, count here ({parts})"
            )
        case EvidenceSetAside():
            return f"set {event.subject} aside as {event.binding.role}"
        case RiskReviewed():
            return f"reviewed {event.area} as {event.binding.role}: {event.verdict}"
        case RequiredTestJudged():
            on = f" on {', '.join(event.evidence)}" if event.evidence else ""
            found = event.verdict.replace("_", " ").replace("failed", "FAILED")
            return f"said as {event.binding.role} that the test {event.test} is {found}{on}"
        case StatementMade():
            on = f" on incident {event.binding.subject}" if event.binding.subject else ""
            return f"said{on} {'in public' if event.public else 'internally'} as {event.binding.role} ({event.id})"
        case Scheduled():
            planned = f"planned it for {_date(event.planned) if event.planned else 'no date'}"
            return f"{planned}, a slip from {_date(event.previous)}" if event.slip and event.previous else planned
        case MigrationProposed():
            return f"proposed the process {event.process[:12]} for it, which {_loosens(event.loosens)}"
        case MigrationApproved():
            role = event.binding.role
            asks = f"LOOSENS {len(event.loosens)}" if event.loosens else "loosens nothing"
            return f"approved the process {event.process[:12]} as {role}, which {asks}"
        case ProcessMigrated():
            return (
                f"MIGRATED in {event.stage} from the process {event.previous[:12]} to {event.process[:12]}, which "
                f"{_loosens(event.loosens)}; approved by {', '.join(event.approved_by)}"
            )
        case TextErased():
            return f"erased the text {event.name} of entry {event.entry}"


_DECIDED = {
    "approve": "approved",
    "reject": "REFUSED",
    "abstain": "abstained from",
    "recuse": "recused themselves from",
}


def _date(text: str) -> str:
    return date(parse_timestamp(text))


def _for(candidates: tuple[str, ...]) -> str:
    return f", for {', '.join(candidate[:12] for candidate in candidates)}" if candidates else ""


def _loosens(places: tuple[str, ...]) -> str:
    return f"LOOSENS {', '.join(places)}" if places else "loosens nothing"


def in_words(change: Change) -> str:
    """What a change of the roster or the charter makes so, as one sentence."""
    match change:
        case PersonAdded():
            roles = f" as {', '.join(change.roles)}" if change.roles else ""
            return f"{change.person} is on the roster{roles}"
        case RolesGranted():
            return f"{change.person} holds {', '.join(change.roles)}"
        case RolesRevoked():
            return f"{change.person} no longer holds {', '.join(change.roles)}"
        case PersonRemoved():
            return f"{change.person} has left"
        case ProcessChartered():
            return f"{change.name} ({change.process[:12]}) is allowed up to {change.exposure}"
        case ProcessUnchartered():
            return f"{change.process[:12]} is no longer allowed"
        case ClockCorrected():
            return "the clock was corrected"
        case AdministratorsSet():
            return f"{', '.join(change.administrators)} administer, and a change takes {change.threshold} of them"
        case KeyEnrolled():
            fingerprint = PublicKey.parse(change.key).fingerprint
            unproven = "" if change.possession else "; it counts once they have shown that they hold it"
            crossed = f", signed for by {change.crossed_by}" if change.crossed_by else ""
            return f"{fingerprint} is {change.person}'s key, verified by {change.verified_by}{crossed}{unproven}"
        case KeyRestored():
            return f"the key {change.key} counts again"
        case KeyRevoked():
            since = f"; compromised since {_date(change.compromised_since)}" if change.compromised_since else ""
            return f"the key {change.key} is revoked{since}"
        case DeputyNamed():
            where = f" in {change.release}" if change.release else ""
            until = f", until {_date(change.until)}" if change.until else ""
            return f"{change.deputy} is {change.person}'s deputy as {', '.join(change.roles)}{where}{until}"
        case DeputyDismissed():
            return f"{change.deputy} is {change.person}'s deputy no more"
        case LatecomerAdmitted():
            return f"{change.person} counts as {change.role} in round {change.round} of {change.release}, though late"
        case DecisionMakerNamed():
            return f"{change.person} decides about {change.objection} of {change.release}, whose maker has left"
        case LogKeyNamed():
            return f"checkpoints are signed with {change.key}"
