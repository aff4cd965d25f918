"""What was found wrong is put right, or its risk is accepted by those who may, for a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar, Self

from pydantic import Field, model_validator

from workflow.policy import (
    FINDING,
    Acceptance,
    Accepting,
    Duration,
    Fact,
    GateContext,
    Name,
    Objection,
    Policy,
    Reason,
    Requirement,
    Severity,
    Verdict,
    length,
    timestamp,
)

NEVER_BEFORE = timedelta()


class Findings(Policy):
    """No finding from ``blocks_from`` on stands open against this candidate, here and where it descends from.

    A finding is put right and discharged; or ``people`` who hold ``accepted_by`` accept its risk, for this very
    candidate, where it is no graver than ``up_to``, and not for longer than ``for_at_most``. They are neither requester
    nor author, and have held the role ever since. When the time has come, the finding stands open again.
    """

    rule: ClassVar[str] = "findings"

    blocks_from: Severity = Severity.LOW
    accepted_by: Name | None = None
    people: int = Field(default=1, ge=1, le=99)
    up_to: Severity | None = None
    for_at_most: Duration | None = None

    @model_validator(mode="after")
    def _says_all_of_an_acceptance_or_nothing(self) -> Self:
        said = [self.accepted_by is not None, self.up_to is not None, self.for_at_most is not None]
        if any(said) and not all(said):
            raise ValueError("who may accept a risk is said whole: accepted_by, up_to and for_at_most")
        if not any(said) and self.people != 1:
            raise ValueError("people says how many accept a risk, and nobody may: add accepted_by")
        if self.up_to is not None and self.up_to.rank < self.blocks_from.rank:
            raise ValueError(f"nobody has to accept what does not block: up_to is below {self.blocks_from}")
        return self

    def roles_named(self) -> tuple[str, ...]:
        """The role that may accept a risk."""
        return (self.accepted_by,) if self.accepted_by is not None else ()

    def risks_accepted(self) -> Accepting | None:
        """Who may accept which risks, and for how long."""
        if self.accepted_by is None or self.up_to is None or self.for_at_most is None:
            return None
        return Accepting(self.accepted_by, self.people, self.up_to, length(self.for_at_most))

    def describe(self) -> str:
        """The demand in words."""
        which = "every finding" if self.blocks_from is Severity.LOW else f"every finding from {self.blocks_from} on"
        text = f"{which} is discharged for this candidate"
        if self.accepted_by is None:
            return f"{text}; nobody may accept its risk"
        people = "1 person" if self.people == 1 else f"{self.people} people"
        return f"{text}, or {people} as {self.accepted_by} accept its risk (up to {self.up_to}, {self.for_at_most})"

    def rests_on(self, context: GateContext) -> Sequence[str]:
        """Which risks are accepted in this release, by whom and until when."""
        return [
            f"accepted {item.id} {word.act.person} {word.act.role} {timestamp(word.until)}"
            for item in context.release.requirements
            if item.kind == FINDING
            for word in self._words(context, item)
        ]

    def evaluate(self, context: GateContext) -> Verdict:
        """One reason for each finding that blocks, with who can discharge it or accept its risk."""
        reasons: list[Reason] = []
        facts: list[Fact] = []
        for objection in context.objections.requirements:
            finding = objection.source
            if finding.kind != FINDING:
                continue
            raised = f"{objection.id}: {finding.severity}, by {objection.by} as {objection.role} in {objection.release}"
            if finding.severity is not None and finding.severity.rank < self.blocks_from.rank:
                facts.append(Fact(label="told", text=f"{raised}; blocks nothing here", entry=finding.entry))
                continue
            counting, told = self._accepted(context, objection)
            facts += told
            if len(counting) >= self.people:
                continue
            facts.append(Fact(label="raised", text=raised, person=objection.by, entry=finding.entry))
            reasons.append(self._reason(context, objection, counting))
        summary = f"findings: {len(reasons)} open"
        return self.block(*reasons, summary=summary, facts=facts) if reasons else self.allow(summary, facts=facts)

    def _words(self, context: GateContext, finding: Requirement) -> list[Acceptance]:
        """Each person's last acceptance in the role that may, for this candidate; one without a sound key is none."""
        last = {
            word.act.person: word
            for word in finding.accepted
            if word.act.role == self.accepted_by
            and context.release.candidate.digest in word.candidates
            and context.unsound(word.act) is None
        }
        return list(last.values())

    def _accepted(
        self, context: GateContext, objection: Objection[Requirement]
    ) -> tuple[dict[str, Acceptance], list[Fact]]:
        """Whose acceptance of a risk counts, and what is to be told of each."""
        counting: dict[str, Acceptance] = {}
        facts = []
        for word in self._words(context, objection.source):
            person, until = word.act.person, timestamp(word.until)
            why = self._ignored(context, objection.source, word)
            text = f"{objection.id} ({objection.source.severity}) by {person} as {word.act.role} until {until}"
            label = "ignored" if why else "accepted"
            facts.append(
                Fact(label=label, text=f"{text} ({why})" if why else text, person=person, entry=word.act.entry)
            )
            if why is None:
                counting[person] = word
        return counting, facts

    def _ignored(self, context: GateContext, finding: Requirement, word: Acceptance) -> str | None:
        accepting = self.risks_accepted()
        if accepting is None:
            return "nobody may accept a risk here"
        if finding.severity is None or finding.severity.rank > accepting.up_to.rank:
            return f"nobody may accept more than {accepting.up_to} here"
        if not NEVER_BEFORE < word.until - word.act.at <= accepting.at_most:
            return f"not for {self.for_at_most} at most"
        if context.over(word.act, word.until):
            return "said by a clock that ran ahead" if word.act.at > context.now else "that time has come"
        return context.lapsed(word.act)

    def _reason(
        self, context: GateContext, objection: Objection[Requirement], counting: dict[str, Acceptance]
    ) -> Reason:
        finding, role = objection.source, objection.source.discharged_by
        can = context.eligible(role)
        remedy = f"discharged by {role}" if can else f"grant {role} to somebody who may discharge it"
        accepting = self.risks_accepted()
        may_accept: tuple[str, ...] = ()
        if accepting is not None and finding.severity is not None and finding.severity.rank <= accepting.up_to.rank:
            may_accept = tuple(person for person in context.eligible(accepting.role) if person not in counting)
            missing = self.people - len(counting)
            remedy += f"; or {missing} more as {accepting.role} accept its risk, for at most {self.for_at_most}"
        return Reason(
            kind="open",
            code="finding-open",
            text=f"{finding.id} in {objection.release} is open ({finding.severity}), entry {finding.entry}"
            f"{objection.closed_elsewhere('discharged')}",
            remedy=remedy,
            who=tuple(dict.fromkeys((*can, *may_accept))),
            # Whoever may accept the risk acts in another role than whoever says that it is gone.
            role=None if may_accept else role,
            subject=finding.id,
            release=objection.release,
        )
