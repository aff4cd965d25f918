"""Tells the golden story of publishing: permits, what leaves, what is taken back, and what nobody can prove."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import workflow
from tests.golden.signed.telling import SignedStory
from tests.support.build import ScriptedClock
from tests.support.hands import Hands
from workflow import ExposureUnknown, PlanFile, PublishingFailed
from workflow.artifact import CandidateFiles, Manifest
from workflow.publishing import Check, Found, State
from workflow.publishing.base import OnProgress

HERE = Path(__file__).parent
ORIGIN = "holdfast.example/golden-published"
PROCESSES = {"golden_published": HERE / "process.yaml"}
NEWEST = {"candidate_unchanged": 2, "evidence": 2}
"""The revisions that policies had when the story was first told."""

PEOPLE = {"lee": ["lead"], "mara": ["safety"], "jun": ["safety"], "kim": ["safety"], "sam": ["security"]}


class Shelf:
    """A publisher without a place: ``fate`` is what becomes of a copy when it is published."""

    def __init__(self) -> None:
        self.fate: State = "published"
        self.state: State = "staged"
        self.manifest = ""

    @property
    def reference(self) -> str:
        """There is only one copy."""
        return "the-copy"

    def rehearse(self, files: CandidateFiles, destination: str) -> Sequence[Check]:
        """Nothing can be wrong."""
        return ()

    def stage(self, files: CandidateFiles, destination: str, permit: str, progress: OnProgress | None = None) -> Shelf:
        """Reads the files."""
        for file in files.manifest.files:
            list(files.read(file))
        self.state, self.manifest = "staged", files.manifest.digest
        return self

    def resume(self, manifest: Manifest, destination: str, reference: str) -> Shelf:
        """It is still there."""
        return self

    def look(self) -> Found:
        """Where it is."""
        return Found(self.state, {"shelf": "golden"})

    def verify(self, progress: OnProgress | None = None) -> str:
        """What was staged."""
        return self.manifest

    def publish(self) -> None:
        """Meets its fate."""
        self.state = self.fate
        if self.fate != "published":
            raise PublishingFailed("the shelf is not to be reached")

    def discard(self) -> None:
        """There is nothing to remove."""

    def close(self) -> None:
        """There is nothing to close."""


class PublishedStory(SignedStory):
    """The acts of the story, each a minute after the last, and each signed where it can be."""

    def __init__(self) -> None:
        self.clock = ScriptedClock()
        self.hands = Hands("ana", *PEOPLE)
        self.shelf = Shelf()
        self._engine = workflow.create_ledger(
            self.url,
            administrators=["ana"],
            threshold=1,
            rationale="the golden ledger of publishing is made",
            origin=ORIGIN,
            clock=self.clock,
            publishers={"golden:shelf": self.shelf},
        )

    def tell(self) -> None:
        """Everything, in order."""
        self.people_come_with_their_keys()
        self.it_is_not_let_out_otherwise()
        self.it_is_taken_back()
        self.it_is_let_out()
        self.nobody_can_prove_what_came_of_it()

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
        self.engine.start(
            "aurora", "model", process="golden_published", authors=["kim"], label="1.0", **self.why("lee")
        )
        self.engine.advance("aurora", "submit", **self.why("lee"))
        self.sign("mara", "safety", "approve", "host")

    def planned(self, trigger: str, to: str) -> PlanFile:
        """A permit."""
        permit = self.engine.plan("aurora", trigger, to=to, **self.why("lee")).permit
        assert permit is not None
        return permit

    def applied(self, plan: PlanFile) -> None:
        """A plan that is applied."""
        self.engine.apply(plan, target="aurora", **self.why("lee"))

    def it_is_not_let_out_otherwise(self) -> None:
        """A plain advance, a permit that has expired, a claim in place of a signature."""
        with self.refused():
            self.engine.advance("aurora", "host", **self.why("lee"))
        with self.refused():
            self.claimed.plan("aurora", "host", to="/shelf/aurora", **self.why("lee"))
        plan = self.planned("host", "/shelf/aurora")
        self.clock.forward("24h")
        with self.refused():
            self.applied(plan)

    def it_is_taken_back(self) -> None:
        """It had begun, and it is proven that nothing left."""
        self.shelf.fate = "staged"
        with pytest.raises(PublishingFailed):
            self.applied(self.planned("host", "/shelf/aurora"))
        self.shelf.fate = "published"

    def it_is_let_out(self) -> None:
        """Everybody signs anew, and it goes out."""
        self.sign("mara", "safety", "approve", "host")
        self.applied(self.planned("host", "/shelf/aurora"))

    def nobody_can_prove_what_came_of_it(self) -> None:
        """Two people look, one after the other."""
        for person in ("mara", "jun"):
            self.sign(person, "safety", "approve")
        self.shelf.fate = "unknown"
        with pytest.raises(ExposureUnknown):
            self.applied(self.planned("publish", "/library/aurora"))
        with self.refused():
            self.engine.reconcile("aurora", "L4", found="not_published", role="safety", **self.why("kim"))
        self.engine.reconcile("aurora", "L4", found="not_published", role="safety", **self.why("mara"))
        self.engine.reconcile("aurora", "L4", found="published", role="safety", **self.why("jun"))


STORY = PublishedStory
