"""What a request says beside what is signed: who is asked, what stands, and what the gate found.

Whoever made the request answers for it. Nothing of it is in a statement, and a screen that shows it says so.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from workflow.facts import ComponentChange, Decision, Fingerprint, Identifier, Moment
from workflow.ledger import is_word
from workflow.policy import Verdict
from workflow.process import Digest, Handle, Model, Name
from workflow.views import HoldView, RejectView, RequirementView


def _word(text: str) -> str:
    if not is_word(text):
        raise ValueError("must be 1 to 255 printable ASCII characters without blanks")
    return text


Origin = Annotated[str, AfterValidator(_word)]


class Seen(Model):
    """The ledger as it was when the request was made: how many entries, and the root of their tree."""

    size: int = Field(ge=1)
    root: Digest


class Component(Model):
    """A part of the candidate."""

    name: str
    files: int
    bytes: int


class AskedRole(Model):
    """A role whose approval the gate asks for, and of how many people. ``depends_on`` none means every component."""

    name: Name
    means: str
    authority: Literal["veto", "advice"]
    pin: bool
    count: int
    depends_on: tuple[str, ...]


class Decided(Model):
    """Somebody's last decision on the transition, and what changed since then, in words."""

    id: Identifier
    entry: int
    decision: Decision
    role: Name
    candidate: Digest
    changed: tuple[str, ...]


class Approved(Model):
    """Somebody's last approval in a role, and what became of each component since then."""

    id: Identifier
    entry: int
    role: Name
    candidate: Digest
    components: dict[str, ComponentChange]


class Signatory(Model):
    """Somebody who may decide. ``excluded`` says why they cannot approve, by role; ``keys`` are those that may sign."""

    person: Handle
    roles: tuple[Name, ...]
    excluded: dict[Name, str]
    keys: tuple[Fingerprint, ...]
    last: Decided | None
    approved: tuple[Approved, ...]


class Files(Model):
    """What was found when the candidate's files were hashed again: which are not what they were, or why nobody knows.

    The first files that differ are named, each with what became of it.
    """

    at: Moment
    changed: tuple[str, ...]
    problem: str | None


class Said(Model):
    """Everything that a request for a decision says beside what is signed. ``files`` None: nobody looked."""

    label: str
    process_label: str
    here: bool
    raises: bool
    solo: bool
    signed: bool
    administrators: tuple[Handle, ...]
    components: tuple[Component, ...]
    files: Files | None
    roles: tuple[AskedRole, ...]
    people: tuple[Signatory, ...]
    verdicts: tuple[Verdict, ...]
    holds: tuple[HoldView, ...]
    requirements: tuple[RequirementView, ...]
    rejects: tuple[RejectView, ...]


class Note(Model):
    """A line about what an act is on: a label, and what there is to say; None where that was erased."""

    label: str
    text: str | None
