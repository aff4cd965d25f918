"""What one writes in an afternoon: a state machine of ``transitions``, and SQLModel's ORM for what is kept.

Each step opens a session, loads the release, decides by guards that count sign-offs, changes the row, adds a line to a
log, and commits. Nothing is hashed, and nobody can tell what was altered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlmodel import Field, MetaData, Session, SQLModel, create_engine, func, select
from transitions import Machine

from benchmarks.ways import HOLDER, LEAD, SIGNERS, WHY, check, durable


class Table(SQLModel):
    """What the tables share."""

    metadata = MetaData()


class Release(Table, table=True):
    """A release where it stands."""

    name: str = Field(primary_key=True)
    stage: str = "testing"
    round: int = 1
    held: bool = False


class SignOff(Table, table=True):
    """An approval."""

    id: int | None = Field(default=None, primary_key=True)
    release: str = Field(index=True)
    trigger: str
    round: int
    person: str
    why: str
    at: datetime


class Line(Table, table=True):
    """What happened."""

    id: int | None = Field(default=None, primary_key=True)
    release: str = Field(index=True)
    what: str
    person: str
    why: str
    at: datetime


class Flow:
    """A release in its machine, for one step."""

    stage: str

    def __init__(self, session: Session, release: Release) -> None:
        self._session = session
        self._release = release

    def approved(self, event: Any) -> bool:
        """Whether two people approved the trigger in this round."""
        signed = select(func.count(func.distinct(SignOff.person))).where(
            SignOff.release == self._release.name,
            SignOff.trigger == event.event.name,
            SignOff.round == self._release.round,
        )
        return self._session.exec(signed).one() >= len(SIGNERS)

    def lifted(self, event: Any) -> bool:  # noqa: ARG002
        """Whether nothing holds it."""
        return not self._release.held


MACHINE = Machine(
    model=None,
    states=["testing", "review", "delay", "public"],
    initial="testing",
    transitions=[
        {"trigger": "submit", "source": "testing", "dest": "review", "conditions": "approved"},
        {"trigger": "delay", "source": "review", "dest": "delay"},
        {"trigger": "resume", "source": "delay", "dest": "review", "conditions": "lifted"},
        {"trigger": "release", "source": "review", "dest": "public", "conditions": "approved"},
    ],
    model_attribute="stage",
    auto_transitions=False,
    send_event=True,
)


def make(folder: Path) -> Callable[[str], None]:
    """Opens a new database."""
    engine = create_engine(f"sqlite:///{folder / 'naive.db'}")
    event.listen(engine, "connect", durable)
    Table.metadata.create_all(engine)
    with engine.connect() as connection:
        check(connection.connection.driver_connection)

    @contextmanager
    def step(name: str, what: str, person: str) -> Iterator[tuple[Session, Release]]:
        with Session(engine) as session:
            yield session, session.get_one(Release, name)
            session.add(Line(release=name, what=what, person=person, why=WHY, at=datetime.now(UTC)))
            session.commit()

    def start(name: str) -> None:
        with Session(engine) as session:
            session.add(Release(name=name))
            session.add(Line(release=name, what="start", person=LEAD, why=WHY, at=datetime.now(UTC)))
            session.commit()

    def sign(name: str, trigger: str, person: str) -> None:
        with step(name, f"sign {trigger}", person) as (session, release):
            round_ = release.round
            signed = {"trigger": trigger, "round": round_, "person": person, "why": WHY, "at": datetime.now(UTC)}
            session.add(SignOff(release=name, **signed))

    def move(name: str, trigger: str, person: str) -> None:
        with step(name, trigger, person) as (session, release):
            flow = Flow(session, release)
            MACHINE.add_model(flow, initial=release.stage)
            try:
                assert flow.trigger(trigger)  # type: ignore[attr-defined]
            finally:
                MACHINE.remove_model(flow)
            release.stage, release.round, release.held = flow.stage, release.round + 1, flow.stage == "delay"
            session.add(release)

    def lift(name: str) -> None:
        with step(name, "lift", HOLDER) as (session, release):
            release.held = False
            session.add(release)

    def work(name: str) -> None:
        start(name)
        for person in SIGNERS:
            sign(name, "submit", person)
        move(name, "submit", LEAD)
        move(name, "delay", HOLDER)
        lift(name)
        move(name, "resume", LEAD)
        for person in SIGNERS:
            sign(name, "release", person)
        move(name, "release", LEAD)

    return work
