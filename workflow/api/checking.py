"""The audit of a ledger, and the rebuilding of what is derived from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from workflow.api.base import Session
from workflow.checkpoints import vouch
from workflow.errors import InvalidInput, LedgerError
from workflow.events import LedgerCreated
from workflow.given_out import given_out, log_keys_of
from workflow.ledger import entry_hash
from workflow.outcome import Outcome
from workflow.pins import check_pins, checked_pins
from workflow.storage.base import Listed
from workflow.views import AuditReport

if TYPE_CHECKING:
    from workflow.audit import Remembered


class Checking(Session):
    """What begins a ledger, and what checks it."""

    def begin(
        self, genesis: LedgerCreated, *, actor: str, origin: str, rationale: str, blobs: Sequence[bytes]
    ) -> Outcome:
        """Writes the first entry; :func:`workflow.create_ledger` is what people use.

        Appends: ``LedgerCreated``.

        Raises:
            InvalidInput: the database holds a ledger already.
        """
        return self._pipeline.genesis(genesis, actor=actor, origin=origin, rationale=rationale, blobs=blobs)

    def check_pins(self, pinned: Mapping[int, str]) -> None:
        """Checks that entries have the hashes that somebody wrote down elsewhere.

        Raises:
            ChainBroken: an entry is another one, or is not there.
        """
        with self._pipeline.turn, self._pipeline.storage.snapshot() as reader:
            check_pins(reader, pinned)

    def anchors(self) -> dict[int, str]:
        """What is worth pinning: the hashes of the genesis and of the entries that recorded administrators' keys.

        Everything else that is signed here follows from these.
        """
        with self._reading() as reader:
            roster = self._pipeline.folder.roster(reader)
            keys = [key.entry for who in roster.administrators for key in roster.keys_of(who) if key.proven]
            found = {seq: reader.entry(seq) for seq in sorted({1, *keys})}
            return {seq: entry_hash(stored.body) for seq, stored in found.items() if stored}

    def audit(
        self,
        *,
        remembered: tuple[int, str] | None = None,
        progress: Callable[[int, int], None] | None = None,
        pinned: Mapping[int, str] | None = None,
        release: str | None = None,
        workers: int | None = None,
        checkpoints: Sequence[str | bytes] = (),
        log_keys: Sequence[str] = (),
        witnesses: Sequence[str] = (),
    ) -> AuditReport:
        """Checks everything again from nothing: bytes, links, tree, blobs, texts, projections, and every decision.

        Where the ledger was opened with its log's key, what is remembered as given out is compared as well; the report
        says so, or that nothing was there to compare with.

        A policy of a user's own is run again only where this engine was told to allow it; else its verdicts are
        reported as recorded and not recomputed, and the audit is incomplete.

        Args:
            remembered: a size of the ledger and the root its tree had then, kept elsewhere: what was there by then must
                be there still, unaltered.
            progress: is told how many entries were checked, of how many.
            pinned: as for :func:`workflow.open_engine`, where the ledger was opened without.
            release: only what decides on this one: its entries, those of its relatives and of the ledger itself. The
                outcome is then never ``ok``, and the report says what was not looked at.
            checkpoints: signed notes that somebody has kept: what each is of must be there still, unaltered.
            log_keys: the log's own keys (vkeys) that whoever checks holds; without any, those that the ledger names.
            witnesses: the keys (vkeys) of witnesses who must have cosigned each checkpoint.
            workers: how many processes look at a whole ledger; without it, one a core where the ledger is long enough.
                What is found does not depend on it.

        Raises:
            NotFound: there is no such release.
            InvalidInput: a checkpoint or a key is none.
            StorageError: a process ended before its work was done, or there is no room for temporary files.
        """
        from workflow.audit import audit, beside_the_entries, of_release

        if workers is not None and workers < 1:
            raise InvalidInput(f"{workers} processes can do nothing", remedy="name 1 or more, or none for one a core")
        given = given_out(self._pipeline, self._log)
        with self._pipeline.turn, self._pipeline.storage.snapshot() as reader:
            part = of_release(reader, release) if release is not None else None
            beside = [*beside_the_entries(self._pipeline.storage), *given.damage]
            kept = _remembered(remembered)
            named = log_keys_of(self._pipeline, reader) if checkpoints or given.notes else ()
            vouched = [vouch(note, given=log_keys, named=named, witnesses=witnesses) for note in checkpoints]
            vouched += given.vouched(named, vouched)
            rulebook, means = self._pipeline.rulebook, self._means(workers)
            pins = checked_pins(pinned or {})
            return given.told(audit(reader, rulebook, beside, progress, kept, pins, part, vouched, means))

    def rebuild(self) -> int:
        """Makes the projections anew from the entries, and returns how many releases there are.

        Raises:
            LedgerError: the entries themselves are damaged; nothing is changed.
        """
        from workflow.audit import audit, projections

        with self._pipeline.turn, self._pipeline.storage.lock() as unit:
            report = audit(unit, self._pipeline.rulebook)
            damage = [problem for problem in report.problems if problem.kind not in ("projection", "not-allowed")]
            if damage:
                raise LedgerError(
                    f"the entries are damaged, so nothing can be made from them: {damage[0].message}",
                    remedy="holdfast audit verify says everything that is wrong",
                )
            head, releases = projections(unit)
            unit.rebuild(head, (counted := _Counted(releases)))
            unit.commit()
            self._pipeline.folder.forget()
        return counted.count


class _Counted:
    """Goes through some things once, and says how many there were."""

    def __init__(self, things: Iterator[Listed]) -> None:
        self._things = things
        self.count = 0

    def __iter__(self) -> Iterator[Listed]:
        for thing in self._things:
            self.count += 1
            yield thing


def _remembered(given: object) -> Remembered | None:
    """A size and a root that somebody kept.

    Raises:
        InvalidInput: it is anything else.
    """
    from workflow.audit import Remembered

    # A pattern, not unpacking: a text would unpack into its letters.
    match given:
        case None:
            return None
        case (int() as size, str() as root):
            return Remembered(size, root)
        case _:
            raise InvalidInput("a remembered tree is a pair: its size and its root", remedy='write (120, "the root")')
