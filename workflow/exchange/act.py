"""The request for an act: one command, fixed by whoever made the request, that somebody else is to sign or not."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field

from workflow import events as recorded
from workflow import statement
from workflow.asked import command_from
from workflow.changes import Change
from workflow.commands import RATIONALE, AnyCommand, ApproveChange, Attach
from workflow.errors import InvalidInput, LedgerError
from workflow.events import Event, binding_of
from workflow.evidence import EvidenceReport
from workflow.evidence.read import read_report
from workflow.exchange.bundle import read_blobs
from workflow.exchange.parts import Note, Origin, Seen
from workflow.exchange.reading import FRESH, read_model, write_fields
from workflow.exchange.reply import Reply, have_signed
from workflow.exchange.request import KIND, NOUN
from workflow.exchange.salting import commitments, salted
from workflow.facts import Fingerprint, Moment, TextName
from workflow.ledger import Json
from workflow.process import Digest, Handle, Model
from workflow.proof import Intent, Signer, statement_of
from workflow.statement import Tree


class Drafted(Exception):
    """Raised in an act's place where the act is only to be asked of somebody: it brings the request."""

    def __init__(self, request: ActRequest) -> None:
        super().__init__("this act was drafted, and nothing was recorded")
        self.request = request


class ActRequest(Model):
    """One act of one person, as the ledger would record it when the request was made.

    The texts are whoever's who made the request, and the signer's own once they sign them. ``about`` is what the
    request says of the thing that is acted on; it is not signed.
    """

    asks: Literal["act"] = "act"
    origin: Origin
    at: Moment
    tree: Seen
    person: Handle
    keys: tuple[Fingerprint, ...]
    command: dict[str, Any]
    events: tuple[dict[str, Any], ...] = Field(min_length=1)
    change: Change | None
    version: int = Field(ge=1)
    texts: dict[TextName, str]
    blobs: dict[Digest, str]
    about: tuple[Note, ...]

    @property
    def meaning(self) -> str:
        """What the act would say, in the words that are signed.

        Raises:
            InvalidInput: the request does not fit together.
        """
        nonce = secrets.token_hex(16)
        made = self._statement(self._command(), nonce, commitments(salted(self.texts, self.person, nonce)))
        return str(statement.read(made).predicate["meaning"])

    def whose(self, key: str) -> str | None:
        """Whose key that is, by its fingerprint, as the request says."""
        return self.person if key in self.keys else None

    def reply(self, signer: Signer, *, rationale: str | None = None) -> Reply:
        """The act, signed. It is recorded where :meth:`workflow.Engine.collect` takes it in.

        Args:
            signer: signs with a key of the person who is asked.
            rationale: why, in the signer's own words.

        Raises:
            InvalidInput: the request does not fit together, or a text says nothing.
            WorkflowError: whatever the signer raises.
        """
        command = self._command()
        said = self.texts if rationale is None else {**self.texts, RATIONALE: rationale}
        nonce = secrets.token_hex(16)
        texts = salted(said, self.person, nonce)
        data = self._statement(command, nonce, commitments(texts))
        return have_signed(data, command, texts, signer, blobs=read_blobs(self.blobs, NOUN))

    def to_bytes(self) -> bytes:
        """The file."""
        return write_fields(KIND, self.model_dump(mode="json"))

    @classmethod
    def from_fields(cls, fields: Json) -> Self:
        """The request that a file holds.

        Raises:
            InvalidInput: a field is missing, unknown, or does not have its form.
        """
        return read_model(cls, fields, NOUN, remedy=FRESH)

    def _command(self) -> AnyCommand:
        try:
            command = command_from(self.command)
        except LedgerError as error:
            raise _unfit(error.message) from None
        if command.actor != self.person:
            raise _unfit(f"it asks {self.person} for an act of {command.actor}")
        if set(self.texts) != set(command.texts_named()):
            raise _unfit("its texts are not those that its command names")
        if isinstance(command, Attach) and self._report(command) != command.report:
            raise _unfit("the report that goes along does not say what the request says of it")
        return command

    def _report(self, command: Attach) -> EvidenceReport:
        """What stands in the report itself: it is what its signer answers for."""
        data = read_blobs(self.blobs, NOUN).get(command.blob)
        if data is None:
            raise _unfit("the report does not go along")
        return read_report(data, command.filename, kind=command.report.kind, name=command.report.name)

    def _statement(self, command: AnyCommand, nonce: str, texts: Mapping[str, str]) -> bytes:
        pending = {command.id: self.change} if isinstance(command, ApproveChange) and self.change else {}
        seen = Tree(self.tree.size, self.tree.root)
        try:
            made = recorded.parse(list(self.events))
            data = statement_of(
                command,
                [_bound(made[0], nonce, texts), *made[1:]],
                Intent(nonce, seen, self.version),
                origin=self.origin,
                texts=texts,
                pending=pending,
            )
        except (LedgerError, KeyError, AttributeError) as error:
            raise _unfit(error.message if isinstance(error, LedgerError) else "its events cannot be signed") from None
        if data is None:
            raise _unfit(f"`{command.command}` is not an act that is signed")
        return data


def _bound(event: Event, nonce: str, texts: Mapping[str, str]) -> Event:
    """The event with the nonce and the texts of whoever signs."""
    bound = binding_of(event)
    if bound is None:
        return event
    return event.model_copy(update={"binding": bound.model_copy(update={"nonce": nonce, "texts": dict(texts)})})


def _unfit(why: str) -> InvalidInput:
    return InvalidInput(f"this request cannot be signed: {why}", remedy=FRESH)
