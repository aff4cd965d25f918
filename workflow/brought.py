"""What comes with a request: texts under their salts, and what was signed of it. It may have been in anybody's hands.

Nothing of it is recorded, and no command id used up, in the place of what its maker really asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workflow.commands import AnyCommand
from workflow.errors import InvalidInput, LedgerError
from workflow.ledger import SaltedText
from workflow.proof import Signed, command_id
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
    if read is None or signed.problem is not None or key is None or key.person != actor or key.refuses is not None:
        return Ids(otherwise, otherwise)
    done = command_id(actor, read.nonce)
    as_signed = read.texts == {name: text.commitment for name, text in texts.items()}
    return Ids(done, turned_away(done, request) if as_signed else otherwise)


def turned_away(done: str, request: str) -> str:
    """The command id of a refused request, whose digest is given, from that which it would have had."""
    return f"{done}/{request}"
