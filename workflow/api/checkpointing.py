"""Checkpoints of the ledger, and the key of its own that signs them."""

from __future__ import annotations

from collections.abc import Sequence

from workflow.api.base import make, several
from workflow.api.proposing import Proposing
from workflow.changes import LogKeyNamed
from workflow.checkpoints import Vouched, read_checkpoint, vouch
from workflow.checkpoints.vouching import read_key
from workflow.errors import HistoryForked
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import COSIGNATURE, Note
from workflow.outcome import Outcome
from workflow.roots import Tree
from workflow.views import CheckpointView


class Checkpointing(Proposing):
    """What the ledger says of its tree, so that nobody who heard it can be told another history later."""

    def checkpoint(self) -> CheckpointView:
        """A checkpoint of all entries, signed with the log's key. It is remembered outside of the database first.

        Raises:
            HistoryForked: the ledger does not go on from every checkpoint that was given out before.
            LedgerError: nothing says what was given out, or that is damaged.
            InvalidInput: the ledger was opened without a key, or with one that it does not name, or others can read.
            NotFound: there is no such key.
        """
        return shown(self._checkpointer().checkpoint())

    def latest_checkpoint(self, *, cosigned: bool = False) -> CheckpointView | None:
        """The checkpoint that was given out last, or the last that witnesses cosigned; None where there is none.

        Raises:
            InvalidInput: the ledger was opened without a key.
            LedgerError: what was given out is not remembered any more.
        """
        note = self._checkpointer().latest(cosigned=cosigned)
        return None if note is None else shown(note)

    def new_log_key(self) -> str:
        """Makes a key in the file that the ledger was opened with, and tells its public half (its vkey).

        It signs once the administrators have named it: :meth:`name_log_key`.

        Raises:
            InvalidInput: something is there, or it cannot be written.
        """
        return self._checkpointer().new_key().vkey

    def name_log_key(self, vkey: str, *, actor: str, rationale: str, command_id: str | None = None) -> Outcome:
        """Says which key signs checkpoints from now on; those of the one before count up to this entry and no further.

        Args:
            vkey: its public half, as :meth:`new_log_key` told it.
            actor: an administrator.
            rationale: why.
            command_id: makes a repeated request safe.

        Appends: ``ChangeProposed``, and ``ChangeAccepted`` where one administrator is enough.

        Raises:
            InvalidInput: the key is for another ledger, was named before, or is a person's.
        """
        return self._propose(make(LogKeyNamed, key=vkey), actor, rationale, command_id)

    def remember_checkpoint(self, note: str | bytes | None) -> CheckpointView | None:
        """Begins the memory of what was given out anew, where it was lost: from a checkpoint that somebody kept.

        With None it begins from nothing: only for administrators who know that none was ever given out, or that
        nobody can have kept one.

        Raises:
            InvalidInput: something is remembered, or it is no checkpoint of this ledger.
            HistoryForked: the ledger does not go on from it.
        """
        remembered = self._checkpointer().remember(None if note is None else read_checkpoint(note))
        return None if remembered.head is None else shown(remembered.head)

    def for_witness(self, since: int) -> bytes:
        """A checkpoint of all entries, with what shows a witness that it goes on from the last that it cosigned.

        Args:
            since: the size of that; 0 where it has cosigned none.

        Raises:
            NotFound: there never was a tree of that size.
            WorkflowError: as for :meth:`checkpoint`.
        """
        return self._checkpointer().for_witness(since).to_bytes()

    def add_cosignature(self, note: str | bytes, *, witnesses: Sequence[str] = ()) -> CheckpointView:
        """Keeps a checkpoint that witnesses cosigned, beside the one that was given out last.

        Args:
            note: the signed note that a witness gave back.
            witnesses: the keys (vkeys) of the witnesses whose word counts. With them, only what is genuinely theirs is
                kept, and what others wrote below the same checkpoint goes; without, nobody's word is checked.

        Raises:
            InvalidInput: it is no checkpoint of this ledger's, nobody cosigned it, or none of these witnesses did; or a
                later one is kept.
            HistoryForked: the ledger does not go on from it.
        """
        keys = [read_key(vkey, COSIGNATURE) for vkey in several("witnesses", witnesses)]
        return shown(self._checkpointer().keep_cosigned(read_checkpoint(note), keys))

    def check_checkpoint(
        self,
        note: str | bytes,
        *,
        log_keys: Sequence[str] = (),
        witnesses: Sequence[str] = (),
        wanted: int | None = None,
    ) -> Vouched:
        """Who vouches for a checkpoint of this ledger, and what is not verified.

        Args:
            note: the signed note.
            log_keys: the log's keys (vkeys) that whoever asks holds; without any, what the ledger names has to do.
            witnesses: the keys of the witnesses whose word counts.
            wanted: how many of them it takes; by default all.

        Raises:
            InvalidInput: it is no checkpoint, or a key is none.
            HistoryForked: this ledger never had that tree.
        """
        read = read_checkpoint(note)
        said = Checkpoint.of(read)
        with self._reading() as reader:
            roster, tree = self._pipeline.folder.roster(reader), Tree(reader)
            vouched = vouch(read, given=log_keys, named=roster.log_keys, witnesses=witnesses, wanted=wanted)
            ours = self._pipeline.folder.origin(reader) == said.origin
            root = tree.root(min(said.size, tree.size))
        if not ours or said.size > tree.size or root != said.root:
            raise HistoryForked(
                f"the checkpoint is of {said.size} entries of {said.origin} with the root {said.root.hex()[:16]}, and "
                f"this ledger never had that tree: it has {tree.size} entries",
                size=min(said.size, tree.size),
                root=root.hex(),
                known_size=said.size,
                known_root=said.root.hex(),
                remedy="this is an older copy, or another one, or one of both was altered: holdfast audit verify",
            )
        return vouched


def shown(note: Note) -> CheckpointView:
    """A checkpoint as it is told."""
    said = Checkpoint.of(note)
    return CheckpointView(
        origin=said.origin,
        size=said.size,
        root=said.root.hex(),
        note=note.to_bytes().decode(),
        names=tuple(item.name for item in note.signatures),
    )
