"""Where a log has its key and its memory, and when it makes checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HEADS = "heads"

When = Literal["asked", "always"]


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
