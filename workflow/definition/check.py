"""What the parts of a process add up to: its roles, the ways between its stages, and what its gates demand.

A mistake here is a process that could not end, could not move, or would let something out more easily than it seems to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workflow.artifact.names import check_component
from workflow.definition.finding import Finding, Place, Places
from workflow.definition.form import Form, RoleForm, StageForm, TransitionForm, suggestion
from workflow.definition.written import Written, demanded
from workflow.errors import InvalidInput
from workflow.process import WITHDRAWN, Exposure
from workflow.registry import ALWAYS_AT_A_RAISE

DELAY = "delay"
MIN_SIGNERS = 2
WAITING = frozenset({"freeze", "review_time", "soak", "window"})
"""The rules by which time alone stands in the way."""
_RESERVED = frozenset({"state"})  # the state machine keeps the present stage under that name


def check_roles(form: Form, places: Places) -> list[Finding]:
    """What is wrong with what the roles say of themselves."""
    return [finding for name, role in form.roles.items() for finding in _role(form, name, role, places)]


def check_stages(form: Form, places: Places) -> list[Finding]:
    """What is wrong with the stages and the ways between them."""
    unknown = list(_unknown_stages(form, places))
    found = [finding for name, stage in form.stages.items() for finding in _stage(form, name, stage, places)]
    # With an end missing, what lies behind it would be called unreachable as well.
    return [*unknown, *found, *([] if unknown else _ways(form, places))]


def check_gates(form: Form, gates: Mapping[str, Sequence[Written]], *, readable: bool, places: Places) -> list[Finding]:
    """What is wrong with the gates and the roles that they name.

    Args:
        form: the file.
        gates: by trigger, the rules that could be read.
        readable: that was every one of them. Otherwise nothing is said of what seems to be missing.
        places: the lines of the file.
    """
    found: list[Finding] = []
    named = _named_roles(form, gates)
    for place, role in named:
        if role not in form.roles:
            found.append(places.error(place, f"nobody defined the role `{role}`; {suggestion(role, form.roles)}"))
    if readable:
        used = {role for _, role in named} | {other for said in form.roles.values() for other in said.not_with}
        overrides = [way.override for way in form.transitions.values() if way.override is not None]
        used |= {role for terms in overrides for role in (terms.sign_offs.role, terms.review.role)}
        signing = {quorum.role for rules in gates.values() for rule in rules for quorum in rule.quorums}
        for role, said in form.roles.items():
            if role not in used:
                found.append(places.warning(("roles", role), "no gate, hold, override or start names this role"))
            elif said.sealed and role not in signing:
                message = "no gate asks for sign-offs of this role, so there is nothing to hide"
                found.append(places.warning(("roles", role, "sealed"), message))
    known = {name: transition for name, transition in form.transitions.items() if _stages_known(form, transition)}
    for trigger, transition in known.items():
        rules = gates.get(trigger, ())
        found += _repeated(rules, places)
        if readable or not transition.gate:
            found += _missing(form, trigger, transition, rules, places)
        found += _waiting(form, transition, rules, places)
    return [*found, *_doors(form, known, places)]


def _role(form: Form, name: str, role: RoleForm, places: Places) -> Iterable[Finding]:
    place: Place = ("roles", name)
    for key, wanted in (("pin", role.pin), ("sealed", role.sealed)):
        if wanted and not form.signed:
            message = "nothing is signed here, and a claim proves nothing: say `signed: true` of the process as well"
            yield places.error((*place, key), message)
    for index, other in enumerate(role.not_with):
        at = (*place, "not_with", index)
        if other == name:
            yield places.error(at, "names the role itself, so nobody could do anything in it")
        elif other not in form.roles:
            yield places.error(at, f"nobody defined the role `{other}`; {suggestion(other, form.roles)}")
        elif other in role.not_with[:index]:
            yield places.error(at, f"`{other}` stands twice")
    for index, component in enumerate(role.depends_on):
        at = (*place, "depends_on", index)
        try:
            check_component(component)
        except InvalidInput as error:
            yield places.error(at, f"{error.message}; {error.remedy}")
        else:
            if component in role.depends_on[:index]:
                yield places.error(at, f"`{component}` stands twice")


def _unknown_stages(form: Form, places: Places) -> Iterable[Finding]:
    for trigger, transition in form.transitions.items():
        place: Place = ("transitions", trigger)
        if trigger in _RESERVED:
            yield places.error(place, "cannot be used as a trigger: choose another name")
        for index, source in enumerate(transition.sources):
            if source not in form.stages:
                at = (*place, "from", index)
                yield places.error(at, f"there is no stage `{source}`; {suggestion(source, form.stages)}")
            elif source in transition.sources[:index]:
                yield places.error((*place, "from", index), f"`{source}` stands twice")
        if transition.dest not in form.stages:
            message = f"there is no stage `{transition.dest}`; {suggestion(transition.dest, form.stages)}"
            yield places.error((*place, "to"), message)


def _stages_known(form: Form, transition: TransitionForm) -> bool:
    return {*transition.sources, transition.dest} <= form.stages.keys()


def _stage(form: Form, name: str, stage: StageForm, places: Places) -> Iterable[Finding]:
    place: Place = ("stages", name)
    internal = stage.exposure is Exposure.INTERNAL
    if name == next(iter(form.stages)):
        if not internal:
            yield places.error((*place, "exposure"), "a release starts here, before any gate: it must be internal")
        if stage.hold is not None or name == WITHDRAWN:
            yield places.error(place, "a release cannot start here: put the stage that it starts in first")
    if name == WITHDRAWN and not internal:
        yield places.error((*place, "exposure"), "what is withdrawn is offered to nobody: it must be internal")
    if name == WITHDRAWN and stage.hold is not None:
        yield places.error((*place, "hold"), "a withdrawn release waits for nothing: take the hold out")
    if name == DELAY and stage.hold is None:
        yield places.error(place, "a delay needs a `hold` that says who ends it: hold: {role: safety, count: 2}")
    if name != WITHDRAWN and stage.hold is not None and not internal:
        yield places.error((*place, "exposure"), "a held release waits where nobody outside has it: internal")


def _ways(form: Form, places: Places) -> Iterable[Finding]:
    ways: dict[str, list[tuple[str, str]]] = {name: [] for name in form.stages}
    for trigger, transition in form.transitions.items():
        for source in transition.sources:
            ways[source].append((trigger, transition.dest))
    first = next(iter(form.stages))
    reached = {first}
    queue = [first]
    while queue:
        for _, dest in ways[queue.pop()]:
            if dest not in reached:
                reached.add(dest)
                queue.append(dest)
    for name, stage in form.stages.items():
        place: Place = ("stages", name)
        if name not in reached:
            yield places.error(place, f"cannot be reached from {first}: no transition leads here")
        if name == WITHDRAWN:
            for trigger, _ in ways[name]:
                yield places.error(("transitions", trigger, "from"), f"{WITHDRAWN} ends a release: nothing leads out")
        elif stage.exposure is Exposure.WEIGHTS:
            for trigger, dest in ways[name]:
                if dest != WITHDRAWN:
                    message = f"weights that are out do not come back: from {name} only {WITHDRAWN} is left"
                    yield places.error(("transitions", trigger, "from"), message)
            if not any(dest == WITHDRAWN for _, dest in ways[name]):
                yield places.error(place, f"a stage of exposure weights needs a transition to {WITHDRAWN}")
        elif all(dest == name for _, dest in ways[name]):
            yield places.error(place, f"nothing leads on from here, and only {WITHDRAWN} ends a release")
    if not any(form.raises(transition) for transition in form.transitions.values()):
        yield places.warning(("stages",), "no transition raises the exposure: nothing is ever released")


def _named_roles(form: Form, gates: Mapping[str, Sequence[Written]]) -> list[tuple[Place, str]]:
    named: list[tuple[Place, str]] = [(("started_by", index), role) for index, role in enumerate(form.started_by)]
    named += [(("stages", name, "hold", "role"), stage.hold.role) for name, stage in form.stages.items() if stage.hold]
    written = (part for rules in gates.values() for rule in rules for part in rule.whole)
    named += [(_place_of(role, part), role) for part in written for role in part.roles]
    return named


def _place_of(role: str, rule: Written) -> Place:
    """Where a rule says a role: the parameter of that value, or the item of the list, else the rule itself."""
    for key, value in rule.spec.params.items():
        if value == role:
            return (*rule.place, key)
        if isinstance(value, list) and role in value:
            return (*rule.place, key, value.index(role))
    return rule.place


def _repeated(rules: Sequence[Written], places: Places) -> Iterable[Finding]:
    twice = list(_twice(rules, "in this gate"))
    for rule, where in twice:
        yield places.error(rule.place, f"the same rule stands twice {where}")
    told = {leaf.place for rule, _ in twice for leaf in rule.leaves}
    signing: set[str] = set()
    for leaf in (leaf for rule in rules for leaf in rule.leaves):
        for quorum in leaf.quorums:
            if quorum.role in signing and leaf.place not in told:
                message = f"{quorum.role} signs in this gate already: write one sign_offs with the whole count"
                yield places.error(leaf.place, message)
            signing.add(quorum.role)


def _twice(rules: Sequence[Written], where: str) -> Iterable[tuple[Written, str]]:
    """The rules that have their equal before them in the same list."""
    for index, rule in enumerate(rules):
        if rule.spec in [other.spec for other in rules[:index]]:
            yield rule, where
        yield from _twice(rule.inside, f"in this {rule.spec.policy}")


def _missing(
    form: Form, trigger: str, transition: TransitionForm, rules: Sequence[Written], places: Places
) -> Iterable[Finding]:
    place: Place = ("transitions", trigger, "gate")
    if not transition.gate:
        yield places.error(place, "an empty gate would let everything through: say at least who may, with `actor`")
        return
    if not form.raises(transition):
        return
    if all(rule.spec.policy in ALWAYS_AT_A_RAISE for rule in rules):
        always = ", ".join(ALWAYS_AT_A_RAISE)
        yield places.error(place, f"empty but for what every raise has ({always}): say who must approve, and of what")
    if form.stages[transition.dest].exposure is not Exposure.WEIGHTS:
        return
    needed = list(demanded(rules))
    nested = len(needed) < len([leaf for rule in rules for leaf in rule.leaves])
    but = "; what stands in `any_of` does not count, since it can be done without" if nested else ""
    if not any(rule.spec.policy == "candidate_unchanged" for rule in needed):
        yield places.error(
            place, f"puts the weights out without `candidate_unchanged`: the bytes that leave must be those{but}"
        )
    signers = sum(quorum.count for rule in needed for quorum in rule.quorums)
    if signers < MIN_SIGNERS and not form.solo:
        message = (
            f"puts the weights out, which nothing undoes, with {signers or 'no'} signer{'s' * (signers != 1)}: demand "
            f"{MIN_SIGNERS} or more with `sign_offs`, or admit `solo: true`{but}"
        )
        yield places.error(place, message)
    if not form.signed:
        message = "signatures are not required; anybody who can write the database can sign as anybody"
        yield places.warning(("transitions", trigger), message)


def _waiting(form: Form, transition: TransitionForm, rules: Sequence[Written], places: Places) -> Iterable[Finding]:
    """The way back and the way to a stop stay open at any time."""
    dest = form.stages[transition.dest]
    lowers = all(form.stages[source].exposure.rank > dest.exposure.rank for source in transition.sources)
    if transition.dest == WITHDRAWN or dest.hold is not None or lowers:
        for leaf in (leaf for rule in rules for leaf in rule.leaves):
            if leaf.spec.policy in WAITING:
                message = "makes whoever stops a release or pulls it back wait: nothing should"
                yield places.warning(leaf.place, message)


def _doors(form: Form, known: Mapping[str, TransitionForm], places: Places) -> Iterable[Finding]:
    """The easier of two gates between the same stages is the one that counts."""
    first: dict[tuple[str, str], str] = {}
    for trigger, transition in known.items():
        if not form.raises(transition):
            continue
        for source in transition.sources:
            other = first.setdefault((source, transition.dest), trigger)
            if other != trigger:
                message = f"leads from {source} to {transition.dest} as `{other}` does: the easier gate counts"
                yield places.warning(("transitions", trigger), message)
