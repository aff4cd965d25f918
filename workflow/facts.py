"""The facts that events carry, and the forms of the names in them.

A field that holds a free text holds the *name* of that text in the entry's ``texts``.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field

from workflow.clock import parse_timestamp
from workflow.errors import InvalidInput
from workflow.evidence import Bound
from workflow.process import Digest, Exposure, Handle, Model, Name


def _moment(text: str) -> str:
    # The form alone would let 30 February into an entry, which no fold could read again.
    try:
        parse_timestamp(text)
    except InvalidInput as error:
        raise ValueError(error.message) from None
    return text


def is_moment(text: object) -> bool:
    """Whether this is a time as the ledger writes it."""
    try:
        return isinstance(text, str) and bool(_moment(text))
    except ValueError:
        return False


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a character that cannot be seen")
    return text


Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
Identifier = Annotated[str, Field(pattern=r"^[A-Z][0-9]{1,9}$")]
Cited = Annotated[str, Field(pattern=r"^([a-z0-9][a-z0-9.-]{0,62}/)?[A-Z][0-9]{1,9}$")]
"""Something by its id, and by its release as well where that may be another one: ``aurora-7b/E4``."""

LOCATION = "location"
TextName = Annotated[str, Field(pattern=r"^[a-z_]+(\.[0-9]{1,3})?$")]
Moment = Annotated[str, AfterValidator(_moment)]
Decision = Literal["approve", "reject", "abstain", "recuse"]
RiskVerdict = Literal["acceptable", "unacceptable", "unclear"]
OverrideDecision = Literal["approve", "withdraw"]
TestVerdict = Literal["done", "failed", "not_applicable"]
RequirementKind = Literal["condition", "lift_condition", "yes_if", "compromise"]
Fingerprint = Annotated[str, Field(pattern=r"^SHA256:[A-Za-z0-9+/]{43}$")]
ComponentChange = Literal["same", "changed", "added", "removed"]
Destination = Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_printable)]
Reference = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$")]
Outcome = Literal["open", "no", "error"]


class Severity(StrEnum):
    """How grave a finding is, the least first."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """The place in the order, 0 for ``low``."""
        return _GRAVER.index(self)


_GRAVER = tuple(Severity)


class Binding(Model):
    """What exactly an act that can open a gate is for. ``subject`` is the id that is acted on.

    ``transition``, ``source``, ``dest``, ``round`` and ``basis`` are null except for sign-offs and plans.
    """

    origin: str
    release: Slug
    act: Name
    subject: str | None = None
    transition: Name | None = None
    source: Name | None = Field(default=None, alias="from")
    dest: Name | None = Field(default=None, alias="to")
    round: int | None = None
    basis: Digest | None = None
    candidate: Digest
    process: Digest
    roster_version: int
    role: Name | None = None
    decision: str | None = None
    expires: Moment | None = None
    nonce: str
    texts: dict[TextName, Digest]

    model_config = ConfigDict(populate_by_name=True)

    def covers(self, event: object) -> bool:
        """Whether an event that has this binding says nothing else than it, which is what the event's maker signed."""
        fields = vars(event)  # to ask a model for what it has not takes long
        said = {
            "subject": [fields[name] for name in ("subject", "area", "test", "policy", "blob") if name in fields],
            "decision": [fields[name] for name in ("verdict", "decision") if name in fields],
        }
        same = all(value == getattr(self, part) for part, values in said.items() for value in values)
        # A report that states its candidate itself needs nobody's word.
        return same and not fields.get("stated")


class CandidateFacts(Model):
    """The exact files of a model: the digest of their manifest, and what a decision needs to know of them.

    ``location`` names the text that says where the files were when they were hashed. Paths tell of machines and
    people, so they can be erased; nothing is decided by them.
    """

    digest: Digest
    components: tuple[str, ...]
    files: int
    size: int
    weights: tuple[Digest, ...]
    authors: tuple[Handle, ...] = Field(min_length=1)
    parents: tuple[Digest, ...] = ()
    variant: str | None = None
    label: str = ""
    location: TextName = LOCATION


class RequirementBound(Model):
    """The measurement that discharges a requirement: a bound on the reports of a kind and a name."""

    kind: str
    name: str
    bound: Bound


class CharteredProcess(Model):
    """A process that releases may be started under, and how far they may get."""

    process: Digest
    name: str
    exposure: Exposure
