"""The answers to what an auditor asks, for people to read. Lengths of time are in seconds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from workflow.checkpoints import Vouched
from workflow.policy import Reason, Verdict
from workflow.process import Exposure, Model

ExceptionKind = Literal[
    "override",
    "override-given",
    "accepted-risk",
    "set-aside",
    "justified",
    "waived-test",
    "answered",
    "unproven",
    "loosened",
    "solo",
    "latecomer",
    "decider",
    "clock",
    "protection",
]


class ReviewAfter(Model):
    """The review that an override has to get: by which role, until when, and by whom and in which entry it was done."""

    id: str
    role: str
    due: datetime | None
    done_by: str | None
    done_in: int | None
    overdue: bool


class ExceptionView(Model):
    """Something that passed, or may pass, otherwise than by the plain rule, with whose word that was.

    ``kind`` is ``override`` (a policy was passed by one), ``override-given`` (one that no move used), ``accepted-risk``
    (of a finding), ``set-aside`` (a report), ``justified`` (a report on an ancestor counts), ``waived-test`` (not
    applicable), ``answered`` (a refusal, by others than its maker), ``unproven`` (somebody's word on what became of
    something that was let out), ``loosened`` (another process that asks less), ``solo`` (a move where one person may do
    everything), ``latecomer`` (somebody counts although they came late), ``decider`` (somebody decides for a maker who
    has left), ``clock`` (it was corrected) or ``protection`` (it was not as it must be, and was restored).

    ``by`` are the people, and ``reasons`` what each of them said, null where it was erased; of a change of the roster,
    what its proposer said. ``until`` is when it ends, and ``ended`` whether that has come, or it was taken back.
    """

    kind: ExceptionKind
    release: str | None
    entry: int
    at: datetime
    by: tuple[str, ...]
    role: str | None
    what: str
    reasons: tuple[str | None, ...]
    subject: str | None = None
    until: datetime | None = None
    ended: bool = False
    review: ReviewAfter | None = None


class PlanChange(Model):
    """A change of a planned date, also to no date (null) and from none; it is a ``slip`` where a date stood.

    ``shift`` is by how much it is later, negative where it is sooner and null where one of both is no date. ``notice``
    is how long before the date that stood it was told, negative where that had passed already, and null where none did.
    """

    entry: int
    at: datetime
    by: str
    previous: datetime | None
    planned: datetime | None
    slip: bool
    shift: int | None
    notice: int | None
    reason: str | None


class ReleaseSlips(Model):
    """How the planned date of a release changed. ``first`` is the first that was planned, ``planned`` the present one.

    ``slips`` is how many of the changes were slips: a date after none is no slip, and a first date is no change.
    ``shift`` is from the first to the present one, null where either is no date; ``without_date`` is how often no date
    was planned.
    """

    release: str
    first: datetime | None
    planned: datetime | None
    changes: tuple[PlanChange, ...]
    slips: int
    shift: int | None
    without_date: int


class CoveragePlace(Model):
    """Where a digest was seen: as the manifest of a candidate, or as a file of one.

    ``entry`` brought the candidate into the release. ``exposed`` is how far it got there, and ``withdrawn`` whether the
    release was withdrawn since.
    """

    release: str
    entry: int
    candidate: str
    component: str | None
    path: str | None
    exposed: Exposure
    withdrawn: bool


class CoverageLine(Model):
    """What is known of one published digest.

    ``answer`` is ``released`` (it got as far as was asked, in one of ``places``), ``known`` (it was here, and never got
    so far) or ``unknown`` (it was never here).
    """

    digest: str
    name: str | None
    answer: Literal["released", "known", "unknown"]
    places: tuple[CoveragePlace, ...]


class Coverage(Model):
    """Which of the published digests went through here, as far as ``exposure``, by the first ``entries`` entries."""

    exposure: Exposure
    entries: int
    released: int
    known: int
    unknown: int
    lines: tuple[CoverageLine, ...]


class Sign(Model):
    """Somebody whose approval as a role counted, in an entry; or, with ``why``, did not count or could not be given."""

    person: str
    entry: int | None = None
    why: str | None = None


class RoleThen(Model):
    """How far a gate's quorum of a role was met, and by whom it could have been.

    ``counted`` approved and counted, ``ignored`` approved and did not. ``could`` held the role and could have approved;
    ``could_not`` held it and would have been refused, each with why. Where who decided what was sealed, ``sealed`` is
    true, ``have`` says how many counted, and ``could`` are all that might approve, whether they had or not.
    """

    role: str
    count: int
    have: int
    sealed: bool
    counted: tuple[Sign, ...]
    ignored: tuple[Sign, ...]
    could: tuple[str, ...]
    could_not: tuple[Sign, ...]


class CallerThen(Model):
    """Somebody who could have called a trigger, and the roles whose places could not have been filled then.

    Whoever calls is a requester, and nobody fills two places. Empty ``short``: enough people could have signed.
    """

    person: str
    short: tuple[str, ...]


class GateThen(Model):
    """Who could have taken a release through one transition.

    ``answer`` is ``movable`` (a call was enough), ``signatures`` (a call and the approvals that were missing were),
    ``blocked`` (more stood in the way: ``others``, whatever was signed) or ``nobody`` (nobody could call it, or not
    enough people could have signed). ``not_looked_at`` are checks of what was outside, of which the ledger says nothing
    for that moment. With a ``publisher`` the move is made by a plan. ``obstacle`` says why the transition did not lead
    on from where the release was.
    """

    trigger: str
    source: str
    dest: str
    irreversible: bool
    answer: Literal["movable", "signatures", "blocked", "nobody"]
    callers: tuple[CallerThen, ...]
    roles: tuple[RoleThen, ...]
    others: tuple[Verdict, ...]
    not_looked_at: tuple[str, ...]
    publisher: str | None
    obstacle: str | None


class StopperThen(Model):
    """Somebody who could have put a hold on the release, and as what."""

    person: str
    roles: tuple[str, ...]


class WhoCould(Model):
    """Who could have moved a release at some time, and who could have stopped it, by the entries up to ``entry``."""

    release: str
    label: str
    entry: int
    at: datetime
    stage: str
    round: int
    candidate: str
    process: str
    process_label: str
    gates: tuple[GateThen, ...]
    stoppers: tuple[StopperThen, ...]


class DiffPoint(Model):
    """One end of a comparison: the ledger after ``entry``, with its clock's reading and the root of its tree.

    The entry 0, at no time, is before the first. Of a pack, the reading is that of the last entry by then that it has,
    and ``root`` is null where the pack does not prove it. ``given`` is how it was named. ``compared`` is whether a root
    was given with it, which is the ledger's then. Of a checkpoint, ``vouched`` says who vouches for it, and what is not
    verified; null for every other point.
    """

    entry: int
    at: datetime | None
    root: str | None
    given: Literal["entry", "time", "root", "checkpoint"]
    compared: bool
    vouched: Vouched | None


class EndView(Model):
    """One end of a refusal, a hold or a bad review: in which entry, by whose words, and for which candidates.

    ``how`` is ``taken back`` (by its maker), ``answered`` (by others), ``lifted`` (of a hold), or what the same person
    found when they reviewed it again: ``then acceptable``, ``then unclear`` or ``then unacceptable``.
    """

    how: str
    entry: int
    by: tuple[str, ...]
    candidates: tuple[str, ...]


class DiffFact(Model):
    """Something that changed, by one entry.

    ``kind`` is a stable word: ``started``, ``moved``, ``published``, ``candidate``, ``process``, ``held``, ``lifted``,
    ``rejected``, ``unacceptable``, ``withdrawn`` (a decision of one's own), ``answered``, ``incident``, ``finding``,
    ``demand``, ``override``, ``risk``, ``planned``, ``compromise``, ``refusal``, ``erased``, ``people``, ``keys``,
    ``charter``, ``clock`` or ``ledger``. ``texts`` are what was said with it, by their names, null where they were
    erased or withheld. Of a refusal, a hold and a bad review, ``ends`` are those by the later point, and ``stands``
    whether it stood against the candidate of then; else ``stands`` is null.
    """

    entry: int
    at: datetime
    by: str
    proof: str
    kind: str
    text: tuple[str, ...]
    texts: dict[str, str | None] = Field(default_factory=dict)
    ends: tuple[EndView, ...] = ()
    stands: bool | None = None


class StateThen(Model):
    """Where a release stood at one end of a comparison."""

    stage: str
    round: int
    candidate: str
    label: str
    process: str
    planned: datetime | None


class DiffGroup(Model):
    """What changed of one release, or where ``release`` is null, of people, keys, charter and the ledger itself.

    ``before`` is null where it was not started by then. ``facts`` are in the ledger's order, ``others`` how many
    entries there were besides, by the type of their first event.
    """

    release: str | None
    before: StateThen | None
    after: StateThen | None
    facts: tuple[DiffFact, ...]
    others: dict[str, int]


class LedgerDiff(Model):
    """What changed from one point of a ledger to a later one."""

    origin: str
    first: DiffPoint
    second: DiffPoint
    groups: tuple[DiffGroup, ...]


class ApprovalWait(Model):
    """An approval that counted when a gate was passed, and how long after it could first be given it came."""

    role: str
    person: str
    entry: int
    at: datetime
    seconds: int


class HoldWait(Model):
    """A hold that stood for some of a stay, and for how much of it: placed by ``by``, and lifted by ``lifted_by``.

    ``lifted`` is the entry by which it was, null where it was not while the release stayed.
    """

    id: str
    by: str
    role: str
    entry: int
    lifted: int | None
    lifted_by: tuple[str, ...]
    seconds: int


class StoodWait(Model):
    """A ``refusal``, a ``review`` that found something unacceptable, or a ``requirement`` that stood in a stay.

    It stood for ``seconds`` of it. ``ended`` is the entry by which it no longer did, null where it stood at the end.
    """

    kind: str
    id: str
    what: str
    by: str
    role: str
    entry: int
    ended: int | None
    ended_by: tuple[str, ...]
    seconds: int


class RuleWait(Model):
    """Time that was a rule's and nobody's: how long it still asked to wait after the last approval, until when."""

    policy: str
    what: str
    until: datetime
    seconds: int


class RoleWait(Model):
    """A role whose approvals an open gate still waits for: how many, and who could give them."""

    role: str
    missing: int
    who_can: tuple[str, ...]


class StageWait(Model):
    """One stay of a release in a stage, and what its gate waited for.

    ``entered`` is the entry by which it came there, and ``asked_at`` when the round began in which it left: approvals
    before that had ended. ``seconds`` is the whole stay, of an open one up to now. ``approvals`` are those that
    counted, in their order, ``last_role`` and ``last_person`` whose was the last of them, and ``after_last`` how long
    it then still took, of which the soak of the process took what ``rules`` say. ``holds`` and ``stood`` are what stood
    meanwhile. Where it has ``left``, it was by ``trigger`` (null: it
    was taken back, and no byte had left) and ``mover``. Where it has not, ``trigger`` is the way onward, ``missing``
    the roles that it waits for, and ``waits_on`` everything in its way but what only a look outside can tell.
    """

    stage: str
    entered: int
    entered_at: datetime
    asked_at: datetime
    seconds: int
    trigger: str | None
    dest: str | None
    left: int | None
    left_at: datetime | None
    mover: str | None
    approvals: tuple[ApprovalWait, ...]
    last_role: str | None
    last_person: str | None
    after_last: int | None
    rules: tuple[RuleWait, ...]
    holds: tuple[HoldWait, ...]
    stood: tuple[StoodWait, ...]
    missing: tuple[RoleWait, ...]
    waits_on: tuple[Reason, ...]


class ReleaseWaits(Model):
    """The stays of one release, in their order."""

    release: str
    label: str
    stays: tuple[StageWait, ...]


class RoleMedian(Model):
    """How long a role took to complete its approvals, over the gates that were passed with them, in seconds.

    It is measured from when they could first be given to the last that counted. ``open`` are the gates that wait for
    the role now.
    """

    role: str
    gates: int
    median: int | None
    longest: int | None
    open: int


class Waiting(Model):
    """How long gates waited, and on whom, as of ``at``."""

    at: datetime
    releases: tuple[ReleaseWaits, ...]
    medians: tuple[RoleMedian, ...]
