"""What every event is, and what an entry says around its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import ConfigDict, Field

from workflow.process import Model


class Event(Model):
    """Anything that happened."""

    type: str
    schema_: int = Field(default=1, alias="schema")

    model_config = ConfigDict(populate_by_name=True)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What an entry says around its events: its place, its reading of the clock, its actor and its texts.

    ``key`` is the fingerprint of the key that the actor signed with; None where they only claimed to be it.
    """

    seq: int
    at: datetime
    actor: str
    texts: Mapping[str, str]
    key: str | None = None
