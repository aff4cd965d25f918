"""What the engine answers about its roster: frozen values, the same for Python and, as JSON, for scripts.

As in :mod:`workflow.views`, fields are added, never renamed or dropped.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from workflow.process import Exposure, Model


class PersonView(Model):
    """Somebody on the roster."""

    person: str
    name: str | None
    roles: tuple[str, ...]
    administrator: bool
    left: bool


class PendingView(Model):
    """A change that waits for more administrators; ``content`` is its digest, ``summary`` what it makes so.

    ``version`` is the one that it would make, ``counting`` are those whose approval counts for that; ``stale`` approved
    too, but for an earlier version or with a key that holds no more, and have to approve again. ``who_can`` still can.
    Where it sets other administrators, it takes ``needed_of_new`` of those as well.
    """

    id: str
    content: str
    change: dict[str, Any]
    approvals: tuple[str, ...]
    needed: int
    summary: str
    version: int
    counting: tuple[str, ...]
    stale: tuple[str, ...]
    who_can: tuple[str, ...]
    needed_of_new: int | None


class KeyView(Model):
    """A key that was recorded for somebody, and what became of it.

    ``entry`` recorded it, ``key`` is the line of its ``.pub`` file. ``verified_by`` made sure that it is the person's,
    and ``how`` says how, unless it was erased. ``proven``: the key itself has said whose it is. ``later``: the person
    had another before, and ``crossed_by`` is the one that signed for it. ``suspended`` and ``revoked`` are entries.
    ``signs``: it may sign now.
    """

    person: str
    fingerprint: str
    kind: str
    key: str
    entry: int
    verified_by: str
    how: str | None
    proven: bool
    later: bool
    crossed: bool
    crossed_by: str | None
    suspended: int | None
    revoked: int | None
    compromised_since: datetime | None
    signs: bool


class DeputyView(Model):
    """Who acts for a person in some roles, in one release or all, while that person is away, recused or gone."""

    person: str
    deputy: str
    roles: tuple[str, ...]
    release: str | None
    until: datetime | None
    entry: int


class AwayView(Model):
    """Somebody who said that they are away."""

    person: str
    until: datetime | None
    entry: int


class AdmittedView(Model):
    """Somebody who counts in a round of a release although they came after it had begun, by a change."""

    person: str
    role: str
    release: str
    round: int
    change: str


class DeciderView(Model):
    """Who decides about an objection whose maker has left."""

    release: str
    objection: str
    person: str


class LogKeyView(Model):
    """A key that checkpoints are signed with, as its verifier key (vkey).

    What it signed counts for the trees over at least ``entry`` entries, which named it, and at most ``ended``, which
    named the next.
    """

    key: str
    entry: int
    ended: int | None


class CharterLine(Model):
    """A process that releases may be started under."""

    process: str
    name: str
    exposure: Exposure


class RosterView(Model):
    """Who is known, who administers, with which keys, and which processes are allowed up to which exposure.

    ``keyed``: what administrators ask is signed, for good; ``able`` are those of them who can sign now.
    """

    origin: str
    version: int
    threshold: int
    administrators: tuple[str, ...]
    people: tuple[PersonView, ...]
    pending: tuple[PendingView, ...]
    charter: tuple[CharterLine, ...]
    keyed: bool
    able: tuple[str, ...]
    keys: tuple[KeyView, ...]
    deputies: tuple[DeputyView, ...]
    away: tuple[AwayView, ...]
    admitted: tuple[AdmittedView, ...]
    deciders: tuple[DeciderView, ...]
    log_keys: tuple[LogKeyView, ...]
