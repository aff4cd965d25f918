"""What publishes: a plan, its application, and what is said of its outcome."""

from __future__ import annotations

from typing import ClassVar, Literal

from workflow.commands.base import ReleaseCommand
from workflow.commands.course import Advance
from workflow.facts import Destination, Identifier, Moment, Reference
from workflow.process import Digest, Name


class Plan(ReleaseCommand):
    """Asks for the permit to publish, on the basis that was seen, to one destination and until a time."""

    command: ClassVar[str] = "plan"
    transition: Name
    destination: Destination
    basis: Digest
    expires: Moment


class Apply(Advance):
    """Pulls a trigger by a permit, with the files staged; ``reference`` is what finds the private copy again."""

    command: ClassVar[str] = "apply"
    subject: Identifier
    reference: Reference


class ConfirmExposure(ReleaseCommand):
    """Says that what was published was read back from its destination."""

    command: ClassVar[str] = "confirm"
    looks: ClassVar[bool] = True
    subject: Identifier


class AbortExposure(ReleaseCommand):
    """Says that no byte left."""

    command: ClassVar[str] = "abort"
    looks: ClassVar[bool] = True
    subject: Identifier


class Reconcile(ReleaseCommand):
    """Says, as a person who looked, what became of a publication of which nothing was proven."""

    command: ClassVar[str] = "reconcile"
    subject: Identifier
    verdict: Literal["published", "not_published"]
    role: Name
