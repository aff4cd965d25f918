"""What was written once is read, decided and written the same by every later version."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.golden.keeping import HERE, Kept
from tests.golden.later import NAMES
from tests.golden.make import told
from workflow import LedgerError, events
from workflow.audit.compare import answers, essence
from workflow.changes import Change
from workflow.ledger import Entry, decode, encode
from workflow.outcome import resolve_listing

ROOT = json.loads((HERE / "root.json").read_bytes())

EVENTS = {kind.model_fields["type"].default for kind in get_args(get_args(events.AnyEvent)[0])}
CHANGES = {kind.model_fields["op"].default for kind in get_args(get_args(Change)[0])}


@pytest.fixture(scope="module")
def kept() -> Kept:
    return Kept.read()


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return told(tmp_path_factory.mktemp("golden"))


def parsed(kept: Kept) -> list[Entry]:
    return [Entry.from_bytes(body) for body in kept.entries]


def test_the_golden_ledgers_have_every_event_and_every_change(kept: Kept) -> None:
    ledgers = [kept, *(Kept.read(HERE / name) for name in ("signed", *NAMES))]
    every = [event for ledger in ledgers for entry in parsed(ledger) for event in entry.events]

    assert {event["type"] for event in every} == EVENTS
    assert {event["change"]["op"] for event in every if "change" in event} == CHANGES


def test_the_golden_ledger_has_every_form_of_an_entry(kept: Kept) -> None:
    entries = parsed(kept)

    refused = {entry.events[0]["outcome"] for entry in entries if entry.events[0]["type"] == "command_refused"}
    assert {entry.stream for entry in entries} == {"ledger", "roster", "release/aurora", "release/borealis"}
    assert refused == {"open", "no", "error"}
    assert any(isinstance(entry.verdicts, dict) for entry in entries)
    assert any(isinstance(entry.observations, dict) for entry in entries)


def test_its_bytes_have_the_root_that_was_written_down(kept: Kept) -> None:
    assert kept.root == ROOT


def test_it_is_decided_again_to_the_same_end(kept: Kept, tmp_path: Path) -> None:
    with kept.restore(f"sqlite:///{tmp_path / 'golden.db'}") as engine:
        report = engine.audit()
        stages = {line.release: line.stage for line in engine.list()}

    assert (report.outcome, report.problems, report.not_recomputed) == ("ok", (), ())
    assert (report.entries, report.root) == (ROOT["size"], ROOT["root"])
    assert report.redecided == report.entries - 1
    assert stages == {"aurora": "public", "borealis": "withdrawn"}


def test_every_event_is_read_and_written_back_to_its_bytes(kept: Kept) -> None:
    for entry, body in zip(parsed(kept), kept.entries, strict=True):
        assert entry.to_bytes() == body
        assert encode([events.dump(event) for event in events.parse(entry.events)]) == encode(entry.events)


def test_today_s_code_writes_the_same_but_for_the_wording(kept: Kept, today: Kept) -> None:
    for written, golden in zip(parsed(today), parsed(kept), strict=True):
        assert said(written, today.blob) == said(golden, kept.blob)


def test_today_s_code_writes_the_same_processes_manifests_and_texts(kept: Kept, today: Kept) -> None:
    def lasting(kept: Kept) -> set[bytes]:
        # A list of verdicts is words, and stands in the entries that name it.
        return {blob for blob in kept.blobs if not blob.startswith(b"[")}

    assert lasting(today) == lasting(kept)
    assert set(today.texts) == set(kept.texts)


def said(entry: Entry, blob: Callable[[str], bytes | None]) -> bytes:
    """The entry's canonical bytes without how it is worded, and so without the hash of the entry before it."""
    value: dict[str, Any] = decode(entry.to_bytes())
    value["events"] = essence(entry.events)
    value["verdicts"] = answers(resolve_listing(blob, entry.verdicts))
    value["observations"] = [
        {**item, "error": True} if "error" in item else item for item in resolve_listing(blob, entry.observations)
    ]
    value["prev"] = entry.prev is not None
    return encode(value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"type": "weather_changed"}, "cannot be read"),
        ({"schema": 2}, "schema 2"),
        ({"unknown": True}, "cannot be read"),
    ],
)
def test_what_is_newer_than_this_version_is_refused(kept: Kept, change: dict[str, Any], message: str) -> None:
    event = parsed(kept)[0].events[0]

    with pytest.raises(LedgerError, match=message):
        events.parse([{**event, **change}])
