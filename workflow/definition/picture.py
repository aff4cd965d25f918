"""A process as a picture: a Mermaid state diagram, which many editors and websites draw.

A stage is a state, a move is an arrow. On each arrow stands what its gate demands, in short: the words of
``holdfast process show`` are the whole of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from workflow.definition.rules import FINDINGS, about
from workflow.policy import Composed, Policy
from workflow.process import ANY_OF, WITHDRAWN, PolicySpec, Process, Stage, Transition
from workflow.registry import ALWAYS_AT_A_RAISE, Registry

BREAK = "<br/>"


def as_mermaid(process: Process, registry: Registry) -> str:
    """The process as a Mermaid state diagram, with exposures and gates in short; what nothing undoes says so."""
    title = f"{process.label} - SOLO, one person may do everything" if process.solo else process.label
    lines = ["---", f'title: "{title}"', "---", "stateDiagram-v2"]
    lines += [f'  state "{_label(stage)}" as {_state(stage.name)}' for stage in process.stages]
    lines.append(f"  [*] --> {_state(process.initial.name)}")
    for transition in process.transitions:
        demands = list(_in_short(transition, registry.gate(process, transition)))
        for source in transition.sources:
            label = BREAK.join([*_move(process, transition, source), *demands])
            lines.append(f"  {_state(source)} --> {_state(transition.dest)} : {label}")
    lines += [f"  {_state(stage.name)} --> [*]" for stage in process.stages if stage.name == WITHDRAWN]
    return "\n".join(lines) + "\n"


def _state(stage: str) -> str:
    # A stage may be called `state` or `end`, which are words of Mermaid's own.
    return f"stage_{stage}"


def _label(stage: Stage) -> str:
    hold = [f"opens a hold of {stage.hold.count} {stage.hold.role}"] if stage.hold else []
    return BREAK.join([stage.name, f"exposure {stage.exposure}", *hold])


def _move(process: Process, transition: Transition, source: str) -> Iterator[str]:
    yield transition.trigger
    if process.is_irreversible(source, transition.dest):
        yield "IRREVERSIBLE"
    elif process.is_raise(source, transition.dest):
        yield "raises the exposure"
    if transition.override is not None:
        terms = transition.override
        yield _escaped(f"{terms.sign_offs.count} of {terms.sign_offs.role} can override {terms.policy}")
    if transition.publish is not None:
        yield _escaped(f"publishes by {transition.publish.publisher}")


def _in_short(transition: Transition, gate: tuple[Policy, ...]) -> Iterator[str]:
    """One line a policy, however often the gate has it; those that the loader adds to every raise are one line."""
    subjects: dict[str, list[str]] = {}
    for spec, policy in zip(transition.gate, gate, strict=True):
        subjects.setdefault(spec.policy, []).extend(_subject(spec, policy))
    bare = [name for name in ALWAYS_AT_A_RAISE if subjects.get(name) == []]
    for name, told in subjects.items():
        if name not in bare:
            yield _escaped(f"{name}: {', '.join(told)}" if told else name)
    if bare:
        yield ", ".join(bare)


def _subject(spec: PolicySpec, policy: Policy) -> list[str]:
    """What one rule is about: how many of whom, which report, which areas or tests, who; else its only parameter."""
    if isinstance(policy, Composed):
        pairs = zip(policy.of, policy.parts, strict=True)
        ways = [" ".join((part.policy, *_subject(part, built))) for part, built in pairs]
        return [(" or " if spec.policy == ANY_OF else " and ").join(ways)]
    if quorums := policy.quorums():
        return [f"{quorum.count} {quorum.role}" for quorum in quorums]
    if named := about(spec):
        return [" ".join(named)]
    if spec.policy == FINDINGS:
        return [f"from {spec.params['blocks_from']} on"]
    if named := policy.areas_named() or policy.tests_named() or policy.roles_named():
        return list(named)
    return [str(value) for value in spec.params.values()] if len(spec.params) == 1 else []


_ENTITIES = {ord(char): f"#{ord(char)};" for char in '#;:<>"&{}[]()%`*~\\$|='}


def _escaped(text: str) -> str:
    """Text that Mermaid shows as it is: its own signs, and those of Markdown, as character references."""
    return " ".join(text.split()).translate(_ENTITIES)
