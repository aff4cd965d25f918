"""What can be asked of the engine: one command becomes one entry.

A command holds everything of the request but its texts; where a text belongs, it holds the text's name. So two
requests are the same exactly when their commands are equal and their texts are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import Field

from workflow import ledger
from workflow.changes import Change, KeyEnrolled, PersonAdded, ProcessChartered
from workflow.evidence import EvidenceReport
from workflow.facts import (
    CandidateFacts,
    Decision,
    Fingerprint,
    Identifier,
    Moment,
    RequirementBound,
    RiskVerdict,
    Slug,
    TextName,
)
from workflow.process import Digest, Handle, Model, Name

RATIONALE = "rationale"


class Command(Model):
    """A request by somebody, with a rationale under the text name ``rationale``."""

    command: ClassVar[str]
    added: ClassVar[tuple[str, ...]] = ()
    """Fields that came later. Where one is not used, the request is the one that there was before."""
    actor: Handle

    def texts_named(self) -> tuple[str, ...]:
        """The names of the texts that come with it, and no others do."""
        return (RATIONALE,)

    def request(self) -> dict[str, Any]:
        """The request as plain data, texts left out."""
        unused = {name for name in self.added if getattr(self, name) == type(self).model_fields[name].default}
        return {"command": self.command, **self.model_dump(mode="json", by_alias=True, exclude=unused)}

    def brings(self) -> frozenset[str]:
        """The digests of the files that come with the request, where what is signed of it names some."""
        return frozenset()

    def digest(self) -> str:
        """What identifies the request, texts left out."""
        return ledger.digest(self.request())


class ReleaseCommand(Command):
    """A request about one release."""

    release: Slug


class Start(ReleaseCommand):
    """Enters a candidate into a process."""

    command: ClassVar[str] = "start"
    process: Digest
    candidate: CandidateFacts

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and where the files were."""
        return (*super().texts_named(), self.candidate.location)


class ReplaceCandidate(ReleaseCommand):
    """Puts other bytes in the candidate's place."""

    command: ClassVar[str] = "candidate"
    candidate: CandidateFacts

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and where the files were."""
        return (*super().texts_named(), self.candidate.location)


class Attach(ReleaseCommand):
    """Attaches a report. ``role`` is what its candidate is declared as; null where the report states it itself."""

    command: ClassVar[str] = "attach"
    blob: Digest
    filename: str = Field(min_length=1, max_length=255)
    report: EvidenceReport
    made_for: Digest
    stated: bool
    role: Name | None = None

    def brings(self) -> frozenset[str]:
        """The report."""
        return frozenset({self.blob})


class SetAside(ReleaseCommand):
    """Takes a report out of what counts."""

    command: ClassVar[str] = "set_aside"
    subject: Identifier
    role: Name


class Justify(ReleaseCommand):
    """Lets a report that was made for a relative count for the present candidate. ``source`` is its release."""

    command: ClassVar[str] = "justify"
    source: Slug
    subject: Identifier
    role: Name


class Review(ReleaseCommand):
    """Gives a verdict on a risk area."""

    command: ClassVar[str] = "review"
    area: Name
    verdict: RiskVerdict
    role: Name


class Require(ReleaseCommand):
    """Raises a requirement; with ``hold``, a condition for lifting that hold."""

    command: ClassVar[str] = "require"
    role: Name
    text: TextName = "text"
    discharged_by: Name
    blocks: tuple[Name, ...] = ()
    due: Moment | None = None
    bound: RequirementBound | None = None
    hold: Identifier | None = None

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what is required."""
        return (*super().texts_named(), self.text)


class Discharge(ReleaseCommand):
    """Says that a requirement is met, for some candidates (none named: the present one), on some evidence."""

    command: ClassVar[str] = "discharge"
    subject: Identifier
    role: Name
    evidence: tuple[Identifier, ...] = ()
    candidates: tuple[Digest, ...] = ()


class MakeStatement(ReleaseCommand):
    """Says something about the release under one's own name."""

    command: ClassVar[str] = "statement"
    role: Name
    public: bool
    text: TextName = "text"

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what is said."""
        return (*super().texts_named(), self.text)


class YesIf(Model):
    """A requirement that an approval depends on, and that blocks the transition until it is discharged."""

    text: TextName
    discharged_by: Name


class SignOff(ReleaseCommand):
    """Decides on a transition. An approval names the basis that was seen; a reject is taken at any.

    ``conditions`` name the texts that say under what it ceases to hold; ``requirements`` are raised with it; ``cites``
    is an earlier approval of one's own that this one reaffirms.
    """

    command: ClassVar[str] = "sign"
    added: ClassVar[tuple[str, ...]] = ("conditions", "requirements", "cites")
    transition: Name
    role: Name
    decision: Decision
    basis: Digest | None = None
    conditions: tuple[TextName, ...] = ()
    requirements: tuple[YesIf, ...] = ()
    cites: Identifier | None = None

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and its conditions and requirements."""
        return (*super().texts_named(), *self.conditions, *(wanted.text for wanted in self.requirements))


def depending(
    conditions: Sequence[str], requirements: Sequence[tuple[str, str]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The fields of a sign-off that depends on something, and the texts that they name.

    Args:
        conditions: under what it ceases to hold.
        requirements: what must be discharged, each with the role that discharges it.
    """
    fields = {
        "conditions": tuple(f"condition.{place}" for place in range(1, len(conditions) + 1)),
        "requirements": tuple(
            {"text": f"requirement.{place}", "discharged_by": role} for place, (_, role) in enumerate(requirements, 1)
        ),
    }
    texts = {f"condition.{place}": text for place, text in enumerate(conditions, 1)}
    return fields, {**texts, **{f"requirement.{place}": text for place, (text, _) in enumerate(requirements, 1)}}


class WithdrawSignOff(ReleaseCommand):
    """Takes one's own sign-off back; a reject, for some candidates (none named: the present one)."""

    command: ClassVar[str] = "unsign"
    subject: Identifier
    candidates: tuple[Digest, ...] = ()


class AssertCondition(ReleaseCommand):
    """Says that a condition of a sign-off has come about."""

    command: ClassVar[str] = "assert"
    subject: Identifier
    condition: TextName
    role: Name


class Answer(ReleaseCommand):
    """Answers a reject of one's role, for some candidates (none named: the present one)."""

    command: ClassVar[str] = "answer"
    subject: Identifier
    candidates: tuple[Digest, ...] = ()


class Schedule(ReleaseCommand):
    """Sets the planned date; null is *no date*."""

    command: ClassVar[str] = "schedule"
    planned: Moment | None


class LiftCondition(Model):
    """A requirement that must be discharged before a hold can be lifted."""

    text: TextName
    discharged_by: Name


class PlaceHold(ReleaseCommand):
    """Stops every raise, with no end date."""

    command: ClassVar[str] = "hold"
    role: Name
    review_by: Moment | None = None
    conditions: tuple[LiftCondition, ...] = ()

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and the conditions for lifting it."""
        return (*super().texts_named(), *(condition.text for condition in self.conditions))


class Lift(ReleaseCommand):
    """Says that a hold can go, for some candidates (none named: the present one)."""

    command: ClassVar[str] = "lift"
    subject: Identifier
    role: Name
    candidates: tuple[Digest, ...] = ()


class Advance(ReleaseCommand):
    """Pulls a trigger."""

    command: ClassVar[str] = "advance"
    trigger: Name


class ProposeMigration(ReleaseCommand):
    """Proposes that a release goes on under another process."""

    command: ClassVar[str] = "propose_migration"
    process: Digest


class ApproveMigration(ReleaseCommand):
    """Approves, in a role of the present process, that a release goes on under exactly this other one."""

    command: ClassVar[str] = "approve_migration"
    process: Digest
    role: Name


class EraseText(Command):
    """Deletes a text for good; its commitment stays."""

    command: ClassVar[str] = "erase"
    entry: int = Field(ge=1)
    name: TextName


class ProposeChange(Command):
    """Proposes a change to the roster or the charter, as an administrator."""

    command: ClassVar[str] = "roster"
    change: Change

    def brings(self) -> frozenset[str]:
        """The process that is chartered, or what shows that somebody holds a key."""
        match self.change:
            case ProcessChartered():
                return frozenset({self.change.process})
            case KeyEnrolled():
                parts = (self.change.possession, self.change.signature, self.change.crossed)
                return frozenset(part for part in parts if part is not None)
            case _:
                return frozenset()

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what the change names."""
        match self.change:
            case KeyEnrolled(how=name) | PersonAdded(name=str(name)):
                return (*super().texts_named(), name)
            case _:
                return super().texts_named()


class ApproveChange(Command):
    """Approves a change that another administrator proposed; ``content`` is the digest of that change."""

    command: ClassVar[str] = "approve_change"
    id: Identifier
    content: Digest


class SuspendKey(Command):
    """Stops a key at once, as an administrator or as its owner."""

    command: ClassVar[str] = "suspend_key"
    key: Fingerprint


class DeclareAway(Command):
    """Says that one is away, so that one's deputies may act."""

    command: ClassVar[str] = "away"
    until: Moment | None = None


class DeclareReturn(Command):
    """Says that one is back."""

    command: ClassVar[str] = "back"


class RaiseCompromise(ReleaseCommand):
    """Raises what has to be decided anew in a release because a key that it passed gates with was compromised."""

    command: ClassVar[str] = "compromise"
    key: Fingerprint
    text: TextName = "text"

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what is required."""
        return (*super().texts_named(), self.text)


class RestoreProtection(Command):
    """Acknowledges that append-only triggers were missing, and has them put back."""

    command: ClassVar[str] = "restore_protection"
    triggers: tuple[str, ...] = Field(min_length=1)


AnyCommand = (
    Start
    | ReplaceCandidate
    | Attach
    | SetAside
    | Review
    | Require
    | Discharge
    | MakeStatement
    | SignOff
    | WithdrawSignOff
    | Answer
    | Schedule
    | PlaceHold
    | Lift
    | Advance
    | EraseText
    | ProposeChange
    | ApproveChange
    | SuspendKey
    | DeclareAway
    | DeclareReturn
    | AssertCondition
    | Justify
    | RaiseCompromise
    | RestoreProtection
    | ProposeMigration
    | ApproveMigration
)
