"""Packs whose maker leaves entries out: every proof in them holds, so what they cannot show must be said."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attacked import WHY, Lab

import workflow
from tests.pack.packing import unsealed
from tests.support.log_keys import SoftLogKey
from workflow import Engine
from workflow.ledger.checkpoint import Checkpoint
from workflow.ledger.note import ED25519, Note, NoteKey
from workflow.pack import write_pack
from workflow.storage.base import Reader, StoredEntry, StreamHead

LOG = SoftLogKey("lab.example")


class Hiding:
    """A reader that keeps some entries, and some releases, to itself."""

    def __init__(self, reader: Reader, entries: Iterable[int] = (), releases: Iterable[str] = ()) -> None:
        self._reader = reader
        self._entries = set(entries)
        self._releases = set(releases)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def stream(self, stream: str, after: int = 0) -> list[StoredEntry]:
        """A stream without what is hidden."""
        return [stored for stored in self._reader.stream(stream, after) if stored.seq not in self._entries]

    def stream_head(self, stream: str) -> StreamHead | None:
        """Where it ends then."""
        last = self.stream(stream)[-1:]
        return StreamHead(last[0].version, last[0].hash) if last else None

    def kin(self, digests: Iterable[str]) -> set[str]:
        """Its relatives without those that are hidden."""
        return self._reader.kin(digests) - self._releases


def note_over(engine: Engine) -> bytes:
    """A checkpoint of the log over everything there is."""
    proof = engine.prove_consistency(1)
    text = Checkpoint("lab.example", proof.second, bytes.fromhex(proof.second_root)).text
    key = NoteKey("lab.example", ED25519, LOG.public)
    return Note(text).with_signature(key, LOG.sign(text.encode())).to_bytes()


def packed(lab: Lab, **hidden: Any) -> Path:
    """A pack of ``aurora`` as it is now, with a genuine checkpoint, without what is hidden."""
    assert lab.engine is not None
    file = io.BytesIO()
    with lab.engine._pipeline.storage.snapshot() as reader:
        write_pack(
            file,
            Hiding(reader, **hidden),  # type: ignore[arg-type]
            "aurora",
            at=lab.clock.now(),
            by="holdfast 0.1.0",
            seals=unsealed,
            checkpoints=[note_over(lab.engine)],
        )
    path = lab.directory / "aurora.pack"
    path.write_bytes(file.getvalue())
    return path


@pytest.fixture
def out(lab: Lab) -> Lab:
    """A release that is out, and its files on a host."""
    lab.ready().advance("aurora", "publish", actor="lee", rationale=WHY)
    shutil.copytree(lab.model(), lab.directory / "host")
    return lab


def asked(lab: Lab, pack: Path, **settings: Any) -> workflow.DeployedReport:
    return workflow.verify_deployed(lab.directory / "host", pack, log_keys=[LOG.vkey], clock=lab.clock, **settings)


def test_row_45_a_withdrawal_that_was_left_out_is_found_by_an_attestation_and_said_to_be_unknown_without_one(
    out: Lab, tmp_path: Path
) -> None:
    engine = out.engine
    assert engine is not None
    before = engine.history("aurora", limit=1)[0].at
    out.clock.forward("10d")
    withdrawn = engine.withdraw("aurora", "It ends.", role="lead", actor="lee", rationale=WHY)
    whole, cut = asked(out, packed(out)), packed(out, entries=[withdrawn.entry])

    assert (whole.outcome, whole.reasons[0].code) == ("no", "withdrawn")
    report = workflow.verify_pack(cut, log_keys=[LOG.vkey])
    # Each proof in it holds. What it cannot show is said, by both checks.
    assert report.outcome == "ok"
    assert any("whether the streams that were looked at go on" in line for line in report.not_checked)
    told = asked(out, cut)
    assert told.outcome == "ok" and told.knowledge is not None
    assert (told.knowledge.at, told.knowledge.age) == (before, timedelta(days=10).total_seconds())
    assert [reason.code for reason in asked(out, cut, max_age=timedelta(days=7)).reasons] == ["too-old"]
    attestation = tmp_path / "aurora.vsa"
    attestation.write_bytes(engine.attest("aurora", LOG))
    assert [reason.code for reason in asked(out, cut, attestation=attestation).reasons] == ["withdrawn"]


def test_row_45_a_sign_off_or_anything_else_within_a_stream_cannot_be_left_out(out: Lab) -> None:
    engine = out.engine
    assert engine is not None
    # The hidden maker's own check of the chain stops at a gap; a pack that was put together by hand has one.
    for item in engine.history("aurora", limit=100)[1:-1:3]:
        with pytest.raises(workflow.LedgerError):
            packed(out, entries=[item.entry])


def test_row_45_a_relative_with_a_refusal_that_was_left_out_is_said_to_be_unknown(lab: Lab) -> None:
    lab.start("first")
    engine = lab.engine
    assert engine is not None
    engine.hold("first", role="security", actor="sam", rationale=WHY)
    lab.ready("aurora", folder=lab.model())
    refused = None
    try:
        engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    except workflow.Refused as error:
        refused = error.entry
    assert refused is not None

    whole = workflow.verify_pack(packed(lab), log_keys=[LOG.vkey])
    cut = workflow.verify_pack(packed(lab, releases=["first"]), log_keys=[LOG.vkey])

    assert whole.outcome == "ok"
    # What was refused because of the relative shows that something is missing; a move that it ought to have stopped
    # would not, so it is said.
    assert (cut.outcome, cut.first_bad) == ("failed", refused)
    assert any("whether a release that is none of them is related" in line for line in cut.not_checked)
