"""What stands again in a release because of the key that its end was signed with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workflow.release import Closable, ReleaseState
from workflow.signoff import Act


def sound(state: ReleaseState, faulty: Callable[[Act], bool]) -> ReleaseState:
    """The release without what rests on acts that do not count any more, because of the key that they were signed with.

    What was closed or set aside by such an act stands again. Approvals, reviews and statements stay where they are: who
    counts them says why they are left out.
    """

    def reopened(item: Closable) -> Closable:
        kept = [closing.candidates for closing in item.closings if not any(map(faulty, closing.rests_on))]
        return item if len(kept) == len(item.closings) else replace(item, closed_for=frozenset().union(*kept))

    return replace(
        state,
        sign_offs=tuple(map(reopened, state.sign_offs)),
        requirements=tuple(map(reopened, state.requirements)),
        holds=tuple(map(reopened, state.holds)),
        evidence=tuple(
            replace(item, set_aside=None) if item.aside is not None and faulty(item.aside) else item
            for item in state.evidence
        ),
        justified=tuple(item for item in state.justified if not faulty(item.act)),
    )
