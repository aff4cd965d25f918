"""Writes the golden files anew: ``python -m tests.golden.make``.

Only for a new schema, and only to add to what is there: what was committed once is decided for ever.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.keeping import Kept
from tests.golden.telling import Story, nothing_left_to_chance


def told(directory: Path, url: str | None = None) -> Kept:
    """The story as today's code writes it."""
    with nothing_left_to_chance(directory, url=url):
        story = Story()
        story.tell()
        story.close()
        return Kept.of(story.url)


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        told(Path(directory)).write()
