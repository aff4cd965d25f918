"""A process in words, to be read aloud."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from workflow.process import Override, Process, Role, Stage, Transition
from workflow.registry import Registry

WIDTH = 80


def as_text(process: Process, registry: Registry) -> str:
    """What the process demands, in at most 80 columns; plain ASCII but for what its author wrote."""
    lines = [process.label]
    lines += _wrapped(process.means, "  ")
    if process.solo:
        lines += ["", "SOLO: one person may request, write and approve. The history says so everywhere."]
    if process.signed:
        lines += ["", "SIGNED: every act that can open a gate is signed with a key of its maker."]
    lines += ["", "Roles"]
    for role in process.roles:
        ends = "its no ends only by its maker" if role.authority == "veto" else "its no can be answered"
        lines += _wrapped(f"{role.name}: {role.means or 'a role'} ({role.authority}: {ends})", "  ", "    ")
        for rule in _rules_of(role):
            lines += _wrapped(rule, "    ")
    lines += _wrapped(f"A release is started by {' or '.join(process.started_by)}.", "  ")
    lines += ["", "Stages, in order"]
    for place, stage in enumerate(process.stages, 1):
        lines += _stage(place, stage)
    for transition in process.transitions:
        lines += ["", *_transition(process, transition, registry)]
    lines += ["", f"digest {process.digest}"]
    return "\n".join(lines) + "\n"


def _rules_of(role: Role) -> Iterator[str]:
    if role.pin:
        yield "Its acts are signed by a security key that checked a PIN or a fingerprint."
    if role.sealed:
        yield "Who decided what in it is hidden until its quorum is in; a refusal acts and shows at once."
    if role.not_with:
        yield f"Whoever is {' or '.join(role.not_with)} may do nothing in it that opens a gate."
    if role.depends_on:
        yield f"Its sign-offs depend on these components alone: {', '.join(role.depends_on)}."


def _stage(place: int, stage: Stage) -> Iterator[str]:
    yield from _wrapped(f"{place}. {stage.name} (exposure: {stage.exposure})", "  ", "     ")
    yield from _wrapped(stage.means, "     ")
    if stage.hold is not None:
        people = "1 person" if stage.hold.count == 1 else f"{stage.hold.count} people"
        review = f", to be looked at again within {stage.hold.review_within}" if stage.hold.review_within else ""
        text = f"Entering it opens a hold{review}. It ends when {people} as {stage.hold.role} lift it; time never does."
        yield from _wrapped(text, "     ")


def _transition(process: Process, transition: Transition, registry: Registry) -> Iterator[str]:
    yield from _wrapped(f"{transition.trigger}: {' or '.join(transition.sources)} -> {transition.dest}", "", "    ")
    if any(process.is_irreversible(source, transition.dest) for source in transition.sources):
        yield "  IRREVERSIBLE: weights that are out cannot be pulled back."
    elif any(process.is_raise(source, transition.dest) for source in transition.sources):
        yield "  Raises the exposure."
    yield from _wrapped(transition.means, "  ")
    if transition.override is not None:
        yield from _wrapped(_override(transition.override), "  ")
    if transition.publish is not None:
        below = " or ".join(transition.publish.below)
        text = (
            f"Publishes by {transition.publish.publisher} below {below}: `holdfast plan`, then `holdfast apply`. A "
            "plain advance is refused."
        )
        yield from _wrapped(text, "  ")
    yield "  Demands, all of it:"
    gate = registry.gate(process, transition)
    for policy in gate:
        yield from _wrapped(f"- {policy.describe()}", "    ", "      ")
    asked = [policy.sign_off_lifetime() for policy in gate if policy.quorums()]
    limits = [limit for policy in gate if (limit := policy.sign_off_lifetime()) is not None]
    if limits and len({min(limits), *asked}) > 1:
        text = "An approval here, whatever its role, counts no longer than the shortest time that any of these says."
        yield from _wrapped(text, "  ")


def _override(terms: Override) -> str:
    people = "1 person" if terms.sign_offs.count == 1 else f"{terms.sign_offs.count} people"
    return (
        f"Override: {people} as {terms.sign_offs.role} can let it pass without what `{terms.policy}` asks, each word "
        f"for {terms.lasts}; {terms.review.role} reviews that within {terms.review.within}."
    )


def _wrapped(text: str, indent: str, hanging: str | None = None) -> list[str]:
    """Lines of at most :data:`WIDTH` columns; none where there is no text."""
    rest = indent if hanging is None else hanging
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=rest, break_on_hyphens=False)
