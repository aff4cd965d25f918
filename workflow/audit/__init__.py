"""The audit: everything again from nothing, with the recorded rules over what was known at each entry.

It trusts the entries' bytes and nothing else. Every decision is made anew and compared, so that an entry which the
rules would not have allowed is found, even where all hashes fit. What cannot be made anew is said, and never counts as
checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from workflow.audit.anchors import Anchors, Remembered
from workflow.audit.around import look_around
from workflow.audit.findings import Findings
from workflow.audit.means import Means, nobody
from workflow.audit.part import audit_part
from workflow.audit.scope import KeptTree, Part, Tree, of_release
from workflow.audit.whole import audit_whole
from workflow.checkpoints import Vouched
from workflow.drafting import next_head
from workflow.errors import LedgerError
from workflow.folding import fold_release, read_entry
from workflow.pins import Pins
from workflow.replay import OWN, States
from workflow.rulebook import Rulebook
from workflow.storage.base import Head, Listed, Reader, Storage
from workflow.views import AuditProblem, AuditReport

__all__ = [
    "KeptTree",
    "Means",
    "Part",
    "Remembered",
    "Tree",
    "audit",
    "beside_the_entries",
    "check_around",
    "of_release",
    "projections",
]


def audit(
    reader: Reader,
    rulebook: Rulebook,
    beside: Sequence[AuditProblem] = (),
    progress: Callable[[int, int], None] | None = None,
    remembered: Remembered | None = None,
    pinned: Pins | None = None,
    part: Part | None = None,
    checkpoints: Sequence[Vouched] = (),
    means: Means = Means(),  # noqa: B008 -- it is immutable
) -> AuditReport:
    """Checks a whole ledger, or a part of it. It never raises for damage: damage is what it reports.

    Args:
        reader: the ledger.
        rulebook: decides again.
        beside: what was found of the database itself, to be reported with the rest.
        progress: is told how many entries were checked, of how many.
        remembered: what the tree was at some time.
        pinned: the entries whose hashes somebody wrote down.
        part: what is looked at, where that is not the whole; the report says what it is then, and what it cannot tell.
        checkpoints: what somebody has kept of the ledger, with who vouches for it.
        means: how many processes may do it, and how they open the ledger.
    """
    anchors = Anchors(remembered, pinned or {}, tuple(checkpoints))
    if part is not None:
        return audit_part(reader, rulebook, part, anchors, means, list(beside), progress)
    return audit_whole(reader, rulebook, anchors, means, list(beside), progress)


def check_around(reader: Reader, rulebook: Rulebook, release: str, means: Means) -> None:
    """Checks that nothing is missing in the streams that decide on a release, before they are taken out of the ledger.

    Raises:
        NotFound: there is no such release.
        LedgerError: an entry is missing or damaged, wherever it stood, or a relative is not known for one.
    """
    findings = Findings()
    look_around(reader, rulebook, of_release(reader, release), means, findings, nobody)
    if problems := findings.found.problems:
        first = min(problems, key=lambda problem: (problem.entry is None, problem.entry or 0))
        raise LedgerError(
            f"nobody can tell whether all of {release} is there: {first.message}",
            remedy="holdfast audit verify says what else is wrong, and what is to be done about it",
        )


def beside_the_entries(storage: Storage) -> list[AuditProblem]:
    """What a database lacks of its protection, and what it finds wrong with what it keeps.

    An entry that an index leaves out is there for whoever reads them all, and not for a command that looks it up.
    """
    lacking = [
        f"the trigger {name} is missing or changed, or is none of Holdfast's" for name in storage.missing_protection()
    ]
    wrong = [f"the database finds itself damaged: {words}" for words in storage.defects()]
    return [
        *(AuditProblem(kind="protection", message=message) for message in lacking),
        *(AuditProblem(kind="unreadable", message=message) for message in wrong),
    ]


def projections(reader: Reader) -> tuple[Head, Iterator[Listed]]:
    """The projections that belong to the entries, folded from nothing: the end, and every release, one at a time.

    Raises:
        LedgerError: an entry is damaged; also while the releases are gone through.
    """
    head = Head()
    for stored in reader.entries():
        read = read_entry(stored)
        head = next_head(head, stored.body, read.entry.at, read.events)
    return head, _listed(reader)


def _listed(reader: Reader) -> Iterator[Listed]:
    """Every release in the order in which they were started. Only one of them is in memory."""
    states = States(reader)
    for first in reader.entries():
        if first.version != 1 or first.stream in OWN:
            continue
        state = None
        for stored in reader.stream(first.stream):
            state = fold_release(state, read_entry(stored))
        if state is None:
            raise LedgerError(f"{first.stream} does not begin with a start")
        yield states.listed(state)
