"""What a policy asks for, what it is told, and how it answers: needs, observations, reasons and verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from workflow.process import Model
from workflow.texts import presentable

OutcomeKind = Literal["open", "no", "error"]


COUNTED = "counted"
"""The label of the facts that name an approval which counted."""

COMPARED = "candidates_compared"
"""The kind of need that asks what became of each component from one candidate to another."""


def _presentable(text: str) -> str:
    # Verdicts stand in the ledger, which takes only NFC, and go to terminals; a policy's words may come from anywhere.
    return presentable(text, MAX_SENTENCE)


MAX_SENTENCE = 400
Sentence = Annotated[str, AfterValidator(_presentable)]


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


def counted_in(verdicts: Iterable[Verdict]) -> tuple[Fact, ...]:
    """The facts by which verdicts say whose approvals counted."""
    return tuple(fact for verdict in verdicts for fact in verdict.facts if fact.label == COUNTED)


class NotObserved(CannotTell):
    """Raised where a need was not looked at, which is not the same as looked at and found wanting."""
