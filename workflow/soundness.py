"""What stands again in a release because of the key that its end was signed with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workflow.grounds import Evidence
from workflow.records import replace
from workflow.release import Closable, ReleaseState
from workflow.signoff import Act


def sound(state: ReleaseState, fallen: Callable[[Act, int], bool]) -> ReleaseState:
    """The release without what rests on acts that do not count any more, because of the key that they were signed with.

    ``fallen`` says of an act and of the entry that rests on it whether it has fallen since.

    What was closed or set aside by such an act stands again; a report that comes back so counts against the candidate
    and supports nothing. A recusal keeps its maker out all the same: whoever suspends their own key does not come in
    again. Approvals, reviews, justifications and statements stay where they are: who counts them says why they are left
    out.
    """

    def reopened(item: Closable) -> Closable:
        if not item.closings:
            return item
        kept = [
            closing.candidates
            for closing in item.closings
            if not any(fallen(act, closing.entry) for act in closing.rests_on)
        ]
        return item if len(kept) == len(item.closings) else replace(item, closed_for=frozenset().union(*kept))

    def back(item: Evidence) -> Evidence:
        fell = item.aside is not None and fallen(item.aside, item.aside.entry)
        return replace(item, set_aside=None, doubted=item.set_aside) if fell else item

    as_it_counts: dict[str, Any] = {
        "sign_offs": tuple(map(reopened, state.sign_offs)),
        "requirements": tuple(map(reopened, state.requirements)),
        "holds": tuple(map(reopened, state.holds)),
        "evidence": tuple(map(back, state.evidence)),
    }
    # What has not fallen is the very item that was there, and mostly nothing has.
    same = all(
        item is before
        for name, items in as_it_counts.items()
        for item, before in zip(items, getattr(state, name), strict=True)
    )
    return state if same else replace(state, **as_it_counts)


def active_recusals(state: ReleaseState, fallen: Callable[[Act, int], bool]) -> dict[str, int]:
    """The people whose recusal lets a deputy act, with its entry: not those whose key does not bear it."""
    recusals = [item.act for item in state.sign_offs if item.decision == "recuse"]
    # The first of somebody's counts: it stands since then.
    return {act.person: act.entry for act in reversed(recusals) if not fallen(act, act.entry)}
