"""Where a process names a publisher, a release goes out by a plan and its application, and by nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab, definition, refused


@pytest.fixture
def out(tmp_path: Path) -> Path:
    path = tmp_path / "out"
    path.mkdir()
    return path


@pytest.fixture
def published(lab: Lab, out: Path) -> Lab:
    """A release in review whose way out is published below ``out``, and approved."""
    written = definition(name="published")
    written["transitions"]["publish"]["publish"] = {"publisher": "local_directory", "below": [str(out)]}
    lab.allow(lab.read(written))
    lab.in_review(process="published")
    lab.approve_publish()
    return lab


def test_a_plain_advance_is_refused_and_says_what_to_do(published: Lab, out: Path) -> None:
    with refused("publisher") as caught:
        published.advance("publish")

    assert "holdfast plan aurora publish --to DESTINATION" in str(caught.value.remedy)
    assert published.stage() == "review"
    assert list(out.iterdir()) == []
    published.audited()
