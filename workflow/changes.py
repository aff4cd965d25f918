"""The changes that administrators make to the roster and to the charter, by their threshold."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workflow.facts import Fingerprint, Identifier, Moment, Slug, TextName
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


class AdministratorsSet(Model):
    """A change: who administers from now on. It takes the thresholds of the old *and* of the new administrators."""

    op: Literal["administrators_set"] = "administrators_set"
    administrators: tuple[Handle, ...] = Field(min_length=1)
    threshold: int = Field(ge=1)


class KeyEnrolled(Model):
    """A change: somebody's key counts from now on.

    ``key`` is the public key as in a ``.pub`` file, without its comment. ``verified_by`` made sure that it is theirs,
    and the text ``how`` says how. ``possession`` is the statement by which the key itself says whose it is (null where
    it was imported: such a key does not count yet), ``signature`` the key's own over it, and ``crossed`` that of
    ``crossed_by``, a key that the person had before.
    """

    op: Literal["key_enrolled"] = "key_enrolled"
    person: Handle
    key: str = Field(min_length=1, max_length=4096)
    verified_by: Handle
    how: TextName = "how"
    possession: Digest | None = None
    signature: Digest | None = None
    crossed: Digest | None = None
    crossed_by: Fingerprint | None = None


class KeyRestored(Model):
    """A change: a suspended key counts again."""

    op: Literal["key_restored"] = "key_restored"
    key: Fingerprint


class KeyRevoked(Model):
    """A change: a key signs nothing more. What it signed from ``compromised_since`` on does not count either."""

    op: Literal["key_revoked"] = "key_revoked"
    key: Fingerprint
    compromised_since: Moment | None = None


class DeputyNamed(Model):
    """A change: while a person is away, has recused themselves or has left, somebody else acts in some of their roles.

    ``release`` limits it to one release, ``until`` to a time.
    """

    op: Literal["deputy_named"] = "deputy_named"
    person: Handle
    deputy: Handle
    roles: tuple[Name, ...] = Field(min_length=1)
    release: Slug | None = None
    until: Moment | None = None


class DeputyDismissed(Model):
    """A change: somebody is a person's deputy no more."""

    op: Literal["deputy_dismissed"] = "deputy_dismissed"
    person: Handle
    deputy: Handle


class LatecomerAdmitted(Model):
    """A change: somebody who came to a role, or to a first key, after a round had begun counts in that round."""

    op: Literal["latecomer_admitted"] = "latecomer_admitted"
    person: Handle
    role: Name
    release: Slug
    round: int = Field(ge=1)


class DecisionMakerNamed(Model):
    """A change: who decides about an objection whose maker has left, together with a fresh quorum of that role."""

    op: Literal["decision_maker_named"] = "decision_maker_named"
    release: Slug
    objection: Identifier
    person: Handle


class LogKeyNamed(Model):
    """A change: checkpoints of this ledger are signed with this key from now on, and with no other.

    ``key`` is the verifier key (vkey) of a C2SP signed note, whose name is the ledger's origin.
    """

    op: Literal["log_key_named"] = "log_key_named"
    key: str = Field(min_length=1, max_length=512)


Change = Annotated[
    PersonAdded
    | RolesGranted
    | RolesRevoked
    | PersonRemoved
    | ProcessChartered
    | ProcessUnchartered
    | ClockCorrected
    | AdministratorsSet
    | KeyEnrolled
    | KeyRestored
    | KeyRevoked
    | DeputyNamed
    | DeputyDismissed
    | LatecomerAdmitted
    | DecisionMakerNamed
    | LogKeyNamed,
    Field(discriminator="op"),
]
