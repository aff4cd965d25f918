"""What became of a no: who took it back, answered it, lifted it or looked again, and whether it stands all the same."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.events import AnyEvent, HoldPlaced, RiskReviewed, SignOffRecorded
from workflow.grounds import Review
from workflow.lineage import objections
from workflow.release import ReleaseState
from workflow.requirement import Hold
from workflow.rulebook import World, known
from workflow.signoff import SignOff
from workflow.views.inquiry import EndView

BAD = "unacceptable"


def subject_of(event: AnyEvent) -> str | None:
    """The id of what an event says no with; None where it says none."""
    match event:
        case SignOffRecorded() if event.decision == "reject":
            return event.id
        case RiskReviewed() if event.verdict == BAD:
            return event.id
        case HoldPlaced():
            return event.id
    return None


class Ends:
    """What became of each no of a release, by the entries that are there.

    Args:
        world: the release as it counts, with its relatives.
    """

    def __init__(self, world: World) -> None:
        self._release, _ = known(world)
        found = objections(self._release, world.kin)
        standing = [(item.release, item.id) for item in found.rejects]
        standing += [(item.release, item.id) for item in found.holds]
        self._standing = {subject for release, subject in standing if release == self._release.slug}

    def of(self, subject: str) -> tuple[tuple[EndView, ...], bool]:
        """How something ended, once for each end, and whether it stands against the present candidate."""
        release = self._release
        noes: tuple[SignOff | Hold, ...] = (*release.sign_offs, *release.holds)
        for item in noes:
            if item.id == subject:
                return endings(item), subject in self._standing
        for review in release.reviews:
            if review.id == subject:
                return reviewed_again(release, review)
        return (), False


def endings(item: SignOff | Hold) -> tuple[EndView, ...]:
    """Each end of a refusal or a hold, with the candidates that it is for."""
    maker, count = (item.act.person, None) if isinstance(item, SignOff) else (item.by, item.count)
    found = []
    for closing in item.closings:
        by = tuple(dict.fromkeys(act.person for act in closing.rests_on))
        own = set(by) <= {maker} and count is None
        how = "lifted" if isinstance(item, Hold) else "taken back" if own else "answered"
        found.append(EndView(how=how, entry=closing.entry, by=by, candidates=tuple(sorted(closing.candidates))))
    return tuple(found)


def reviewed_again(release: ReleaseState, review: Review) -> tuple[tuple[EndView, ...], bool]:
    """The words that the same person, in the same role, said on the same area later; and whether the last is a no."""
    later = tuple(_later(release, review))
    last = later[-1] if later else review
    ends = tuple(
        EndView(
            how=f"then {item.verdict}", entry=item.act.entry, by=(item.act.person,), candidates=(item.act.candidate,)
        )
        for item in later
    )
    return ends, last.verdict == BAD and last.act.candidate == release.candidate.digest


def _later(release: ReleaseState, review: Review) -> Iterator[Review]:
    for item in release.reviews:
        same = (item.area, item.act.person, item.act.role) == (review.area, review.act.person, review.act.role)
        if same and item.act.entry > review.act.entry:
            yield item
