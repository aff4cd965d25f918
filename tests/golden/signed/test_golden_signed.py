"""What people once signed is verified, decided and written the same by every later version."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from tests.golden.keeping import HERE as GOLDEN
from tests.golden.keeping import Kept
from tests.golden.later import NAMES
from tests.golden.signed.make import told
from tests.golden.signed.telling import HERE
from tests.golden.test_golden import parsed, said
from workflow import events, statement
from workflow.ledger import decode, encode
from workflow.statement import ACT, MEASUREMENT, POSSESSION, REQUEST

ROOT = json.loads((HERE / "root.json").read_bytes())

REQUESTS = {"roster", "approve_change", "erase", "away", "back", "suspend_key", "restore_protection"}
REFUSALS = {"unsigned", "signature-invalid", "pin", "new-key", "not-possessed"}


@pytest.fixture(scope="module")
def kept() -> Kept:
    return Kept.read(HERE)


@pytest.fixture(scope="module")
def today(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    return told(tmp_path_factory.mktemp("golden"))


def signed(kept: Kept) -> list[dict[str, Any]]:
    """The statements of everything that was signed and taken."""
    return [
        decode(kept.blob(entry.proof["statement"]) or b"")
        for entry in parsed(kept)
        if entry.proof["kind"] == "sshsig" and entry.events[0]["type"] != "command_refused"
    ]


def test_its_bytes_have_the_root_that_was_written_down(kept: Kept) -> None:
    assert kept.root == ROOT


def test_it_is_verified_and_decided_again_to_the_same_end(kept: Kept, tmp_path: Any) -> None:
    with kept.restore(f"sqlite:///{tmp_path / 'golden.db'}") as engine:
        report = engine.audit()
        roster = engine.roster()
        stages = {line.release: (line.stage, line.process_label) for line in engine.list()}

    assert (report.outcome, report.problems, report.not_recomputed) == ("ok", (), ())
    assert (report.entries, report.root) == (ROOT["size"], ROOT["root"])
    assert report.redecided == report.entries - 1
    assert report.signatures >= len(signed(kept))
    assert (roster.keyed, roster.able) == (True, ("ana", "bob", "cid"))
    assert stages == {"aurora": ("withdrawn", "golden_signed@2")}


def test_it_and_the_later_ones_have_every_act_and_every_request_that_can_be_signed(kept: Kept) -> None:
    first = {
        entry.events[0]["type"]
        for ledger in (kept, *(Kept.read(GOLDEN / name) for name in NAMES))
        for entry in parsed(ledger)
        if entry.proof["kind"] == "sshsig" and entry.events[0].get("binding")
    }
    requests = {value["predicate"]["request"]["command"] for value in signed(kept) if value["predicateType"] == REQUEST}

    assert first == {
        kind.model_fields["type"].default
        for kind in get_args(get_args(events.AnyEvent)[0])
        if "binding" in kind.model_fields
    }
    assert requests == REQUESTS
    kinds = {decode(blob)["predicateType"] for blob in kept.blobs if blob.startswith(b'{"_type"')}
    assert kinds == {ACT, REQUEST, POSSESSION, MEASUREMENT}


def test_it_has_every_way_in_which_a_signature_is_refused(kept: Kept) -> None:
    refused = {entry.events[0]["code"] for entry in parsed(kept) if entry.events[0]["type"] == "command_refused"}

    assert refused >= REFUSALS


def test_every_statement_is_read_and_every_event_is_written_back_to_its_bytes(kept: Kept) -> None:
    for blob in kept.blobs:
        if blob.startswith(b'{"_type"'):
            assert statement.read(blob).predicate == decode(blob)["predicate"]
    for entry, body in zip(parsed(kept), kept.entries, strict=True):
        assert entry.to_bytes() == body
        assert encode([events.dump(event) for event in events.parse(entry.events)]) == encode(entry.events)


def test_today_s_code_writes_the_same_but_for_the_wording(kept: Kept, today: Kept) -> None:
    for written, golden in zip(parsed(today), parsed(kept), strict=True):
        assert _unrooted(said(written, today.blob)) == _unrooted(said(golden, kept.blob))


def test_today_s_code_signs_the_same_words(kept: Kept, today: Kept) -> None:
    """A statement names the tree that its signer saw, and so the wording of everything before; the rest is fixed."""
    for written, golden in zip(signed(today), signed(kept), strict=True):
        assert {**written["predicate"], "tree": None} == {**golden["predicate"], "tree": None}


def _unrooted(entry: bytes) -> dict[str, Any]:
    """An entry without the digests of what was signed, which cover the tree before it."""
    value: dict[str, Any] = decode(entry)
    if value["proof"]["kind"] == "sshsig":
        value["proof"] = {**value["proof"], "statement": None, "signature": None}
    return value
