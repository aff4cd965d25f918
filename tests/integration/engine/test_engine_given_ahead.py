"""A signed word counts for what its maker had seen, and what somebody merely claims takes nobody's word away."""

from __future__ import annotations

import pytest

from tests.integration.engine.keyed import Keyed
from tests.integration.engine.lab import ADMINISTRATOR, WHY, refused
from workflow import InvalidInput
from workflow.changes import ProcessChartered
from workflow.commands import MakeStatement, ProposeChange
from workflow.process import Exposure


def test_a_statement_that_was_kept_back_is_not_one_of_a_later_round(keyed: Keyed) -> None:
    keyed.in_review()
    said = MakeStatement(actor="mara", release="aurora", role="safety", public=True, text="rationale")
    held = keyed.held_back(said, keyed.hands["mara"])
    keyed.advance("return")
    keyed.advance("submit")

    with refused("other-statement"):
        keyed.hand_in(held)
    keyed.audited()


def test_nobody_stops_an_administrator_s_key_by_a_claim(keyed: Keyed) -> None:
    key = keyed.hands[ADMINISTRATOR].fingerprint

    with refused("unsigned"):
        keyed.claimed.suspend_key(key, actor=ADMINISTRATOR, rationale=WHY)
    keyed.audited()


def test_whoever_suspends_their_own_key_does_not_come_back_from_a_recusal(keyed: Keyed) -> None:
    keyed.in_review()
    keyed.sign("mara", "publish", decision="recuse")
    keyed.tick().suspend_key(keyed.hands["mara"].fingerprint, actor="mara", rationale=WHY)

    pipeline = keyed.claimed._pipeline
    with pipeline.turn, pipeline.storage.snapshot() as reader:
        release = pipeline.world(reader, "aurora").release
    assert release is not None
    assert "mara" in release.recused
    keyed.audited()


@pytest.mark.parametrize("name", ["another_name", "lab"])
def test_the_charter_takes_a_process_by_its_own_name_alone(keyed: Keyed, name: str) -> None:
    process = keyed.signed(version=7)
    change = ProcessChartered(process=process.digest, name=name, exposure=Exposure.INTERNAL)
    command = ProposeChange(actor=ADMINISTRATOR, change=change)
    if name == process.name:
        keyed.claimed._pipeline.execute(command, {"rationale": WHY}, blobs=(process.canonical,), signer=keyed.hands)
    else:
        with pytest.raises(InvalidInput, match="is called lab"):
            keyed.claimed._pipeline.execute(command, {"rationale": WHY}, blobs=(process.canonical,), signer=keyed.hands)
    keyed.audited()
