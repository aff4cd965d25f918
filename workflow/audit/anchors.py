"""What others have kept of a ledger, for it to be held against: an earlier tree, and single entries."""

from __future__ import annotations

from dataclasses import dataclass, field

from workflow import ledger
from workflow.audit.findings import Findings
from workflow.audit.scope import Tree
from workflow.errors import InvalidInput
from workflow.pins import Pins, broken_pins
from workflow.storage.base import Reader


@dataclass(frozen=True, slots=True)
class Remembered:
    """The size of the ledger at some time and the root that its tree had."""

    size: int
    root: str

    def __post_init__(self) -> None:
        if self.size < 1 or not ledger.is_digest(self.root):
            raise InvalidInput("a remembered tree has a size of at least 1 and a root of 64 hexadecimal characters")


@dataclass(frozen=True)
class Anchors:
    """What is known from elsewhere: a remembered tree, and the hashes of pinned entries."""

    remembered: Remembered | None = None
    pinned: Pins = field(default_factory=dict)

    def check(self, reader: Reader, tree: Tree, findings: Findings) -> None:
        """Holds a ledger against all of it."""
        if self.remembered is not None:
            with findings.damage("tree", "the remembered tree cannot be compared"):
                _check_remembered(self.remembered, tree, findings)
        with findings.damage("unreadable", "the pinned entries cannot be read"):
            for broken in broken_pins(reader, self.pinned):
                kind = "missing" if broken.found == "nothing" else "altered"
                findings.problem(kind, broken.message, broken.at)


def _check_remembered(remembered: Remembered, tree: Tree, findings: Findings) -> None:
    size, have = remembered.size, tree.size
    if size > have:
        findings.problem("missing", f"{size} entries are remembered, and only {have} can be followed", have + 1)
        return
    root = tree.root_at(size)
    if root is None:
        findings.not_looked_at(f"the remembered tree of {size} entries", "its root is not known here")
    elif root != remembered.root:
        findings.problem("tree", f"the first {size} entries are not the remembered ones: their root is {root}", size)
