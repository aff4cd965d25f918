"""What follows a command follows it also where the word of its commit was lost: the checkpoint, and the bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.wire import How, Wire, commits
from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab
from tests.integration.engine.logged import Logged
from workflow import open_engine


@pytest.mark.parametrize("how", [How.BEFORE, How.AFTER, How.MIDWAY], ids=lambda how: how.name.lower())
def test_a_checkpoint_that_is_made_after_every_change_is_made_after_one_whose_commit_was_lost(
    postgres_database: str, tmp_path: Path, how: How
) -> None:
    lab = Lab(tmp_path, url=postgres_database)
    logged = Logged.named(lab)
    with (
        Wire(lab.url) as wire,
        open_engine(wire.url, clock=lab.clock, log_key=logged.key, checkpoints="always") as engine,
    ):
        cut = wire.cut(commits, how)
        lab.clock.forward("1s")
        outcome = engine.add_person("zoe", actor=ADMINISTRATOR, rationale=WHY)
        assert cut.done.is_set()
        assert (outcome.replayed, outcome.checkpoint) == (False, outcome.entry)
    lab.audited()
    lab.close()
