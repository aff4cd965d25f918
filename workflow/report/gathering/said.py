"""What was said on something that stood open, and what somebody tried to say: in this release, or in a relative."""

from __future__ import annotations

from collections.abc import Iterator

from workflow.commands import RATIONALE
from workflow.events import (
    AnyEvent,
    CommandRefused,
    IncidentClosed,
    LiftApproved,
    ObjectionAnswered,
    ObjectionClosed,
    RequirementDischarged,
    RiskAccepted,
    SignOffWithdrawn,
)
from workflow.facts import Binding
from workflow.folding import ReadEntry
from workflow.history import proof_of
from workflow.proof import SSHSIG, key_of
from workflow.report.gathering.scene import Scene
from workflow.report.views import RefusalView, WordView
from workflow.views import SEALED

MOVES = frozenset({"advance", "apply", "withdraw"})
"""The commands that try to move a release."""

WORDS = {
    LiftApproved: "lift",
    RequirementDischarged: "discharge",
    IncidentClosed: "discharge",
    ObjectionAnswered: "answer",
    SignOffWithdrawn: "withdrawal",
    RiskAccepted: "acceptance",
    ObjectionClosed: "closing",
}
"""The events that are a word on something that stands open."""


def words_on(scene: Scene, slug: str, subject: str) -> tuple[WordView, ...]:
    """What was said on something that stood open in a release, in its order."""
    return tuple(
        _word(scene, item, event, subject)
        for item in scene.line_of(slug).read
        for event in item.events
        if type(event) in WORDS and getattr(event, "subject", None) == subject
    )


def _word(scene: Scene, item: ReadEntry, event: AnyEvent, subject: str) -> WordView:
    fields = vars(event)
    binding: Binding | None = fields.get("binding")
    return WordView(
        what=WORDS[type(event)],
        subject=subject,
        by=item.entry.actor,
        role=(binding.role if binding is not None else None) or "",
        entry=item.entry.seq,
        at=item.recorded.at,
        key=key_of(item.entry) if proof_of(item) == SSHSIG else None,
        evidence=tuple(fields.get("evidence", ())),
        candidates=tuple(fields.get("candidates", ())),
        text=reason_of(scene, item),
    )


def reason_of(scene: Scene, item: ReadEntry) -> str | None:
    """The reason that was given with an entry; None where none was, or it is not there."""
    commitment = item.entry.texts.get(RATIONALE)
    return scene.words(commitment) if commitment is not None else None


def attempts_on(scene: Scene, slug: str, subject: str) -> tuple[RefusalView, ...]:
    """What was tried on something that stood open in a release, and refused."""
    return tuple(refused_in(scene, slug, subject))


def refused_in(scene: Scene, slug: str, aimed_at: str | None = None) -> Iterator[RefusalView]:
    """What was refused in a release but for moves: a sign-off of somebody who is excluded, an answer and the like."""
    seals = scene.seals(slug)
    for item in scene.line_of(slug).read:
        event = item.events[0]
        if not isinstance(event, CommandRefused) or event.command in MOVES:
            continue
        subject = event.request.get("subject")
        if aimed_at is not None and subject != aimed_at:
            continue
        sealed = seals.of(item.events, item.entry.seq) is not None
        yield RefusalView(
            entry=item.entry.seq,
            at=item.recorded.at,
            by=SEALED if sealed else item.entry.actor,
            command=event.command,
            code=event.code,
            outcome=event.outcome,
            message="it shows once the quorum of its role is in" if sealed else event.message,
            subject=None if sealed or subject is None else str(subject),
            text=None if sealed else reason_of(scene, item),
        )
