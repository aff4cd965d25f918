"""A test that runs as an ordinary user, even when root started it: who may read everything sees nothing unreadable."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


def let_in(folder: Path) -> None:
    """Lets everybody reach a directory of the tests."""
    for place in (folder, *folder.parents):
        if place.is_relative_to(tempfile.gettempdir()) and place != Path(tempfile.gettempdir()):
            place.chmod(0o755)


@contextmanager
def ordinary_user() -> Iterator[Path]:
    """A directory of this user's own, for as long as the process is theirs."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        started_as = os.geteuid()
        if started_as == 0:
            os.chown(root, NOBODY, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield root
        finally:
            os.seteuid(started_as)
