"""How a checkpoint leaves the ledger: only one that goes on from every checkpoint before it, and remembered first.

What was given out is remembered outside of the database (:mod:`workflow.checkpoints.heads`). While one process looks
there, signs and remembers, others wait; what the ledger says now is read after that began, so that of two the later one
has the larger tree.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from workflow.attestation import enveloped
from workflow.checkpoints import (
    Heads,
    Log,
    LogKey,
    Remembered,
    WitnessRequest,
    check_continues,
    check_free,
    check_name,
    is_signed,
    make_key,
)
from workflow.checkpoints.vouching import genuine
from workflow.errors import InvalidInput, LedgerError, LogUnusable, NotFound
from workflow.ledger.checkpoint import Checkpoint, check_cosigned
from workflow.ledger.note import Note, NoteKey, NoteSignature, check_fits
from workflow.pipeline import Pipeline
from workflow.roots import Tree
from workflow.roster import Roster
from workflow.storage.base import Reader

_NAME_IT = "have the administrators name it: holdfast roster log-key VKEY -m WHY"
_FORKED = (
    "a backup was put back, or this is another copy of the ledger: go on with the one that has all of it; "
    "docs/checkpoints.md says what to do where that one is lost"
)
_FORGOTTEN = (
    "bring the directory back, or say where it is with log_heads; or begin anew from the last checkpoint that anybody "
    "kept: holdfast checkpoint remember FILE"
)


class Checkpointer:
    """Makes the checkpoints of one ledger.

    Args:
        pipeline: the ledger.
        log: its key and its memory.
    """

    def __init__(self, pipeline: Pipeline, log: Log) -> None:
        self._pipeline = pipeline
        self._log = log

    def checkpoint(self) -> Note:
        """The checkpoint of all entries, cosigned where it is already. It is remembered when this returns.

        Raises:
            HistoryForked: the ledger does not go on from what was given out.
            LedgerError: nothing says what was given out, or that is damaged.
            LogUnusable: there is no key, it is not the one that the ledger names, or it cannot be used.
        """
        with self._remembering() as (heads, reader, roster):
            return self._made(heads, reader, roster)[0]

    def attested(self, payload: Callable[[Reader, Note], bytes]) -> bytes:
        """A statement over the ledger, in an envelope that the log's key signs; a checkpoint comes first.

        Args:
            payload: makes the statement, from the ledger and its checkpoint.

        Raises:
            WorkflowError: as for :meth:`checkpoint`, or what the making raises.
        """
        heads = self._heads()
        with ExitStack() as view:
            with heads.locked():
                reader, roster = view.enter_context(self._reading())
                note, signer = self._made(heads, reader, roster)
            # That may take long, and nobody need wait for it: what is read stays what the checkpoint is of.
            return enveloped(payload(reader, note), [signer])

    def latest(self, *, cosigned: bool = False) -> Note | None:
        """What was given out last, or the last of it that witnesses cosigned; None where there is none."""
        with self._remembering() as (heads, _, _):
            remembered = heads.read() or Remembered()
        return remembered.cosigned if cosigned else remembered.head

    def new_key(self) -> LogKey:
        """A new key in the file that is said; where the ledger never had one, its memory begins with it.

        Raises:
            InvalidInput: something is there, or it cannot be written.
        """
        with self._reading() as (reader, roster):
            heads = Heads(self._log.memory, self._pipeline.folder.origin(reader))
            check_name(heads.origin)
            check_free(self._log.key)
            if not roster.log_keys:
                # First, so that there is no key that could sign without it.
                heads.make()
                with heads.locked():
                    if heads.read() is None:
                        heads.write(Remembered())
            make_key(self._log.key)
            return LogKey.read(self._log.key, heads.origin)

    def for_witness(self, since: int) -> WitnessRequest:
        """What a witness is handed that cosigned the tree of ``since`` entries last; 0 where it has cosigned none.

        Raises:
            NotFound: there never was a tree of that size.
            WorkflowError: as for :meth:`checkpoint`.
        """
        note = self.checkpoint()
        size = Checkpoint.of(note).size
        if not 0 <= since <= size:
            raise NotFound(
                f"this ledger never had a tree of {since} entries",
                remedy=f"name how many entries the witness cosigned last, up to {size}; 0 where it has cosigned none",
            )
        with self._reading() as (reader, _):
            proof = Tree(reader).consistency(since, size) if since else ()
        return WitnessRequest(since, proof, note)

    def remember(self, note: Note | None) -> Remembered:
        """Begins the memory anew, where it was lost: from a checkpoint that somebody kept, or, with None, from nothing.

        What is remembered gives way to a later checkpoint, where the ledger goes on from both.

        Raises:
            InvalidInput: as much is remembered, or more, or the note is nothing that the log signed.
            HistoryForked: the ledger does not go on from it, or from what is remembered.
        """
        with self._remembering(make=True) as (heads, reader, roster):
            before = heads.read() or Remembered()
            if before.head is not None:
                known = Checkpoint.of(before.head)
                if note is None or Checkpoint.of(note).size <= known.size:
                    raise InvalidInput(
                        f"it is remembered that {known.size} entries were given out last",
                        remedy="nothing is to be done; what is remembered gives way to a later checkpoint alone",
                    )
                # Of one ledger both are beginnings, so the later one goes on from the other.
                self._checked(reader, roster, before)
            remembered = replace(before, head=note)
            if note is not None:
                self._checked(reader, roster, remembered)
            heads.write(remembered)
            return remembered

    def keep_cosigned(self, note: Note, witnesses: Sequence[NoteKey] = ()) -> Note:
        """Keeps a checkpoint with what witnesses signed below it, beside what was given out last.

        Args:
            note: the checkpoint.
            witnesses: whose word counts. Where any are named, nothing else is kept, and what others signed, or what is
                not genuine, goes; without them, everything below it is taken as it comes.

        Raises:
            InvalidInput: the log did not sign it, nobody else did, none of these witnesses did, or a later one is kept.
            LedgerError: with what is kept already it would have more signatures than a note can have.
            HistoryForked: the ledger does not go on from it.
        """
        with self._remembering() as (heads, reader, roster):
            remembered = self._remembered(heads)
            kept = Remembered(note)
            self._checked(reader, roster, kept)
            logs = [named.key for named in roster.log_keys]
            if all(any(map(item.is_of, logs)) for item in note.signatures):
                raise InvalidInput("no witness signed it", remedy="hand in what a witness gave back")
            if witnesses and not any(_said(note, item, witnesses) for item in note.signatures):
                raise InvalidInput(
                    "none of the witnesses that were named signed it",
                    remedy="hand in what a witness gave back, and name its key as it told it to you",
                )
            joined = _joined(remembered.cosigned, note)
            if witnesses:
                counting = (item for item in joined.signatures if _counts(joined, item, logs, witnesses))
                joined = replace(joined, signatures=tuple(counting))
            check_fits(joined)
            heads.write(replace(remembered, cosigned=joined))
            return joined

    def _made(self, heads: Heads, reader: Reader, roster: Roster) -> tuple[Note, LogKey]:
        signer = self._signer(reader, roster)
        remembered = self._remembered(heads)
        new = self._checked(reader, roster, remembered)
        for note in (remembered.cosigned, remembered.head):
            if note is not None and note.text == new.text and note.of(signer.key):
                return note, signer
        note = Note(new.text)
        note = note.with_signature(signer.key, signer.sign(note.text.encode()))
        heads.write(replace(remembered, head=note))
        return note, signer

    def _checked(self, reader: Reader, roster: Roster, remembered: Remembered) -> Checkpoint:
        """What a checkpoint of all entries says, if it goes on from what is remembered."""
        tree = Tree(reader)
        new = Checkpoint(self._pipeline.folder.origin(reader), tree.size, tree.root(tree.size))
        if remembered.head is None:
            return new
        known = Checkpoint.of(remembered.head)
        if known.origin != new.origin:
            raise InvalidInput(f"that is a checkpoint of {known.origin}", remedy=f"name one of {new.origin}")
        proof = tree.consistency(known.size, new.size) if known.size <= new.size else ()
        check_continues(known, new, proof, remedy=_FORKED)
        if not any(is_signed(remembered.head, named.key) for named in roster.log_keys):
            raise LedgerError(
                f"the checkpoint of {known.size} entries is signed with no key that this ledger names",
                remedy="see who wrote it; where an older copy of the ledger was put back, go on with the one that names"
                " its key",
            )
        return new

    def _signer(self, reader: Reader, roster: Roster) -> LogKey:
        if not os.path.lexists(self._log.key):
            raise self._no_key(roster)
        signer = LogKey.read(self._log.key, self._pipeline.folder.origin(reader))
        named = next((item for item in roster.log_keys if item.key == signer.key), None)
        if named is None:
            raise LogUnusable(f"the ledger does not name the key {signer.vkey}", remedy=_NAME_IT)
        size = reader.head().frontier.size
        if not named.counts_at(size):
            raise LogUnusable(
                f"the key {signer.vkey} was replaced in entry {named.ended}, and there are {size} entries",
                remedy="name the file of the key that the ledger names now, as log_key in holdfast.toml",
            )
        return signer

    def _remembered(self, heads: Heads) -> Remembered:
        remembered = heads.read()
        if remembered is None:
            raise LedgerError(
                f"nothing in {heads.folder} says what was given out of {heads.origin} last", remedy=_FORGOTTEN
            )
        return remembered

    def _heads(self, *, make: bool = False) -> Heads:
        with self._reading() as (reader, roster):
            heads = Heads(self._log.memory, self._pipeline.folder.origin(reader))
        if make:
            heads.make()
        elif not heads.folder.is_dir():
            if not os.path.lexists(self._log.key):
                raise self._no_key(roster)
            raise LedgerError(
                f"there is no directory {heads.folder}, which remembers what was given out", remedy=_FORGOTTEN
            )
        return heads

    def _no_key(self, roster: Roster) -> LogUnusable:
        """What is said where no file has the key: none was ever made, or it is elsewhere, or it is lost."""
        make_it = f"holdfast checkpoint new-key {self._log.key}, then holdfast roster log-key VKEY -m WHY"
        if not roster.log_keys:
            return LogUnusable(f"there is no key in {str(self._log.key)!r} yet", remedy=f"make one: {make_it}")
        return LogUnusable(
            f"there is no key in {str(self._log.key)!r}; the ledger names {roster.log_keys[-1].key}",
            remedy="say where it is with log_key in holdfast.toml; where it is lost, see Lost key in "
            f"docs/checkpoints.md, and make another: {make_it}",
        )

    @contextmanager
    def _remembering(self, *, make: bool = False) -> Iterator[tuple[Heads, Reader, Roster]]:
        heads = self._heads(make=make)
        with heads.locked(), self._reading() as (reader, roster):
            yield heads, reader, roster

    @contextmanager
    def _reading(self) -> Iterator[tuple[Reader, Roster]]:
        pipeline = self._pipeline
        pipeline.require_protection()
        with pipeline.turn, pipeline.storage.snapshot() as reader:
            pipeline.folder.head(reader)
            yield reader, pipeline.folder.roster(reader)


def _joined(kept: Note | None, note: Note) -> Note:
    """What is kept of two notes: the later one; of one checkpoint, with the signatures of both."""
    if kept is None:
        return note
    before = Checkpoint.of(kept).size
    if Checkpoint.of(note).size < before:
        raise InvalidInput(f"a later one is kept, of {before} entries", remedy="nothing is to be done")
    if kept.text != note.text:
        return note
    return replace(kept, signatures=tuple(dict.fromkeys((*kept.signatures, *note.signatures))))


def _counts(note: Note, item: NoteSignature, logs: Sequence[NoteKey], witnesses: Sequence[NoteKey]) -> bool:
    """Whether a signature below a checkpoint is genuine, and the log's or that of a witness that was named."""
    own = [key for key in logs if item.is_of(key)]
    return _said(note, item, witnesses) or any(genuine(key.public, note.text.encode(), item.data) for key in own)


def _said(note: Note, item: NoteSignature, witnesses: Sequence[NoteKey]) -> bool:
    """Whether a signature below a checkpoint is the genuine word of one of some witnesses."""
    alone = Note(note.text, (item,))
    for key in witnesses:
        if item.is_of(key):
            try:
                check_cosigned(alone, key, genuine)
            except LedgerError:
                continue
            return True
    return False
