"""Processes that are killed while they give a checkpoint out, or cosign one, and what the next one makes of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.faults.forks import at_once, fork
from tests.faults.publishing import die
from tests.integration.engine.lab import ADMINISTRATOR, WHY, Lab
from tests.integration.engine.logged import Logged
from workflow import Witness, WitnessRequest, open_engine
from workflow.checkpoints import Heads, LogKey, places
from workflow.ledger.checkpoint import Checkpoint

POINTS = (
    "before it is signed",
    "when it is signed",
    "before the rename",
    "after the rename",
    "when it is durable",
    "when it is shown",
)
MANY = 12


def dying(point: str) -> None:
    """Lets this process die at a point of the next checkpoint or cosignature."""

    def around(before: str, after: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **settings: Any) -> Any:
            if point == before:
                die()
            result = function(*args, **settings)
            if point == after:
                die()
            return result

        return called

    LogKey.sign = around("before it is signed", "when it is signed", LogKey.sign)  # type: ignore[method-assign]
    Path.replace = around("before the rename", "after the rename", Path.replace)  # type: ignore[method-assign]
    places.write = around("", "when it is durable", places.write)


def dies_over(act: Callable[[], str], point: str) -> list[Any]:
    """What a process showed that was killed over something at a point."""

    def run(tell: Callable[[Any], None]) -> None:
        dying(point)
        tell(act())
        die()

    child = fork(run)
    _, status = os.waitpid(child.pid, 0)
    assert os.WIFSIGNALED(status), list(child.lines(0))
    shown = list(child.lines(time.monotonic() + 10))  # its end of the pipe is closed, so nothing is waited for
    os.close(child.pipe)
    return shown


def killed(place: str, point: str) -> dict[str, Any]:
    """Kills a process that gives a checkpoint out: what it had shown, what is remembered, and what comes next."""
    lab = Lab(Path(place))
    logged = Logged.named(lab)
    before = logged.engine.checkpoint()
    logged.grow(2)
    lab.close()
    shown = dies_over(lambda: open_engine(lab.url, clock=lab.clock, log_key=logged.key).checkpoint().note, point)
    remembered = Heads(logged.keys / "heads", before.origin).read()
    assert remembered is not None
    assert remembered.head is not None
    with open_engine(lab.url, clock=lab.clock, log_key=logged.key) as engine:
        again = engine.checkpoint()
        assert engine.audit().outcome == "ok"
    return {
        "shown": shown,
        "before": before.note,
        "remembered": remembered.head.to_bytes().decode(),
        "again": again.note,
        "drafts": len(list((logged.keys / "heads").glob(".*.part"))),
    }


def killed_witness(place: str, point: str) -> dict[str, Any]:
    """The same of a witness: whether anything was shown, what it remembers, and that the same request is answered."""
    lab = Lab(Path(place))
    logged = Logged.named(lab)
    witness = Witness.make(Path(place) / "witness", "witness.example/w")
    witness.add_log(logged.vkey)
    first = WitnessRequest.from_bytes(logged.engine.for_witness(0))
    witness.cosign(first, lab.clock)
    logged.grow(2)
    request = WitnessRequest.from_bytes(logged.engine.for_witness(first.checkpoint.size))
    lab.close()
    shown = dies_over(lambda: witness.cosign(request, lab.clock).to_bytes().decode(), point)
    watched = witness.log(request.checkpoint.origin)
    assert watched is not None
    assert watched.known is not None
    again = Witness.open(witness.folder).cosign(request, lab.clock)
    return {
        "shown": shown,
        "sizes": [first.checkpoint.size, request.checkpoint.size],
        "remembered": watched.known.size,
        "again": len(again.of(witness.key.key)),
    }


def raced(place: str) -> dict[str, Any]:
    """Many processes that each change something and give a checkpoint out, all in the same moment."""
    lab = Lab(Path(place))
    logged = Logged.named(lab)
    lab.close()
    lab.clock.forward("1s")

    def run(number: int) -> Callable[[], str]:
        def acts() -> str:
            with open_engine(lab.url, clock=lab.clock, log_key=logged.key) as engine:
                engine.add_person(f"somebody-{number}", actor=ADMINISTRATOR, rationale=WHY)
                return engine.checkpoint().note

        return acts

    notes = at_once([run(number) for number in range(MANY)])
    with open_engine(lab.url, clock=lab.clock, log_key=logged.key) as engine:
        last = engine.latest_checkpoint()
        assert last is not None
        vouched = [engine.check_checkpoint(note) for note in notes]
        return {
            "sizes": sorted(item.size for item in vouched),
            "verified": all(item.verified for item in vouched),
            "last": last.size,
            "entries": engine.audit().entries,
        }


def raced_witness(place: str) -> dict[str, Any]:
    """Two histories of one log that ask one witness in the same moment, many times each."""
    lab = Lab(Path(place))
    logged = Logged.named(lab)
    witness = Witness.make(Path(place) / "witness", "witness.example/w")
    witness.add_log(logged.vkey)
    copy = logged.copied("copy.db")
    heads = (logged.keys / "heads", Path(place) / "other-heads")
    notes = []
    for number, place_of in enumerate(heads):
        if number:
            logged.put_back(copy)
        with logged.open(log_heads=place_of) as engine:
            if number:
                engine.remember_checkpoint(None)
            lab.clock.forward("1s")
            engine.add_person(f"somebody-{number}", actor=ADMINISTRATOR, rationale=WHY)
            notes.append(engine.for_witness(0))
    lab.close()

    def run(number: int) -> Callable[[], str]:
        def acts() -> str:
            try:
                witness.cosign(WitnessRequest.from_bytes(notes[number % 2]), lab.clock)
            except Exception as error:
                return f"{type(error).__name__} {number % 2}"
            return f"cosigned {number % 2}"

        return acts

    told = at_once([run(number) for number in range(MANY)])
    size, other = (Checkpoint.of(WitnessRequest.from_bytes(note).note).size for note in notes)
    return {"told": told, "sizes": [size, other]}
