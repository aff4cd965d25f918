"""What is told outside of a decision, attacked by somebody who owns the database: it is told of what the rules let out."""

from __future__ import annotations

import json

import pytest
from attacked import Lab
from forger import Forger

from tests.support.log_keys import SoftLogKey
from workflow import LedgerError


def unallowed_move(forger: Forger) -> int:
    """The publication without a sign-off that it rested on, and everything made to fit."""
    forger.entries.remove(forger.find("text_erased"))
    forger.entries.remove(forger.find("sign_off_recorded", id="S6"))
    return forger.entries.index(forger.find("transition_made", trigger="publish")) + 1


def test_row_44_a_move_that_the_rules_would_not_have_made_is_attested_by_nobody(copy: Lab) -> None:
    forger = Forger(copy.path)
    unallowed_move(forger)
    forger.seal()
    engine = copy.open()
    assert engine.audit().outcome == "failed"

    with pytest.raises(LedgerError):
        engine.attest("aurora", SoftLogKey("lab.example"))
