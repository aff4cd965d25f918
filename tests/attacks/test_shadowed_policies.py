"""Somebody drops files beside a script, so that Python finds their rules before Holdfast's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from attacked import PROCESS

ROOT = Path(__file__).resolve().parents[2]

PLANTED = """
import pathlib
pathlib.Path(__file__).with_name("it-ran").touch()
BUILT_IN = {name: {1: "easy:Easy"} for name in (
    "actor", "candidate_unchanged", "charter", "evidence", "holds", "objections", "requirements", "risk_areas",
    "sign_offs", "soak", "statement")}
"""
DISGUISED = PLANTED + "__file__ = {own!r}\n__spec__.origin = {own!r}\n"

SCRIPT = """
import sys
import workflow
from workflow.definition import load_process
from workflow.registry import Registry
try:
    load_process(sys.argv[1], Registry())
except workflow.DefinitionError as error:
    print("refused:", error.message.replace(chr(10), " "))
else:
    print("loaded by", sys.modules["policies"].__file__)
"""


def run(folder: Path, *, before: str = "", distribution: Path = ROOT) -> str:
    (folder / "guarded.yaml").write_text(PROCESS, encoding="utf-8")
    script = folder / "release.py"
    script.write_text(before + SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(folder / "guarded.yaml")],
        cwd=folder,
        env={"PYTHONPATH": str(distribution)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("code", [PLANTED, DISGUISED], ids=["openly", "in disguise"])
@pytest.mark.parametrize("place", ["policies/__init__.py", "policies.py"])
def test_row_24_rules_beside_the_script_are_refused_before_any_of_them_runs(
    tmp_path: Path, place: str, code: str
) -> None:
    planted = tmp_path / place
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(code.replace("{own!r}", repr(str(ROOT / "policies" / "__init__.py"))), encoding="utf-8")

    said = run(tmp_path)

    assert said.startswith("refused: ") and str(planted) in said
    assert not list(tmp_path.rglob("it-ran"))


def test_row_24_a_single_file_within_the_distribution_does_not_pass_for_the_package(tmp_path: Path) -> None:
    """The script stands beside `workflow` and `policies`, in a folder of its own, as an example does."""
    for package in ("workflow", "policies"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "policies.py").write_text(PLANTED, encoding="utf-8")

    assert run(folder, distribution=tmp_path).startswith("refused: ")
    assert not list(tmp_path.rglob("it-ran"))


@pytest.mark.parametrize("module", ["holds", "sign_offs", "objections"])
def test_row_24_a_folder_without_a_beginning_adds_nothing_to_the_package(tmp_path: Path, module: str) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / f"{module}.py").write_text(PLANTED, encoding="utf-8")
    (tmp_path / "policies" / "open_weights.yaml").write_text("process: easy", encoding="utf-8")

    assert run(tmp_path).strip() == f"loaded by {ROOT / 'policies' / '__init__.py'}"
    assert not list(tmp_path.rglob("it-ran"))


def test_row_24_a_module_put_in_a_rule_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "easy.py").write_text("class Holds: pass\n", encoding="utf-8")

    said = run(tmp_path, before="import sys, easy, policies\nsys.modules['policies.holds'] = easy\n")

    assert said.startswith("refused: ") and "policies.holds" in said


def test_row_24_ready_made_processes_beside_the_script_do_not_reach_a_new_ledger(tmp_path: Path) -> None:
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies" / "open_weights.yaml").write_text(PROCESS.replace("guarded", "open_weights"))
    create = (
        "import workflow\n"
        "engine = workflow.create_ledger('sqlite:///x.db', administrators=['ana'], rationale='to release carefully')\n"
        "print(sorted(line.process for line in engine.roster().charter))\n"
        "engine.close()\n"
    )
    beside = run(tmp_path, before=create).splitlines()[0]
    other = tmp_path / "elsewhere"
    other.mkdir()

    assert beside == run(other, before=create).splitlines()[0]
