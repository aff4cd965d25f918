"""Disks that are full or take nothing: real ones where this process may mount them, and what the system has instead."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.users import ordinary_user

SIZE = 4 * 1024 * 1024


@contextmanager
def disk(place: Path, size: int = SIZE) -> Iterator[bool]:
    """A small disk of its own at a place; False where this process may not mount one, and the place is as before."""
    place.mkdir(exist_ok=True)
    mounted = _mount("-t", "tmpfs", "-o", f"size={size}", "none", str(place))
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", str(place)], check=True)


def enlarge(place: Path, size: int) -> None:
    """Gives a disk of :func:`disk` more room."""
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)


@contextmanager
def room(place: Path, left: int, *, is_disk: bool) -> Iterator[None]:
    """Leaves so many bytes free on a disk; or, where it is none of its own, lets no file grow beyond them."""
    if not is_disk:
        # Also root may write no larger file; Python has the signal of it ignored.
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (left, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        return
    filler = place / "filler"
    state = os.statvfs(place)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, state.f_bavail * state.f_frsize - left)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def read_only(place: Path, *, is_disk: bool) -> Iterator[None]:
    """Nothing can be written on a disk; or, where it is none of its own, by the user that this process is meanwhile."""
    if is_disk:
        subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
        try:
            yield
        finally:
            subprocess.run(["mount", "-o", "remount,rw", str(place)], check=True)
        return
    folders = [place, *(path for path in place.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    with ordinary_user():
        yield
    for folder in folders:
        folder.chmod(0o755)


def _mount(*arguments: str) -> bool:
    try:
        return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False
