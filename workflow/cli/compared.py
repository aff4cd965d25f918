"""How two processes that differ are shown."""

from __future__ import annotations

from workflow import Process
from workflow.cli.output import Output, Style
from workflow.cli.shown import short
from workflow.definition import Difference, GateDifference, by_gate, differences
from workflow.definition.compare import Effect

_EFFECTS: dict[Effect, tuple[str, Style]] = {
    "loosens": ("LOOSENS", "open"),
    "tightens": ("TIGHTENS", "met"),
    "alters": ("alters", "plain"),
}
"""How each effect is shown, the one to look at first at the top."""


def show_differences(out: Output, before: Process, after: Process) -> list[Difference]:
    """Prints how two processes differ: gate by gate in numbers, then each thing, where the second is looser first.

    Returns them in that order.
    """
    found = sorted(differences(before, after), key=lambda item: list(_EFFECTS).index(item.effect))
    out.line(f"from {before.label}, {short(before.digest)}, to {after.label}, {short(after.digest)}")
    for gate in by_gate(before, after):
        told = [f"{count} {word}" for word, count in _counts(gate).items() if count]
        nothing = ", IRREVERSIBLE" if gate.irreversible else ""
        out.line(f"`{gate.trigger}`{nothing}: {', '.join(told)}", lead="  ")
    for item in found:
        word, style = _EFFECTS[item.effect]
        out.line(item.text, lead=(f"{word:<9} ", style))
        out.line((item.place, "faint"), lead=" " * 10)
    if not found:
        out.line("They are the same.")
    return found


def _counts(gate: GateDifference) -> dict[str, int]:
    return {"loosens": gate.loosens, "tightens": gate.tightens, "alters": gate.alters}
