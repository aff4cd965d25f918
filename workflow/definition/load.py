"""From a process file to the resolved process, in which every default and every rule's revision is written out.

Mistakes are named together, as far as one can be told from another: first what is no strict YAML, then all the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

from workflow import ledger
from workflow.definition.check import check_gates, check_roles, check_stages
from workflow.definition.finding import Finding, Places
from workflow.definition.form import Form, read_form, rules
from workflow.definition.leaving import check_publishing
from workflow.definition.lines import MAX_BYTES, Data, parse, refusal
from workflow.definition.overrides import check_overrides
from workflow.definition.written import Written, read_rule, spec_of
from workflow.errors import DefinitionError, LedgerError, NotFound
from workflow.process import Override, PolicySpec, Process, Publish, Role, Stage, StageHold, Transition
from workflow.registry import ALWAYS_AT_A_RAISE, Registry

ALWAYS_WITH_SIGN_OFFS = "objections"


@dataclass(frozen=True)
class Loaded:
    """A process that can be used, what somebody should think about, and the lines of its file."""

    process: Process
    warnings: tuple[Finding, ...]
    places: Places


def load_process(source: PathLike[str] | str, registry: Registry, *, file: str | None = None) -> Process:
    """The resolved process of a file, or of a text.

    Args:
        source: where the file is; a ``str`` of more than one line is the YAML itself.
        registry: where its policies come from.
        file: what messages call it; by default the path.

    Raises:
        DefinitionError: with every mistake that was found.
        NotFound: there is no such file.
    """
    return read_process(source, registry, file=file).process


def read_process(source: PathLike[str] | str, registry: Registry, *, file: str | None = None) -> Loaded:
    """What :func:`load_process` gives, with the warnings and the lines for whoever shows the file to a person.

    Raises:
        DefinitionError: with every mistake that was found.
        NotFound: there is no such file.
    """
    text = isinstance(source, str) and "\n" in source
    raw = str(source).encode("utf-8", "surrogatepass") if text else _bytes(Path(source))
    data, places = parse(raw, file or ("process" if text else str(source)))
    form, findings = read_form(data, places)
    gates, refused = _gates(data, places, registry)
    findings += refused
    if form is not None:
        findings += check_roles(form, places)
        findings += check_stages(form, places)
        findings += check_publishing(form, places)
        findings += check_gates(form, gates, readable=not refused, places=places)
        findings += check_overrides(form, gates, readable=not refused, places=places)
    if form is None or any(finding.severity == "error" for finding in findings):
        raise refusal([finding for finding in findings if finding.severity == "error"])
    try:
        process = _resolved(form, gates, registry)
        ledger.encode(process.model_dump(mode="json"))
    except LedgerError as error:
        raise refusal([places.error((), f"cannot be kept in a ledger: {error.message}")]) from error
    return Loaded(process, tuple(findings), places)


def _bytes(path: Path) -> bytes:
    try:
        # Only a plain file: a pipe or a device could block, or never end.
        if not path.is_file():
            raise NotFound(f"there is no file {path}", remedy="name a process file, such as my_process.yaml")
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}", remedy="make it readable") from error


def _gates(data: Data, places: Places, registry: Registry) -> tuple[dict[str, list[Written]], list[Finding]]:
    """The rules of every gate by trigger, as far as their policies take them, and what is wrong with the others."""
    gates: dict[str, list[Written]] = {}
    findings: list[Finding] = []
    for place, rule in rules(data):
        written, refused = read_rule(place, rule, registry, places)
        findings += refused
        if written is not None:
            gates.setdefault(str(place[1]), []).append(written)
    return gates, findings


def _resolved(form: Form, gates: dict[str, list[Written]], registry: Registry) -> Process:
    return Process(
        name=form.process,
        version=form.version,
        means=form.means,
        solo=form.solo,
        signed=form.signed,
        started_by=form.started_by,
        roles=tuple(Role(name=name, **role.model_dump()) for name, role in form.roles.items()),
        stages=tuple(
            Stage(
                name=name,
                exposure=stage.exposure,
                means=stage.means,
                hold=StageHold.model_validate(stage.hold.model_dump()) if stage.hold else None,
            )
            for name, stage in form.stages.items()
        ),
        transitions=tuple(
            Transition(
                trigger=trigger,
                sources=transition.sources,
                dest=transition.dest,
                means=transition.means,
                publish=Publish.model_validate(transition.publish.model_dump()) if transition.publish else None,
                override=Override.model_validate(transition.override.model_dump()) if transition.override else None,
                gate=(*(rule.spec for rule in gates[trigger]), *_added(form, trigger, gates[trigger], registry)),
            )
            for trigger, transition in form.transitions.items()
        ),
    )


def _added(form: Form, trigger: str, written: Iterable[Written], registry: Registry) -> list[PolicySpec]:
    """The rules that belong in a gate whether its author thought of them or not."""
    there = {rule.spec.policy for rule in written}
    always = ALWAYS_AT_A_RAISE if form.raises(form.transitions[trigger]) else ()
    if any(rule.quorums for rule in written):
        always = tuple(dict.fromkeys((*always, ALWAYS_WITH_SIGN_OFFS)))
    return [spec_of(name, registry.find(name).model_validate({}), registry) for name in always if name not in there]
