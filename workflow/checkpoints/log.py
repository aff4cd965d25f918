"""Where a log has its key and its memory, and when it makes checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from workflow.errors import InvalidInput

HEADS = "heads"

When = Literal["asked", "always"]


def check_when(when: object, key: object) -> None:
    """Checks when checkpoints are to be made, and that there is to be a key where they are.

    Raises:
        InvalidInput: it is no such word, or ``always`` without the file of a key: then none would ever be made.
    """
    words = get_args(When)
    if when not in words:
        raise InvalidInput(
            f"checkpoints are made {' or '.join(words)}, not {str(when)[:40]!r}", remedy="name one of both"
        )
    if when == "always" and key is None:
        raise InvalidInput(
            "checkpoints are to be made always, and nothing says where the log's key is, so that none would be",
            remedy="name the file of the key as log_key as well",
        )


@dataclass(frozen=True, slots=True)
class Log:
    """A log's own.

    Args:
        key: the file of its private key.
        heads: the directory that remembers what was given out; by default ``heads`` beside the key.
        when: whether a checkpoint is made when somebody asks for one, or after every change too.
    """

    key: Path
    heads: Path | None = None
    when: When = "asked"

    @property
    def memory(self) -> Path:
        """The directory that remembers what was given out."""
        return self.heads or self.key.parent / HEADS
