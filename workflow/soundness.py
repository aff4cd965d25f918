"""What stands again in a release because of the key that its end was signed with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workflow.release import Closable, ReleaseState
from workflow.signoff import Act


def sound(state: ReleaseState, fallen: Callable[[Act, int], bool]) -> ReleaseState:
    """The release without what rests on acts that do not count any more, because of the key that they were signed with.

    ``fallen`` says of an act and of the entry that rests on it whether it has fallen since.

    What was closed or set aside by such an act stands again, and a recusal by one is none. Approvals, reviews,
    justifications and statements stay where they are: who counts them says why they are left out.
    """

    def reopened(item: Closable) -> Closable:
        kept = [
            closing.candidates
            for closing in item.closings
            if not any(fallen(act, closing.entry) for act in closing.rests_on)
        ]
        return item if len(kept) == len(item.closings) else replace(item, closed_for=frozenset().union(*kept))

    recusals = [item.act for item in state.sign_offs if item.decision == "recuse"]
    no_recusal = {act.entry for act in recusals if fallen(act, act.entry)}
    return replace(
        state,
        recused={person: entry for person, entry in state.recused.items() if entry not in no_recusal},
        sign_offs=tuple(map(reopened, state.sign_offs)),
        requirements=tuple(map(reopened, state.requirements)),
        holds=tuple(map(reopened, state.holds)),
        evidence=tuple(
            replace(item, set_aside=None) if item.aside is not None and fallen(item.aside, item.aside.entry) else item
            for item in state.evidence
        ),
    )
