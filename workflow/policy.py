"""What the author of a policy needs, and nothing more.

A policy is one rule of a gate: parameters, checked when the process is loaded, and a pure function from what is known
to a verdict. It has no clock, no database and no network; what it must know from outside it declares in ``needs``, and
the engine gathers that first and records it. A policy allows, or it gives reasons. It cannot abstain.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from workflow import ledger
from workflow.clock import parse_duration, parse_timestamp, timestamp
from workflow.eligibility import Gate, exclusion, lapse, tally, unfit, unsound
from workflow.errors import InvalidInput
from workflow.evidence import Bound, EvidenceReport, Judgement, judge, worst
from workflow.lineage import Objection, Objections, ancestry, objections
from workflow.process import Exposure, Model, Name, Process, Transition
from workflow.release import Evidence, ReleaseState, Review, Statement
from workflow.requirement import Hold, Requirement
from workflow.roster import Roster
from workflow.signoff import Act, Quorum, QuorumResult, SignOff
from workflow.texts import presentable

__all__ = [
    "Bound",
    "CannotTell",
    "Duration",
    "Evidence",
    "EvidenceReport",
    "Exposure",
    "Fact",
    "GateContext",
    "Hold",
    "Judgement",
    "Name",
    "Need",
    "Objection",
    "Observation",
    "Policy",
    "Quorum",
    "QuorumResult",
    "Reason",
    "Requirement",
    "Review",
    "SignOff",
    "Statement",
    "Verdict",
    "judge",
    "length",
    "moment",
    "timestamp",
    "worst",
]

OutcomeKind = Literal["open", "no", "error"]


def _duration(text: str) -> str:
    try:
        parse_duration(text)
    except InvalidInput as error:
        raise ValueError(f"{error.message}; {error.remedy}") from None
    return text


Duration = Annotated[str, AfterValidator(_duration)]
"""A length of time as people write it, such as ``72h``; checked, and kept as it was written."""


def _presentable(text: str) -> str:
    # Verdicts stand in the ledger, which takes only NFC, and go to terminals; a policy's words may come from anywhere.
    return presentable(text, MAX_SENTENCE)


MAX_SENTENCE = 400
Sentence = Annotated[str, AfterValidator(_presentable)]


def length(duration: Duration) -> timedelta:
    """The time that a :data:`Duration` stands for."""
    return parse_duration(duration)


def moment(text: str) -> datetime:
    """The time that a ledger timestamp stands for."""
    return parse_timestamp(text)


class CannotTell(Exception):
    """Raised inside a policy that cannot be decided; it blocks, as an ``error``, with this message."""


class Need(Model):
    """Something from outside that a policy must know, to be observed before the gate is decided."""

    kind: str
    params: dict[str, Any]


class Observation(Model):
    """What was found when a need was looked at: ``ok`` or ``error``, never both. ``at`` is the engine's clock."""

    kind: str
    schema_: int = Field(default=1, alias="schema")
    params: dict[str, Any]
    at: str
    ok: dict[str, Any] | None = None
    error: Sentence | None = None

    @model_validator(mode="after")
    def _found_or_not(self) -> Self:
        if (self.ok is None) == (self.error is None):
            raise ValueError("an observation has exactly one of ok and error")
        return self

    def recorded(self) -> dict[str, Any]:
        """The observation as it stands in an entry: with ``ok`` or with ``error``."""
        absent = "error" if self.error is None else "ok"
        return self.model_dump(mode="json", by_alias=True, exclude={absent})


class Reason(Model):
    """Why a policy does not allow it: ``open`` (nobody said no yet), ``no`` or ``error`` (it could not be checked).

    ``who`` can act on it, by handle; ``role`` is what they act as. ``subject`` is what it is about, by its id in
    ``release`` where that is said, and else in the release that was asked about.
    """

    kind: OutcomeKind
    code: Sentence
    text: Sentence
    remedy: Sentence = ""
    who: tuple[Sentence, ...] = ()
    role: Sentence | None = None
    subject: Sentence | None = None
    release: Sentence | None = None


class Fact(Model):
    """Something that the verdict rests on, for people to read: a label, a sentence, and the entry it stands in."""

    label: Sentence
    text: Sentence
    entry: int | None = None
    person: Sentence | None = None


class Verdict(Model):
    """A policy's answer. It allows, or it has at least one reason; there is no third answer."""

    policy: Sentence
    revision: int
    summary: Sentence
    allow: bool
    reasons: tuple[Reason, ...] = ()
    facts: tuple[Fact, ...] = ()

    @model_validator(mode="after")
    def _allows_or_gives_reasons(self) -> Self:
        if self.allow == bool(self.reasons):
            raise ValueError("a verdict allows, or it gives at least one reason")
        return self

    def recorded(self) -> dict[str, Any]:
        """The verdict as it stands in an entry."""
        return self.model_dump(mode="json")


class NotObserved(CannotTell):
    """Raised where a need was not looked at, which is not the same as looked at and found wanting."""


@dataclass(frozen=True)
class GateContext:
    """Everything a policy may look at, at one point of the ledger.

    ``at`` is the engine's reading of the clock, ``mark`` the highest reading before it that is in force and ``peak``
    the highest there ever was; use :attr:`now` to decide. ``caller`` is who calls the trigger, where that is known.
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
        line = ancestry(self.release.candidate, (self.release, *self.kin))
        return frozenset(author for candidate in line for author in candidate.authors)

    @cached_property
    def objections(self) -> Objections:
        """What stands against the candidate, here and in its relatives' releases."""
        return objections(self.release, self.kin)

    @cached_property
    def quorums(self) -> tuple[Quorum, ...]:
        """What all policies of the gate together demand of sign-offs."""
        return tuple(quorum for policy in self.gate for quorum in policy.quorums())

    @cached_property
    def basis(self) -> str:
        """The digest of what this gate's approvals rest on; a sign-off counts for exactly one."""
        return ledger.digest(self.basis_parts)

    @cached_property
    def basis_parts(self) -> dict[str, Any]:
        """What the basis is the digest of."""
        return {
            "format": 1,
            "kind": "holdfast-basis",
            "candidate": self.release.candidate.digest,
            "process": self.process.digest,
            "round": self.release.round,
            "transition": self.transition.trigger,
            "from": self.source,
            "to": self.transition.dest,
            "rests_on": sorted(item for policy in self.gate for item in policy.rests_on(self)),
        }

    def excluded(self, person: str, role: str | None = None) -> str | None:
        """Why somebody may do nothing that opens this gate, at all or as a role of the process; or None."""
        why = exclusion(person, self.release, self.authors, caller=self.caller, solo=self.process.solo)
        if why is None and role is not None and self.process.has_role(role):
            why = unfit(person, role, self.release, self.roster, self.process, self.at)
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
        why = lapse(act, self.roster, signed=self.process.signed)
        return why or self.excluded(act.person, act.role)

    def unsound(self, act: Act) -> str | None:
        """Why what an act was signed with does not bear it, or None."""
        return unsound(act, self.roster, signed=self.process.signed)

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
        return tuple(
            evidence
            for release in (self.release, *self.kin)
            for evidence in release.evidence
            if (evidence.report.kind, evidence.report.name) == (kind, name)
            and evidence.candidate == self.release.candidate.digest
        )

    @property
    def reviews(self) -> tuple[Review, ...]:
        """The reviews of this candidate in their order, those of another release of the same files among them."""
        made = (review for release in (self.release, *self.kin) for review in release.reviews)
        here = (review for review in made if review.act.candidate == self.release.candidate.digest)
        return tuple(sorted(here, key=lambda review: review.act.entry))

    def reference(self, item: Evidence | Review) -> str:
        """How something is called here: by its id, and by its release too where that is another one."""
        return item.id if item.release == self.release.slug else f"{item.release}/{item.id}"

    @cached_property
    def _tally(self) -> Mapping[str, QuorumResult]:
        gate = Gate(
            self.transition.trigger,
            self.source,
            self.transition.dest,
            self.basis,
            self.quorums,
            self.process,
        )
        expired = self._expired()
        return tally(gate, self.release, self.roster, self.authors, caller=self.caller, expired=expired, now=self.at)

    def _expired(self) -> dict[str, datetime]:
        # An approval from a time that is still to come was given while the clock was wrong.
        return {
            item.id: item.expires
            for item in self.release.sign_offs
            if item.expires is not None and (self.passed(item.expires, item.act.entry) or item.act.at > self.now)
        }


class Policy(Model, ABC):
    """The base of every policy: a frozen model whose fields are the parameters that a process file gives.

    ``rule`` and ``revision`` identify the rule in the ledger. A change of what a policy decides is a new revision, and
    the old one stays.
    """

    rule: ClassVar[str]
    revision: ClassVar[int] = 1

    def needs(self, context: GateContext) -> tuple[Need, ...]:  # noqa: ARG002
        """What must be observed before this policy can be decided."""
        return ()

    def quorums(self) -> tuple[Quorum, ...]:
        """The sign-offs that this policy demands."""
        return ()

    def sign_off_lifetime(self) -> timedelta | None:
        """How long a sign-off on this gate counts at most, where this policy limits it."""
        return None

    def roles_named(self) -> tuple[str, ...]:
        """The roles that this policy names; the process must define them."""
        return tuple(quorum.role for quorum in self.quorums())

    def areas_named(self) -> tuple[str, ...]:
        """The risk areas that this policy wants reviewed."""
        return ()

    def rests_on(self, context: GateContext) -> Sequence[str]:  # noqa: ARG002
        """The evidence and verdicts that approvals of this gate rest on, one text each: when one changes, they end."""
        return ()

    @abstractmethod
    def describe(self) -> str:
        """What the rule demands, as one sentence for somebody who does not program."""

    @abstractmethod
    def evaluate(self, context: GateContext) -> Verdict:
        """The verdict on what is known. Whatever this raises blocks the gate."""

    def allow(self, summary: str | None = None, *, facts: Sequence[Fact] = ()) -> Verdict:
        """A verdict that allows."""
        return Verdict(
            policy=self.rule,
            revision=self.revision,
            summary=summary or self.describe(),
            allow=True,
            facts=tuple(facts),
        )

    def block(self, *reasons: Reason, summary: str | None = None, facts: Sequence[Fact] = ()) -> Verdict:
        """A verdict with at least one reason."""
        return Verdict(
            policy=self.rule,
            revision=self.revision,
            summary=summary or self.describe(),
            allow=False,
            reasons=reasons,
            facts=tuple(facts),
        )
