"""Pins that stand for the beginning of a ledger, and packs of somebody who goes on from there by themselves."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacked import WHY, Lab
from signed_lab import SignedLab

import workflow
from workflow import DeployedReport, Engine
from workflow.cli import Session, run


def asked(lab: Lab, engine: Engine, **anchors: object) -> DeployedReport:
    """What a host is told that has the files of a release and its pack."""
    pack = lab.directory / "aurora.pack"
    engine.export("aurora", pack, replace=True)
    files = lab.directory / "host"
    shutil.copytree(lab.model(), files, dirs_exist_ok=True)
    return workflow.verify_deployed(files, pack, clock=lab.clock, **anchors)  # type: ignore[arg-type]


def codes(report: DeployedReport) -> list[str]:
    return [reason.code for reason in report.reasons]


def test_row_48_a_release_that_somebody_made_up_after_a_pinned_beginning_is_vouched_for_by_nobody(lab: Lab) -> None:
    assert lab.engine is not None
    pins = lab.engine.anchors()
    # Nobody signs here: whoever has a copy of the ledger goes on in everybody's name.
    engine = lab.ready()
    engine.advance("aurora", "publish", actor="lee", rationale=WHY)

    report = asked(lab, engine, pinned=pins)

    assert (report.outcome, codes(report)) == ("unknown", ["not-vouched"])
    last = engine.history("aurora", limit=1)[0]
    assert asked(lab, engine, pinned={last.entry: last.hash}).outcome == "ok"


@pytest.fixture
def published(signed: SignedLab) -> Iterator[SignedLab]:
    """A release that everybody signed for, and that is out."""
    signed.approve()
    assert signed.engine is not None
    signed.engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    yield signed


def test_row_48_the_pinned_keys_of_the_administrators_vouch_for_what_was_signed_and_the_genesis_alone_for_nothing(
    published: SignedLab,
) -> None:
    engine = published.engine
    assert engine is not None
    anchors = engine.anchors()
    assert len(anchors) > 1

    assert asked(published, engine, pinned=anchors).outcome == "ok"
    for some in ({1: anchors[1]}, {seq: digest for seq, digest in anchors.items() if seq != 1}):
        report = asked(published, engine, pinned=some)
        assert (report.outcome, codes(report)) == ("unknown", ["not-vouched"])


def test_row_48_one_administrator_s_pinned_key_does_not_stand_for_the_other_s(published: SignedLab) -> None:
    engine = published.engine
    assert engine is not None
    anchors = engine.anchors()
    first = min(seq for seq in anchors if seq != 1)

    report = asked(published, engine, pinned={1: anchors[1], first: anchors[first]})

    assert (report.outcome, codes(report)) == ("unknown", ["not-vouched"])


def test_row_48_a_pin_of_the_release_stands_for_nothing_that_came_after_it(
    published: SignedLab,
) -> None:
    engine = published.engine
    assert engine is not None
    entries = engine.history("aurora", limit=100)
    decided, before = entries[0], entries[1]

    assert asked(published, engine, pinned={decided.entry: decided.hash}).outcome == "ok"
    report = asked(published, engine, pinned={before.entry: before.hash})
    assert (report.outcome, codes(report)) == ("unknown", ["beyond-checkpoint"])


def test_row_48_a_made_up_ledger_is_vouched_for_by_nothing_that_lies_beside_its_pack(lab: Lab, tmp_path: Path) -> None:
    engine = lab.ready()
    engine.advance("aurora", "publish", actor="lee", rationale=WHY)
    handed = tmp_path / "handed" / "below"
    handed.mkdir(parents=True)
    engine.export("aurora", handed / "aurora.pack")
    last = engine.history("aurora", limit=1)[0]
    pins = json.dumps([f"{seq}:{digest}" for seq, digest in {**engine.anchors(), last.entry: last.hash}.items()])
    for place in (handed, handed.parent):
        (place / "holdfast.toml").write_text(f'pinned = {pins}\npolicies = ["planted:Yes"]\n')
        (place / "planted.py").write_text("raise SystemExit(0)\n")

    for args in (("audit", "verify"), ("report",)):
        out = io.StringIO()
        session = Session(handed, {"NO_COLOR": "1"}, io.StringIO(), out, io.StringIO(), clock=lab.clock)
        assert run([*args, "--pack", "aurora.pack", "--json"], session=session) == 8
        told = json.loads(out.getvalue())
        told = told["proof"]["pack"] if "proof" in told else told
        assert (told["outcome"], told["vouched"], told["anchors"]) == ("incomplete", False, [])
