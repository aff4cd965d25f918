"""The reply: what somebody signed elsewhere, with everything that it takes to record it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from workflow import statement
from workflow.asked import command_from
from workflow.commands import AnyCommand, Attach
from workflow.errors import InvalidInput, LedgerError, SignatureInvalid
from workflow.exchange.bundle import read_blobs, write_blobs
from workflow.exchange.meant import signed_command
from workflow.exchange.reading import FRESH, read_fields, read_model, write_fields
from workflow.exchange.salting import commitments, is_own
from workflow.facts import TextName
from workflow.ledger import SaltedText, sha256
from workflow.ledger.text import SALT_BYTES
from workflow.process import Digest, Model
from workflow.proof import SignedElsewhere, Signer, signature_by
from workflow.signing import PublicKey, Signature, verify
from workflow.statement import ACT, NAMESPACE, REQUEST, Read
from workflow.texts import MAX_CHARACTERS, check_text

KIND = "holdfast-reply"
NOUN = "reply"


class _Text(Model):
    text: Annotated[str, Field(max_length=MAX_CHARACTERS)]
    salt: Annotated[str, Field(pattern=rf"^[0-9a-f]{{{2 * SALT_BYTES}}}$")]


class _File(Model):
    command: dict[str, Any]
    texts: dict[TextName, _Text]
    statement: str
    signature: str
    key: str
    blobs: dict[Digest, str]


@dataclass(frozen=True)
class Reply:
    """What somebody signed: the statement, its signature, and the texts and files that the statement names.

    Nothing of it is trusted. It is checked here that its parts fit each other; whose signature it is, and whether the
    ledger would record just this, is decided where it is taken in.

    Raises:
        InvalidInput: the parts do not fit each other.
    """

    command: AnyCommand
    texts: Mapping[str, SaltedText]
    statement: bytes
    signature: bytes
    key: PublicKey
    blobs: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # What does not fit must not come as far as the ledger: it would use up the id of what was really signed.
        read = self.read
        if not says(read, self.command):
            raise _unfit("its command is not what was signed")
        named = read.predicate["binding"]["texts"] if read.kind == ACT else read.predicate["texts"]
        if commitments(self.texts) != named or set(self.texts) != set(self.command.texts_named()):
            raise _unfit("its texts are not those that were signed")
        if not is_own(self.texts, read.actor, read.nonce):
            raise _unfit("its texts are not salted for it")
        for name, text in self.texts.items():
            if check_text(name, text.text) != text.text:
                raise _unfit(f"its text {name} is not in the form that is kept")
        if set(self.blobs) != self.command.brings():
            raise _unfit("its files are not those that belong to it")
        try:
            made_with = Signature.parse(self.signature).key_blob
        except SignatureInvalid as error:
            raise _unfit(error.message) from None
        if made_with != self.key.blob:
            raise _unfit("its signature was made with another key")

    @property
    def read(self) -> Read:
        """The statement.

        Raises:
            InvalidInput: it is none that can be taken in.
        """
        try:
            found = statement.read(self.statement)
        except LedgerError as error:
            raise _unfit(error.message) from None
        if found.kind not in (ACT, REQUEST):
            raise _unfit("what was signed asks for nothing")
        return found

    @property
    def identifier(self) -> str:
        """What tells this reply from every other one, whatever it is worth."""
        return "reply/" + sha256(self.to_bytes())

    @property
    def signed(self) -> SignedElsewhere:
        """What the ledger is to check."""
        salts = {name: text.salt for name, text in self.texts.items()}
        return SignedElsewhere(self.statement, self.signature, salts)

    def to_bytes(self) -> bytes:
        """The file.

        Raises:
            InvalidInput: it would be too long to be read again.
        """
        fields = {
            "command": self.command.request(),
            "texts": {name: {"text": text.text, "salt": text.salt.hex()} for name, text in self.texts.items()},
            "statement": self.statement.decode("utf-8"),
            "signature": self.signature.decode("ascii"),
            "key": self.key.line,
            "blobs": write_blobs(self.blobs),
        }
        return write_fields(KIND, fields)

    @classmethod
    def from_bytes(cls, data: bytes) -> Reply:
        """Reads a reply, strictly.

        Raises:
            InvalidInput: it is anything else, or its parts do not fit each other.
        """
        parts = read_model(_File, read_fields(data, KIND, NOUN), NOUN)
        try:
            command = command_from(parts.command)
            key = PublicKey.parse(parts.key)
            signature = parts.signature.encode("ascii")
        except (LedgerError, SignatureInvalid) as error:
            raise _unfit(error.message) from None
        except UnicodeEncodeError:
            raise _unfit("its signature holds a character that no signature has") from None
        return cls(
            command=command,
            texts={name: SaltedText(bytes.fromhex(item.salt), item.text) for name, item in parts.texts.items()},
            statement=parts.statement.encode("utf-8"),
            signature=signature,
            key=key,
            blobs=read_blobs(parts.blobs, NOUN),
        )


def have_signed(
    data: bytes,
    command: AnyCommand,
    texts: Mapping[str, SaltedText],
    signer: Signer,
    *,
    blobs: Mapping[str, bytes] | None = None,
) -> Reply:
    """The reply that a signer makes of a statement.

    Raises:
        InvalidInput: the statement does not say what the command asks; it was not signed.
        SignatureInvalid: what the signer gave back is no genuine signature of it.
        WorkflowError: whatever the signer raises.
    """
    if not says(statement.read(data), command):
        raise InvalidInput("the request contradicts itself: its command is not what would be signed", remedy=FRESH)
    signature = signature_by(signer, data)
    key = PublicKey.from_blob(Signature.parse(signature).key_blob)
    verify(data, signature, key=key, namespace=NAMESPACE)
    return Reply(command, texts, data, signature, key, blobs or {})


def says(read: Read, command: AnyCommand) -> bool:
    """Whether a statement asks for exactly this command."""
    meant = signed_command(read, command.report if isinstance(command, Attach) else None)
    return meant is not None and command.request() == meant.request()


def _unfit(why: str) -> InvalidInput:
    return InvalidInput(f"this reply contradicts itself, or is none: {why}", remedy="have it signed again")
