"""What a command would record if it were asked now: to be signed first, here or elsewhere. It records nothing."""

from __future__ import annotations

from dataclasses import dataclass

from workflow.commands import AnyCommand
from workflow.decisions.attesting import must_be_signed
from workflow.decisions.situation import Situation
from workflow.errors import InvalidInput, LedgerError
from workflow.events import Event
from workflow.proof import Intent, statement_of
from workflow.statement import Tree


@dataclass(frozen=True)
class Intention:
    """A command with the events that it would make now, and the ledger as it is seen now."""

    command: AnyCommand
    situation: Situation
    events: tuple[Event, ...]
    tree: Tree

    @property
    def version(self) -> int:
        """The version of the roster that a change would make."""
        return self.situation.roster.version + 1

    @property
    def is_required(self) -> bool:
        """Whether this must be signed: a claim would be refused."""
        return must_be_signed(self.situation, self.command, self.events[0])

    @property
    def statement(self) -> bytes | None:
        """What is to be signed for it; None where it is no act that is signed.

        Raises:
            InvalidInput: it would be too long.
        """
        try:
            return statement_of(
                self.command,
                self.events,
                Intent(self.situation.nonce, self.tree, self.version),
                origin=self.situation.origin,
                texts=self.situation.texts,
                pending=self.situation.pending,
            )
        except LedgerError as error:
            raise InvalidInput(f"this cannot be signed: {error.message}", remedy="name fewer things at once") from error
