"""Makes the request for an act that is fixed to one command, from what the ledger would record now. Reads only."""

from __future__ import annotations

from collections.abc import Mapping

from workflow.clock import timestamp
from workflow.commands import ApproveChange, Attach
from workflow.errors import InvalidInput
from workflow.events import dump
from workflow.exchange import ActRequest, Seen
from workflow.exchange.bundle import write_blobs
from workflow.exchange.meant import signed_command
from workflow.intention import Intention
from workflow.requesting.about import about
from workflow.statement import read
from workflow.storage.base import Reader


def act_request(
    reader: Reader, intention: Intention, texts: Mapping[str, str], blobs: Mapping[str, bytes]
) -> ActRequest:
    """The request for one act.

    Args:
        reader: the ledger as it is now.
        intention: what would be recorded.
        texts: the texts of the command, as they are kept.
        blobs: what comes with it, by digest.

    Raises:
        InvalidInput: it is no act that is signed, or too large to travel.
    """
    command, situation = intention.command, intention.situation
    statement = intention.statement
    # Not the command as it was given: of some, the statement says more, such as for which candidates.
    report = command.report if isinstance(command, Attach) else None
    meant = signed_command(read(statement), report) if statement is not None else None
    if meant is None:
        raise InvalidInput(
            f"`{command.command}` is not an act that somebody else can be asked to sign",
            remedy="do it without --request",
        )
    wanted = meant.brings()
    return ActRequest(
        origin=situation.origin,
        at=timestamp(situation.at),
        tree=Seen(size=intention.tree.size, root=intention.tree.root),
        person=command.actor,
        keys=tuple(key.fingerprint for key in situation.roster.keys_of(command.actor) if key.refuses is None),
        command=meant.request(),
        events=tuple(dump(event) for event in intention.events),
        change=situation.pending.get(command.id) if isinstance(command, ApproveChange) else None,
        version=intention.version,
        texts=dict(texts),
        blobs=write_blobs({digest: blob for digest, blob in blobs.items() if digest in wanted}),
        about=about(intention, reader),
    )
