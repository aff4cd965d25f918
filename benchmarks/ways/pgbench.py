"""The floor: ``pgbench``, PostgreSQL's own, with prepared statements; transactions of one insert and one update.

Each client inserts a row that says what a release's step would, and sets the stage in a row of its own, so that none
waits for another. Nothing is decided, and nothing is read.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import psycopg

from benchmarks.ways import LEAD, WHY

TABLES = """
CREATE TABLE step (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, release int NOT NULL, said text NOT NULL);
CREATE TABLE release (id int PRIMARY KEY, stage int NOT NULL);
INSERT INTO release SELECT client, 0 FROM generate_series(0, 255) AS client;
"""
SCRIPT = f"""
\\set stage random(1, 5)
BEGIN;
INSERT INTO step (release, said) VALUES (:client_id, '{LEAD}: {WHY}');
UPDATE release SET stage = :stage WHERE id = :client_id;
COMMIT;
"""  # noqa: S608 (the names in it are its own)


def prepare(url: str, folder: Path) -> Path:
    """Makes the tables; and the script, which it returns."""
    with psycopg.connect(url) as connection:
        connection.execute(TABLES)
    script = folder / "transaction.sql"
    script.write_text(SCRIPT)
    return script


def transactions_per_s(program: Path, url: str, script: Path, clients: int, seconds: int) -> float:
    """How many transactions so many clients commit in a second."""
    settings = ("--no-vacuum", "--protocol=prepared", f"--client={clients}", f"--jobs={min(clients, 2)}")
    done = subprocess.run(
        [program, *settings, f"--file={script}", f"--time={seconds}", url],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"tps = ([\d.]+) \(without initial connection time\)", done.stdout)
    assert found, done.stdout
    return float(found[1])
