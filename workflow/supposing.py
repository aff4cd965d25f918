"""What if: a world in which something is so that is not, for a question. Nothing is decided in such a world."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from workflow.clock import timestamp
from workflow.decisions.migrating import may_become
from workflow.decisions.situation import Refusal
from workflow.errors import InvalidInput, WorkflowError
from workflow.process import Process
from workflow.records import replace
from workflow.release import ReleaseState, under
from workflow.requirement import YES_IF
from workflow.rulebook import Rulebook, World, known
from workflow.seals import Seals
from workflow.views import SEALED, Assumptions


@dataclass(frozen=True)
class Supposition:
    """What somebody asks to suppose: a later time, quorums of some roles that are in, another process."""

    at: datetime | None = None
    signed: Sequence[str] = ()
    process: Process | None = None

    def __bool__(self) -> bool:
        return self != Supposition()


def supposed(world: World, supposition: Supposition, seals: Seals, entry: int) -> World:
    """A world with a supposition in it, to be settled then.

    Args:
        world: what is so.
        supposition: what is not.
        seals: what is sealed in the release. No supposition opens a seal.
        entry: the number of the ledger's next entry, with which another process would come.

    Raises:
        InvalidInput: the time has passed already, or the release is in a stage that the other process does not have.
    """
    if supposition.process is not None:
        release, process = known(world)
        if supposition.process == process:
            raise InvalidInput(f"{release.slug} is under this very process, {process.label}")
        if not supposition.process.has_stage(release.stage):
            raise InvalidInput(
                f"{release.slug} is in {release.stage}, and {supposition.process.label} has no stage of that name",
                remedy="compare the two: holdfast process diff",
            )
        moved = under(_without_sealed(release, seals), supposition.process.digest, world.at, entry)
        world = replace(world, release=moved, process=supposition.process)
    if supposition.at is not None:
        asked = timestamp(supposition.at)
        if supposition.at < world.at:
            raise InvalidInput(
                f"{asked} has passed, and what was then is no supposition",
                remedy="holdfast history shows what was decided",
            )
        world = replace(world, at=supposition.at)
    return world


def assumptions(rulebook: Rulebook, world: World, supposition: Supposition) -> Assumptions:
    """What an answer has to say of its supposition; ``world`` is what is so."""
    process = supposition.process
    return Assumptions(
        asked_at=world.at,
        at=supposition.at,
        signed=tuple(dict.fromkeys(supposition.signed)),
        process=process.digest if process else None,
        process_label=process.label if process else None,
        obstacle=_obstacle(rulebook, world, process) if process else None,
    )


def check_asked(trigger: str, assumed: Collection[str], asked: Collection[str]) -> None:
    """Checks that a gate asks for the sign-offs that are supposed to be in.

    Raises:
        InvalidInput: it does not, so that supposing them would look like an answer and change nothing.
    """
    for role in assumed:
        if role not in asked:
            raise InvalidInput(
                f"the gate of `{trigger}` asks for no sign-offs as {role}",
                remedy=f"it asks for those of: {', '.join(dict.fromkeys(asked)) or 'nobody'}",
            )


def _obstacle(rulebook: Rulebook, world: World, process: Process) -> str | None:
    """Why the release could not be let go on under another process now, whoever wanted it; or None."""
    try:
        may_become(rulebook.about(replace(world, target=process)))
    except (Refusal, WorkflowError) as error:
        return error.message
    return None


def _without_sealed(release: ReleaseState, seals: Seals) -> ReleaseState:
    """A release without what is sealed in it: under another process it counts for nothing, and might be told there."""
    sealed = seals.entries
    return replace(
        release,
        sign_offs=tuple(item for item in release.sign_offs if item.act.entry not in sealed),
        requirements=tuple(
            replace(item, by=SEALED) if item.kind == YES_IF and item.entry in sealed else item
            for item in release.requirements
        ),
    )
