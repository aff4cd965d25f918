"""The golden ledgers that came later, a folder each, with the story that is told in its ``telling.py``.

To write one, once: ``python -m tests.golden.later NAME``. What was committed once is decided for ever.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.golden.keeping import HERE, Kept
from tests.golden.telling import nothing_left_to_chance

NAMES = sorted(path.parent.name for path in HERE.glob("*/telling.py") if path.parent.name != "signed")


def told(name: str, directory: Path, url: str | None = None) -> Kept:
    """A story as today's code writes it.

    ``telling`` has the processes it takes for ready-made, the revisions that policies had then, and the story.
    """
    telling = import_module(f"tests.golden.{name}.telling")
    with nothing_left_to_chance(directory, telling.PROCESSES, telling.NEWEST, url):
        story = telling.STORY()
        story.tell()
        story.close()
        return Kept.of(story.url)


if __name__ == "__main__":
    with TemporaryDirectory() as directory:
        told(sys.argv[1], Path(directory)).write(HERE / sys.argv[1])
