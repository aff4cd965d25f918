"""The pinned requirements: complete, hashed, without an address, and in step with pyproject.toml."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"].values()
GROUPS = PYPROJECT["dependency-groups"]
CORE = [*PYPROJECT["project"]["dependencies"], *GROUPS["build"]]
ASKED = {
    "core": CORE,
    "dev": [*CORE, *GROUPS["dev"], *(line for extra in EXTRAS for line in extra)],
    "bench": [*CORE, *GROUPS["bench"]],
}


def text_of(name: str) -> str:
    return (ROOT / "requirements" / f"{name}.txt").read_text("utf-8")


def pins(name: str) -> dict[str, str]:
    lines = [line.rstrip(" \\") for line in text_of(name).splitlines() if line[:1] not in ("", " ", "#")]
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in found}


@pytest.mark.parametrize("name", ASKED)
def test_what_pyproject_asks_for_is_pinned_at_a_version_that_fits(name: str) -> None:
    pinned = pins(name)
    asked = [Requirement(line) for line in ASKED[name]]

    assert [str(each) for each in asked if not each.specifier.contains(pinned[canonicalize_name(each.name)])] == []


@pytest.mark.parametrize("name", ASKED)
def test_every_pin_has_a_hash_and_no_line_has_an_address(name: str) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", text_of(name))

    assert [block for block in blocks if not re.search(r"--hash=sha256:[0-9a-f]{64}\b", block)] == []
    assert re.findall(r"(?m)^.*(?:://|--index-url|--find-links).*$", text_of(name)) == []


def test_the_sets_pin_what_they_share_alike() -> None:
    core, dev, bench = map(pins, ASKED)

    assert core.items() <= dev.items()
    assert core.items() <= bench.items()
    assert {name: bench[name] for name in bench.keys() & dev.keys()}.items() <= dev.items()
