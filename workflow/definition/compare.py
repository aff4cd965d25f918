"""How two processes differ: what the later one asks less of, what more, and what is only otherwise.

Whoever lets a release go on under another process must see where that one is looser. So nothing that moves the digest
goes unsaid, and a change of which nobody can tell which way it goes counts as loosening.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from workflow.definition.rules import compare_gates
from workflow.definition.shift import (
    Asks,
    Shift,
    growing,
    listed,
    parts,
    ranked,
    scaled,
    seconds,
    shrinking,
    stated,
    whole,
)
from workflow.process import WITHDRAWN, Override, Process, Publish, Role, Stage, StageHold, Transition

Effect = Literal["loosens", "tightens", "alters"]

_EFFECTS: dict[Asks, Effect] = {"less": "loosens", "more": "tightens", "other": "alters", "unknown": "loosens"}
_NO_YES = ranked(False, True)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is otherwise in a later process.

    ``place`` is stable, such as ``transitions.release.gate.sign_offs.safety.count``; the keys are those of a process
    file. ``text`` is one sentence.
    """

    place: str
    effect: Effect
    text: str


def differences(old: Process, new: Process) -> tuple[Difference, ...]:
    """All that is otherwise in the later of two processes, in the order of the file; nothing where they are the same.

    What stops a release or pulls it back is the other way round: where it asks for more, the process is looser.
    """
    if old == new:
        return ()
    found = [_difference(shift) for shift in _process(old, new)]
    if not found or _is_ambiguous(old) or _is_ambiguous(new):
        found.append(Difference("*", "loosens", "They differ in something of which nobody can tell what it asks."))
    return tuple(found)


def loosens(old: Process, new: Process) -> tuple[str, ...]:
    """The places where the later of two processes is looser, each once, in their alphabetical order.

    Migrations record them, and an audit decides them again: what this gives for two processes is part of the schema of
    those events, and another answer comes with another schema.
    """
    return tuple(sorted({item.place for item in differences(old, new) if item.effect == "loosens"}))


@dataclass(frozen=True, slots=True)
class GateDifference:
    """How often the way of one trigger, its gate above all, is looser in a later process, stricter, and only other."""

    trigger: str
    irreversible: bool
    loosens: int
    tightens: int
    alters: int


def by_gate(old: Process, new: Process) -> tuple[GateDifference, ...]:
    """What the differences come to for each trigger that has any, those that put weights out first."""
    counts: dict[str, Counter[Effect]] = {}
    for item in differences(old, new):
        room, _, rest = item.place.partition(".")
        if room == "transitions" and rest:
            counts.setdefault(rest.partition(".")[0], Counter())[item.effect] += 1
    final = {
        transition.trigger
        for process in (old, new)
        for transition in process.transitions
        if any(process.is_irreversible(source, transition.dest) for source in transition.sources)
    }
    found = [
        GateDifference(trigger, trigger in final, count["loosens"], count["tightens"], count["alters"])
        for trigger, count in counts.items()
    ]
    return tuple(sorted(found, key=lambda gate: not gate.irreversible))


def _is_ambiguous(process: Process) -> bool:
    """Whether a name stands twice, which no file can say, so that only one of the two is compared."""
    parts = (
        [role.name for role in process.roles],
        [stage.name for stage in process.stages],
        [transition.trigger for transition in process.transitions],
    )
    return any(len(set(names)) < len(names) for names in parts)


def _difference(shift: Shift) -> Difference:
    text = shift.text
    if shift.asks == "unknown":
        text += ", and nobody can tell which way that goes"
    return Difference(shift.place, _EFFECTS[shift.asks], f"{text[0].upper()}{text[1:]}.")


def _process(old: Process, new: Process) -> Iterator[Shift]:
    yield from stated("process", "the name", old.name, new.name)
    yield from stated("version", "the version", old.version, new.version)
    yield from _means("means", "the process", old.means, new.means)
    if old.solo != new.solo:
        text = "one person may request, write and approve" if new.solo else "one person may not do everything any more"
        yield Shift("solo", "less" if new.solo else "more", text)
    if old.signed != new.signed:
        text = "every act that can open a gate is to be signed" if new.signed else "nothing is to be signed any more"
        yield Shift("signed", "more" if new.signed else "less", text)
    yield from listed("started_by", "`started_by`", old.started_by, new.started_by, longer="less", shorter="more")
    yield from _roles(old.roles, new.roles)
    yield from _stages(old, new)
    yield from _transitions(old, new)


def _roles(old: Sequence[Role], new: Sequence[Role]) -> Iterator[Shift]:
    before, after = {role.name: role for role in old}, {role.name: role for role in new}
    for name, role in before.items():
        if name in after:
            yield from _role(f"roles.{name}", f"the role {name}", role, after[name])
        else:
            yield Shift(f"roles.{name}", "less", f"the role {name} is gone, and whoever held it can stop nothing")
    for name, role in after.items():
        if name not in before:
            # A veto role may set reports aside, which opens gates; whoever holds any role may place a hold.
            may = "set reports aside and stop a release" if role.authority == "veto" else "stop a release"
            asks: Asks = "less" if role.authority == "veto" else "other"
            yield Shift(f"roles.{name}", asks, f"the role {name} is new, and whoever holds it may {may}")
    yield from _order("roles", "the roles", list(before), list(after))


def _role(place: str, said: str, old: Role, new: Role) -> Iterator[Shift]:
    yield from _means(f"{place}.means", said, old.means, new.means)
    if old.authority != new.authority:
        veto = new.authority == "veto"
        ends = "ends only by its maker" if veto else "can be answered by others of the role"
        yield Shift(f"{place}.authority", "more" if veto else "less", f"{said}: a refusal {ends}")
        aside = "it may set reports aside" if veto else "it may not set reports aside any more"
        yield Shift(f"{place}.authority", "less" if veto else "more", f"{said}: {aside}")
    yield from scaled(f"{place}.pin", f"{said}: `pin`", old.pin, new.pin, _NO_YES)
    yield from stated(f"{place}.sealed", f"{said}: `sealed`", old.sealed, new.sealed)
    excluded = f"{said}: `not_with`"
    yield from listed(f"{place}.not_with", excluded, old.not_with, new.not_with, longer="more", shorter="less")
    yield from parts(f"{place}.depends_on", f"{said}: `depends_on`", old.depends_on, new.depends_on)


def _stages(old: Process, new: Process) -> Iterator[Shift]:
    before, after = {stage.name: stage for stage in old.stages}, {stage.name: stage for stage in new.stages}
    for name, stage in before.items():
        if name in after:
            yield from _stage(f"stages.{name}", f"the stage {name}", stage, after[name])
        else:
            yield Shift(f"stages.{name}", "other", f"the stage {name} is gone")
    for name, stage in after.items():
        if name not in before:
            yield Shift(f"stages.{name}", "other", f"the stage {name} is new (exposure {stage.exposure})")
    if old.initial.name != new.initial.name:
        yield Shift("stages", "unknown", f"a release starts in {new.initial.name} and not in {old.initial.name}")
    # What is a step onward, which makes its caller a requester, goes by the order of the stages.
    yield from _order("stages", "the stages", list(before), list(after), "unknown")


def _stage(place: str, said: str, old: Stage, new: Stage) -> Iterator[Shift]:
    yield from _means(f"{place}.means", said, old.means, new.means)
    if old.exposure != new.exposure:
        higher = new.exposure.rank > old.exposure.rank
        so = "what leads there lets more out" if higher else "less is asked of what leads there"
        yield Shift(f"{place}.exposure", "less", f"{said} is {new.exposure} and not {old.exposure}, so {so}")
    yield from _hold(f"{place}.hold", said, old.hold, new.hold)


def _hold(place: str, said: str, old: StageHold | None, new: StageHold | None) -> Iterator[Shift]:
    if old is None or new is None:
        if old is not new:
            text = f"entering {said} opens a hold" if new else f"entering {said} opens no hold any more"
            yield Shift(place, "more" if new else "less", text)
        return
    yield from stated(f"{place}.role", f"{said}: who lifts the hold", old.role, new.role, "unknown")
    yield from scaled(f"{place}.count", f"{said}: how many lift the hold", old.count, new.count, growing(whole))
    again = f"{said}: when to look at the hold again"
    yield from stated(f"{place}.review_within", again, old.review_within, new.review_within)


def _transitions(old: Process, new: Process) -> Iterator[Shift]:
    before = {transition.trigger: transition for transition in old.transitions}
    after = {transition.trigger: transition for transition in new.transitions}
    for trigger, transition in before.items():
        place = f"transitions.{trigger}"
        if trigger in after:
            yield from _transition(place, _Ways(old, transition), _Ways(new, after[trigger]))
        else:
            ways = _Ways(old, transition)
            yield Shift(place, ways.lost(*transition.sources), f"`{trigger}` is gone, {ways.told}")
    for trigger, transition in after.items():
        if trigger not in before:
            ways = _Ways(new, transition)
            yield Shift(f"transitions.{trigger}", ways.won(*transition.sources), f"`{trigger}` is new, {ways.told}")
    yield from _order("transitions", "the transitions", list(before), list(after))


@dataclass(frozen=True)
class _Ways:
    """What a transition is for: it leads onward, or it stops a release or pulls it back, or neither."""

    process: Process
    transition: Transition

    @property
    def told(self) -> str:
        """Between which stages it leads."""
        return f"from {' or '.join(self.transition.sources)} to {self.transition.dest}"

    def opens(self, source: str) -> bool:
        """Whether it leads onward from a stage: to more exposure, to a later stage, or out of one that holds."""
        dest = self.transition.dest
        held = self.process.stage(source).hold is not None
        return self.process.is_forward(source, dest) or (held and dest != WITHDRAWN)

    def stops(self, source: str) -> bool:
        """Whether it takes a release to where it waits or ends, or to less exposure."""
        dest = self.process.stage(self.transition.dest)
        lower = dest.exposure.rank < self.process.stage(source).exposure.rank
        return lower or dest.name == WITHDRAWN or dest.hold is not None

    def won(self, *sources: str) -> Asks:
        """What it asks that this way is there, from some stages."""
        return self._worst(sources, self.opens, self.stops)

    def lost(self, *sources: str) -> Asks:
        """What it asks that this way is not there any more."""
        return self._worst(sources, self.stops, self.opens)

    def _worst(self, sources: Sequence[str], looser: Callable[[str], bool], stricter: Callable[[str], bool]) -> Asks:
        if any(looser(source) for source in sources):
            return "less"
        return "more" if any(stricter(source) for source in sources) else "other"


def _transition(place: str, old: _Ways, new: _Ways) -> Iterator[Shift]:
    before, after = old.transition, new.transition
    trigger = before.trigger
    yield from _means(f"{place}.means", f"`{trigger}`", before.means, after.means)
    if before.dest != after.dest:
        either = (old.lost(*before.sources), new.won(*after.sources))
        asks: Asks = "less" if "less" in either else "more" if "more" in either else "other"
        yield Shift(f"{place}.to", asks, f"`{trigger}` leads to {after.dest} and not to {before.dest}")
    for source in before.sources:
        if source not in after.sources:
            yield Shift(f"{place}.from.{source}", old.lost(source), f"`{trigger}` leads from {source} no more")
    for source in after.sources:
        if source not in before.sources:
            yield Shift(f"{place}.from.{source}", new.won(source), f"`{trigger}` leads from {source} too")
    yield from _order(f"{place}.from", f"`{trigger}`: the stages that it leads from", before.sources, after.sources)
    yield from _override(f"{place}.override", f"`{trigger}`", before.override, after.override)
    yield from _publish(f"{place}.publish", f"`{trigger}`", before.publish, after.publish)
    opens = any(ways.opens(source) for ways in (old, new) for source in ways.transition.sources)
    stops = any(ways.stops(source) for ways in (old, new) for source in ways.transition.sources)
    for shift in compare_gates(f"{place}.gate", trigger, before.gate, after.gate):
        if stops and shift.asks == "more":
            yield replace(shift, asks="less", text=f"{shift.text}, which makes it harder to stop or to pull back")
        elif stops and not opens and shift.asks == "less":
            yield replace(shift, asks="more", text=f"{shift.text}, which makes it easier to stop or to pull back")
        else:
            yield shift


def _override(place: str, said: str, old: Override | None, new: Override | None) -> Iterator[Shift]:
    if old is None or new is None:
        if old is not new:
            text = f"`{new.policy}` can be overridden" if new else "nobody can override anything any more"
            yield Shift(place, "less" if new else "more", f"{said}: {text}")
        return
    yield from stated(f"{place}.policy", f"{said}: what can be overridden", old.policy, new.policy, "unknown")
    for key, before, after in (("sign_offs", old.sign_offs, new.sign_offs), ("review", old.review, new.review)):
        who = "who overrides" if key == "sign_offs" else "who reviews an override"
        yield from stated(f"{place}.{key}.role", f"{said}: {who}", before.role, after.role, "unknown")
    count = (old.sign_offs.count, new.sign_offs.count)
    yield from scaled(f"{place}.sign_offs.count", f"{said}: how many override", *count, growing(whole))
    yield from scaled(f"{place}.lasts", f"{said}: how long an override lasts", old.lasts, new.lasts, shrinking(seconds))
    within = (old.review.within, new.review.within)
    yield from scaled(f"{place}.review.within", f"{said}: when an override is reviewed", *within, shrinking(seconds))


def _publish(place: str, said: str, old: Publish | None, new: Publish | None) -> Iterator[Shift]:
    if old is None or new is None:
        if old is not new:
            text = f"{said} publishes by {new.publisher}" if new else f"{said} is a plain move, and publishes nothing"
            yield Shift(place, "more" if new else "less", text)
        return
    yield from stated(f"{place}.publisher", f"{said}: who publishes", old.publisher, new.publisher, "unknown")
    yield from listed(f"{place}.below", f"{said}: where to", old.below, new.below, longer="less", shorter="more")


def _means(place: str, said: str, old: str, new: str) -> Iterator[Shift]:
    if old != new:
        yield Shift(place, "other", f"{said}: the words are other")


def _order(place: str, said: str, old: Sequence[str], new: Sequence[str], asks: Asks = "other") -> Iterator[Shift]:
    """That what is in both stands in another order."""
    if [name for name in old if name in new] != [name for name in new if name in old]:
        yield Shift(place, asks, f"{said} stand in another order")
