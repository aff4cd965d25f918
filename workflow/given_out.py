"""What is remembered as given out, for a check that changes nothing: whoever audits holds the ledger against it too.

The log itself refuses to go on where its memory and the ledger do not fit. A check says so, or says that there was
nothing to compare with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflow.checkpoints import Heads, Log, NamedKey, Vouched, vouch
from workflow.errors import LedgerError, LogUnusable
from workflow.ledger.note import Note
from workflow.pipeline import Pipeline
from workflow.storage.base import Reader
from workflow.views import AuditProblem, AuditReport

_SO = "so this ledger was compared with no checkpoint that it gave out"


@dataclass(frozen=True, slots=True)
class GivenOut:
    """The checkpoints that are remembered; in words, why none is; and what is wrong with the memory itself."""

    notes: tuple[Note, ...] = ()
    unseen: tuple[str, ...] = ()
    damage: tuple[AuditProblem, ...] = ()

    def vouched(self, named: Sequence[NamedKey], others: Sequence[Vouched]) -> tuple[Vouched, ...]:
        """What vouches for each, but for those that are among the others already."""
        known = {(item.origin, item.size, item.root) for item in others}
        found = (vouch(note, named=named) for note in self.notes)
        return tuple(item for item in found if (item.origin, item.size, item.root) not in known)

    def told(self, report: AuditReport) -> AuditReport:
        """The report, with what was not compared."""
        return report.model_copy(update={"not_covered": (*self.unseen, *report.not_covered)})


def given_out(pipeline: Pipeline, log: Log | None) -> GivenOut:
    """What is remembered of a ledger. Ask before its entries are read: what others give out meanwhile is larger.

    Args:
        pipeline: the ledger.
        log: where its memory is; None where nothing says so, and nothing is looked at.
    """
    if log is None:
        return GivenOut()
    try:
        with pipeline.turn, pipeline.storage.snapshot() as reader:
            origin = pipeline.folder.origin(reader)
    except LedgerError:
        return GivenOut(unseen=(f"what was given out: the ledger does not say which one it is, {_SO}",))
    try:
        remembered = Heads(log.memory, origin).read()
    except LogUnusable as error:
        return GivenOut(unseen=(f"what was given out: {error.message}, {_SO}",))
    except LedgerError as error:
        return GivenOut(damage=(AuditProblem(kind="unreadable", message=error.message),))
    if remembered is None:
        return GivenOut(unseen=(f"what was given out: nothing in {log.memory} says it, {_SO}",))
    if remembered.head is None:
        return GivenOut(unseen=(f"what was given out: {log.memory} remembers that nothing was yet, {_SO}",))
    notes = [note for note in (remembered.head, remembered.cosigned) if note is not None]
    return GivenOut(tuple({note.text: note for note in notes}.values()))


def log_keys_of(pipeline: Pipeline, reader: Reader) -> tuple[NamedKey, ...]:
    """The keys that the ledger names; none where its roster cannot be told, which an audit says."""
    try:
        return pipeline.folder.roster(reader).log_keys
    except LedgerError:
        return ()
