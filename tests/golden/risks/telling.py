"""Tells the golden story of what people answer for: required tests."""

from __future__ import annotations

from pathlib import Path

import workflow
from tests.golden.signed.telling import SignedStory
from tests.support.build import ScriptedClock
from tests.support.hands import Hands

HERE = Path(__file__).parent
ORIGIN = "holdfast.example/golden-risks"
PROCESSES = {"golden_risks": HERE / "process.yaml"}
NEWEST = {"candidate_unchanged": 2, "evidence": 2}
"""The revisions that policies had when the story was first told."""

PEOPLE = {"lee": ["lead"], "mara": ["safety"], "jun": ["safety"], "kim": ["safety"], "sam": ["security"]}


class RiskStory(SignedStory):
    """The acts of the story, each a minute after the last, and each signed where it can be."""

    def __init__(self) -> None:
        self.clock = ScriptedClock()
        self.url = "sqlite:///golden.db"
        self.hands = Hands("ana", *PEOPLE)
        self._engine = workflow.create_ledger(
            self.url,
            administrators=["ana"],
            threshold=1,
            rationale="the golden ledger of tests, findings and overrides is made",
            origin=ORIGIN,
            clock=self.clock,
        )

    def tell(self) -> None:
        """Everything, in order."""
        self.people_come_with_their_keys()
        self.tests_are_judged()

    def people_come_with_their_keys(self) -> None:
        """An administrator with a key, and everybody else."""
        self.model("model", "the first weights")
        for person, roles in PEOPLE.items():
            self.claimed.add_person(person, roles=roles, **self.why("ana"))
        for person in ("ana", *PEOPLE):
            first = person == "ana"
            (self.claimed if first else self.engine).enrol_key(
                person,
                self.hands[person].line,
                verified_by="lee" if first else "ana",
                how="In person, by the fingerprint.",
                possession=self.hands[person].possesses(ORIGIN),
                **self.why("ana"),
            )
        self.engine.start("aurora", "model", process="golden_risks", authors=["kim"], label="1.0", **self.why("lee"))
        self.engine.advance("aurora", "submit", **self.why("lee"))

    def tests_are_judged(self) -> None:
        """Done, failed and not applicable, by people who may and by an author who may not."""
        self.attach(0.12, states=self.engine.status("aurora").candidate)
        self.engine.judge_test("aurora", "red_team", "failed", role="security", **self.why("sam"))
        with self.refused():
            self.engine.judge_test("aurora", "red_team", "done", role="safety", **self.why("kim"))
        with self.refused():
            self.claimed.judge_test("aurora", "load", "done", role="safety", **self.why("mara"))
        self.engine.judge_test("aurora", "red_team", "done", role="safety", evidence=["E1"], **self.why("mara"))
        with self.refused():
            self.engine.advance("aurora", "host", **self.why("lee"))
        self.engine.judge_test("aurora", "red_team", "done", role="security", **self.why("sam"))
        self.engine.judge_test("aurora", "load", "not_applicable", role="safety", **self.why("mara"))


STORY = RiskStory
