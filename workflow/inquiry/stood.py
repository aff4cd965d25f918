"""What stood in the way of a release while it was in a stage, whose it was, and what was time of the rules alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from workflow.clock import parse_duration, parse_timestamp
from workflow.inquiry.ends import BAD
from workflow.inquiry.past import recorded_at
from workflow.policy import Verdict
from workflow.process import Transition
from workflow.release import ReleaseState
from workflow.signoff import Act, Closing
from workflow.storage.base import Reader
from workflow.views import SEALED
from workflow.views.inquiry import RuleWait, StoodWait

SOAK = "soak"


@dataclass(frozen=True, slots=True)
class Stay:
    """A stretch of time in a stage."""

    since: datetime
    until: datetime

    def seconds(self, begun: datetime, ended: datetime | None) -> int | None:
        """For how much of it something stood; None where it did not."""
        if begun > self.until or (ended is not None and ended <= self.since):
            return None
        last = self.until if ended is None else min(ended, self.until)
        return max(0, int((last - max(begun, self.since)).total_seconds()))


def stood(reader: Reader, release: ReleaseState, stay: Stay, sealed: Collection[int]) -> Iterator[StoodWait]:
    """The refusals, the reviews that found something unacceptable and the requirements that stood in a stay.

    Args:
        reader: the ledger.
        release: as it was at the end of the stay.
        stay: the time.
        sealed: the entries whose makers are not told yet.
    """
    for item in release.sign_offs:
        if item.decision == "reject":
            yield from _one("refusal", item.id, f"`{item.transition}`", item.act, item.closings, stay)
    for review in release.reviews:
        if review.verdict == BAD:
            later = (
                Closing(other.act.entry, (other.act,), frozenset())
                for other in release.reviews
                if (other.area, other.act.person, other.act.role) == (review.area, review.act.person, review.act.role)
                and other.act.entry > review.act.entry
                and other.verdict != BAD
            )
            yield from _one("review", review.id, review.area, review.act, tuple(later)[:1], stay)
    for demand in release.requirements:
        what = f"for lifting {demand.hold}" if demand.hold else f"to be discharged by {demand.discharged_by}"
        by = SEALED if demand.entry in sealed else demand.by
        made = Act(demand.entry, recorded_at(reader, demand.entry), by, demand.role, 0, demand.candidate)
        yield from _one("requirement", demand.id, what, made, demand.closings, stay)


def _one(kind: str, name: str, what: str, made: Act, closings: tuple[Closing, ...], stay: Stay) -> Iterator[StoodWait]:
    # The first end is that against the candidate which it was said of.
    closing = closings[0] if closings else None
    ended = max((act.at for act in closing.rests_on), default=None) if closing is not None else None
    seconds = stay.seconds(made.at, ended)
    if seconds is not None:
        yield StoodWait(
            kind=kind,
            id=name,
            what=what,
            by=made.person,
            role=made.role,
            entry=made.entry,
            ended=closing.entry if closing is not None else None,
            ended_by=tuple(dict.fromkeys(act.person for act in closing.rests_on)) if closing is not None else (),
            seconds=seconds,
        )


def soaked(
    transition: Transition, verdicts: Iterable[Verdict], since: datetime, until: datetime
) -> tuple[RuleWait, ...]:
    """How much of a time was the soak's, which nobody can shorten, by what the gate said when the move was made.

    When a window was closed and when a freeze was on is not on record of a move that was allowed.
    """
    lengths = [str(item.params["at_least"]) for item in transition.gate if item.policy == SOAK]
    begun = [
        fact.text for verdict in verdicts if verdict.policy == SOAK for fact in verdict.facts if fact.label == "since"
    ]
    found = []
    for least, start in zip(lengths, begun, strict=False):
        over = min(parse_timestamp(start) + parse_duration(least), until)
        if over > since:
            found.append(RuleWait(policy=SOAK, what=least, until=over, seconds=int((over - since).total_seconds())))
    return tuple(found)
