"""What was recorded, as it was recorded, and whether it is in order."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from workflow.process import Model


class HistoryItem(Model):
    """One entry, in words and as it was recorded. ``texts`` are None where they were erased.

    Where it is ``sealed``, ``actor`` and ``command_id`` are ``(sealed)``, and texts, verdicts and events are left out
    until the quorum of the role is in or the round has ended. ``key`` is the fingerprint of the key that its maker
    signed it with; None where who made it is a claim.
    """

    entry: int
    at: datetime
    stream: str
    actor: str
    proof: str
    refused: bool
    summary: tuple[str, ...]
    texts: dict[str, str | None]
    verdicts: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    hash: str
    command_id: str
    sealed: bool = False
    key: str | None = None


class HistoryPage(Model):
    """Some of the entries that were looked for, newest first, and how far was looked.

    ``looked_at`` entries were, between ``lowest`` and ``highest`` (null where there was none). There may be more where
    ``next_before`` or ``next_after`` is not null: the page goes on there. The page before an entry stays as it is,
    whatever is recorded later; so does the page after one, once it is full.
    """

    items: tuple[HistoryItem, ...]
    looked_at: int
    lowest: int | None
    highest: int | None
    next_before: int | None
    next_after: int | None


class SignedEntry(Model):
    """What the maker of an entry signed: with it, ``ssh-keygen -Y verify`` needs nothing else of Holdfast's.

    ``statement`` and ``signature`` are the two files; ``allowed_signer`` is the line of a file of allowed signers, by
    the key as the roster has it.
    """

    entry: int
    actor: str
    key: str
    namespace: str
    statement: str
    signature: str
    allowed_signer: str


class AuditProblem(Model):
    """Something that is not as it must be. ``kind`` is a stable word; ``entry`` is None where no entry can be named."""

    kind: Literal[
        "altered",
        "out-of-place",
        "link",
        "tree",
        "unreadable",
        "not-allowed",
        "missing",
        "rewritten",
        "rolled-back",
        "projection",
        "protection",
    ]
    message: str
    entry: int | None = None
    stream: str | None = None


class Signer(Model):
    """Which entries somebody signed, with which key: ``entries`` as ``3, 7-9``."""

    actor: str
    key: str
    entries: str


class AuditReport(Model):
    """What an audit found, what it covered, and what it did not.

    ``ok`` only where everything was covered and nothing was found; ``incomplete`` where nothing was found but something
    could not be recomputed. ``partial`` where nothing was found in the streams of ``audited``, and the others were not
    looked at; of a whole ledger ``audited`` is null. ``first_bad`` is the first entry with a problem; those before it
    can still be trusted. Of each kind of ``problems`` the first thousand are listed, and at least ``more`` were found
    beside them. ``root`` is the Merkle tree hash over all ``size`` entries, in hexadecimal, to be compared
    with one that is held elsewhere; ``entries`` were looked at. What is ``withheld`` whoever handed this over left out.
    ``trusted`` says what damage leaves that can be trusted, and how far the entries are those that others have kept the
    tree of. ``signed_facts`` counts, by their first event, the entries whose maker's signature is genuine, and
    ``asserted_facts`` those that the host alone says; ``signers`` are who signed which, but for
    what may tell of a decision in a sealed role.
    """

    outcome: Literal["ok", "partial", "failed", "incomplete"]
    origin: str
    entries: int
    size: int
    root: str
    streams: int
    releases: int
    transitions: int
    redecided: int
    refusals: int
    signatures: int
    blobs: int
    texts: int
    erased: tuple[str, ...]
    problems: tuple[AuditProblem, ...]
    first_bad: int | None
    not_recomputed: tuple[str, ...]
    not_covered: tuple[str, ...]
    audited: tuple[str, ...] | None = None
    trusted: tuple[str, ...] = ()
    signed_facts: dict[str, int] = Field(default_factory=dict)
    asserted_facts: dict[str, int] = Field(default_factory=dict)
    signers: tuple[Signer, ...] = ()
    withheld: tuple[str, ...] = ()
    more: int = 0
