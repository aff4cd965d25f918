"""What comes with a request: texts under their salts, and what was signed of it. It may have been in anybody's hands.

Nothing of it is recorded, and no command id used up, in the place of what its maker really asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from workflow import ledger
from workflow.changes import ProcessChartered
from workflow.commands import AnyCommand, Attach, ProposeChange
from workflow.errors import DefinitionError, InvalidInput, LedgerError, WorkflowError
from workflow.evidence import EvidenceReport
from workflow.ledger import SaltedText
from workflow.process import Process
from workflow.proof import Blob, Signed
from workflow.proof import command_id as signed_id
from workflow.roster import Roster
from workflow.signing.sshsig import MAX_ARMOR_BYTES
from workflow.statement import MAX_BYTES
from workflow.storage.base import Reader


@dataclass(frozen=True, slots=True)
class Ids:
    """The command ids of a request: of one that is done, and of one that is refused."""

    done: str
    refused: str


def check_names(command: AnyCommand, texts: Mapping[str, str]) -> None:
    """Checks that exactly the texts came that a command names.

    Raises:
        InvalidInput: one is missing, or one too many.
    """
    named = set(command.texts_named())
    if named != set(texts):
        wrong = ", ".join(sorted(named.symmetric_difference(texts)))
        raise InvalidInput(
            f"`{command.command}` does not come with exactly the texts that it names: {wrong}",
            remedy="bring each of them, and no other",
        )


class CannotRead(Exception):
    """Raised where a report cannot be read again here, which says nothing against it."""


def check_files(command: AnyCommand, blob: Blob) -> None:
    """Checks that what a command names comes with it or is kept, and is what the command says it is.

    Whoever signs a request may say in it what they like of a file; what the ledger records of one is read from it.

    Raises:
        InvalidInput: a file is missing, cannot be read, or is something else.
    """
    for digest in command.brings():
        data = blob(digest)
        if data is None or ledger.sha256(data) != digest:
            raise InvalidInput(
                f"the file {digest[:12]} does not come with this", remedy="bring everything that it names"
            )
    match command:
        case Attach():
            _check_report(command, blob)
        case ProposeChange(change=ProcessChartered() as change):
            _check_process(change, blob(change.process) or b"")


def _check_report(command: Attach, blob: Blob) -> None:
    if not command.filename.isprintable() or "/" in command.filename:
        raise InvalidInput("the file's name holds what no name can show", remedy="rename it")
    try:
        wrong = unlike_report(command.blob, command.filename, command.report, blob)
    except CannotRead as error:
        raise InvalidInput(str(error), remedy="attach it where it can be read") from error
    if wrong is not None:
        raise InvalidInput(f"this {wrong}", remedy=f"attach the file itself: holdfast attach {command.release} FILE")


def _check_process(change: ProcessChartered, data: bytes) -> None:
    try:
        process = Process.from_bytes(data)
    except DefinitionError as error:
        raise InvalidInput(f"what is to be chartered is no process: {error.message}") from error
    if process.name != change.name:
        raise InvalidInput(f"the process {change.process[:12]} is called {process.name}, not {change.name}")


def unlike_report(digest: str, filename: str, report: EvidenceReport, blob: Blob) -> str | None:
    """What is wrong with what is said of a report, or None.

    Raises:
        CannotRead: there is no reader here that could tell.
    """
    from workflow.evidence.read import read_report  # slow to import, and few entries bring a report

    data = blob(digest)
    if data is None:
        return None
    try:
        again = read_report(data, filename, kind=report.kind, name=report.name)
    except InvalidInput as error:
        return f"names a report that cannot be read: {error.message}"
    except WorkflowError as error:
        raise CannotRead(f"the report was not read again: {error.message}") from error
    if again.reader != report.reader:
        raise CannotRead(f"the report was read by {report.reader}, not kept here")
    return None if again == report else f"says other things than its report {filename}"


def check_sizes(statement: bytes, signature: bytes) -> None:
    """Checks that what was signed may be kept, whatever it is.

    Raises:
        InvalidInput: it is larger than any statement, or than any signature.
    """
    for what, data, most in (("statement", statement, MAX_BYTES), ("signature", signature, MAX_ARMOR_BYTES)):
        if len(data) > most:
            raise InvalidInput(f"a {what} has at most {most} bytes, not {len(data)}", remedy="have it signed again")


def salted(texts: Mapping[str, str], salts: Mapping[str, bytes]) -> dict[str, SaltedText]:
    """The texts, each under the salt that it came with, or a fresh one.

    Raises:
        InvalidInput: a salt does not have its form.
    """
    try:
        return {
            name: SaltedText(salts[name], text) if name in salts else SaltedText.of(text)
            for name, text in texts.items()
        }
    except LedgerError as error:
        raise InvalidInput(
            f"the texts do not come as they were signed: {error.message}", remedy="have it signed again"
        ) from error


def salted_anew(texts: Mapping[str, SaltedText]) -> dict[str, SaltedText]:
    """The same texts under fresh salts, so that the commitments of what was signed stay free for it."""
    return {name: SaltedText.of(text.text) for name, text in texts.items()}


def check_unsaid(reader: Reader, texts: Mapping[str, SaltedText]) -> None:
    """Checks that no text stands under the same salt already: erasing one would erase the other.

    Raises:
        InvalidInput: one does.
    """
    for name, text in texts.items():
        if reader.text(text.commitment) is not None:
            raise InvalidInput(
                f"the {name} is in the ledger already, under the same salt",
                remedy="have it signed again; each signing takes fresh salts",
            )


def ids(
    signed: Signed, actor: str, request: str, texts: Mapping[str, SaltedText], roster: Roster, otherwise: str
) -> Ids:
    """Under which ids a request is recorded that something signed came with.

    Done, a signed request is its statement's: it is done once. Refused, it is that of the very request, so that whoever
    brings the statement with another one spoils nothing. What does not show that the actor asked this is nobody's, and
    has the id ``otherwise``.
    """
    read, key = signed.read, roster.keys.get(signed.key)
    if read is None or signed.problem is not None or key is None or key.person != actor:
        return Ids(otherwise, otherwise)
    done = signed_id(actor, read.nonce)
    as_signed = read.texts == {name: text.commitment for name, text in texts.items()}
    # A key that may sign no more shows nothing now; what it did before is on record, whenever that comes again.
    shows = as_signed and key.refuses is None
    return Ids(done, turned_away(done, request) if shows else otherwise)


def turned_away(done: str, request: str) -> str:
    """The command id of a refused request, whose digest is given, from that which it would have had."""
    return f"{done}/{request}"


def nonce(actor: str, command_id: str | None) -> str:
    """A fresh nonce; of a request that may be repeated always the same, so that it is found again."""
    if command_id is None:
        return secrets.token_hex(16)
    return ledger.digest({"kind": "holdfast-nonce", "actor": actor, "command_id": command_id})[:32]


def names(actor: str, command_id: str, request: str | None = None) -> tuple[str, ...]:
    """Under which ids a request is on record that somebody made under an id of their choice, signed or not.

    The id may also be the nonce of one that was signed, which is what is told of it where its outcome was unknown. That
    of a signed request that was refused is found where ``request`` says its digest.
    """
    done = [signed_id(actor, each) for each in (nonce(actor, command_id), command_id)]
    refused = [turned_away(each, request) for each in done] if request is not None else []
    return (*done, *refused, command_id)


def request_digest(command: AnyCommand) -> str:
    """What identifies a request, texts left out.

    Raises:
        InvalidInput: it holds something that cannot stand in an entry.
    """
    try:
        return command.digest()
    except LedgerError as error:
        raise InvalidInput(
            f"this cannot be recorded: {error.message}", remedy="write names in Unicode NFC and numbers below 2^53"
        ) from error
