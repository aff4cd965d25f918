"""What no file of the project may hold, and how long a module may be."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_LINES = 450

REGISTRY_HOST = re.compile(rb"\b(?:pypi|pythonhosted)\.(?:org|io)\b", re.IGNORECASE)
MACHINE_PATH = re.compile(rb"(?<![\w.~-])/(?:work|root|home|Users|opt)/\w")


def project_files() -> list[Path]:
    """What is tracked, and what would be with the next ``git add``."""
    # The checkout may belong to another user than the one who tests it.
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    files = [ROOT / name for name in listing.split("\0") if name]
    return [path for path in files if path.is_file()]


def hits(pattern: re.Pattern[bytes]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in project_files()
        for number, line in enumerate(path.read_bytes().splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert hits(REGISTRY_HOST) == []


def test_no_file_holds_a_path_of_the_machine_that_it_was_written_on() -> None:
    assert hits(MACHINE_PATH) == []


@pytest.mark.parametrize(
    ("pattern", "line", "found"),
    [
        (REGISTRY_HOST, b"--index-url https://" + b"pypi." + b"org/simple", True),
        (REGISTRY_HOST, b"https://files." + b"pythonhosted." + b"org/packages", True),
        (REGISTRY_HOST, b"on PyPI there is another distribution", False),
        (MACHINE_PATH, b'open("' + b"/ho" + b'me/mara/weights")', True),
        (MACHINE_PATH, b"cd " + b"/wo" + b"rk/main", True),
        (MACHINE_PATH, b"workflow/ledger, https://example.com/work/one, #!/usr/bin/env bash, ~/work/one", False),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern: re.Pattern[bytes], line: bytes, found: bool) -> None:
    assert (pattern.search(line) is not None) is found


def test_no_module_is_too_long_to_hold_one_idea() -> None:
    modules = [path for package in ("workflow", "policies") for path in sorted((ROOT / package).rglob("*.py"))]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in modules}

    assert "workflow/errors.py" in lengths
    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}
