"""DBOS: a workflow for each release, a step of it for each act, with the system database on PostgreSQL.

The workflow keeps the stage and the sign-offs and checks them as Holdfast's process says; a step returns who did what
and why, which is what DBOS keeps of it: one row, durable before the step is over. What people do reaches the workflow
by a queue in memory, because that costs least; by messages (``DBOS.send`` and ``DBOS.recv``), as it would have to where
people are on other hosts, each act would be two more rows. The settings are the defaults, with an executor id of its
own for every client, as several processes need it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue

from dbos import DBOS, DBOSConfig

from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY

Asked = tuple[str, str]
Record = dict[str, str]

MOVES = {
    "submit": ("testing", "review"),
    "delay": ("review", "delay"),
    "resume": ("delay", "review"),
    "release": ("review", "public"),
}
SIGNED = ("submit", "release")
END = ("end", "")


@dataclass
class Desk:
    """Where one release's acts are handed in, and handed back when they are durable."""

    asked: SimpleQueue[Asked] = field(default_factory=SimpleQueue)
    done: SimpleQueue[Record | None] = field(default_factory=SimpleQueue)


DESKS: dict[str, Desk] = {}


@DBOS.step()
def act(release: str, what: str, person: str, why: str) -> Record:
    """What is on record of an act."""
    return {"release": release, "what": what, "by": person, "why": why}


@DBOS.workflow()
def life(release: str) -> str:
    """One release from its start to its end; returns its stage."""
    desk = DESKS[release]
    stage, held = "testing", False
    signed: set[Asked] = set()
    while (asked := desk.asked.get()) != END:
        what, person = asked
        if what in MOVES:
            source, dest = MOVES[what]
            missing = what in SIGNED and {(f"sign {what}", one) for one in SIGNERS} - signed
            if stage != source or missing or (what == "resume" and held):
                desk.done.put(None)
                continue
            stage, held = dest, what == "delay"
        elif what == "lift":
            held = False
        else:
            signed.add(asked)
        desk.done.put(act(release, what, person, WHY))
    return stage


class Workflows:
    """The steps, in workflows of this process."""

    def start(self, name: str) -> None:
        """Starts the workflow, and records in it who did."""
        DESKS[name] = Desk()
        DBOS.start_workflow(life, name)
        self._ask(name, "start", LEAD)

    def sign(self, name: str, trigger: str) -> None:
        """A step for each signer."""
        for person in SIGNERS:
            self._ask(name, f"sign {trigger}", person)

    def move(self, name: str, trigger: str, person: str = LEAD) -> None:
        """A step; behind the last one the workflow ends, which nobody waits for."""
        self._ask(name, trigger, person)
        if trigger == "release":
            DESKS.pop(name).asked.put(END)

    def lift(self, name: str) -> None:
        """A step."""
        self._ask(name, "lift", HOLDER)

    def _ask(self, name: str, what: str, person: str) -> None:
        desk = DESKS[name]
        desk.asked.put((what, person))
        assert desk.done.get(timeout=60) is not None, (name, what)


def prepare(url: str, folder: str) -> None:
    """Makes the tables."""
    _launched(url, Path(folder).name)
    DBOS.destroy()


def client(url: str, folder: Path) -> Workflows:
    """Launches DBOS as one of many who use the system database."""
    _launched(url, folder.name)
    return Workflows()


def _launched(url: str, name: str) -> None:
    config: DBOSConfig = {
        "name": "benchmark",
        "system_database_url": url,
        "executor_id": name,
        "log_level": "ERROR",
    }
    DBOS(config=config)
    DBOS.launch()
