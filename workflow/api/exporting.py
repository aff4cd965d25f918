"""What is taken out of a ledger for others: packs, and lines of JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from workflow.api.base import Session, StrPath, several
from workflow.files import check_replaced, delivering

if TYPE_CHECKING:
    from workflow.views.packs import LinesView, PackView

PACK, LINES = b"PK\x03\x04", b'{"entry":'
"""How a pack begins, and how lines of JSON do."""


class Exporting(Session):
    """The history, as files for people who have no access to the ledger."""

    def export(
        self,
        release: str,
        path: StrPath,
        *,
        evidence: bool = True,
        texts: bool = True,
        withhold: Sequence[str] = (),
        since: Sequence[int] = (),
        sealed: bool = False,
        checkpoint: bytes | Literal[False] | None = None,
        replace: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> PackView:
        """Writes the history of a release, with everything that its decisions rest on, into one file: a pack.

        Whoever has it can check it offline (:func:`workflow.verify_pack`). What is left out is listed in it.

        Every entry of the ledger is looked at first: where one is missing or was altered, nobody could tell whether it
        was one of these.

        Args:
            release: by name.
            path: where the file is to be; there whole at the end, or not at all.
            evidence: False leaves the reports and documents out; their digests stay.
            texts: False leaves every text out; their commitments stay.
            withhold: texts to leave out, each as ``ENTRY:NAME`` or by its commitment.
            since: earlier sizes of the ledger whose roots somebody has kept: the pack proves that it continues them.
            sealed: whether it may tell who decided what where that is sealed now.
            checkpoint: a signed note over this ledger's tree, which goes into the pack; False for none. By default,
                where the ledger was opened with its log's key, the last that witnesses cosigned if it is over all that
                is in the pack, else a new one.
            replace: whether a file that is there already is replaced, where it is one of this kind.
            progress: is told how many parts are written, of how many.

        Raises:
            NotFound: there is no such release.
            InvalidInput: what is to be left out is not there, something is sealed, or it cannot be written there.
            LedgerError: what would be packed is damaged, or something of the ledger is missing.
            WorkflowError: as for :meth:`checkpoint`, where one is made.
        """
        from importlib.metadata import version  # slow to import, and nothing else needs it

        from workflow.audit import check_around
        from workflow.pack import Choice, PackReader, write_pack

        choice = Choice(evidence, texts, several("withhold", withhold), tuple(since), sealed)
        check_replaced(path, PACK, replace=replace)
        notes = self._notes(checkpoint)
        with self._reading() as reader, delivering(path, replace=replace) as file:
            check_around(reader, self._pipeline.rulebook, release, self._means())
            write_pack(
                file,
                reader,
                release,
                at=self._pipeline.clock.now(),
                by=f"holdfast {version('holdfast')}",
                seals=self._pipeline.seals(reader),
                choice=choice,
                checkpoints=notes,
                progress=progress,
            )
            # What was written is read once, as whoever gets it will read it.
            return PackReader(file).view

    def _notes(self, checkpoint: bytes | Literal[False] | None) -> tuple[bytes, ...]:
        """The checkpoints that a pack may get, the preferred first."""
        if isinstance(checkpoint, bytes):
            return (checkpoint,)
        if checkpoint is False or self._log is None:
            return ()
        checkpointer = self._checkpointer()
        made = checkpointer.checkpoint()
        cosigned = checkpointer.latest(cosigned=True)
        return tuple(note.to_bytes() for note in (cosigned, made) if note is not None)

    def export_lines(
        self,
        release: str | None,
        path: StrPath,
        *,
        actor: str | None = None,
        replace: bool = False,
        progress: Callable[[int, int], None] | None = None,
    ) -> LinesView:
        """Writes the entries of a release, or of the whole ledger, as lines of JSON: a :class:`HistoryItem` each.

        Oldest first, for people's own tools; what is sealed stays so. Nothing in it is proven: a pack is for that.

        Args:
            release: by name; None for all entries.
            path: where the file is to be; there whole at the end, or not at all.
            actor: who reads it, and sees what they themselves decided.
            replace: whether a file that is there already is replaced, where it is one of this kind.
            progress: is told how many entries are written, of how many.

        Raises:
            NotFound: there is no such release.
            InvalidInput: it cannot be written there.
            LedgerError: an entry is damaged.
        """
        from workflow.pack import write_lines
        from workflow.views.packs import LinesView

        check_replaced(path, LINES, replace=replace)
        with self._reading() as reader, delivering(path, replace=replace) as file:
            seals = self._pipeline.seals(reader)
            entries = write_lines(file, reader, release, seals=seals, actor=actor, progress=progress)
            frontier = reader.head().frontier
            return LinesView(
                origin=self._pipeline.folder.origin(reader),
                release=release,
                size=frontier.size,
                root=frontier.root().hex(),
                entries=entries,
                bytes=file.tell(),
            )
