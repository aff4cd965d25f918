"""One audit in a process of its own, and how long each part of it took."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, ClassVar

from workflow import open_engine
from workflow.audit import means
from workflow.audit.desk import Desk, Job, Walk
from workflow.audit.findings import Findings
from workflow.audit.pool import Pool, Told
from workflow.audit.signatures import Signatures
from workflow.folding import read_entry

SIGNED = "--signed"


@dataclass(frozen=True)
class Verify:
    """The signatures of one hand, and nothing else, timed."""

    walk: Walk

    @property
    def entries(self) -> int:
        """How many entries it looks at."""
        return self.walk.entries

    def run(self, desk: Desk) -> tuple[int, float]:
        """Does it."""
        desk.timeline(self.walk.own)
        findings = Findings()
        signatures = Signatures(findings, desk.reader.blob, desk.notes.levels)
        spent = 0.0
        for stored in desk.stored(desk.hands.read(self.walk.hand)):
            read = read_entry(stored)
            begun = perf_counter()
            signatures.check(read)
            spent += perf_counter() - begun
        assert not findings.found.problems, findings.found.problems
        return findings.found.counts["signatures"], spent


class Timed(Pool):
    """Notes how long each kind of job took, all of them together; and verifies the signatures once more, alone."""

    spent: ClassVar[dict[str, float]] = {}
    signatures: ClassVar[tuple[int, float]] = (0, 0.0)

    def run(self, jobs: Sequence[Job], told: Told) -> list[Any]:
        """Does all jobs."""
        begun = perf_counter()
        results = super().run(jobs, told)
        kind = type(jobs[0]).__name__
        Timed.spent[kind] = Timed.spent.get(kind, 0.0) + perf_counter() - begun
        if kind == "Walk":
            found = super().run([Verify(job) for job in jobs] if SIGNED in sys.argv else [], told)
            Timed.signatures = sum(count for count, _ in found), sum(seconds for _, seconds in found)
        return results


def one_audit(url: str) -> None:
    """Audits a ledger, and prints how long each part took: what the process of its own does."""
    means.Pool = Timed  # type: ignore[misc]
    with open_engine(url) as engine:
        begun = perf_counter()
        # Also a short ledger, which takes one process in use, is to be measured on every core.
        report = engine.audit(workers=len(os.sched_getaffinity(0)))
        took = perf_counter() - begun
    assert report.outcome == "ok", report.problems[:3]
    count, seconds = Timed.signatures
    print(
        json.dumps(
            {
                "entries": report.entries,
                "redecided": report.redecided,
                "seconds": took,
                **Timed.spent,
                "signatures": count,
                "signing": seconds,
            }
        )
    )
