"""Tells the golden story of what people answer for: required tests, findings and accepted risks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import workflow
from tests.golden.signed.telling import SignedStory
from tests.support.build import ScriptedClock
from tests.support.hands import Hands
from workflow.facts import Severity

HERE = Path(__file__).parent
ORIGIN = "holdfast.example/golden-risks"
PROCESSES = {"golden_risks": HERE / "process.yaml"}
NEWEST = {"candidate_unchanged": 2, "evidence": 2, "requirements": 2}
"""The revisions that policies had when the story was first told."""

PEOPLE = {
    "lee": ["lead"],
    "mara": ["safety"],
    "jun": ["safety"],
    "kim": ["safety", "legal"],
    "sam": ["security"],
    "ivy": ["legal"],
}


class RiskStory(SignedStory):
    """The acts of the story, each a minute after the last, and each signed where it can be."""

    process = "golden_risks"

    def __init__(self) -> None:
        self.clock = ScriptedClock()
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
        self.risks_are_accepted()

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
        self.engine.start("aurora", "model", process=self.process, authors=["kim"], label="1.0", **self.why("lee"))
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

    def risks_are_accepted(self) -> None:
        """Findings of every severity, whose risk somebody accepts for a time, or may not accept."""
        for severity in Severity:
            self.claimed.finding(
                "aurora",
                f"something {severity} is wrong",
                severity=severity,
                role="security",
                discharged_by="safety",
                **self.why("sam"),
            )
        week = self.clock.at + timedelta(days=7)
        for finding, person, until in (
            ("R3", "kim", week),
            ("R4", "ivy", week),
            ("R2", "ivy", week.replace(year=2030)),
        ):
            with self.refused():
                self.engine.accept_risk("aurora", finding, until=until, role="legal", **self.why(person))
        self.engine.accept_risk("aurora", "R2", until=week, role="legal", **self.why("ivy"))
        self.engine.accept_risk("aurora", "R3", until=week, role="legal", **self.why("ivy"))
        with self.refused():
            self.engine.advance("aurora", "host", **self.why("lee"))
        self.engine.discharge("aurora", "R4", role="safety", **self.why("mara"))
        self.approve("jun", "safety", "host")
        self.clock.forward("7d")
        with self.refused():
            self.engine.advance("aurora", "host", **self.why("lee"))
        self.engine.discharge("aurora", "R2", role="safety", **self.why("mara"))


STORY = RiskStory
