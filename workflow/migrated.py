"""What becomes of a release's process, for people to read: what is proposed for it, and what it was before."""

from __future__ import annotations

from collections.abc import Callable

from workflow.decisions.consent import consents
from workflow.errors import WorkflowError
from workflow.process import Process
from workflow.rulebook import Rulebook, World, known
from workflow.storage.base import Reader
from workflow.views import ConsentView, MigrationView, ProposalView

Words = Callable[[str], str | None]
"""The text behind a commitment, or None where it was erased."""


def migrations(world: World, reader: Reader, words: Words) -> tuple[MigrationView, ...]:
    """The processes that gave way to others, in their order."""
    release, _ = known(world)
    return tuple(
        MigrationView(
            previous=item.previous,
            previous_label=_label(reader, item.previous),
            process=item.process,
            process_label=_label(reader, item.process),
            stage=item.stage,
            round=item.round,
            loosens=item.loosens,
            proposed_by=item.proposal.by,
            proposed_in=item.proposal.entry,
            approved_by=item.approved_by,
            entry=item.entry,
            at=item.at,
            reason=words(item.proposal.reason),
        )
        for item in release.migrations
    )


def proposal(rulebook: Rulebook, world: World, reader: Reader, words: Words) -> ProposalView | None:
    """The process that is proposed in the present round, with who has approved it and who can; None where none is."""
    release, _ = known(world)
    found = release.proposal
    if found is None:
        return None
    return ProposalView(
        process=found.process,
        process_label=_label(reader, found.process),
        loosens=found.loosens,
        by=found.by,
        entry=found.entry,
        at=found.at,
        reason=words(found.reason),
        consents=tuple(
            ConsentView(
                role=item.role,
                count=item.count,
                people=item.people,
                ignored=tuple(f"{person} ({why})" for person, why in item.ignored),
                who_can=item.who_can if item.missing else (),
            )
            for item in consents(rulebook.about(world), found)
        ),
    )


def _label(reader: Reader, digest: str) -> str:
    """What people call a process; its digest where its bytes cannot be read, which an audit says more about."""
    data = reader.blob(digest)
    try:
        return Process.from_bytes(data).label if data is not None else digest[:12]
    except WorkflowError:
        return digest[:12]
