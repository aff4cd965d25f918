"""Who may import whom, as the import contracts in pyproject.toml say it, and that they catch what they name."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(checkout: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", *options]
    return subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False)


@dataclass(frozen=True)
class Breach:
    """A line that must not be written, in a module where it must not stand, and the id of the contract that says so."""

    module: str
    line: str
    contract: str

    def __str__(self) -> str:
        return f"{self.module}: {self.line}"


BREACHES = [
    Breach("workflow/ledger/text.py", "import workflow.clock", "layers"),
    Breach("workflow/clock.py", "import workflow.ledger", "layers"),
    Breach("workflow/process.py", "import workflow.release", "layers"),
    Breach("workflow/release.py", "import workflow.policy", "layers"),
    Breach("workflow/policy.py", "import workflow.decide", "layers"),
    Breach("workflow/machine.py", "import workflow.policy", "layers"),
    Breach("workflow/decide.py", "import workflow.engine", "layers"),
    Breach("workflow/decide.py", "import workflow.storage.base", "pure"),
    Breach("workflow/storage/base.py", "import workflow.engine", "layers"),
    Breach("workflow/engine.py", "import workflow.cli", "layers"),
    Breach("workflow/artifact/breach.py", "import workflow.process", "layers"),
    Breach("workflow/evidence/breach.py", "import workflow.release", "layers"),
    Breach("workflow/artifact/breach.py", "import workflow.evidence", "layers"),
    Breach("workflow/signing/breach.py", "import workflow.artifact", "layers"),
    Breach("workflow/nowhere.py", "import json", "layers"),
    Breach("policies/breach.py", "import workflow.release", "policies"),
    Breach("policies/breach.py", "from workflow.engine import Engine", "policies"),
    Breach("policies/breach.py", "import workflow", "policies"),
    Breach("workflow/engine.py", "import workflow.storage.tables", "storage"),
    Breach("workflow/audit/walk.py", "from workflow import storage", "storage"),
    Breach("workflow/engine.py", "import sqlmodel", "database"),
    Breach("workflow/engine.py", "def late():\n    from sqlalchemy import text", "database"),
    Breach("workflow/cli/breach.py", "import alembic", "database"),
    Breach("policies/breach.py", "import sqlalchemy", "database"),
    Breach("workflow/engine.py", "import typer", "terminal"),
    Breach("workflow/storage/breach.py", "import rich.table", "terminal"),
    Breach("workflow/decide.py", "import transitions", "machine"),
    Breach("policies/breach.py", "from transitions import Machine", "machine"),
]


def test_every_import_is_one_that_the_design_allows() -> None:
    result = lint(ROOT)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("breach", BREACHES, ids=str)
def test_an_import_that_the_design_forbids_is_named(tmp_path: Path, breach: Breach) -> None:
    for package in ("workflow", "policies"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    imported = breach.line.split()[1].replace(".", "/")
    for module in (tmp_path / breach.module, tmp_path / f"{imported}.py"):
        if module.is_relative_to(tmp_path / "workflow") or module.is_relative_to(tmp_path / "policies"):
            ensure_module(module)
    with (tmp_path / breach.module).open("a") as source:
        source.write(f"\n{breach.line}\n")

    result = lint(tmp_path, "--contract", breach.contract)

    assert "Contracts: 0 kept, 1 broken." in result.stdout, result.stdout + result.stderr


def ensure_module(path: Path) -> None:
    """A module that imports nothing, where there is none yet."""
    folder = path.with_suffix("")
    module = folder / "__init__.py" if folder.is_dir() else path
    module.parent.mkdir(parents=True, exist_ok=True)
    (module.parent / "__init__.py").touch()
    module.touch()
