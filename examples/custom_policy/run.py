"""Two rules of a lab's own in a gate: one that asks what day it is, one that looks into a calendar.

Run it with ``python examples/custom_policy/run.py``: the rules stand beside it, where Python finds them.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from no_freeze import KIND, read_calendar

import workflow
from workflow.tour.model import write_model

HERE = Path(__file__).parent
ALLOWED = ("no_fridays:NoFridays", "no_freeze:NoFreeze")


class Day:
    """A clock that stands still until it is told the day."""

    def __init__(self, day: int) -> None:
        self.day = day

    def now(self) -> datetime:
        """Nine in the morning of that day of August 2025; the first was a Friday."""
        return datetime(2025, 8, self.day, 9, tzinfo=UTC)


def main() -> None:
    """Tries to go out on a Friday, during a freeze, with the calendar gone, and on a quiet Wednesday."""
    # The calendar is named relatively in the process, so it is looked for where this runs.
    with tempfile.TemporaryDirectory() as directory, contextlib.chdir(directory):
        calendar = Path("freezes.json")
        freezes = json.dumps([{"from": "2025-08-04", "to": "2025-08-05", "why": "the quarter's report"}])
        calendar.write_text(freezes, encoding="utf-8")
        write_model(Path("model"))
        clock = Day(1)
        with prepared(clock) as engine:
            attempt(engine, clock, "a Friday")
            clock.day = 5
            attempt(engine, clock, "frozen")
            clock.day = 6
            calendar.unlink()
            attempt(engine, clock, "the calendar is gone")
            calendar.write_text(freezes, encoding="utf-8")
            attempt(engine, clock, "a Wednesday")
            assert engine.status("kite").stage == "hosted"
            print(f"audit: {engine.audit().outcome}, the lab's own rules run again over what was recorded")

        # Whoever audits elsewhere does not run the lab's code unless told to trust it, and hears what that leaves out.
        with workflow.open_engine("sqlite:///holdfast.db", clock=clock) as stranger:
            report = stranger.audit()
            assert report.outcome == "incomplete"
            print(f"audit without the lab's rules: {report.outcome}")


def prepared(clock: workflow.Clock) -> workflow.Engine:
    """A ledger whose charter has the lab's process, and a release that safety has approved."""
    engine = workflow.create_ledger(
        "sqlite:///holdfast.db",
        administrators=["ana"],
        rationale="our releases are decided here",
        policies=ALLOWED,
        observers={KIND: read_calendar},
        clock=clock,
    )
    process = engine.load_process(HERE / "small_lab.yaml")
    engine.allow_process(process, workflow.Exposure.HOSTED, actor="ana", rationale="the lab's own way to go out")
    for person, role in {"lee": "lead", "mara": "safety"}.items():
        engine.add_person(person, roles=[role], actor="ana", rationale="works on releases")
    engine.start("kite", "model", process=process, authors=["kim"], actor="lee", rationale="our first model")
    basis = engine.explain("kite", "host", observe=False).basis
    engine.sign_off("kite", "host", role="safety", actor="mara", basis=basis, rationale="I found no harm in it")
    return engine


def attempt(engine: workflow.Engine, clock: workflow.Clock, what: str) -> None:
    """Tries to switch the model on, and prints what came of it."""
    day = f"{clock.now():%a %d %b}, {what}"
    try:
        engine.advance("kite", "host", actor="lee", rationale="it is time")
    except workflow.Refused as error:
        reasons = [reason.text for verdict in error.verdicts for reason in verdict.reasons]
        print(f"{day}: {error.outcome}: {'; '.join(reasons)}")
    else:
        print(f"{day}: allowed")


if __name__ == "__main__":
    main()
