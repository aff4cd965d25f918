"""A witness: it trusts neither the log nor who asks, and cosigns only what goes on from the last that it cosigned.

All it has is a directory of its own: its key, its name, and for every log that it was told of that log's key and the
last head that it cosigned. It has no ledger and asks nobody anything. What it checks, and in which order, is that of
``add-checkpoint`` in C2SP tlog-witness v1.0.0.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from workflow.checkpoints import places
from workflow.checkpoints.continuing import check_continues
from workflow.checkpoints.keyfile import LogKey, check_name, make_key
from workflow.checkpoints.requests import WitnessRequest
from workflow.checkpoints.vouching import is_signed, read_key
from workflow.clock import Clock
from workflow.errors import InvalidInput, LedgerError, NotFound, WitnessConflict
from workflow.ledger import Json, decode, encode
from workflow.ledger.checkpoint import Checkpoint, cosigned_message, with_cosignature
from workflow.ledger.note import COSIGNATURE, ED25519, Note, NoteKey, check_fits

FORMAT = 1
KEY, SELF, LOGS = "key", "witness.json", "logs"
_FORKED = (
    "keep both checkpoints: with them, the log has shown two histories; ask whoever runs it, and tell who relies on it"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """A log as its witness knows it: its key, and the last checkpoint that was cosigned, or None."""

    key: NoteKey
    head: Note | None = None

    @property
    def known(self) -> Checkpoint | None:
        """What that checkpoint says."""
        return None if self.head is None else Checkpoint.of(self.head)


@dataclass(frozen=True, slots=True)
class Witness:
    """The witness whose directory this is."""

    folder: Path
    name: str

    @classmethod
    def make(cls, folder: Path, name: str) -> Witness:
        """A new one, with a new key.

        Raises:
            InvalidInput: nothing can sign under that name, or there is one already.
        """
        check_name(name)
        places.made(folder)
        with places.locked(folder):
            if places.read(folder / SELF) is not None:
                raise InvalidInput(f"{folder} has a witness already", remedy="name another directory")
            places.made(folder / LOGS)
            make_key(folder / KEY)
            places.write(folder / SELF, encode({"format": FORMAT, "kind": "holdfast-witness", "name": name}))
        return cls(folder, name)

    @classmethod
    def open(cls, folder: Path) -> Witness:
        """The one in a directory.

        Raises:
            NotFound: there is none.
            LedgerError: what is there is damaged.
        """
        data = places.read(folder / SELF)
        if data is None:
            raise NotFound(f"there is no witness in {folder}", remedy="make one with: holdfast witness init")
        said = _object(data, {"format", "kind", "name"}, "holdfast-witness", folder / SELF)
        return cls(folder, str(said["name"]))

    @property
    def key(self) -> LogKey:
        """Its key.

        Raises:
            NotFound: it is gone.
            InvalidInput: others can read it, or it is none.
        """
        return LogKey.read(self.folder / KEY, self.name, kind=COSIGNATURE)

    def logs(self) -> Iterator[Watched]:
        """The logs that it was told of, in the order of their origins."""
        found = (self._read(path) for path in (self.folder / LOGS).glob("*.json"))
        yield from sorted((item for item in found if item is not None), key=lambda item: item.key.name)

    def log(self, origin: str) -> Watched | None:
        """A log that it was told of, by its origin."""
        return self._read(self._path(origin))

    def add_log(self, vkey: str, *, instead: bool = False) -> Watched:
        """Trusts a log's key from now on; with ``instead``, in the place of the one before, whose head stays.

        Raises:
            InvalidInput: it is no log's key, or another one is trusted for the same log.
        """
        key = read_key(vkey, ED25519)
        check_name(key.name)
        with places.locked(self.folder):
            known = self.log(key.name)
            if known is not None and known.key != key and not instead:
                raise InvalidInput(
                    f"{key.name} is trusted by the key {known.key} already",
                    remedy="make sure, not by the log alone, that its key was replaced; then add --instead",
                )
            watched = Watched(key, known.head if known else None)
            self._write(watched)
        return watched

    def cosign(self, request: WitnessRequest, clock: Clock) -> Note:
        """The checkpoint with this witness's cosignature. It is remembered before it is given.

        Exactly the head that is remembered is cosigned again, whatever it is said to go on from: its file may be handed
        in twice.

        Raises:
            NotFound: nobody told of that log.
            LedgerError: the log did not sign it, or it has no room for one more signature.
            WitnessConflict: it is to go on from another tree than the last that was cosigned.
            HistoryForked: it does not go on from that.
        """
        checkpoint, note = request.checkpoint, request.note
        signer = self.key
        with places.locked(self.folder):
            watched = self.log(checkpoint.origin)
            if watched is None:
                raise NotFound(
                    f"nobody told this witness of the log {checkpoint.origin}",
                    remedy="make sure of its key, not by this checkpoint: holdfast witness add-log",
                )
            if not is_signed(note, watched.key):
                raise LedgerError(
                    f"the checkpoint is not signed with {watched.key}",
                    remedy="ask who runs the log; where its key was replaced, make sure of that, then: "
                    "holdfast witness add-log --instead",
                )
            self._check(watched.known, request)
            seconds = int(clock.now().timestamp())
            made = with_cosignature(note, signer.key, seconds, signer.sign(cosigned_message(note, seconds)))
            check_fits(made)
            self._write(replace(watched, head=_signed_by(note, watched.key)))
            return made

    def _check(self, known: Checkpoint | None, request: WitnessRequest) -> None:
        new = request.checkpoint
        if known is None:
            if request.old:
                raise WitnessConflict(
                    f"this witness has cosigned nothing of {new.origin} yet, and is asked to go on from {request.old} "
                    "entries",
                    size=0,
                    remedy="holdfast checkpoint for-witness --since 0",
                )
            return
        if new.size == known.size:
            check_continues(known, new, (), remedy=_FORKED)
            return
        if new.size < known.size or request.old != known.size:
            what = "rolled back to" if new.size < known.size else "to go on from"
            size = new.size if new.size < known.size else request.old
            raise WitnessConflict(
                f"this witness has cosigned {known.size} entries of {new.origin}, and the log is {what} {size}",
                size=known.size,
                remedy=f"holdfast checkpoint for-witness --since {known.size}",
            )
        check_continues(known, new, request.proof, remedy=_FORKED)

    def _path(self, origin: str) -> Path:
        return places.of_origin(self.folder / LOGS, origin)

    def _read(self, path: Path) -> Watched | None:
        data = places.read(path)
        if data is None:
            return None
        said = _object(data, {"format", "kind", "key", "head"}, "holdfast-watched-log", path)
        head = said["head"]
        try:
            watched = Watched(
                read_key(str(said["key"]), ED25519), None if head is None else Note.from_bytes(head.encode())
            )
            if watched.known is not None and watched.known.origin != watched.key.name:
                raise LedgerError("it is of another log")
        except (InvalidInput, LedgerError, AttributeError) as error:
            raise _damaged(path) from error
        return watched

    def _write(self, watched: Watched) -> None:
        head = watched.head and watched.head.to_bytes().decode()
        said = {"format": FORMAT, "kind": "holdfast-watched-log", "key": str(watched.key), "head": head}
        places.write(self._path(watched.key.name), encode(said))


def _signed_by(note: Note, key: NoteKey) -> Note:
    """The note with the log's signature alone: whatever others wrote below it is nothing to keep."""
    return Note(note.text, note.of(key)[:1])


def _object(data: bytes, fields: set[str], kind: str, path: Path) -> Json:
    try:
        said = decode(data)
    except LedgerError as error:
        raise _damaged(path) from error
    if not isinstance(said, dict) or set(said) != fields or (said["format"], said["kind"]) != (FORMAT, kind):
        raise _damaged(path)
    return said


def _damaged(path: Path) -> LedgerError:
    return LedgerError(
        f"{path} is damaged: nothing is cosigned without what was cosigned last",
        remedy="bring it back from a copy; a witness that forgot is another one, with another key",
    )
