"""The answer of an audit: what was found, what was covered, and what no such check can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workflow.audit.findings import Findings
from workflow.audit.named import Named
from workflow.audit.scope import Part, Tree
from workflow.replay import Replay
from workflow.views import AuditReport

NOT_COVERED = (
    "whether people are who they say they are, where they did not sign: there an actor is a claim",
    "whether the clock was right: of readings that go back, only the rules about time take notice",
    "whether what was observed outside (files, services) was observed truly: it is taken as recorded",
)
WHOLE_REMEMBERED = "whether entries after the remembered ones were cut off or rewritten"
NOT_REMEMBERED = (
    "whether the end was cut off or everything rewritten: compare size and root with what somebody else has kept"
)
OF_A_PART = (
    "every other stream of the ledger: only {streams} looked at, {entries} of the {size} entries that its tree has",
    "whether the streams that were looked at go on, and whether a release that is none of them is related to these",
    "what the clock read at the other entries, and whether a command id or a nonce is used in them once more",
    "whether the tree that the entries are in is that of the ledger's other entries",
)


@dataclass(frozen=True)
class Looked:
    """What an audit has looked at."""

    tree: Tree
    part: Part | None
    replay: Replay
    named: Named
    entries: int
    redecided: int
    signatures: int
    remembered: bool


def report_of(findings: Findings, looked: Looked) -> AuditReport:
    """The report on what was found."""
    problems = findings.problems
    entries = [problem.entry for problem in problems if problem.entry is not None]
    named, replay = looked.named, looked.replay
    return AuditReport(
        outcome=_outcome(findings, looked),
        origin=replay.origin,
        entries=looked.entries,
        size=looked.tree.size,
        root=looked.tree.root,
        audited=looked.part.read if looked.part else None,
        streams=len(replay.streams),
        releases=len(replay.releases),
        transitions=named.counts["transitions"],
        redecided=looked.redecided,
        refusals=named.counts["refusals"],
        signatures=looked.signatures,
        blobs=len(named.blobs),
        texts=len(named.texts),
        erased=tuple(f"entry {named.texts.get(item)}, erased by entry {seq}" for item, seq in named.erased.items()),
        withheld=tuple(named.withheld),
        problems=tuple(problems),
        first_bad=min(entries) if entries else None,
        not_recomputed=tuple(f"entry {seq}: {what}" for seq, what in findings.unmade),
        not_covered=(
            *findings.unseen,
            *_of_a_part(looked),
            *NOT_COVERED,
            WHOLE_REMEMBERED if looked.remembered else NOT_REMEMBERED,
        ),
    )


def _outcome(findings: Findings, looked: Looked) -> Literal["ok", "partial", "failed", "incomplete"]:
    if findings.problems:
        return "failed"
    if findings.unmade or findings.unseen:
        return "incomplete"
    return "partial" if looked.part else "ok"


def _of_a_part(looked: Looked) -> tuple[str, ...]:
    if looked.part is None:
        return ()
    count = len(looked.part.read)
    streams = f"{count} stream{'s were' if count != 1 else ' was'}"
    return tuple(line.format(streams=streams, entries=looked.entries, size=looked.tree.size) for line in OF_A_PART)
