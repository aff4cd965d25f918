"""Whether an override can be: of one rule that takes it, on a move that something undoes, by people that there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workflow.definition.finding import Finding, Place, Places
from workflow.definition.form import Form, OverrideForm, TransitionForm, suggestion
from workflow.definition.written import Written
from workflow.process import WITHDRAWN, Exposure


def check_overrides(
    form: Form, gates: Mapping[str, Sequence[Written]], *, readable: bool, places: Places
) -> list[Finding]:
    """What is wrong with the overrides that transitions declare.

    Args:
        form: the file.
        gates: by trigger, the rules that could be read.
        readable: that was every one of them. Otherwise nothing is said of which rule is meant.
        places: the lines of the file.
    """
    found: list[Finding] = []
    for trigger, transition in form.transitions.items():
        if transition.override is None:
            continue
        place: Place = ("transitions", trigger, "override")
        found += _roles(form, transition.override, place, places)
        if {*transition.sources, transition.dest} <= form.stages.keys():
            found += _move(form, transition, place, places)
        if readable:
            found += _rule(transition.override, gates.get(trigger, ()), place, places)
    return found


def _roles(form: Form, override: OverrideForm, place: Place, places: Places) -> Iterable[Finding]:
    for key, role in (("sign_offs", override.sign_offs.role), ("review", override.review.role)):
        if role not in form.roles:
            message = f"nobody defined the role `{role}`; {suggestion(role, form.roles)}"
            yield places.error((*place, key, "role"), message)


def _move(form: Form, transition: TransitionForm, place: Place, places: Places) -> Iterable[Finding]:
    reached = form.stages[transition.dest].exposure
    if transition.dest == WITHDRAWN:
        yield places.error(place, "ends a release: ask less of it in the gate, so that nobody has to override anything")
    elif reached is Exposure.WEIGHTS and form.raises(transition):
        message = f"nothing undoes the way to {transition.dest}, so no override crosses it: take the override out"
        yield places.error(place, message)


def _rule(override: OverrideForm, rules: Sequence[Written], place: Place, places: Places) -> Iterable[Finding]:
    at = (*place, "policy")
    named = [rule for rule in rules if rule.spec.policy == override.policy]
    if not named:
        known = [rule.spec.policy for rule in rules]
        yield places.error(at, f"no rule of this gate is `{override.policy}`; {suggestion(override.policy, known)}")
    elif len(named) > 1:
        yield places.error(at, f"`{override.policy}` stands in this gate {len(named)} times, and an override is of one")
    elif not named[0].overridable:
        can = ", ".join(dict.fromkeys(rule.spec.policy for rule in rules if rule.overridable)) or "none of this gate"
        yield places.error(at, f"`{override.policy}` is never overridden; can be: {can}")
