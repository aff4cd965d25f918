"""Small true things that tests are made of: a clock that is told what to read, candidates, reports, a process."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from policies.actor import Actor
from workflow.clock import parse_duration, timestamp
from workflow.evidence import EvidenceReport, Metric
from workflow.facts import CandidateFacts
from workflow.policy import Policy
from workflow.process import Exposure, PolicySpec, Process, Role, Stage, StageHold, Transition

ORIGIN = "holdfast.example/tests"
START = datetime(2025, 7, 1, 9, tzinfo=UTC)
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "lee": ("lead",),
    "mara": ("safety",),
    "jun": ("safety",),
    "priya": ("safety", "security"),
    "sam": ("security",),
    "ivy": ("legal",),
    "ada": ("safety", "lead"),
}
"""Who holds which role. ``lee`` starts releases, and ``ada`` is the author of every candidate that names no other."""


class ScriptedClock:
    """A clock that reads what the test says, and stands still in between."""

    def __init__(self, at: datetime = START) -> None:
        self.at = at

    def now(self) -> datetime:
        """The reading that was set last."""
        return self.at

    def forward(self, duration: str) -> datetime:
        """Lets a length of time pass, such as ``72h``."""
        self.at += parse_duration(duration)
        return self.at

    def back(self, duration: str) -> datetime:
        """Sets the clock back by a length of time."""
        self.at -= parse_duration(duration)
        return self.at


def digest_of(text: str) -> str:
    """A digest that stands for whatever the text names."""
    return hashlib.sha256(text.encode()).hexdigest()


def candidate(
    label: str = "first",
    *,
    authors: Sequence[str] = ("ada",),
    parents: Sequence[str] = (),
    weights: Sequence[str] | None = None,
) -> CandidateFacts:
    """A candidate whose manifest and, unless others are named, whose weights are digests of its label."""
    files = [f"weights of {label}"] if weights is None else weights
    return CandidateFacts(
        digest=digest_of(label),
        components=("weights",),
        files=1,
        size=1,
        weights=tuple(digest_of(name) for name in files),
        authors=tuple(authors),
        parents=tuple(parents),
        label=label,
    )


def report(
    value: str | None = "0.10",
    *,
    name: str = "bio_uplift",
    kind: str = "inspect",
    stderr: str | None = "0.01",
    samples: int = 400,
    completed_at: datetime | None = START,
    **changes: Any,
) -> EvidenceReport:
    """A conclusive report of one metric, ``accuracy``."""
    metric = Metric.model_validate({"name": "accuracy", "value": value, "stderr": stderr, "scorer": "match"})
    facts: dict[str, Any] = {
        "reader": "tests@1",
        "kind": kind,
        "name": name,
        "status": "conclusive",
        "metrics": (metric,),
        "samples": samples,
        "completed_at": timestamp(completed_at) if completed_at else None,
    }
    return EvidenceReport.model_validate({**facts, **changes})


def spec(policy: Policy) -> PolicySpec:
    """The policy as it stands in a resolved process."""
    params = policy.model_dump(mode="json", by_alias=True)
    return PolicySpec(policy=policy.rule, revision=policy.revision, params=params)


def process(gates: Mapping[str, Sequence[Policy]] | None = None, *, name: str = "open", solo: bool = False) -> Process:
    """A process of six stages; a transition whose gate is not given asks only for a ``lead``."""
    wanted = gates or {}
    ways: dict[str, tuple[tuple[str, ...], str]] = {
        "submit": (("testing",), "review"),
        "host": (("review",), "hosted"),
        "publish": (("review", "hosted"), "public"),
        "wait": (("review",), "delay"),
        "resume": (("delay",), "review"),
        "back": (("review", "hosted"), "testing"),
        "withdraw": (("review", "hosted", "public"), "withdrawn"),
    }
    return Process(
        name=name,
        version=1,
        solo=solo,
        started_by=("lead",),
        roles=(
            Role(name="lead"),
            Role(name="safety"),
            Role(name="security"),
            Role(name="legal", authority="advice"),
        ),
        stages=(
            Stage(name="testing", exposure=Exposure.INTERNAL),
            Stage(name="review", exposure=Exposure.INTERNAL),
            Stage(name="delay", exposure=Exposure.INTERNAL, hold=StageHold(role="safety", count=1)),
            Stage(name="hosted", exposure=Exposure.HOSTED),
            Stage(name="public", exposure=Exposure.WEIGHTS),
            Stage(name="withdrawn", exposure=Exposure.INTERNAL),
        ),
        transitions=tuple(
            Transition(
                trigger=trigger,
                sources=sources,
                dest=dest,
                gate=tuple(spec(policy) for policy in wanted.get(trigger) or (Actor(roles=("lead",)),)),
            )
            for trigger, (sources, dest) in ways.items()
        ),
    )
