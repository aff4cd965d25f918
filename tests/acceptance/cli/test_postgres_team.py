"""A team's ledger on PostgreSQL from the command line: its owner makes it, some append, some only read."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_desk import PEOPLE, PROCESS, Desk, Result, by

from tests.support.postgres import Databases, Server
from tests.support.postgres_copies import Standby
from tests.support.postgres_roles import PASSWORD, Team, team
from workflow import Engine, open_engine

WALK: tuple[tuple[str, ...], ...] = (
    ("start", "aurora", "model", "--process", "small", "--author", "ada", "--label", "2.1", *by("lee")),
    ("advance", "aurora", "submit", *by("lee")),
    ("schedule", "aurora", "--to", "2025-07-17T17:00:00Z", *by("lee")),
    ("hold", "aurora", "--role", "legal", *by("ivy", "a licence is missing")),
    ("lift", "aurora", "H1", "--role", "legal", *by("ivy", "it is there")),
    ("require", "aurora", "run the tests again", "--role", "safety", *by("mara")),
    ("discharge", "aurora", "R1", "--role", "safety", *by("jun")),
    ("review", "aurora", "biosecurity", "acceptable", *by("mara")),
)
READING: tuple[tuple[str, ...], ...] = (
    ("status", "aurora"),
    ("explain", "aurora"),
    ("list",),
    ("inbox", "--as", "mara"),
    ("history",),
    ("history", "aurora", "-v"),
    ("roster", "show"),
    ("charter", "show"),
    ("process", "list"),
    ("audit", "verify"),
    ("audit", "waiting"),
    ("audit", "slips"),
    ("report", "aurora", "-o", "aurora.html", "--replace"),
)


@dataclass
class TeamDesk(Desk):
    """A desk whose ledger is in a database."""

    url: str = ""

    def __call__(self, *args: str, **settings: Any) -> Result:
        return super().__call__(*args, environment={"HOLDFAST_DATABASE_URL": self.url}, **settings)

    def engine(self) -> Engine:
        return open_engine(self.url, clock=self.clock)

    def of(self, url: str) -> TeamDesk:
        """The same desk for whoever uses another address."""
        return TeamDesk(self.directory, self.clock, url)


def founded(desk: TeamDesk) -> None:
    desk.does("init", "--origin", "holdfast.example/team", *by("ops"))


def walked(desk: TeamDesk) -> None:
    """Brings a release from its start to the public."""
    for person, roles in PEOPLE.items():
        desk.does("roster", "add", person, *(word for role in roles for word in ("--role", role)), *by("ops"))
    shutil.copy(PROCESS, desk.directory)
    desk.does("charter", "allow", "small.yaml", "--up-to", "weights", *by("ops"))
    model = desk.directory / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights of aurora")
    for step in WALK:
        desk.does(*step)
    assert desk("advance", "aurora", "publish", "--confirm", "aurora", *by("lee")).code == 8
    desk.approve("mara", "jun", "ivy")
    desk.clock.forward("25h")
    desk.does("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))


@pytest.fixture(scope="module")
def ledger(postgres: Databases) -> Iterator[Team]:
    with team(postgres) as made:
        yield made


@pytest.fixture(scope="module")
def released(ledger: Team, tmp_path_factory: pytest.TempPathFactory) -> TeamDesk:
    """What somebody has who only appends, after a release."""
    owner = TeamDesk(tmp_path_factory.mktemp("team"), url=ledger.url())
    founded(owner)
    app = ledger.new()
    ledger.do(owner.does("db", "grant", app).out)
    ledger.let_in(app)
    desk = owner.of(ledger.url(app))
    walked(desk)
    return desk


def test_whoever_appends_brings_a_release_from_its_start_to_the_public(released: TeamDesk) -> None:
    assert released("status", "aurora", "--json").json["stage"] == "public"
    assert released.does("audit", "verify", "--json").json["outcome"] == "ok"


def test_whoever_reads_is_told_the_same_as_everybody(ledger: Team, released: TeamDesk) -> None:
    name = ledger.new()
    ledger.do(released.does("db", "grant", name, "--read").out)
    ledger.let_in(name)
    reader = released.of(ledger.url(name))
    for question in READING:
        assert reader(*question) == released(*question), question

    before = released.does("history").out
    for act in (("hold", "aurora", "--role", "safety", *by("mara")), ("db", "rebuild"), ("db", "upgrade")):
        refused = reader(*act)
        assert (refused.code, refused.out) == (4, "")
        assert "lets this user read, and not append" in " ".join(refused.err.split())
        assert "next: name a user who may append" in " ".join(refused.err.split())
    assert released.does("history").out == before


def test_only_whoever_was_given_that_erases(ledger: Team, released: TeamDesk) -> None:
    before = released.does("history").out
    refused = released("erase", "5", "rationale", *by("ops"))
    assert refused.code == 4
    assert "holdfast db grant ROLE --erase" in " ".join(refused.err.split())
    assert released.does("history").out == before

    name = ledger.new()
    ledger.do(released.does("db", "grant", name, "--erase").out)
    ledger.let_in(name)
    released.of(ledger.url(name)).does("erase", "5", "rationale", *by("ops"))
    assert released.does("audit", "verify", "--json").json["outcome"] == "ok"


def test_what_only_the_owner_may_is_refused_whoever_appends(released: TeamDesk) -> None:
    before = released.does("history").out
    refused = released("db", "rebuild")
    assert (refused.code, refused.out) == (4, "")
    assert "the owner" in " ".join(refused.err.split())
    assert released.does("history").out == before


def test_what_is_printed_holds_no_password_and_says_what_it_is(released: TeamDesk) -> None:
    said = released("db", "grant", "ledger_app", "--json")
    assert said.code == 0
    assert PASSWORD not in said.out + said.err
    told = said.json
    assert (told["role"], told["reads"], told["erases"]) == ("ledger_app", False, False)
    assert told["sql"] == released.does("db", "grant", "ledger_app").out
    for wrong in (("public",), ("app", "--read", "--erase"), ("",)):
        refused = released("db", "grant", *wrong)
        assert (refused.code, refused.out) == (2, "")


def test_what_is_written_past_holdfast_with_the_password_of_whoever_appends_is_told_by_the_audit(
    postgres: Databases, tmp_path: Path
) -> None:
    with team(postgres) as made:
        desk = TeamDesk(tmp_path, url=made.url())
        founded(desk)
        app = made.granted()
        assert desk.does("audit", "verify", "--json").json["outcome"] == "ok"
        for statement, kind in (
            ("text VALUES (repeat('a', 64), repeat('x', 32)::bytea, 'what nobody said')", "out-of-place"),
            ("blob VALUES (repeat('b', 64), 1, 'x')", "altered"),
            ("kin VALUES (repeat('c', 64), 'aurora')", "projection"),
            ("span VALUES (1, 0, repeat('x', 32)::bytea)", "projection"),
            ("entry VALUES (2, 'roster', 1, repeat('x', 32)::bytea, 'command-2', '{}')", "tree"),
        ):
            made.do(f"INSERT INTO holdfast.{statement}", role=app)
            told = desk("audit", "verify", "--json")
            assert told.code == 3
            assert kind in {problem["kind"] for problem in told.json["problems"]}, told.json["problems"]


def test_a_replica_answers_every_question_and_takes_no_act(
    postgres_server: Callable[..., Server], tmp_path: Path
) -> None:
    primary = postgres_server()
    desk = TeamDesk(tmp_path, url=primary.database())
    founded(desk)
    walked(desk)
    with Standby(primary) as standby:
        standby.catch_up()
        replica = desk.of(desk.url.replace(f":{primary.port}/", f":{standby.port}/"))
        for question in READING:
            assert replica(*question) == desk(*question), question
        for act in (
            ("hold", "aurora", "--role", "safety", *by("mara")),
            ("db", "rebuild"),
            ("roster", "add", "zoe", "--role", "legal", *by("ops")),
        ):
            refused = replica(*act)
            assert (refused.code, refused.out) == (4, ""), act
            assert "primary" in " ".join(refused.err.split())
