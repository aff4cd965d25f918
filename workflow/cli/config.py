"""The configuration: ``holdfast.toml``, found from the working directory upward.

database = "sqlite:///holdfast.db"      # where the ledger is; a relative path starts at this file
actor = "mara"                          # who acts, where nothing else says so
key = "~/.ssh/id_ed25519"               # what they sign with; a relative path starts at this file
policies = ["acme_rules:Freeze"]        # the organisation's own policies that may be imported
hints = true                            # advice after the facts
pinned = ["1:9f3c..."]                  # entries, each with the hash that it must have
log_key = "keys/log"                    # the ledger's own key, for checkpoints; a relative path starts at this file
log_heads = "keys/heads"                # the directory that remembers which were given out; by default beside the key
checkpoints = "asked"                   # or "always": one after every change; needs log_key

[observers]                             # how to look at what those policies need, by the kind of the need
calendar = "acme_rules:read_calendar"
"""

from __future__ import annotations

import errno
import json
import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workflow.checkpoints.log import When
from workflow.errors import DefinitionError, InvalidInput, NotFound, Problem
from workflow.files import delivering, unwritten
from workflow.pins import parse_pin

FILE = "holdfast.toml"
DATABASE = "sqlite:///holdfast.db"
NEW = """\
# Where the ledger is; a relative path starts at this file. No password belongs here.
database = {database}
"""

_SQLITE = "sqlite:///"
_KEYS: dict[str, str] = {
    "database": "an address in quotes, such as " + DATABASE,
    "actor": "a handle in quotes, such as mara",
    "key": "the file of a key in quotes, such as ~/.ssh/id_ed25519",
    "policies": "a list of names in quotes, such as acme_rules:Freeze",
    "hints": "true or false",
    "pinned": 'a list of entries with their hashes of 64 digits, such as "1:9f3c..."',
    "log_key": "the file of a key in quotes, such as keys/log",
    "log_heads": "a directory in quotes, such as keys/heads",
    "checkpoints": '"asked" or "always"',
    "observers": 'a table of kinds with functions, such as calendar = "acme_rules:read_calendar"',
}
_NAMED = re.compile(r"[\w.]+:\w+")


@dataclass(frozen=True, slots=True)
class Config:
    """What holds for every command in a directory. ``file`` is None where there is no ``holdfast.toml``."""

    file: Path | None
    # It may hold a password.
    database: str | None = field(repr=False)
    actor: str | None = None
    key: Path | None = None
    policies: tuple[str, ...] = ()
    hints: bool = True
    pinned: Mapping[int, str] = field(default_factory=dict)
    observers: Mapping[str, str] = field(default_factory=dict)
    log_key: Path | None = None
    log_heads: Path | None = None
    checkpoints: When = "asked"

    def ledger(self) -> str:
        """The address of the ledger.

        Raises:
            NotFound: nothing says where it is.
        """
        if self.database is None:
            raise NotFound(
                f"there is no {FILE} in this directory or above it, so nothing says where the ledger is",
                remedy="make a ledger with: holdfast init; or set HOLDFAST_DATABASE_URL",
            )
        return self.database


def find_config(directory: Path, environment: Mapping[str, str], *, above: bool = True) -> Config:
    """The configuration that holds in a directory.

    ``HOLDFAST_DATABASE_URL``, ``HOLDFAST_ACTOR`` and ``HOLDFAST_KEY`` go before the file.

    Args:
        directory: where to look first.
        environment: the variables.
        above: whether a file of a directory above counts, where the directory itself has none.

    Raises:
        DefinitionError: the file is damaged, or has a key that means nothing; or whether there is one cannot be seen.
    """
    places = (directory, *directory.parents) if above else (directory,)
    file = next((place / FILE for place in places if _is_there(place / FILE)), None)
    values = _read(file) if file else {}
    base = file.parent if file else directory
    database = environment.get("HOLDFAST_DATABASE_URL")
    if database:
        database = located(database, directory)
    elif file:
        database = located(values.get("database", DATABASE), base)
    return Config(
        file=file,
        database=database or None,
        actor=environment.get("HOLDFAST_ACTOR") or values.get("actor"),
        key=_key(directory, environment.get("HOLDFAST_KEY"), environment) or _key(base, values.get("key"), environment),
        policies=tuple(values.get("policies", ())),
        hints=values.get("hints", True),
        pinned=dict(map(parse_pin, values.get("pinned", ()))),
        observers=values.get("observers", {}),
        log_key=_key(base, values.get("log_key"), environment),
        log_heads=_key(base, values.get("log_heads"), environment),
        checkpoints=values.get("checkpoints", "asked"),
    )


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError as error:
        # It might pin the ledger, so nothing goes on as if it were not there.
        raise DefinitionError(
            f"{file} cannot be looked at: {error.strerror}", remedy="run this where you may read every directory above"
        ) from error


@contextmanager
def writing_config(directory: Path, database: str = DATABASE) -> Iterator[Path]:
    """A minimal configuration, which leads to a database: there at the end of the block, and only if that went well.

    What could keep it from being written is found before the block begins.

    Raises:
        InvalidInput: there is one already, or the directory cannot be written.
        StorageError: its disk is full or takes nothing.
    """
    file = directory / FILE
    try:
        if os.path.lexists(file):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
    except OSError as error:
        raise unwritten(error, str(file), "choose another directory") from error
    with delivering(file, replace=False) as draft:
        # A text in TOML is written as one in JSON.
        draft.write(NEW.format(database=json.dumps(database, ensure_ascii=False)).encode())
        draft.flush()
        yield file


def located(database: str, base: Path) -> str:
    """The address, with a relative path of an SQLite file made absolute."""
    name = database.removeprefix(_SQLITE)
    return database if name in (database, "", ":memory:") else f"{_SQLITE}{base / name}"


def from_home(path: str, environment: Mapping[str, str]) -> Path:
    """A path as somebody typed it, ``~`` being their home."""
    home = environment.get("HOME")
    return Path(home, path[2:]) if home and path.startswith("~/") else Path(path)


def _key(base: Path, path: str | None, environment: Mapping[str, str]) -> Path | None:
    return base / from_home(path, environment) if path else None


def _read(file: Path) -> dict[str, Any]:
    try:
        text = file.read_text("utf-8")
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        raise _refused([Problem(str(file), int(line[1]) if line else 1, "", f"no TOML: {error}")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DefinitionError(f"{file} cannot be read: {error}", remedy="make it a readable text in UTF-8") from None
    problems = []
    for key, value in values.items():
        if key not in _KEYS:
            problems.append(Problem(str(file), _line(text, key), key, f"means nothing; there is: {', '.join(_KEYS)}"))
        elif not _fits(key, value):
            problems.append(Problem(str(file), _line(text, key), key, f"must be {_KEYS[key]}"))
    if values.get("checkpoints") == "always" and "log_key" not in values:
        words = "always needs log_key, the file of the ledger's own key: without one, none would ever be made"
        problems.append(Problem(str(file), _line(text, "checkpoints"), "checkpoints", words))
    if problems:
        raise _refused(problems)
    return values


def _refused(problems: list[Problem]) -> DefinitionError:
    return DefinitionError("the configuration is refused", problems=problems, remedy="correct it")


def _fits(key: str, value: object) -> bool:
    match key:
        case "hints":
            return isinstance(value, bool)
        case "policies":
            return isinstance(value, list) and all(map(_is_named, value))
        case "pinned":
            return isinstance(value, list) and _are_pins(value)
        case "checkpoints":
            return value in ("asked", "always")
        case "observers":
            return isinstance(value, dict) and all(map(_is_named, value.values()))
        case _:
            return isinstance(value, str) and bool(value)


def _are_pins(value: list[object]) -> bool:
    """Whether all of them are pins, each of an entry of its own."""
    try:
        return len(dict(parse_pin(str(pin)) for pin in value)) == len(value)
    except InvalidInput:
        return False


def _is_named(value: object) -> bool:
    return isinstance(value, str) and _NAMED.fullmatch(value) is not None


def _line(text: str, key: str) -> int:
    named = re.compile(rf"""\s*\[*\s*["']?{re.escape(key)}\b""")
    return next((number for number, line in enumerate(text.splitlines(), 1) if named.match(line)), 1)
