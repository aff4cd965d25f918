"""What a plan shows before anything leaves, and what its application came to: frozen values for everybody."""

from __future__ import annotations

from typing import Literal

from workflow.process import Model
from workflow.publishing import PlanFile
from workflow.views import Explanation


class CheckView(Model):
    """Something that was looked at at the destination, and whether it will do."""

    name: str
    ok: bool
    text: str


class LeavingFile(Model):
    """A file that would leave, by its path at the destination."""

    path: str
    size: int
    sha256: str


class Rehearsal(Model):
    """Exactly what would happen, and whether it could. ``permit`` is the plan, where one was made; ``entry`` holds it.

    ``proof`` is what shows whose permit it is: ``claimed``, or ``sshsig``.

    ``allowed`` wants the gate to allow it and every check of the destination to pass; ``not_checked`` is what neither
    looked at.
    """

    explanation: Explanation
    publisher: str
    destination: str
    manifest: str
    files: tuple[LeavingFile, ...]
    size: int
    checks: tuple[CheckView, ...]
    allowed: bool
    permit: PlanFile | None
    entry: int | None
    proof: str | None
    not_checked: tuple[str, ...]


class Applied(Model):
    """What became of a plan that was applied: ``begun`` and ``ended`` are the entries that hold it.

    ``resumed`` is whether it had begun before this call; ``already`` whether it had ended, so that nothing was done;
    ``checkpoint`` of how many entries a checkpoint was made after it, where one is made after every change.
    """

    release: str
    permit: str
    destination: str
    manifest: str
    state: Literal["confirmed", "aborted"]
    begun: int
    ended: int
    resumed: bool
    already: bool
    checkpoint: int | None = None


NOT_CHECKED = (
    "who else can read and write at the destination",
    "whether anybody looks there already, and how fast copies spread",
    "whether what is there stays as it is",
)
"""What a rehearsal never looks at."""
