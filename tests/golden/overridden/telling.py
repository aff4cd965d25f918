"""Tells the golden story of an override: given, taken back, given again, used, and reviewed after the fact."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from tests.golden.risks.telling import RiskStory

HERE = Path(__file__).parent
PROCESSES = {"golden_overridden": HERE / "process.yaml"}
NEWEST = {"candidate_unchanged": 2, "evidence": 2, "requirements": 2}
"""The revisions that policies had when the story was first told."""


class OverrideStory(RiskStory):
    """The acts of the story, each a minute after the last, and each signed where it can be."""

    process = "golden_overridden"

    def tell(self) -> None:
        """Everything, in order."""
        self.people_come_with_their_keys()
        self.it_is_given_and_taken_back()
        self.it_is_used_and_reviewed()

    def it_is_given_and_taken_back(self) -> None:
        """By people who may, and not by an author, for another policy, or without a signature."""
        self.approve("sam", "security", "host")
        for person, policy in (("kim", "soak"), ("mara", "sign_offs")):
            with self.refused():
                self.override(person, policy)
        with self.refused():
            self.claimed.override("aurora", "host", "soak", role="safety", basis=self.basis("host"), **self.why("mara"))
        self.override("mara")
        with self.refused():
            self.engine.advance("aurora", "host", **self.why("lee"))
        self.override("jun")
        self.override("mara", decision="withdraw")
        with self.refused():
            self.engine.advance("aurora", "host", **self.why("lee"))

    def it_is_used_and_reviewed(self) -> None:
        """The move, and the requirement that it raises."""
        self.override("mara")
        self.engine.advance("aurora", "host", **self.why("lee"))
        with self.refused():
            self.engine.discharge("aurora", "R1", role="safety", **self.why("mara"))
        self.engine.advance("aurora", "pull", **self.why("mara"))
        self.clock.forward("72h")
        self.approve("sam", "security", "host")
        with self.refused():
            self.engine.advance("aurora", "host", **self.why("lee"))
        self.engine.discharge("aurora", "R1", role="legal", **self.why("ivy"))
        self.engine.advance("aurora", "host", **self.why("lee"))

    def override(self, person: str, policy: str = "soak", decision: Literal["approve", "withdraw"] = "approve") -> None:
        """Somebody's word on the override."""
        basis = self.basis("host") if decision == "approve" else None
        self.engine.override(
            "aurora", "host", policy, role="safety", decision=decision, basis=basis, **self.why(person)
        )


STORY = OverrideStory
