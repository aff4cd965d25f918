"""The server that all tests of one run share, and what keeps it: a process that ends it when the run is over.

Whichever test process needs it first starts the keeper, and may end before the others do. The keeper watches the
process that the run began with, so that nothing is left of the server however the run ends.
"""

from __future__ import annotations

import fcntl
import os
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.support.postgres import Databases, Server
from tests.support.postgres_programs import NoPostgres

GIVEN = "HOLDFAST_TEST_POSTGRES_URL"
CHECKOUT = Path(__file__).parents[2]


def shared(root: Path, run: int) -> Databases:
    """The server of a run, started where it is not running yet.

    Args:
        root: a directory that the processes of the run share, and no others.
        run: the process whose end is the run's end.

    Raises:
        NoPostgres: there is none to be had.
    """
    if given := os.environ.get(GIVEN):
        return Databases(given)
    address, said = root / "postgres-address", root / "postgres-keeper"
    with (root / "postgres-lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not address.exists() and not said.exists():
            with said.open("wb") as output:
                subprocess.run(
                    [sys.executable, "-m", "tests.support.postgres_keeper", str(address), str(run)],
                    cwd=CHECKOUT,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    check=False,
                )
        if not address.exists():
            raise NoPostgres(said.read_text().strip())
        return Databases(address.read_text())


def main(address: Path, run: int) -> None:
    """Goes on in the background as soon as the server runs and its address can be read."""
    started, says = os.pipe()
    if os.fork() != 0:
        os.close(says)
        os.read(started, 1)
        return
    os.setsid()
    with suppress(ProcessLookupError):
        handle = os.pidfd_open(run)
        try:
            with Server() as server:
                written = address.with_suffix(".part")
                written.write_text(server.url())
                written.rename(address)
                os.close(says)
                select.select([handle], [], [])
        except NoPostgres as error:
            print(error, file=sys.stderr)  # noqa: T201 (what the keeper says is read by those who wait for it)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
