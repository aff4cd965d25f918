"""What a person sees and types when they sign at a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from keygen_lab import PASSPHRASE, make_key, surroundings
from software_authenticator import PIN, plug_in

SIGN = """
import os, sys
os.close(os.open(os.ttyname(0), os.O_RDWR))  # so that it is the terminal of this session
from workflow.errors import WorkflowError
from workflow.signing import SshKeygen
try:
    print(SshKeygen(sys.argv[1]).sign(b"{}", "n").decode())
except WorkflowError as error:
    print("error:", error)
"""

PATIENCE = 60


class Terminal:
    """One end of a terminal: somebody who reads and types."""

    def __init__(self, end: int) -> None:
        self.end = end
        self.seen = ""

    def until(self, pattern: str) -> str:
        """Reads until this has come, and gives everything that has been seen."""
        while not re.search(pattern, self.seen):
            ready, _, _ = select.select([self.end], [], [], PATIENCE)
            assert ready, f"{pattern!r} did not come after {self.seen!r}"
            self.seen += os.read(self.end, 4096).decode()
        return self.seen

    def type(self, line: str) -> None:
        os.write(self.end, line.encode() + b"\n")

    def rest(self) -> str:
        # The system says that a terminal has been left with an error.
        with suppress(OSError):
            while got := os.read(self.end, 4096):
                self.seen += got.decode()
        return self.seen


@contextmanager
def signing(key: Path, **environment: str) -> Iterator[Terminal]:
    end, other = pty.openpty()
    command = [sys.executable, "-c", SIGN, str(key)]
    at_it = {"stdin": other, "stdout": other, "stderr": other, "start_new_session": True}
    with subprocess.Popen(command, env=surroundings(**environment), **at_it) as process:
        os.close(other)
        try:
            yield Terminal(end)
        finally:
            os.close(end)
            process.kill()


# On a desktop, ssh-keygen would ask in a window, because the statement comes in where a person would type.
@pytest.mark.parametrize("desktop", [{}, {"DISPLAY": ":77"}, {"WAYLAND_DISPLAY": "none"}], ids=str)
def test_a_passphrase_is_asked_for_at_the_terminal(desktop: dict[str, str], tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase=PASSPHRASE)

    with signing(key, **desktop) as terminal:
        terminal.until("Enter passphrase.*: ")
        terminal.type(PASSPHRASE)
        seen = terminal.until("END SSH SIGNATURE")

    assert PASSPHRASE not in seen


def test_a_pin_is_asked_for_at_the_terminal_and_the_touch_too(tmp_path: Path) -> None:
    plugged = plug_in(tmp_path, "sk-ed25519")
    key = make_key(tmp_path / "key", "ed25519-sk", "-O", "verify-required", **plugged)

    with signing(key, **plugged) as terminal:
        terminal.until("Enter PIN.*: ")
        terminal.type(PIN)
        terminal.until("Confirm user presence")
        terminal.until("END SSH SIGNATURE")


def test_what_ssh_keygen_says_is_seen_once(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase=PASSPHRASE)

    with signing(key) as terminal:
        terminal.until("Enter passphrase.*: ")
        terminal.type("a guess")
        seen = terminal.rest()

    assert seen.count("incorrect passphrase") == 1
    assert "error: ssh-keygen did not sign" in seen
    assert "above" in seen
