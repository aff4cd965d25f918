"""A pack: what is in it, and what was left out of it."""

from __future__ import annotations

from workflow.process import Model


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
    only tell how late the clock read. ``sizes`` are earlier sizes of the ledger whose roots it proves. ``sums`` is the
    SHA-256 of the member that lists the sums of all others: two packs that have the same are the same.
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
