"""The report of a pack: the same page, from the one file that was handed over, without any ledger."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from importlib import metadata
from os import PathLike
from pathlib import Path

from workflow.clock import SystemClock
from workflow.errors import InvalidInput
from workflow.pack import PackReader, verify_pack
from workflow.registry import Registry
from workflow.report.gathering import gather
from workflow.report.views import Report
from workflow.rulebook import Rulebook


def report_of_pack(
    path: str | PathLike[str],
    release: str | None = None,
    *,
    at: datetime | None = None,
    version: str | None = None,
    log_keys: Sequence[str] = (),
    witnesses: Sequence[str] = (),
    pinned: Mapping[int, str] | None = None,
    checkpoints: Sequence[bytes] = (),
    policies: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Verifies a pack, and says everything that a report says of its release.

    Args:
        path: where the pack is.
        release: by name; left out, the one that the pack is of.
        at: the reading of a clock; left out, of this machine's.
        version: of Holdfast; left out, of the one that is installed here.
        log_keys: as for :func:`workflow.verify_pack`, like all that follows.
        witnesses: who must have cosigned its checkpoint.
        pinned: the hashes that entries must have.
        checkpoints: signed notes that were kept.
        policies: the user's own policies that may be imported.
        progress: is told how many entries were checked, of how many.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no pack, it is of another release, or an anchor is none.
        LedgerError: it is so damaged that nothing can be said of its entries.
    """
    found = verify_pack(
        path,
        log_keys=log_keys,
        witnesses=witnesses,
        pinned=pinned,
        checkpoints=checkpoints,
        policies=policies,
        progress=progress,
    )
    if release not in (None, found.pack.release):
        raise InvalidInput(f"the pack is of {found.pack.release}, not of {release}", remedy="leave the name out")
    # What is wrong with the pack is wrong with what the report rests on, wherever it was found.
    outcome = "failed" if found.problems else found.audit.outcome
    audit = found.audit.model_copy(
        update={"outcome": outcome, "problems": found.problems, "first_bad": found.first_bad}
    )
    with PackReader.open(path) as pack:
        source = f"the pack {Path(path).name}"
        rulebook = Rulebook(Registry(policies))
        made = gather(
            pack,
            rulebook,
            found.pack.release,
            at=at or SystemClock().now(),
            audit=audit,
            source=source,
            version=version or metadata.version("holdfast"),
        )
    return made.model_copy(update={"proof": made.proof.model_copy(update={"pack": found})})
