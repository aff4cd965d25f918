"""Somebody who owns the database: drops what protects it, rewrites rows, and makes every hash fit again."""

from __future__ import annotations

import copy
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.attacks.owned import REFUSED, Owned, of, tampering
from workflow import ledger
from workflow.asked import command_of, is_request
from workflow.audit import projections
from workflow.audit.compare import digests
from workflow.drafting import next_head
from workflow.errors import WorkflowError
from workflow.events import AnyEvent
from workflow.folding import read_entry
from workflow.ledger import SaltedText
from workflow.storage import Head, StoredEntry, open_storage

Json = dict[str, Any]


class Forger:
    """The entries of a ledger as plain data, to be changed and then sealed again without a seam.

    A request digest of the original is made to fit the changed entry; one that was put there by hand stays.
    """

    def __init__(self, place: Owned | Path) -> None:
        self.database = of(place)
        with self.database.connect() as connection:
            rows = connection.execute("SELECT body FROM entry ORDER BY seq").fetchall()
        self.entries: list[Json] = [ledger.decode(body) for (body,) in rows]
        self._requests = {entry["request_digest"] for entry in self.entries}
        self.texts: list[SaltedText] = []
        self.blobs: dict[str, bytes] = {}

    def find(self, kind: str, **facts: Any) -> Json:
        """The first entry whose first event is of a kind and has these facts."""
        for entry in self.entries:
            event = entry["events"][0]
            if event["type"] == kind and all(event.get(name) == value for name, value in facts.items()):
                return entry
        raise LookupError(f"no entry begins with {kind} {facts}")

    def text(self, words: str = "as was agreed in the meeting") -> str:
        """The commitment of a text that will be there."""
        text = SaltedText.of(words)
        self.texts.append(text)
        return text.commitment

    def blob(self, data: bytes) -> str:
        """The digest of a blob that will be there."""
        digest = ledger.sha256(data)
        self.blobs[digest] = data
        return digest

    def kept(self, digest: str) -> bytes:
        """The bytes of a blob that is there."""
        with self.database.connect() as connection:
            data: bytes = connection.execute("SELECT content FROM blob WHERE digest = ?", (digest,)).fetchone()[0]
        return data

    def copy_of(self, entry: Json, **changes: Any) -> Json:
        """Another entry like this one, under a command id and texts of its own."""
        made = {**copy.deepcopy(entry), "command_id": f"forged-{len(self.texts)}", **changes}
        made["texts"] = {name: self.text() for name in made["texts"]}
        for event in made["events"]:
            if event.get("binding"):
                event["binding"]["texts"] = dict(made["texts"])
        return made

    def seal(self) -> None:
        """Numbers, links and hashes everything anew, and makes the tree and the projections that go with it."""
        heads: dict[str, tuple[int, str | None]] = {}
        head, rows = Head(), []
        for seq, entry in enumerate(self.entries, 1):
            version, prev = heads.get(entry["stream"], (0, None))
            entry.update(seq=seq, version=version + 1, prev=prev)
            body, events = self._body(entry)
            head = next_head(head, body, entry["at"], events)
            hash_ = ledger.entry_hash(body)
            heads[entry["stream"]] = (version + 1, hash_)
            rows.append((seq, entry["stream"], version + 1, bytes.fromhex(hash_), entry["command_id"], body))
        named = {commitment for entry in self.entries for commitment in entry["texts"].values()}
        with tampering(self.database) as connection:
            if len({row[4] for row in rows}) < len(rows):
                connection.loosen()
            connection.execute("DELETE FROM entry")
            connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", rows)
            connection.execute(
                "UPDATE head SET size = ?, frontier = ?, mark = ?, peak = ?",
                (head.frontier.size, head.frontier.to_bytes(), head.mark, head.peak),
            )
            for (commitment,) in connection.execute("SELECT commitment FROM text").fetchall():
                if commitment not in named:
                    connection.execute("DELETE FROM text WHERE commitment = ?", (commitment,))
            for text in self.texts:
                if text.commitment in named:
                    connection.execute("INSERT INTO text VALUES (?, ?, ?)", (text.commitment, text.salt, text.text))
            for digest, data in self.blobs.items():
                with suppress(*REFUSED):
                    connection.execute("INSERT INTO blob VALUES (?, ?, ?)", (digest, len(data), data))
            kept = {digest for entry in self.entries for digest in digests(entry)}
            for (digest,) in connection.execute("SELECT digest FROM blob").fetchall():
                if digest not in kept:
                    connection.execute("DELETE FROM blob WHERE digest = ?", (digest,))
        self._project()

    def _body(self, entry: Json) -> tuple[bytes, tuple[AnyEvent, ...]]:
        """The entry's bytes, with the digest of the request that its events answer, and the events."""
        body = ledger.encode(entry)
        try:
            stored = StoredEntry(
                entry["seq"], entry["stream"], entry["version"], ledger.entry_hash(body), entry["command_id"], body
            )
            read = read_entry(stored)
            command = command_of(read.entry, read.events)
        except (WorkflowError, ValueError, TypeError):
            return body, ()
        if command is not None and entry["request_digest"] in self._requests and is_request(command):
            entry["request_digest"] = command.digest()
            body = ledger.encode(entry)
        return body, read.events

    def _project(self) -> None:
        storage = open_storage(self.database.url)
        try:
            with storage.lock() as unit:
                unit.rebuild(*projections(unit))
                unit.commit()
        except (WorkflowError, LookupError, ValueError):
            pass  # such entries give no projections; those of before stay
        finally:
            storage.close()
