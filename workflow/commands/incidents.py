"""What is asked once something becomes known of bytes that are out, or were to go out."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from workflow.commands.base import ReleaseCommand
from workflow.facts import Cited, Identifier, Moment, TextName
from workflow.process import Digest, Name


class OpenIncident(ReleaseCommand):
    """Puts on record what became known, when, and of which bytes; ``owner`` is the role that closes it."""

    command: ClassVar[str] = "open_incident"
    known_since: Moment
    affected: tuple[Digest, ...] = Field(min_length=1)
    text: TextName
    role: Name
    owner: Name

    def texts_named(self) -> tuple[str, ...]:
        """The rationale, and what became known, which may be one text."""
        return (*super().texts_named(), self.text)


class CloseIncident(ReleaseCommand):
    """Says that an incident is dealt with, for some candidates (none named: the present one), on some evidence."""

    command: ClassVar[str] = "close_incident"
    subject: Identifier
    role: Name
    evidence: tuple[Cited, ...] = ()
    candidates: tuple[Digest, ...] = ()
