"""A golden ledger as files: its entries byte for byte, a line each, and beside them the texts and the blobs."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from workflow.clock import SystemClock
from workflow.drafting import next_head
from workflow.engine import Engine
from workflow.folding import read_entry
from workflow.ledger import Entry, Frontier, SaltedText, entry_hash, leaf_hash, sha256
from workflow.observe import Observer
from workflow.pipeline import Pipeline
from workflow.registry import Registry
from workflow.rulebook import Rulebook
from workflow.storage import Append, StoredEntry, open_storage

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Kept:
    """A whole ledger, with nothing derived in it."""

    entries: tuple[bytes, ...]
    texts: tuple[SaltedText, ...]
    blobs: tuple[bytes, ...]

    @classmethod
    def of(cls, url: str) -> Kept:
        """What a database holds."""
        storage = open_storage(url)
        try:
            texts = [storage.text(commitment) for commitment in storage.commitments()]
            blobs = [storage.blob(digest) for digest in storage.blobs()]
            entries = tuple(stored.body for stored in storage.entries())
        finally:
            storage.close()
        return cls(entries, tuple(text for text in texts if text), tuple(blob for blob in blobs if blob))

    @classmethod
    def read(cls, folder: Path = HERE) -> Kept:
        """What is committed in a folder."""
        texts = [json.loads(line) for line in _lines(folder, "texts.jsonl")]
        return cls(
            tuple(_lines(folder, "entries.jsonl")),
            tuple(SaltedText(bytes.fromhex(item["salt"]), item["text"]) for item in texts),
            tuple(json.loads(line).encode() for line in _lines(folder, "blobs.jsonl")),
        )

    def write(self, folder: Path = HERE) -> None:
        """Puts it where it is committed."""
        texts = [json.dumps({"salt": text.salt.hex(), "text": text.text}).encode() for text in self.texts]
        blobs = [json.dumps(blob.decode()).encode() for blob in self.blobs]
        for name, lines in (("entries", self.entries), ("texts", texts), ("blobs", blobs)):
            (folder / f"{name}.jsonl").write_bytes(b"".join(line + b"\n" for line in lines))
        (folder / "root.json").write_text(json.dumps(self.root) + "\n")

    @property
    def root(self) -> dict[str, int | str]:
        """The size and the root of the Merkle tree over its entries."""
        frontier = Frontier()
        for body in self.entries:
            frontier = frontier.append(leaf_hash(body))
        return {"size": frontier.size, "root": frontier.root().hex()}

    def blob(self, digest: str) -> bytes | None:
        """A blob by its digest."""
        return next((blob for blob in self.blobs if sha256(blob) == digest), None)

    def restore(self, url: str) -> Engine:
        """A database that holds it, and its engine."""
        storage = open_storage(url, create=True)
        texts, blobs = self.texts, {sha256(blob): blob for blob in self.blobs}
        for body in self.entries:
            entry = Entry.from_bytes(body)
            stored = StoredEntry(entry.seq, entry.stream, entry.version, entry_hash(body), entry.command_id, body)
            with storage.lock() as unit:
                head = next_head(unit.head(), body, entry.at, read_entry(stored).events)
                unit.append(Append(stored, head, texts, blobs))
                unit.commit()
            texts, blobs = (), {}
        clock = SystemClock()
        engine = Engine(Pipeline(storage, Rulebook(Registry()), clock, Observer(clock, {})))
        engine.rebuild()
        return engine


def _lines(folder: Path, name: str) -> list[bytes]:
    return (folder / name).read_bytes().splitlines()
