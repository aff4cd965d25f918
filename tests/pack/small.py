"""A pack that is as small as one can be: of a release that was only just started, by somebody who signs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

import workflow
from tests.pack.packing import checkpoint_of, log_of, packed
from tests.support.parts import ScriptedClock
from workflow import Exposure

PROCESS = """
process: tiny
version: 1
means: small
started_by: [lead]
roles:
  lead: {means: runs it, authority: advice}
stages:
  inside: {exposure: internal, means: in}
  withdrawn: {exposure: internal, means: over}
transitions:
  withdraw: {from: inside, to: withdrawn, means: over, gate: [{actor: {roles: [lead]}}]}
"""


def small(directory: Path) -> bytes:
    """The pack, with a checkpoint."""
    (directory / "model").mkdir()
    (directory / "model" / "weights").write_bytes(b"weights")
    (directory / "tiny.yaml").write_text(PROCESS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("workflow.shipped", dict)
        engine = workflow.create_ledger(
            f"sqlite:///{directory / 'small.db'}",
            administrators=["ana"],
            rationale="to be small",
            origin="small.example",
            clock=ScriptedClock(),
        )
    with engine:
        process = engine.load_process(directory / "tiny.yaml")
        engine.allow_process(process, Exposure.INTERNAL, actor="ana", rationale="it is small")
        engine.add_person("lee", roles=["lead"], actor="ana", rationale="leads it")
        engine.start("a", directory / "model", process="tiny", authors=["kim"], actor="lee", rationale="it begins")
        checkpoint = checkpoint_of(engine)
        return packed(engine, "a", checkpoint=log_of(checkpoint.origin).sign(checkpoint).to_bytes())
