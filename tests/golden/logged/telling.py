"""Tells the golden story of a log's own key: named, replaced by the next, and who could be taken for it."""

from __future__ import annotations

from pathlib import Path

import pytest

import workflow
from tests.golden.signed.telling import SignedStory
from tests.support.build import ScriptedClock
from tests.support.hands import Hands
from workflow import InvalidInput, Refused
from workflow.ledger.note import ED25519, NoteKey

HERE = Path(__file__).parent
ORIGIN = "holdfast.example/golden-log"
PROCESSES = {"golden_log": HERE / "process.yaml"}
NEWEST = {"candidate_unchanged": 2, "evidence": 2}
"""The revisions that policies had when the story was first told."""


class LoggedStory(SignedStory):
    """The acts of the story, each a minute after the last, and each signed where it can be."""

    def __init__(self) -> None:
        self.clock = ScriptedClock()
        # Those of the log are hands like others here: of a key, the ledger knows the public half.
        self.hands = Hands("ana", "sre", "lee", "the first log", "the second log")
        self._engine = workflow.create_ledger(
            self.url,
            administrators=["ana", "sre"],
            threshold=2,
            rationale="the golden ledger of a log's keys is made",
            origin=ORIGIN,
            clock=self.clock,
        )

    def vkey(self, hand: str) -> str:
        """The key as checkpoints name it."""
        return str(NoteKey(ORIGIN, ED25519, self.hands[hand].public.numbers.point))

    def tell(self) -> None:
        """Everything, in order."""
        self.a_key_is_named_by_claims()
        self.the_next_one_is_named_by_signatures()
        self.nobody_has_the_log_s_key()

    def a_key_is_named_by_claims(self) -> None:
        """Two of two administrators name the first key, before the roster has keys."""
        self.claimed.add_person("lee", **self.why("ana"))
        self.claimed.approve_change("C1", **self.why("sre"))
        self.claimed.name_log_key(self.vkey("the first log"), **self.why("ana"))
        self.claimed.approve_change("C2", **self.why("sre"))

    def the_next_one_is_named_by_signatures(self) -> None:
        """The administrators get keys, and name the next key of the log."""
        for number, person in enumerate(("ana", "sre"), 3):
            self.claimed.enrol_key(
                person,
                self.hands[person].line,
                verified_by="lee",
                how="In person, by the fingerprint.",
                possession=self.hands[person].possesses(ORIGIN),
                **self.why("ana"),
            )
            self.claimed.approve_change(f"C{number}", **self.why("sre"))
        self.engine.name_log_key(self.vkey("the second log"), **self.why("ana"))
        self.engine.approve_change("C5", **self.why("sre"))

    def nobody_has_the_log_s_key(self) -> None:
        """What would make the key somebody's, or an old one count again, cannot be meant; an outsider is refused."""
        with pytest.raises(InvalidInput):
            self.engine.name_log_key(self.vkey("the first log"), **self.why("ana"))
        with pytest.raises(Refused):
            self.claimed.name_log_key(self.vkey("lee"), **self.why("lee"))


STORY = LoggedStory
