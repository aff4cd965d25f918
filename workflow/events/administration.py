"""What happens to a ledger, its roster and its texts; and a command that was refused."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from workflow.changes import Change
from workflow.events.base import Event
from workflow.facts import CharteredProcess, Fingerprint, Identifier, Moment, Outcome, TextName
from workflow.process import Digest, Handle, Name


class LedgerCreated(Event):
    """The genesis: who administers this ledger, by which threshold, and which processes it allows."""

    type: Literal["ledger_created"] = "ledger_created"
    nonce: str
    administrators: tuple[Handle, ...] = Field(min_length=1)
    threshold: int = Field(ge=1)
    charter: tuple[CharteredProcess, ...]


class ProtectionRestored(Event):
    """An administrator acknowledged that append-only triggers were missing, and had them put back."""

    type: Literal["protection_restored"] = "protection_restored"
    triggers: tuple[str, ...]


class CommandRefused(Event):
    """A command was evaluated and not allowed. ``request`` is all of it but its texts."""

    type: Literal["command_refused"] = "command_refused"
    command: Name
    request: dict[str, Any]
    code: str
    outcome: Outcome
    message: str
    remedy: str | None = None


class TextErased(Event):
    """A text was deleted; its commitment still stands in the entry that carried it."""

    type: Literal["text_erased"] = "text_erased"
    entry: int
    name: TextName
    commitment: Digest


class ChangeProposed(Event):
    """An administrator proposed a change, and so approved it."""

    type: Literal["change_proposed"] = "change_proposed"
    id: Identifier
    change: Change


class ChangeApproved(Event):
    """Another administrator approved a proposed change; ``content`` is its digest."""

    type: Literal["change_approved"] = "change_approved"
    id: Identifier
    content: Digest


class ChangeAccepted(Event):
    """The threshold of administrators was reached: the change is in force. It raises the roster's version by one."""

    type: Literal["change_accepted"] = "change_accepted"
    id: Identifier
    change: Change


class KeySuspended(Event):
    """An administrator, or its owner, stopped a key at once. Only the threshold restores it."""

    type: Literal["key_suspended"] = "key_suspended"
    key: Fingerprint


class AwayDeclared(Event):
    """Somebody is away: their deputies may act, and they themselves open no gate. ``until`` null has no end."""

    type: Literal["away_declared"] = "away_declared"
    until: Moment | None = None


class ReturnDeclared(Event):
    """Somebody who was away is back."""

    type: Literal["return_declared"] = "return_declared"
