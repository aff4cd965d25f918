"""A laboratory whose ledger has a key of its own, and copies of its database as somebody might put them back."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab
from workflow import Engine
from workflow.ledger.note import Note


class Logged:
    """A lab's ledger with the log's key in ``keys``, named by the administrators."""

    def __init__(self, lab: Lab, *, name: str = "log") -> None:
        self.lab = lab
        self.keys = lab.directory / "keys"
        self.keys.mkdir(exist_ok=True)
        self.key = self.keys / name
        self.engine = self.open()
        self.vkey = self.engine.new_log_key()

    @classmethod
    def named(cls, lab: Lab) -> Logged:
        """The same, with the key named in the ledger."""
        logged = cls(lab)
        logged.name()
        return logged

    def open(self, key: Path | None = None, **settings: object) -> Engine:
        """An engine that was opened with the log's key."""
        return self.lab.open(log_key=key or self.key, **settings)

    def name(self, vkey: str | None = None) -> int:
        """The administrators name a key; the entry that does."""
        self.lab.clock.forward("1s")
        return self.lab.engine.name_log_key(vkey or self.vkey, actor=ADMINISTRATOR, rationale=WHY).entry

    def grow(self, count: int = 1, engine: Engine | None = None) -> int:
        """More entries; how many there are then."""
        for _ in range(count):
            self.lab.clock.forward("1s")
            person = f"somebody-{self.lab.clock.now():%H%M%S}"
            outcome = (engine or self.lab.engine).add_person(person, actor=ADMINISTRATOR, rationale=WHY)
        return outcome.entry

    def copied(self, name: str) -> Path:
        """A copy of the database as it is now."""
        self.lab.close()
        place = self.lab.directory / name
        shutil.copy(self.lab.directory / "ledger.db", place)
        self.lab.reopen()
        self.engine = self.open()
        return place

    def put_back(self, copy: Path) -> None:
        """Has the copy take the database's place, as a backup that is restored does."""
        self.lab.close()
        shutil.copy(copy, self.lab.directory / "ledger.db")
        for suffix in ("-wal", "-shm"):
            (self.lab.directory / f"ledger.db{suffix}").unlink(missing_ok=True)
        self.lab.reopen()
        self.engine = self.open()


def note_of(text: str) -> Note:
    return Note.from_bytes(text.encode())
