"""What became known of something that is affected, and that somebody said it is dealt with."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflow.events.base import Event
from workflow.facts import Binding, Cited, Identifier, Moment, TextName
from workflow.process import Digest, Name


class IncidentOpened(Event):
    """Something became known of some bytes: a requirement that reaches whatever descends from them.

    ``affected`` are digests of candidates and of weight files. ``owner`` is the role that says it is dealt with.
    """

    type: Literal["incident_opened"] = "incident_opened"
    id: Identifier
    known_since: Moment
    affected: tuple[Digest, ...] = Field(min_length=1)
    text: TextName
    role: Name
    owner: Name


class IncidentClosed(Event):
    """An incident is dealt with, for exactly these candidates, on the evidence named, in whichever release it is."""

    type: Literal["incident_closed"] = "incident_closed"
    subject: Identifier
    evidence: tuple[Cited, ...]
    candidates: tuple[Digest, ...] = Field(min_length=1)
    binding: Binding
