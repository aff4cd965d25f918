"""What takes a release on its way: its bytes, its moves, its date and its process."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workflow.events.base import Event
from workflow.facts import Binding, CandidateFacts, Moment, Slug
from workflow.process import Digest, Exposure, Handle, Name


class ReleaseStarted(Event):
    """A candidate entered a process, in its first stage and in round 1."""

    type: Literal["release_started"] = "release_started"
    release: Slug
    process: Digest
    stage: Name
    candidate: CandidateFacts


class CandidateReplaced(Event):
    """Other bytes took the candidate's place; the old candidate is among the parents of the new one."""

    type: Literal["candidate_replaced"] = "candidate_replaced"
    candidate: CandidateFacts


class TransitionMade(Event):
    """Every policy of the gate allowed it, and the release is in another stage."""

    type: Literal["transition_made"] = "transition_made"
    trigger: Name
    source: Name
    dest: Name
    forward: bool
    exposure: Exposure
    irreversible: bool
    basis: Digest


class Scheduled(Event):
    """The planned date was set or changed; null is *no date*. A change of a date that stood is a slip."""

    type: Literal["scheduled"] = "scheduled"
    planned: Moment | None
    previous: Moment | None
    slip: bool


class MigrationProposed(Event):
    """Somebody proposed that the release goes on under another process; ``loosens`` says where that asks less."""

    type: Literal["migration_proposed"] = "migration_proposed"
    process: Digest
    loosens: tuple[str, ...]


class MigrationApproved(Event):
    """A person in a role of the present process approved the other one; ``proposal`` is the entry that proposed it."""

    type: Literal["migration_approved"] = "migration_approved"
    process: Digest
    proposal: int
    loosens: tuple[str, ...]
    binding: Binding


class ProcessMigrated(Event):
    """Everybody whom the process before asks has approved: the release goes on under the other, in its next round."""

    type: Literal["process_migrated"] = "process_migrated"
    previous: Digest
    process: Digest
    stage: Name
    loosens: tuple[str, ...]
    approved_by: tuple[Handle, ...] = Field(min_length=1)
