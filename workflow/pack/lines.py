"""The history as lines of JSON for people's own tools: what ``history --json`` tells, an entry a line, oldest first."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from workflow.folding import check_there, read_entry
from workflow.history import item_of, sealed_in
from workflow.ledger import release_stream
from workflow.seals import Seals
from workflow.storage.base import Reader


def write_lines(
    file: BinaryIO,
    reader: Reader,
    release: str | None,
    *,
    seals: Callable[[str], Seals],
    actor: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Writes a release's entries, or with None those of the whole ledger, and says how many there are.

    Args:
        file: to be written.
        reader: one consistent view of the ledger.
        release: by name.
        seals: says what is sealed in a release.
        actor: who reads it, and sees what they themselves decided.
        progress: is told how many entries are written, of how many.

    Raises:
        NotFound: there is no such release.
        LedgerError: an entry is damaged.
    """
    head = check_there(reader, release) if release is not None else None
    total = head.version if head else reader.head().frontier.size
    done = 0
    for stored in reader.entries() if release is None else reader.stream(release_stream(release)):
        read = read_entry(stored)
        item = item_of(reader, read, sealed_in(read, seals, actor))
        file.write(item.model_dump_json().encode() + b"\n")
        done += 1
        if progress is not None:
            progress(done, total)
    return done
