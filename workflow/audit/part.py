"""The audit of some streams, in one go and in the order of their entries."""

from __future__ import annotations

from collections.abc import Callable
from heapq import merge

from workflow.audit.anchors import Anchors
from workflow.audit.around import look_around
from workflow.audit.beside import Beside
from workflow.audit.course import Course
from workflow.audit.findings import Findings
from workflow.audit.found import Found
from workflow.audit.links import check_once
from workflow.audit.listed import UNLISTED, listed_of
from workflow.audit.means import Means
from workflow.audit.named import Piled
from workflow.audit.pool import Told
from workflow.audit.report import Looked, report_of
from workflow.audit.scope import Part
from workflow.errors import LedgerError
from workflow.ledger import release_stream
from workflow.replay import Replay
from workflow.rulebook import Rulebook
from workflow.storage.base import Reader, StoredEntry
from workflow.views import AuditProblem, AuditReport

PROGRESS_EVERY = 100


def audit_part(
    reader: Reader,
    rulebook: Rulebook,
    part: Part,
    anchors: Anchors,
    means: Means,
    beside: list[AuditProblem],
    progress: Callable[[int, int], None] | None,
) -> AuditReport:
    """Checks some streams of a ledger; the report says what that leaves out."""
    around = Findings()
    if part.listed:
        look_around(reader, rulebook, part, means, around, _told(progress, part.tree.size))
        progress = None
    replay, piled = Replay(reader), Piled(None, 0)
    course = Course(reader, rulebook, replay, part.tree, piled, clock_known=False)
    seen = _walk(course, reader, part, replay, progress)
    found = course.found
    found.again(around.found)
    if not seen:
        course.findings.problem("missing", "there is no entry: not even a genesis")
    check_once(piled.once.read(0), course.findings)
    found.in_order()
    if found.undecided is not None and found.lost is not None:
        course.findings.not_looked_at(undecided(found), found.lost[1])
    after = Findings()
    kept = Beside(reader, after, part.withheld, strict=False, listed=False)
    with after.damage("unreadable", "what the entries name cannot be read to its end"):
        kept.check_blobs(piled.blobs.read(0))
    erased = []
    with after.damage("unreadable", "the texts cannot be read to their end"):
        erased = kept.check_texts(piled.texts.read(0))
    if part.listed:
        _check_listed(reader, replay, after, found)
    fits = anchors.check(reader, replay.origin, part.tree, after)
    found.add(after.found)
    found.problems += beside
    found.counts["streams"], found.counts["releases"] = len(replay.streams), len(replay.releases)
    looked = Looked(
        replay.origin, part.tree.size, part.tree.root, seen, part.read, fits, anchors.has_tree, around=part.listed
    )
    return report_of(found, erased, looked)


def _told(progress: Callable[[int, int], None] | None, size: int) -> Told:
    done = 0

    def told(entries: int) -> None:
        nonlocal done
        done += entries
        if progress is not None:
            progress(min(done, size), size)

    return told


def undecided(found: Found) -> str:
    """The entries that were not decided again."""
    count, first, last = found.undecided or (0, 0, 0)
    return f"{count} of the entries {first} to {last}, decided again"


def _walk(
    course: Course, reader: Reader, part: Part, replay: Replay, progress: Callable[[int, int], None] | None
) -> int:
    seen = last = 0
    findings, heard = course.findings, list(reversed(part.heard))
    try:
        for stored in merge(*map(reader.stream, part.read), key=_seq):
            seen, last = seen + 1, stored.seq
            with findings.damage("tree", f"entry {last} is not in the ledger", last, stored.stream):
                part.tree.check(last, bytes.fromhex(stored.hash))
            while heard and heard[-1][0] < last:
                replay.hear(heard.pop()[1])
            read = course.read(stored)
            if read is not None:
                course.take(read, replay.before)
            if progress and seen % PROGRESS_EVERY == 0:
                progress(seen, seen)
    except LedgerError as error:
        findings.problem("unreadable", f"nothing can be read from here on: {error.message}", last + 1)
        course.found.lose(last + 1, f"nothing can be read from entry {last + 1} on")
    return seen


def _seq(stored: StoredEntry) -> int:
    return stored.seq


def _check_listed(reader: Reader, replay: Replay, findings: Findings, found: Found) -> None:
    with findings.damage("projection", "the list of releases cannot be compared with the entries"):
        for slug, state in sorted(replay.releases.items()):
            if (why := found.broken.get(release_stream(slug))) is not None:
                findings.not_looked_at(f"what the list says of {slug}, and its relatives", why)
                continue
            if listed_of(reader, slug) != replay.listed(state):
                findings.problem("projection", UNLISTED.format(slug=slug))
