"""What is asked of a ledger, its roster and its texts."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workflow.changes import Change, KeyEnrolled, PersonAdded, ProcessChartered
from workflow.commands.base import Command
from workflow.facts import Fingerprint, Identifier, Moment, TextName
from workflow.process import Digest


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


class RestoreProtection(Command):
    """Acknowledges that append-only triggers were missing, and has them put back."""

    command: ClassVar[str] = "restore_protection"
    triggers: tuple[str, ...] = Field(min_length=1)
