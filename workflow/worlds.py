"""The world that something is asked of, from what a reader has: of a ledger now, of its past, or of a pack."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from workflow.clock import parse_timestamp
from workflow.folding import Folder
from workflow.rulebook import World
from workflow.storage.base import Reader

ReadBefore = tuple[str | None, str | None]


def world_of(
    folder: Folder,
    reader: Reader,
    read_before: ReadBefore,
    at: datetime,
    slug: str | None = None,
    digests: Iterable[str] = (),
) -> World:
    """What the entries say, as far as one release is concerned, as it is recorded: not yet as it counts.

    Args:
        folder: folds them.
        reader: has them.
        read_before: the highest readings of the clock in them: the one in force, and the highest there ever was.
        at: the clock's reading now.
        slug: the release; None where it is about none.
        digests: releases that these belong to are relatives too.

    Raises:
        NotFound: there is no such release, or no ledger.
        LedgerError: an entry is damaged.
    """
    roster = folder.roster(reader)
    mark, peak = read_before
    state = folder.release(reader, slug) if slug is not None else None
    return World(
        origin=folder.origin(reader),
        roster=roster,
        at=at,
        mark=parse_timestamp(mark) if mark else None,
        peak=parse_timestamp(peak) if peak else None,
        release=state,
        process=folder.process(reader, state.process) if state else None,
        kin=folder.kin(reader, state, digests) if state else (),
    )
