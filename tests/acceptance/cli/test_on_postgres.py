"""The command line on PostgreSQL: from an empty database to a public release, every screen as with a file."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from cli_desk import PEOPLE, PROCESS, Desk, by

from tests.support.raw import raw

ORIGIN = "holdfast.example/cli"
CHANCE = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<=\+)[0-9a-f]{8}\+[A-Za-z0-9+/=]+"
    r"|[0-9a-f]{4}\.\.[0-9a-f]{4}"
    r"|\b[0-9a-f]{6,64}\b"
    r"|(sqlite|postgresql)://\S+"
)
"""What differs between two ledgers of one history: hashes over nonces and salts, ids, keys and addresses."""

REFUSED = ("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))


def desk_at(directory: Path, url: str) -> Desk:
    directory.mkdir()
    (directory / "holdfast.toml").write_text(f'database = "{url}"\n')
    shutil.copy(PROCESS, directory)
    model = directory / "model"
    model.mkdir()
    (model / "model.safetensors").write_bytes(b"weights of aurora")
    (model / "tokenizer.json").write_bytes(b"{}")
    return Desk(directory)


class Walk:
    """A way through the commands, and the screens along it."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.screens: list[tuple[str, int, str, str]] = []

    def __call__(self, *args: str) -> str:
        result = self.desk(*args)
        self.screens.append(
            (self._lasting(" ".join(args)), result.code, self._lasting(result.out), self._lasting(result.err))
        )
        return result.out

    def all_the_way(self) -> None:
        """From nothing to the public, with a refusal on the way and every question at the end."""
        self("init", "--origin", ORIGIN, *by("ops"))
        for person, roles in PEOPLE.items():
            self("roster", "add", person, *(word for role in roles for word in ("--role", role)), *by("ops"))
        self("charter", "allow", "small.yaml", "--up-to", "weights", *by("ops"))
        self("start", "aurora", "model", "--process", "small", "--author", "ada", "--label", "2.1", *by("lee"))
        self("advance", "aurora", "submit", *by("lee"))
        self(*REFUSED)
        self("inbox", "--as", "mara")
        self("hold", "aurora", *by("priya"))
        [hold] = json.loads(self("status", "aurora", "--json"))["holds"]
        self("lift", "aurora", hold["id"], *by("priya"))
        self("review", "aurora", "biosecurity", "acceptable", *by("mara"))
        for person in ("mara", "jun", "ivy"):
            basis = json.loads(self("explain", "aurora", "publish", "--json"))["basis"]
            self("sign", "aurora", "publish", "--approve", "--seen", basis, *by(person))
        self("explain", "aurora", "publish", "--as", "lee")
        self.desk.clock.forward("25h")
        self("advance", "aurora", "publish", "--confirm", "aurora", *by("lee"))
        self.questions()

    def questions(self) -> None:
        """What can be asked, from the list of releases to a pack for somebody without the ledger."""
        for asked in ("list", "status aurora", "history aurora", "history --json", "roster show", "candidate aurora"):
            self(*asked.split())
        vkey = json.loads(self("checkpoint", "new-key", "log", "--json"))["vkey"]
        config = self.desk.directory / "holdfast.toml"
        config.write_text('log_key = "log"\n' + config.read_text())
        self("roster", "log-key", vkey, *by("ops"))
        self("checkpoint", "-o", "given")
        self("audit", "prove", "3")
        for asked in ("verify", "verify --checkpoint given", "verify --release aurora", "verify --json", "overrides"):
            self("audit", *asked.split())
        self("report", "aurora", "-o", "report.html")
        self("audit", "export", "aurora", "-o", "aurora.pack")
        self("audit", "verify", "--pack", "aurora.pack")
        self("db", "upgrade")
        self("db", "rebuild")

    def _lasting(self, text: str) -> str:
        return " ".join(CHANCE.sub("#", text.replace(str(self.desk.directory), "HERE")).split())


def test_every_screen_to_a_public_release_is_that_of_a_ledger_in_a_file(postgres_database: str, tmp_path: Path) -> None:
    walks = [
        Walk(desk_at(tmp_path / name, url))
        for name, url in (("here", "sqlite:///holdfast.db"), ("away", postgres_database))
    ]
    for walk in walks:
        walk.all_the_way()

    password = urlsplit(postgres_database).password
    for here, there in zip(walks[0].screens, walks[1].screens, strict=True):
        assert there == here
        assert password not in there[2] + there[3]


def test_protection_that_was_taken_away_is_named_and_put_back_by_who_says_so(
    postgres_database: str, tmp_path: Path
) -> None:
    desk = desk_at(tmp_path / "desk", postgres_database)
    desk.does("init", "--origin", ORIGIN, *by("ops"))
    with raw(postgres_database) as database:
        database.drop("entry_no_update", "blob_no_truncate")

    audit = desk("audit", "verify")
    assert audit.code == 3
    assert "entry_no_update" in audit.out + audit.err
    assert "blob_no_truncate" in audit.out + audit.err
    assert desk("roster", "add", "lee", "--role", "lead", *by("ops")).code == 3

    assert "entry 2" in desk.does("db", "rebuild", "--restore-protection", *by("ops")).out
    desk.does("audit", "verify")
    desk.does("roster", "add", "lee", "--role", "lead", *by("ops"))
