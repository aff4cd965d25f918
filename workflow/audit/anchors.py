"""What others have kept of a ledger, for it to be held against: an earlier tree, and single entries."""

from __future__ import annotations

from dataclasses import dataclass, field

from workflow import ledger
from workflow.audit.findings import Findings
from workflow.audit.scope import Tree
from workflow.checkpoints import Vouched
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
    """What is known from elsewhere: a remembered tree, checkpoints, and the hashes of pinned entries."""

    remembered: Remembered | None = None
    pinned: Pins = field(default_factory=dict)
    checkpoints: tuple[Vouched, ...] = ()

    @property
    def has_tree(self) -> bool:
        """Whether somebody has kept an earlier tree."""
        return self.remembered is not None or bool(self.checkpoints)

    def check(self, reader: Reader, origin: str, tree: Tree, findings: Findings) -> tuple[str, ...]:
        """Holds a ledger against all of it, and says how far it fits."""
        fits: list[str] = []
        if self.remembered is not None:
            with findings.damage("tree", "the remembered tree cannot be compared"):
                if _check_remembered(self.remembered, tree, findings):
                    fits.append(f"entries 1 to {self.remembered.size} are those of the remembered tree")
        for kept in self.checkpoints:
            with findings.damage("rewritten", "a checkpoint cannot be compared"):
                if _check_checkpoint(kept, origin, tree, findings):
                    fits.append(f"entries 1 to {kept.size} are those of the checkpoint of {kept.size} entries")
        with findings.damage("unreadable", "the pinned entries cannot be read"):
            for broken in broken_pins(reader, self.pinned):
                kind = "missing" if broken.found == "nothing" else "altered"
                findings.problem(kind, broken.message, broken.at)
        return tuple(fits)


def _check_checkpoint(kept: Vouched, origin: str, tree: Tree, findings: Findings) -> bool:
    if not kept.verified:
        why = "; ".join(kept.unverified) or "nobody vouches for it"
        findings.not_looked_at(f"who vouches for the checkpoint of {kept.size} entries", why)
    if kept.origin != origin:
        findings.problem("rewritten", f"a checkpoint is of the ledger {kept.origin}, and this one is {origin}")
        return False
    if kept.size > tree.size:
        message = (
            f"there is a checkpoint of {kept.size} entries, and only {tree.size} are here: the end was cut off, or an "
            "older copy was put back"
        )
        findings.problem("rolled-back", message, tree.size + 1)
        return False
    root = tree.root_at(kept.size)
    if root is None:
        findings.not_looked_at(f"the checkpoint of {kept.size} entries", "the root at its size is not known here")
    elif root != kept.root:
        message = (
            f"the first {kept.size} entries are not those of the checkpoint, whose root is {kept.root[:16]}: one of "
            "them was rewritten, or there are two histories"
        )
        findings.problem("rewritten", message, kept.size)
    return root == kept.root and kept.verified


def _check_remembered(remembered: Remembered, tree: Tree, findings: Findings) -> bool:
    size, have = remembered.size, tree.size
    if size > have:
        findings.problem("missing", f"{size} entries are remembered, and only {have} can be followed", have + 1)
        return False
    root = tree.root_at(size)
    if root is None:
        findings.not_looked_at(f"the remembered tree of {size} entries", "its root is not known here")
    elif root != remembered.root:
        findings.problem("tree", f"the first {size} entries are not the remembered ones: their root is {root}", size)
    return root == remembered.root
