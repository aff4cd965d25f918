"""A ledger with the roles that a team gives it: an owner that is no superuser, and whom the printed SQL makes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

from tests.support.postgres import Databases, name_of
from workflow.storage import role_sql

PASSWORD = "correct horse"  # noqa: S105


@dataclass
class Team:
    """A database that has an owner, and the roles that were made in it."""

    databases: Databases
    database: str
    owner: str
    names: list[str] = field(default_factory=list)

    def url(self, role: str | None = None) -> str:
        """The address for a role; for the owner where none is named."""
        return self.databases.url(self.database, role or self.owner, PASSWORD)

    def new(self, kind: str = "app") -> str:
        """A name that no role has."""
        name = f"{kind}_{secrets.token_hex(4)}"
        self.names.append(name)
        return name

    def granted(self, role: str | None = None, *, reads: bool = False, erases: bool = False) -> str:
        """Has the owner run what is printed for a role, and returns the role's name."""
        name = role or self.new("reader" if reads else "app")
        self.do(role_sql(self.url(), name, reads=reads, erases=erases))
        self.let_in(name)
        return name

    def let_in(self, role: str) -> None:
        """Gives a role its password."""
        self.databases.do(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(PASSWORD)))

    def do(self, statement: str, *, role: str | None = None) -> None:
        """Runs statements as a role, or as the owner."""
        with psycopg.connect(self.url(role), autocommit=True) as connection:
            connection.execute(statement.encode())

    def above(self, statement: str) -> None:
        """Runs statements in the ledger's database as the superuser."""
        with psycopg.connect(self.databases.url(self.database), autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def team(databases: Databases) -> Iterator[Team]:
    """An empty database with an owner of its own; all of it is gone in the end."""
    owner = f"owner_{secrets.token_hex(4)}"
    databases.do(
        sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}").format(sql.Identifier(owner), sql.Literal(PASSWORD))
    )
    url = databases.database()
    made = Team(databases, name_of(url), owner)
    try:
        databases.do(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(sql.Identifier(made.database), sql.Identifier(owner))
        )
        yield made
    finally:
        databases.drop(url)
        for name in [*made.names, owner]:
            databases.do(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))
