"""What a publisher is. Whoever writes one of their own needs this page, and hands it to ``workflow.open_engine``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from workflow.artifact import CandidateFiles, Manifest, Progress

State = Literal["staged", "published", "unknown"]
"""What became of a copy: it is private still, so that no byte left; others can have it; or neither can be shown."""

OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Check:
    """Something that was looked at before anything is staged: whether it will do, and what was found, as a sentence."""

    name: str
    ok: bool
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a copy, and the facts that show it, for the ledger: short names and texts."""

    state: State
    facts: dict[str, str] = field(default_factory=dict)


class Staging(Protocol):
    """One copy of a candidate on its way out: private at first, then published, or taken back.

    ``reference`` finds it again from another process; it is recorded, so it has at most 200 printable ASCII characters.
    """

    @property
    def reference(self) -> str:
        """What finds this copy again."""
        ...

    def look(self) -> Found:
        """What became of it, now. ``staged`` is proof that no byte left, and is said of nothing else."""
        ...

    def verify(self, progress: OnProgress | None = None) -> str:
        """Reads every byte of the copy back, wherever it is, and returns the digest of the manifest that it fits.

        Raises:
            WorkflowError: it is not exactly the candidate, or cannot be read.
        """
        ...

    def publish(self) -> None:
        """Makes the copy visible at its destination, in one step, and replaces nothing that is there.

        Raises:
            WorkflowError: it failed. What became of the copy, :meth:`look` says.
        """
        ...

    def discard(self) -> None:
        """Removes what is private of the copy, and nothing else. Does nothing where nothing is."""
        ...

    def close(self) -> None:
        """Lets go of it, without removing anything."""
        ...


class Publisher(Protocol):
    """Puts candidates somewhere. It decides nothing, and it never publishes by itself."""

    def rehearse(self, files: CandidateFiles, destination: str) -> Sequence[Check]:
        """Looks whether a candidate could be published there now. Leaves nothing behind."""
        ...

    def stage(
        self, files: CandidateFiles, destination: str, permit: str, progress: OnProgress | None = None
    ) -> Staging:
        """Makes a private copy beside the destination, which nobody else can read.

        ``permit`` is the nonce of the permit, 32 hexadecimal digits.

        Raises:
            WorkflowError: it cannot be done, or a file is not what the manifest says. Nothing is left behind.
        """
        ...

    def resume(self, manifest: Manifest, destination: str, reference: str) -> Staging:
        """Finds a copy again that was staged before, by another process or by this one.

        Raises:
            ConcurrentUpdate: another process is at work on it.
            WorkflowError: the place cannot be looked at.
        """
        ...
