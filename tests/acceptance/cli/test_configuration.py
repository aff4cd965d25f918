"""Where the ledger is and who acts: the file, the environment, and what goes before what."""

from __future__ import annotations

from pathlib import Path

import pytest
from cli_desk import Desk, by

from tests.support.users import let_in, ordinary_user
from workflow.cli import init
from workflow.storage.address import shown as address


def test_init_makes_a_ledger_and_the_file_that_leads_to_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    result = desk("init", "--admin", "ops", "--admin", "sre", "--threshold", "2", *by("ops"))

    assert result.code == 0
    assert "holdfast.toml was written" in " ".join(result.out.split())
    with desk.engine() as engine:
        pinned = f'pinned = [\n    "1:{engine.anchors()[1]}",\n]\n'
    written = (tmp_path / "holdfast.toml").read_text()
    assert written.endswith(f'database = "sqlite:///holdfast.db"\n{pinned}')
    assert desk("roster", "show", "--json").json["administrators"] == ["ops", "sre"]
    assert desk("roster", "show", "--json").json["threshold"] == 2


def test_init_overwrites_nothing(desk: Desk) -> None:
    before = {path.name: path.read_bytes() for path in desk.directory.iterdir() if path.is_file()}

    result = desk("init", *by("ops"))

    assert result.code == 2
    assert {path.name: path.read_bytes() for path in desk.directory.iterdir() if path.is_file()} == before


def test_init_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    result = Desk(tmp_path)("init", *by("ops", "."))

    assert result.code == 2
    assert not (tmp_path / "holdfast.toml").exists()
    assert Desk(tmp_path)("init", *by("ops")).code == 0


def test_the_file_is_not_there_before_the_ledger_that_it_leads_to_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = []

    def killed(*_: object, **__: object) -> None:
        there.append((tmp_path / "holdfast.toml").exists())
        raise KeyboardInterrupt

    monkeypatch.setattr(init, "create_ledger", killed)
    stopped = Desk(tmp_path)("init", "--database", "sqlite:///wrong.db", *by("ops"))
    monkeypatch.undo()

    assert (stopped.code != 0, there, list(tmp_path.iterdir())) == (True, [False], [])
    assert Desk(tmp_path)("init", "--database", "sqlite:///right.db", *by("ops")).code == 0
    assert 'database = "sqlite:///right.db"' in (tmp_path / "holdfast.toml").read_text()


def test_where_the_file_could_not_be_written_no_ledger_is_made(tmp_path: Path) -> None:
    (tmp_path / "holdfast.toml").symlink_to("nowhere")

    result = Desk(tmp_path)("init", *by("ops"))

    assert (result.code, "holdfast.toml cannot be written: File exists" in " ".join(result.err.split())) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["holdfast.toml"]


def test_init_below_another_ledger_makes_one_of_its_own(desk: Desk) -> None:
    before = (desk.directory / "holdfast.db").read_bytes()
    below = Desk(desk.directory / "below")
    below.directory.mkdir()

    result = below("init", "--admin", "ana", *by("ana"))

    assert result.code == 0
    assert below("roster", "show", "--json").json["administrators"] == ["ana"]
    assert (below.directory / "holdfast.toml").is_file()
    assert (desk.directory / "holdfast.db").read_bytes() == before


def test_init_makes_the_database_that_the_file_of_this_very_directory_names(tmp_path: Path) -> None:
    text = 'database = "sqlite:///kept/ledger.db"\nactor = "ops"\n'
    (tmp_path / "holdfast.toml").write_text(text)
    (tmp_path / "kept").mkdir()

    result = Desk(tmp_path)("init", "-m", "our releases are decided here")

    assert result.code == 0
    assert (tmp_path / "kept" / "ledger.db").is_file()
    assert (tmp_path / "holdfast.toml").read_text().startswith(text + "pinned = [")
    assert "was written" not in result.out


def test_init_by_the_environment_s_address_writes_no_file_and_says_so(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    place = tmp_path / "place"
    place.mkdir()

    result = Desk(place)("init", *by("ops"), environment={"HOLDFAST_DATABASE_URL": url})

    assert result.code == 0
    assert "no holdfast.toml was written: HOLDFAST_DATABASE_URL says where" in " ".join(result.out.split())
    assert not list(place.iterdir())
    assert (tmp_path / "elsewhere.db").is_file()


def test_the_only_administrator_is_who_makes_the_ledger_where_nothing_else_says_who(tmp_path: Path) -> None:
    desk = Desk(tmp_path)

    two = desk("init", "--admin", "ops", "--admin", "sre", "-m", "our releases are decided here")
    one = desk("init", "--admin", "ops", "-m", "our releases are decided here")

    assert (two.code, one.code) == (2, 0)
    assert "nothing says who acts" in two.err
    assert desk("history", "--json").json[0]["actor"] == "ops"


def test_the_file_is_found_from_below(desk: Desk) -> None:
    below = desk.directory / "deep" / "er"
    below.mkdir(parents=True)

    assert Desk(below, desk.clock)("list").code == 0
    assert not list(below.iterdir())


def test_the_environment_goes_before_the_file(desk: Desk, tmp_path: Path) -> None:
    url = f"sqlite:///{desk.directory / 'holdfast.db'}"
    elsewhere = Desk(tmp_path / "elsewhere", desk.clock)
    elsewhere.directory.mkdir()
    elsewhere.does("init", *by("ops"))
    (elsewhere.directory / "holdfast.toml").write_text('database = "sqlite:///holdfast.db"\n')

    assert elsewhere("roster", "show", "--json").json["people"] != desk("roster", "show", "--json").json["people"]
    seen = elsewhere("roster", "show", "--json", environment={"HOLDFAST_DATABASE_URL": url})
    assert seen.json == desk("roster", "show", "--json").json


def test_who_acts_is_said_by_the_option_then_the_environment_then_the_file(desk: Desk) -> None:
    (desk.directory / "holdfast.toml").write_text('database = "sqlite:///holdfast.db"\nactor = "jun"\n')
    by_environment = {"HOLDFAST_ACTOR": "mara"}

    assert "Nothing waits for jun" in desk("inbox").out
    assert "Nothing waits for mara" in desk("inbox", environment=by_environment).out
    assert "Nothing waits for priya" in desk("inbox", "--as", "priya", environment=by_environment).out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'databse = "x"\n',
            "holdfast.toml:1: databse: means nothing; there is: database, actor, key, policies, hints, pin",
        ),
        ('actor = "lee"\n\n[server]\nport = 1\n', "holdfast.toml:3: server: means nothing"),
        ("actor = 7\n", "holdfast.toml:1: actor: must be a handle in quotes"),
        ('hints = "no"\n', "holdfast.toml:1: hints: must be true or false"),
        ('policies = "rules:Freeze"\n', "holdfast.toml:1: policies: must be a list of names"),
        ('policies = ["rules.Freeze"]\n', "holdfast.toml:1: policies: must be a list of names"),
        ('observers = "rules:look"\n', "holdfast.toml:1: observers: must be a table of kinds with functions"),
        ('hints = true\n[observers]\ncalendar = "look"\n', "holdfast.toml:2: observers: must be a table of kinds"),
        ('actor = "lee"\nhints = maybe\n', "holdfast.toml:2: no TOML"),
        ('database = "mysql://root:hunter2@db/x"\n', "no storage has the scheme 'mysql'"),
        ('database = "postgres://root:hunter2@db/x"\n', "write postgresql:// in its place"),
    ],
)
def test_a_wrong_file_is_refused_at_its_line(desk: Desk, text: str, told: str) -> None:
    (desk.directory / "holdfast.toml").write_text(text)

    result = desk("list")

    assert result.code == 2
    assert told in " ".join(result.err.split())
    assert "hunter2" not in result.err


def test_a_policy_of_the_organisation_s_own_is_imported_only_where_the_file_allows_it(desk: Desk) -> None:
    text = (desk.directory / "small.yaml").read_text()
    (desk.directory / "own.yaml").write_text(text.replace("      - soak: {at_least: 24h}\n", "      - acme:Freeze\n"))

    result = desk("process", "check", "own.yaml")

    assert result.code == 2
    assert 'policies = ["acme:Freeze"] in holdfast.toml' in " ".join(result.err.split())


def test_a_password_in_an_address_is_never_shown() -> None:
    assert address("postgresql://holdfast:hunter2@db.example/x") == "postgresql://holdfast:***@db.example/x"
    assert address("sqlite:////var/lib/holdfast.db") == "sqlite:////var/lib/holdfast.db"


def test_a_file_that_cannot_be_looked_for_is_one_clear_error(desk: Desk) -> None:
    hidden = desk.directory / "hidden"
    (hidden / "below").mkdir(parents=True)
    let_in(desk.directory)
    hidden.chmod(0o700)
    with ordinary_user():
        result = Desk(hidden / "below")("list")

    assert result.code == 2
    assert "cannot be looked at" in " ".join(result.err.split())
    assert "next: " in result.err
