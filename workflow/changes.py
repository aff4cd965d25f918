"""The changes that administrators make to the roster and to the charter, by their threshold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workflow.facts import TextName
from workflow.process import Digest, Exposure, Handle, Model, Name


class PersonAdded(Model):
    """A change: somebody is known from now on, with some roles. ``name`` is the text that holds the real name."""

    op: Literal["person_added"] = "person_added"
    person: Handle
    roles: tuple[Name, ...] = ()
    name: TextName | None = None


class RolesGranted(Model):
    """A change: somebody holds more roles."""

    op: Literal["roles_granted"] = "roles_granted"
    person: Handle
    roles: tuple[Name, ...] = Field(min_length=1)


class RolesRevoked(Model):
    """A change: somebody no longer holds some roles."""

    op: Literal["roles_revoked"] = "roles_revoked"
    person: Handle
    roles: tuple[Name, ...] = Field(min_length=1)


class PersonRemoved(Model):
    """A change: somebody has left. It ends their approvals, never their objections."""

    op: Literal["person_removed"] = "person_removed"
    person: Handle


class ProcessChartered(Model):
    """A change: releases may be started under a process, up to an exposure."""

    op: Literal["process_chartered"] = "process_chartered"
    process: Digest
    name: str
    exposure: Exposure


class ProcessUnchartered(Model):
    """A change: a process is no longer allowed beyond ``internal``."""

    op: Literal["process_unchartered"] = "process_unchartered"
    process: Digest


class ClockCorrected(Model):
    """A change: the highest clock reading was wrong, and counts no more. It restarts soak and revives nothing."""

    op: Literal["clock_corrected"] = "clock_corrected"


Change = Annotated[
    PersonAdded | RolesGranted | RolesRevoked | PersonRemoved | ProcessChartered | ProcessUnchartered | ClockCorrected,
    Field(discriminator="op"),
]
