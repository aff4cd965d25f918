"""Packs of the golden ledgers, made in memory, and the keys of a log and a witness."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.golden.keeping import HERE, Kept
from workflow import Engine
from workflow.ledger.checkpoint import Checkpoint, cosigned_message, with_cosignature
from workflow.ledger.note import COSIGNATURE, ED25519, Note, NoteKey
from workflow.pack import Choice, PackReader, write_pack
from workflow.roots import Tree
from workflow.seals import Seals

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
BY = "holdfast 0.1.0"
RELEASES = {
    ".": ("aurora", "borealis"),
    "signed": ("aurora",),
    "incidents": ("aurora", "aurora-fix"),
    "overridden": ("aurora",),
    "published": ("aurora",),
    "risks": ("aurora",),
}
"""The releases in each golden ledger."""

ALL = [(name, release) for name, releases in RELEASES.items() for release in releases]


class NotesKey:
    """A key that signs notes, from a number."""

    def __init__(self, name: str, kind: int = ED25519, number: int = 1) -> None:
        self._secret = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public = self._secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key = NoteKey(name, kind, public)
        self.vkey = str(self.key)

    def sign(self, checkpoint: Checkpoint) -> Note:
        """The checkpoint as a note."""
        note = Note(checkpoint.text)
        return note.with_signature(self.key, self._secret.sign(note.text.encode()))

    def cosign(self, note: Note, seconds: int = 1_800_000_000) -> Note:
        """The note with this witness's word."""
        return with_cosignature(note, self.key, seconds, self._secret.sign(cosigned_message(note, seconds)))


WITNESS = NotesKey("witness.example/w", COSIGNATURE, 2)


def log_of(origin: str) -> NotesKey:
    """The key of a ledger's log."""
    return NotesKey(origin)


def restored(name: str, directory: Path) -> Engine:
    """A golden ledger in a database."""
    return Kept.read(HERE / name).restore(f"sqlite:///{directory / 'golden.db'}")


def unsealed(_: str) -> Seals:
    """Nothing is sealed."""
    return Seals()


def packed(
    engine: Engine, release: str, choice: Choice | None = None, checkpoint: bytes | None = None, at: datetime = AT
) -> bytes:
    """A pack's bytes."""
    file = io.BytesIO()
    with engine._pipeline.storage.snapshot() as reader:
        notes = (checkpoint,) if checkpoint is not None else ()
        write_pack(file, reader, release, at=at, by=BY, seals=unsealed, choice=choice, checkpoints=notes)
    return file.getvalue()


def checkpoint_of(engine: Engine, size: int | None = None) -> Checkpoint:
    """What a log would say of a ledger, now or at an earlier size."""
    with engine._pipeline.storage.snapshot() as reader:
        tree = Tree(reader)
        entry = reader.entry(1)
        assert entry is not None
        origin = engine.roster().origin
        return Checkpoint(origin, size or tree.size, tree.root(size or tree.size))


def read(data: bytes) -> PackReader:
    """The reader of a pack's bytes."""
    return PackReader(io.BytesIO(data))
