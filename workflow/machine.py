"""The state machine behind a process; the only place that knows ``transitions``.

That library's defaults would add ``to_<stage>()`` triggers that skip every guard, so they are off; a guard that refuses
is a silent ``False``, so the answer is checked; and callbacks that raise leave things half done, so there are none.
"""

from __future__ import annotations

from typing import Any

from transitions import Machine

from workflow.errors import InvalidTransition
from workflow.process import Process, Transition


class _Cursor:
    """A throw-away model: where a release is, and what its gate said.

    Its names begin with an underscore, because no stage and no trigger can be called so.
    """

    def __init__(self, stage: str) -> None:
        self._stage = stage

    def _gate_allows(self, event: Any) -> bool:
        """The guard of every transition."""
        return event.kwargs.get("allowed") is True


class StageMachine:
    """Answers where a trigger leads from a stage of one process."""

    def __init__(self, process: Process) -> None:
        self._process = process
        # What the library says does not change with time, so it is asked once: a move takes it 20 microseconds.
        self._leads: dict[tuple[str, str], bool] = {}
        self._moved: dict[tuple[str, str, bool], str | None] = {}
        self._machine = Machine(
            model=None,
            states=[stage.name for stage in process.stages],
            initial=process.initial.name,
            transitions=[
                {
                    "trigger": transition.trigger,
                    "source": list(transition.sources),
                    "dest": transition.dest,
                    "conditions": "_gate_allows",
                }
                for transition in process.transitions
            ],
            model_attribute="_stage",
            auto_transitions=False,
            send_event=True,
            queued=False,
            ignore_invalid_triggers=False,
        )

    def resolve(self, stage: str, trigger: str) -> Transition:
        """The transition that a trigger is, from a stage.

        Raises:
            NotFound: the process has no such trigger.
            InvalidTransition: the trigger does not lead out of that stage.
        """
        transition = self._process.transition(trigger)
        if (stage, trigger) not in self._leads:
            self._leads[stage, trigger] = bool(self._machine.get_transitions(trigger, stage))
        if not self._leads[stage, trigger]:
            known = (
                ", ".join(other.trigger for other in self._process.leaving(stage)) or "nothing: it is the last stage"
            )
            raise InvalidTransition(
                f"`{trigger}` leads from {' or '.join(transition.sources)} to {transition.dest}, and the release is in "
                f"{stage}",
                remedy=f"from {stage} there is: {known}",
            )
        return transition

    def move(self, stage: str, trigger: str, *, allowed: bool) -> str:
        """The stage after a trigger whose gate has been decided.

        Raises:
            NotFound: the process has no such trigger.
            InvalidTransition: the trigger does not lead out of that stage, or its gate did not allow it.
        """
        self.resolve(stage, trigger)
        way = (stage, trigger, allowed)
        if way not in self._moved:
            # The model is handed to the event, and not added to the machine, which would bind every trigger to it.
            cursor = _Cursor(stage)
            moved = self._machine.events[trigger].trigger(cursor, allowed=allowed)
            self._moved[way] = str(cursor._stage) if moved else None
        dest = self._moved[way]
        if dest is None:
            raise InvalidTransition(f"the gate of `{trigger}` does not allow it")
        return dest
