"""Where the tests' ledgers are: in files, or on the PostgreSQL server that all tests share."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Protocol

from tests.support.postgres import Databases, name_of


class Ledgers(Protocol):
    """A kind of place for ledgers."""

    kind: str

    def new(self, directory: Path) -> str:
        """The address of one that is to be made."""
        ...

    def copy(self, url: str, directory: Path) -> str:
        """The address of a copy of one that nobody has open."""
        ...

    def keep(self, url: str) -> None:
        """Keeps one after its test, to be copied."""
        ...


class InFiles:
    """Each in a file in the directory of its test."""

    kind = "file"

    def new(self, directory: Path) -> str:
        """The address of one that is to be made."""
        return f"sqlite:///{directory / 'ledger.db'}"

    def copy(self, url: str, directory: Path) -> str:
        """The address of a copy of one that nobody has open."""
        shutil.copy(url.removeprefix("sqlite:///"), directory / "ledger.db")
        return self.new(directory)

    def keep(self, url: str) -> None:
        """Keeps one after its test, to be copied: it is there as long as its directory."""


class OnPostgres:
    """Each in a database of its own."""

    kind = "server"

    def __init__(self, server: Databases) -> None:
        self._server = server
        self._passing: set[str] = set()
        self._kept: set[str] = set()

    def new(self, directory: Path) -> str:
        """The address of one that is to be made."""
        return self._passes(self._server.database())

    def copy(self, url: str, directory: Path) -> str:
        """The address of a copy of one that nobody has open."""
        return self._passes(self._server.database(name_of(url)))

    def keep(self, url: str) -> None:
        """Keeps one after its test, to be copied."""
        self._passing.discard(url)
        self._kept.add(url)

    def clear(self) -> None:
        """Removes those that nobody keeps."""
        while self._passing:
            self._server.drop(self._passing.pop())

    def end(self) -> None:
        """Removes all of them."""
        self._passing |= self._kept
        self.clear()

    def _passes(self, url: str) -> str:
        self._passing.add(url)
        return url
