"""What the approvals of a release rested on, entry by entry: each gate is looked at once for each, and remembered."""

from __future__ import annotations

from datetime import datetime

from workflow.basis import last_change
from workflow.policy import CannotTell
from workflow.report.gathering.scene import Scene
from workflow.signoff import SignOff

Since = tuple[datetime, int | None]
"""Since when a basis has been what it is, and by which entry, where one made it so."""


class Bases:
    """The bases of a release's gates."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._after: dict[tuple[str, int], str | None] = {}
        self._known: dict[tuple[str, int], tuple[SignOff, Since | None]] = {}
        self._entries = sorted({*scene.entries, *(item.entry.seq for item in scene.administration)})

    def after(self, trigger: str, entry: int) -> str | None:
        """What an approval would have rested on after an entry; None where there was no such gate."""
        if (trigger, entry) not in self._after:
            gate = self._scene.gate_after(trigger, entry)
            self._after[trigger, entry] = gate.basis if gate is not None else None
        return self._after[trigger, entry]

    def since(self, item: SignOff) -> Since | None:
        """Since when what an approval rests on had been the same when it was given; None where that cannot be told.

        Approvals are to be asked for in their order: one that rests on what the last one did has it since then too.
        """
        place = (item.transition, item.round)
        before = self._known.get(place)
        known = before is not None and self._same(before[0], item)
        found = before[1] if before is not None and known else self._worked_out(item)
        self._known[place] = (item, found)
        return found

    def moved(self, item: SignOff, last: int) -> int | None:
        """The first entry, up to a last one, by which what an approval rests on became another; None where none did."""
        between = (seq for seq in self._entries if item.act.entry < seq <= last)
        return next((seq for seq in between if self.after(item.transition, seq) != item.basis), None)

    def _same(self, before: SignOff, item: SignOff) -> bool:
        """Whether what an approval rests on has been the same since another of the same gate and round."""
        if before.basis != item.basis or self._scene.world.roster.deputies:
            return False  # whether a deputy acts may change with time alone
        between = (seq for seq in self._entries if before.act.entry <= seq < item.act.entry)
        return all(self.after(item.transition, seq) == item.basis for seq in between)

    def _worked_out(self, item: SignOff) -> Since | None:
        gate = self._scene.gate_after(item.transition, item.act.entry - 1)
        try:
            change = last_change(gate) if gate is not None else None
        except CannotTell:
            return None
        return (change.at, change.entry) if change is not None else None
