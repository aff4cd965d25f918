"""A small model on disk, and the one thing that root cannot see by itself: a file that may not be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.users import ordinary_user


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A directory with three files of weights, the second of them in a folder."""
    root = tmp_path / "model"
    (root / "m").mkdir(parents=True)
    (root / "a.safetensors").write_bytes(b"first")
    (root / "m" / "b.safetensors").write_bytes(b"second")
    (root / "z.safetensors").write_bytes(b"third")
    return root


@pytest.fixture
def others_model() -> Iterator[Path]:
    """A directory that every user can reach, during a test that runs as an ordinary user even when root started it."""
    with ordinary_user() as root:
        (root / "config.json").write_bytes(b"{}")
        yield root
