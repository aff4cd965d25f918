"""The answer of an audit: what was found, what was covered, and what no such check can tell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from workflow.audit.found import Found
from workflow.views import AuditProblem, AuditReport, Signer

NAMED_STREAMS = 5

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
OF_A_PART_SURVEYED = (
    "every other stream of the ledger, but for its bytes: only {streams} looked at, {entries} of the {size} entries",
    OF_A_PART[2],
)


_ENDS = frozenset({"tree", "rewritten", "rolled-back"})
_BESIDE = frozenset({"projection", "protection"})
_OF_BYTES = frozenset({"altered", "missing", "out-of-place", "unreadable"})

_TELLING = ("rewritten", "rolled-back", "tree", "link", "altered", "missing", "unreadable", "not-allowed")
"""What is told first of what is wrong at no single entry. What is left over or derived is often only a consequence."""


@dataclass(frozen=True)
class Looked:
    """What an audit has looked at: of a whole ledger, or of the streams of ``part``.

    ``fits`` says how far it is what others have kept of it, and ``around`` whether the bytes of all other entries were
    looked at too.
    """

    origin: str
    size: int
    root: str
    entries: int
    part: tuple[str, ...] | None
    fits: tuple[str, ...]
    remembered: bool
    around: bool = False


def report_of(found: Found, erased: list[tuple[int, str]], looked: Looked) -> AuditReport:
    """The report on what was found."""
    entries = [problem.entry for problem in found.problems if problem.entry is not None]
    counts = found.counts
    return AuditReport(
        outcome=_outcome(found, looked),
        origin=looked.origin,
        entries=looked.entries,
        size=looked.size,
        root=looked.root,
        audited=looked.part,
        streams=counts["streams"],
        releases=counts["releases"],
        transitions=counts["transitions"],
        redecided=counts["redecided"],
        refusals=counts["refusals"],
        signatures=counts["signatures"],
        blobs=counts["blobs"],
        texts=counts["texts"],
        erased=tuple(words for _, words in erased),
        withheld=tuple(found.withheld),
        problems=tuple(sorted(found.problems, key=_telling)),
        more=found.more,
        first_bad=min(entries) if entries else None,
        trusted=(
            *_trusted(found, looked, min(entries, default=None)),
            *(f"{line}{_but_for(found)}" for line in looked.fits),
        ),
        signed_facts=dict(sorted(found.signed.items())),
        asserted_facts=dict(sorted(found.asserted.items())),
        signers=tuple(
            Signer(actor=actor, key=key, entries=ranges(seqs)) for (actor, key), seqs in sorted(found.signers.items())
        ),
        not_recomputed=tuple(f"entry {seq}: {what}" for seq, what in found.unmade),
        not_covered=(
            *found.unseen,
            *_of_a_part(looked),
            *NOT_COVERED,
            WHOLE_REMEMBERED if looked.remembered else NOT_REMEMBERED,
        ),
    )


def _telling(problem: AuditProblem) -> tuple[int, int]:
    """The place of a problem: by its entry, and of those of no entry, what says most of the ledger first."""
    if problem.entry is not None:
        return problem.entry, 0
    return 0, _TELLING.index(problem.kind) if problem.kind in _TELLING else len(_TELLING)


def _outcome(found: Found, looked: Looked) -> Literal["ok", "partial", "failed", "incomplete"]:
    if found.problems:
        return "failed"
    if found.unmade or found.unseen:
        return "incomplete"
    return "partial" if looked.part else "ok"


def _trusted(found: Found, looked: Looked, first_bad: int | None) -> Iterator[str]:
    """What damage leaves that can be trusted; nothing is said of it where there is none."""
    if not found.problems:
        return
    if first_bad is None and any(problem.kind in _ENDS for problem in found.problems):
        yield "every entry that was looked at, by itself; not that they are all that there were"
    elif first_bad is None:
        yield "every entry that was looked at: what is wrong stands beside them"
    elif first_bad > 1:
        which = "that were looked at " if looked.part else ""
        yield f"entries 1 to {first_bad - 1} {which}by themselves: each is whole, continues its stream and was allowed"
    else:
        yield "no entry by itself"
    named = {problem.stream for problem in found.problems if problem.stream}
    # What is wrong in no stream that is named may be wrong in any.
    sure = all(problem.stream or problem.kind in _BESIDE for problem in found.problems)
    if named and sure and first_bad is not None and not found.more:
        yield f"streams without any problem of their own: all but {', '.join(sorted(named)[:NAMED_STREAMS])}" + (
            f" and {len(named) - NAMED_STREAMS} more" if len(named) > NAMED_STREAMS else ""
        )


def _but_for(found: Found) -> str:
    """The tree is over the hashes that stand beside the entries: bytes that do not have theirs are not in it."""
    damaged = any(problem.entry is not None and problem.kind in _OF_BYTES for problem in found.problems)
    return ", but for what is named as damaged" if damaged else ""


def ranges(seqs: Iterable[int]) -> str:
    """Some numbers in a few words, as ``3, 7-9``."""
    parts: list[list[int]] = []
    for seq in sorted(seqs):
        if parts and seq == parts[-1][1] + 1:
            parts[-1][1] = seq
        else:
            parts.append([seq, seq])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in parts)


def _of_a_part(looked: Looked) -> tuple[str, ...]:
    if looked.part is None or looked.entries == looked.size:
        return ()
    streams = f"{len(looked.part)} stream{'s were' if len(looked.part) != 1 else ' was'}"
    told: tuple[str, ...] = OF_A_PART_SURVEYED if looked.around else OF_A_PART
    told = told if looked.entries < looked.size else told[1:]  # no entry is in any other stream
    return tuple(line.format(streams=streams, entries=looked.entries, size=looked.size) for line in told)
