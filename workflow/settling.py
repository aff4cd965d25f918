"""What counts of a release and its people: with the deputies who act, and without what bad keys had closed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from workflow.deputies import standing_in
from workflow.release import ReleaseState
from workflow.roster import Roster
from workflow.signoff import Act
from workflow.soundness import active_recusals, sound


def settle(
    release: ReleaseState, kin: Sequence[ReleaseState], roster: Roster, *, signed: bool, now: datetime
) -> tuple[ReleaseState, tuple[ReleaseState, ...], Roster]:
    """A release, its relatives and the roster as they count for that release.

    Args:
        release: as its entries made it.
        kin: its relatives.
        roster: as its entries made it.
        signed: the process wants every act signed.
        now: by which deputies act.
    """

    def fallen(act: Act, entry: int) -> bool:
        # Where signatures are required, nobody's claim closes anything, whatever another process took it for.
        return (signed and act.key is None) or roster.fallen(act, entry)

    standing = standing_in(roster, release.slug, active_recusals(release, fallen), now)
    if signed or roster.keys:
        return sound(release, fallen), tuple(sound(other, fallen) for other in kin), standing
    return release, tuple(kin), standing
