"""By which decision a candidate was let out, whether that still holds, and what stands against it since."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from workflow.process import Exposure, Model


class ApprovalView(Model):
    """An approval that counted for the decision. ``key`` is null where who gave it is a claim."""

    person: str
    role: str
    entry: int
    at: datetime
    key: str | None


class DecisionView(Model):
    """The move that let a candidate out so far, as its entry has it. ``hash`` is that entry's.

    ``approvals`` are the sign-offs that counted; what else the gate asked for, its entry tells.
    """

    entry: int
    hash: str
    at: datetime
    by: str
    key: str | None
    trigger: str
    source: str
    dest: str
    exposure: Exposure
    process: str
    process_label: str
    approvals: tuple[ApprovalView, ...]


class AgainstView(Model):
    """What stands against a candidate: a hold, an incident, a compromised key, a refusal of letting it out so far that
    was made since, or that a relative of the same files was withdrawn.

    ``id`` is what it is named by: its own in the release that was asked about, and with that release's name before it
    in a relative, such as ``other/H1``.
    """

    kind: Literal["hold", "incident", "compromise", "refusal", "withdrawal"]
    id: str
    release: str
    entry: int
    by: str


class ReleasedView(Model):
    """Whether a release's candidate is let out at least as far as was asked.

    ``standing`` is ``released`` where it was and still is; ``withdrawn`` where the release has ended; ``pulled_back``
    where it was out so far, and is not any more; ``refused`` where somebody's reject stands against the candidate; and
    else ``not_released``. ``reached`` is how far it is out now. ``ended`` is the entry that withdrew it or pulled it
    back, and ``against`` is what stands against the candidate, whatever its standing.
    """

    origin: str
    release: str
    label: str
    candidate: str
    process: str
    process_label: str
    asked: Exposure
    standing: Literal["released", "not_released", "refused", "pulled_back", "withdrawn"]
    stage: str
    reached: Exposure
    decision: DecisionView | None
    ended: int | None
    ended_at: datetime | None
    ended_by: str | None
    against: tuple[AgainstView, ...]
