"""The database behind the ledger, from the command line: moved, and looked at."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from cli_desk import Desk, by

from tests.support.postgres import Databases, name_of
from workflow.cli import progress
from workflow.storage.address import shown as address
from workflow.storage.address import without_password


def test_a_ledger_is_moved_and_the_old_one_says_so(desk: Desk) -> None:
    desk.to_review()
    moved = desk("db", "copy", "sqlite:///holdfast.db", "sqlite:///new.db", "--retire")

    assert moved.code == 0
    assert "retired nothing can be added at sqlite:///" in " ".join(moved.out.split())
    assert "audit verify" in moved.err
    again = desk("db", "copy", "sqlite:///holdfast.db", "sqlite:///new.db", "--retire")
    assert again.code == 0
    assert again.out.split() == ["there", "already", *moved.out.split()[1:]]
    old = desk("list")
    assert (old.code, "was moved" in old.err, "next: name the database" in old.err) == (4, True, True)
    new = {"HOLDFAST_DATABASE_URL": "sqlite:///new.db"}
    assert desk("audit", "verify", environment=new).code == 0
    assert "aurora" in desk("list", environment=new).out


def test_a_copy_beside_its_original_comes_with_a_warning(desk: Desk) -> None:
    addresses = ("sqlite:///holdfast.db", "sqlite:///new.db")
    copied = desk("db", "copy", *addresses)
    again = desk("db", "copy", *addresses, "--json").json

    assert copied.code == 0
    assert "only one of them may be" in " ".join(copied.out.split())
    assert "--retire" in copied.err
    assert (again["copied"], again["retired"]) == (False, False)
    assert again["entries"] == desk("audit", "verify", "--json").json["entries"]
    assert again["from"].endswith("/holdfast.db") and again["to"].endswith("/new.db")
    desk.does("roster", "add", "zoe", *by("ops"))
    forked = desk("db", "copy", *addresses, "--retire")
    assert (forked.code, "another ledger" in forked.err) == (2, True)


def test_what_cannot_be_copied_is_one_sentence_with_the_next_step(desk: Desk) -> None:
    nowhere = desk("db", "copy", "sqlite:///none.db", "sqlite:///new.db")
    strange = desk("db", "copy", "sqlite:///holdfast.db", "mysql://mara:hunter2@host/ledger")

    assert (nowhere.code, "there is no ledger" in nowhere.err) == (2, True)
    assert (strange.code, "hunter2" in strange.err, "next: write it like" in strange.err) == (2, False, True)
    assert not (desk.directory / "new.db").exists()


def test_a_bar_shows_how_far_a_copy_is(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)

    assert "copying" in desk("db", "copy", "sqlite:///holdfast.db", "sqlite:///new.db", terminal=True).err


def test_the_database_is_looked_at_line_by_line_with_the_next_step_where_there_is_one(desk: Desk) -> None:
    good, as_json = desk("db", "check"), desk("db", "check", "sqlite:///holdfast.db", "--json").json
    desk.does("db", "copy", "sqlite:///holdfast.db", "sqlite:///new.db", "--retire")
    moved = desk("db", "check")
    with closing(sqlite3.connect(desk.directory / "holdfast.db")) as database:
        database.execute("DROP TRIGGER entry_no_update")
    damaged = desk("db", "check", "--json")

    assert (good.code, as_json["outcome"]) == (0, "ok")
    assert re.search(r"^ok +protection +every trigger is as it must be", good.out, re.MULTILINE)
    assert {item["state"] for item in as_json["conditions"]} == {"ok"}
    assert moved.code == 4
    assert re.search(r"^not ok +schema +this ledger was moved", moved.out, re.MULTILINE)
    assert "next: name the database that it was moved to" in " ".join(moved.out.split())
    assert (damaged.code, damaged.json["outcome"]) == (3, "damaged")
    assert desk("db", "check", "sqlite:///none.db").code == 2


def test_a_ledger_on_postgresql_is_made_with_a_file_that_leads_there_without_the_password(
    tmp_path: Path, postgres: Databases, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"role_{name_of(postgres_database)}"
    postgres.do(f"CREATE ROLE {name} LOGIN PASSWORD 'hunter2'")
    postgres.do(f"ALTER DATABASE {name_of(postgres_database)} OWNER TO {name}")
    url, place = postgres.url(name_of(postgres_database), name, "hunter2"), Desk(tmp_path)

    made = place("init", "--database", url, *by("ops"))

    assert (made.code, "hunter2" in made.out + made.err) == (0, False)
    assert "~/.pgpass" in made.err and "holdfast db grant ROLE" in made.err
    text = (tmp_path / "holdfast.toml").read_text()
    assert f'database = "{url.replace(":hunter2", "")}"' in text
    assert "pinned = [" in text
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    assert place("roster", "show").code == 0
    assert (place("init", "--database", url, *by("ops")).code, place("init", *by("ops")).code) == (2, 2)
    with psycopg.connect(postgres_database) as connection:
        connection.execute(f"REASSIGN OWNED BY {name} TO current_user".encode())
    postgres.do(f"DROP ROLE {name}")


def test_where_no_ledger_can_be_made_no_file_is_left(tmp_path: Path) -> None:
    url = "postgresql://mara:hunter2@127.0.0.1:1/ledger?connect_timeout=1&sslpassword=hunter3"
    result = Desk(tmp_path)("init", "--database", url, *by("ops"))

    assert result.code == 4
    assert "hunter" not in result.out + result.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("url", "shown", "written"),
    [
        ("sqlite:///holdfast.db", "sqlite:///holdfast.db", "sqlite:///holdfast.db"),
        (
            "postgresql://a:b@h/d?sslmode=require",
            "postgresql://a:***@h/d?sslmode=require",
            "postgresql://a@h/d?sslmode=require",
        ),
        ("postgresql:///d?user=a&password=b", "postgresql:///d?user=a&password=***", "postgresql:///d?user=a"),
        (
            "postgresql://h/d?passfile=p&sslpassword=b&sslmode=allow",
            "postgresql://h/d?passfile=p&sslpassword=***&sslmode=allow",
            "postgresql://h/d?passfile=p&sslmode=allow",
        ),
    ],
)
def test_a_password_is_neither_shown_nor_written_down(url: str, shown: str, written: str) -> None:
    assert (address(url), without_password(url)) == (shown, written)


def test_the_lists_are_made_anew_on_postgresql_and_an_upgrade_of_the_newest_changes_nothing(
    desk: Desk, postgres_database: str
) -> None:
    desk.to_review()
    there = {"HOLDFAST_DATABASE_URL": postgres_database}
    desk.does("db", "copy", "sqlite:///holdfast.db", postgres_database)
    listed = desk("list", environment=there).out
    with psycopg.connect(postgres_database) as connection:
        connection.execute("DELETE FROM holdfast.release")

    assert desk("db", "check", environment=there).code == 3
    assert desk("db", "rebuild", environment=there).code == 0
    assert desk("db", "upgrade", environment=there).code == 0
    assert desk("list", environment=there).out == listed
    assert desk("audit", "verify", environment=there).code == 0
