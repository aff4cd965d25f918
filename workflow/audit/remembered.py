"""What somebody has kept of a ledger elsewhere, for it to be held against."""

from __future__ import annotations

from dataclasses import dataclass

from workflow import ledger
from workflow.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Remembered:
    """The size of the ledger at some time and the root that its tree had."""

    size: int
    root: str

    def __post_init__(self) -> None:
        if self.size < 1 or not ledger.is_digest(self.root):
            raise InvalidInput("a remembered tree has a size of at least 1 and a root of 64 hexadecimal characters")
