"""Tells the golden story of what becomes known after a release: incidents, their end, and the end of the release."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import workflow
from tests.golden.signed.telling import SignedStory
from tests.support.build import ScriptedClock
from tests.support.hands import Hands
from workflow.artifact import build_manifest

HERE = Path(__file__).parent
ORIGIN = "holdfast.example/golden-incidents"
PROCESSES = {"golden_incidents": HERE / "process.yaml"}
NEWEST = {"candidate_unchanged": 2, "evidence": 2}
"""The revisions that policies had when the story was first told."""

PEOPLE = {"lee": ["lead"], "mara": ["safety"], "jun": ["safety"], "kim": ["safety"], "sam": ["security"]}


class IncidentStory(SignedStory):
    """The acts of the story, each a minute after the last, and each signed where it can be."""

    def __init__(self) -> None:
        self.clock = ScriptedClock()
        self.hands = Hands("ana", *PEOPLE)
        self._engine = workflow.create_ledger(
            self.url,
            administrators=["ana"],
            threshold=1,
            rationale="the golden ledger of incidents is made",
            origin=ORIGIN,
            clock=self.clock,
        )

    def tell(self) -> None:
        """Everything, in order."""
        self.a_release_goes_out()
        self.something_becomes_known()
        self.a_fix_is_held_up_and_let_go()
        self.the_release_is_withdrawn()

    def a_release_goes_out(self) -> None:
        """People come with their keys, and the first candidate leaves."""
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
        self.out("aurora", "model")

    def out(self, slug: str, model: str, **settings: list[str]) -> None:
        """A release is started, approved and published, as far as it is let."""
        self.engine.start(
            slug, model, process="golden_incidents", authors=["kim"], label="1.0", **settings, **self.why("lee")
        )
        self.engine.advance(slug, "submit", **self.why("lee"))
        for person in ("mara", "jun"):
            basis = self.claimed.explain(slug, "publish", observe=False).basis
            self.engine.sign_off(slug, "publish", role="safety", basis=basis, **self.why(person))
        if not settings:
            self.engine.advance(slug, "publish", **self.why("lee"))

    def something_becomes_known(self) -> None:
        """Of the candidate, by somebody who only says who they are, and of a weight file; both are told on."""
        known = self.clock.now() - timedelta(hours=30)
        weights = build_manifest("model").weights[0]
        by = {"known_since": known, "role": "security", "owner": "safety", "actor": "sam"}
        self.claimed.open_incident("aurora", "It answers when it is asked in verse.", **by)
        self.engine.open_incident("aurora", "The weights hold a key.", affected=[weights], rationale="It works.", **by)
        self.engine.update_incident("aurora", "R1", "In verse, and in prose.", role="safety", actor="jun", public=True)
        with self.refused():
            self.claimed.update_incident("aurora", "R1", "It is nothing.", role="safety", actor="mara")

    def a_fix_is_held_up_and_let_go(self) -> None:
        """What descends from it starts blocked, and goes on once somebody of the owner's role has signed for it."""
        self.model("fixed", "the mended weights")
        self.out("aurora-fix", "fixed", derived_from=["aurora"])
        with self.refused():
            self.engine.advance("aurora-fix", "publish", **self.why("lee"))
        fixed = {"candidates": [self.claimed.status("aurora-fix").candidate], "role": "safety"}
        with self.refused():
            self.engine.close_incident("aurora", "R1", **fixed, **self.why("kim"))
        with self.refused():
            self.claimed.close_incident("aurora", "R1", **fixed, **self.why("mara"))
        self.engine.close_incident("aurora", "R1", **fixed, **self.why("mara"))
        self.engine.close_incident("aurora", "R2", **fixed, **self.why("jun"))
        self.engine.advance("aurora-fix", "publish", **self.why("lee"))

    def the_release_is_withdrawn(self) -> None:
        """With a notice, by the gate of its process."""
        notice = "Do not use it. Use aurora-fix."
        with self.refused():
            self.claimed.withdraw("aurora", notice, role="lead", **self.why("lee"))
        with self.refused():
            self.engine.withdraw("aurora", notice, role="security", **self.why("sam"))
        self.engine.withdraw("aurora", notice, role="lead", **self.why("lee"))


STORY = IncidentStory
