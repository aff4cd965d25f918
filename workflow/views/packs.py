"""A pack: what is in it, and what was left out of it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workflow.process import Model
from workflow.views.record import AuditProblem, AuditReport


class LeftOutText(Model):
    """A text that was withheld, by its entry and its name there."""

    entry: int
    name: str
    commitment: str


class LeftOutFile(Model):
    """A piece of evidence that was withheld, by the entry that attached it and its digest."""

    entry: int
    digest: str


class PackView(Model):
    """A pack of one release's history.

    ``size`` and ``root`` are the ledger's tree when it was made, at the time ``at`` by the program ``by``, in the words
    of whoever made it. ``streams`` are in it from their first entry on; ``clock`` are single entries of others that
    only tell how late the clock read. ``checkpoint_by`` are the names that the ``checkpoint`` bears, of the log and of
    witnesses; whether these signed it, only who has their keys can tell. ``sizes`` are earlier sizes of the ledger
    whose roots it proves. ``sums`` is the SHA-256 of the member that lists the sums of all others: two packs that have
    the same are the same.
    """

    release: str
    origin: str
    size: int
    root: str
    at: str
    by: str
    entries: int
    streams: tuple[str, ...]
    clock: tuple[int, ...]
    sizes: tuple[int, ...]
    texts: int
    files: int
    checkpoint: bool
    checkpoint_by: tuple[str, ...]
    withheld_texts: tuple[LeftOutText, ...]
    withheld_evidence: tuple[LeftOutFile, ...]
    sums: str
    bytes: int


class LinesView(Model):
    """What was written of the history, an entry a line; ``release`` is None where it is the whole ledger's."""

    origin: str
    release: str | None
    size: int
    root: str
    entries: int
    bytes: int


class AnchorView(Model):
    """What somebody who checks a pack had from elsewhere, and what came of it.

    ``size`` is how many entries it vouches for; None where it does not say. ``seconds`` is when a witness cosigned,
    since 1970.
    """

    kind: Literal["log key", "witness", "pin", "checkpoint"]
    name: str
    state: Literal["verified", "not checked", "failed"]
    text: str
    size: int | None = None
    seconds: int | None = None


class PackReport(Model):
    """What was found in a pack.

    ``outcome`` is ``ok`` where everything that can be told from it was verified and somebody vouches for it,
    ``incomplete`` where nothing was found but something could not be checked or nobody vouches for which ledger it is,
    and ``failed`` where something is not as it must be. ``vouched`` is whether the
    ``anchors`` stand for it being of the ledger that it names, and ``vouched_to`` for how many entries; if not, it may
    be of a ledger that somebody made up, or went on with by themselves. ``signed_by`` is the key (vkey) that the ledger
    itself names, where that signed the checkpoint; it vouches for nothing, because whoever makes up a ledger names a
    key in it. ``problems`` are those of the ``audit`` too. ``withheld`` was left out by choice, in words, and
    ``not_checked`` are the things that were not looked at.
    """

    outcome: Literal["ok", "failed", "incomplete"]
    pack: PackView
    audit: AuditReport
    anchors: tuple[AnchorView, ...]
    signed_by: str | None
    vouched: bool
    vouched_to: int | None
    problems: tuple[AuditProblem, ...]
    first_bad: int | None
    withheld: tuple[str, ...]
    not_checked: tuple[str, ...]


class PackSource(Model):
    """What an answer is of, where a pack was asked: it was verified before, and nothing in it was wrong.

    ``entries`` of the ledger's first ``size`` are in it, those of ``streams``, and it was asked as of ``at``, its last
    entry. ``outcome`` is ``incomplete`` where something could not be checked. Where it is not ``vouched``, it may be of
    a ledger that somebody made up; ``vouched_by`` are who stands for it.
    """

    file: str
    release: str
    origin: str
    size: int
    root: str
    entries: int
    streams: tuple[str, ...]
    at: datetime
    outcome: Literal["ok", "incomplete"]
    vouched: bool
    vouched_to: int | None
    vouched_by: tuple[str, ...]
    not_checked: tuple[str, ...]
