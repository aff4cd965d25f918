"""What starting costs: asking for help must not load a database library."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORT = "from workflow.cli import main"
HELP = """
sys.argv = ["holdfast", "--help"]
from workflow.cli import main
try:
    sys.exit(main())
except SystemExit as done:
    assert not done.code, done.code
"""
PROBE = """
import sys
{start}
print("loaded:", *sorted({{"alembic", "sqlalchemy", "sqlmodel"}} & set(sys.modules)))
"""


@pytest.mark.parametrize("start", [IMPORT, HELP], ids=["import", "help"])
def test_the_command_line_starts_without_a_database_library(start: str) -> None:
    command = [sys.executable, "-c", PROBE.format(start=start)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1].split() == ["loaded:"]
