"""What shows that a person holds a key that is to be enrolled: made on their own machine, without any ledger.

As a file it is the canonical JSON of ``{format, kind, statement, signature, crossed}`` and a line feed: the statement
and the armored signatures as the texts that they are.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from workflow import ledger, statement
from workflow.errors import InvalidInput, LedgerError, SignatureInvalid
from workflow.proof import Signer, examine, signature_by
from workflow.signing import PublicKey, Signature
from workflow.statement import POSSESSION

KIND = "holdfast-possession"
FORMAT = 1
MAX_BYTES = 256 * 1024
_AGAIN = "have it made again: holdfast roster possess"


@dataclass(frozen=True, slots=True)
class Possession:
    """A statement by which a key says whose it is, with signatures by it and by a key that the person had before.

    A later key counts at what nothing undoes, in a round that has begun, only where it was so ``crossed``.
    """

    statement: bytes | None = None
    signature: bytes | None = None
    crossed: bytes | None = None
    crossed_by: str | None = None


def possess(
    person: str,
    origin: str,
    key: PublicKey,
    signer: Signer,
    *,
    before: tuple[PublicKey, Signer] | None = None,
) -> Possession:
    """What a new key signs, and what one that the person had before signs for it.

    Args:
        person: whose keys they are, by handle.
        origin: the ledger's own name for itself; ``holdfast roster show`` tells it.
        key: the new key.
        signer: signs with it.
        before: a key that is enrolled for the person already, and what signs with that.
    """
    data = statement.possession(person, origin, key.fingerprint, key.blob, secrets.token_hex(16))
    crossed = signature_by(before[1], data) if before else None
    return Possession(data, signature_by(signer, data), crossed, before[0].fingerprint if before else None)


@dataclass(frozen=True, slots=True)
class Shown:
    """A possession that was read from a file and is genuine: of whom, for which ledger, and with which key."""

    person: str
    origin: str
    key: PublicKey
    possession: Possession


def write_possession(possession: Possession) -> bytes:
    """The file that a person hands to an administrator."""
    parts = (possession.statement, possession.signature, possession.crossed)
    said, signature, crossed = (part.decode("utf-8") if part is not None else None for part in parts)
    return (
        ledger.encode({"format": FORMAT, "kind": KIND, "statement": said, "signature": signature, "crossed": crossed})
        + b"\n"
    )


def read_possession(data: bytes) -> Shown:
    """What a file shows.

    Raises:
        InvalidInput: it is no such file, or a signature in it is not genuine.
    """
    try:
        value = ledger.decode(data.removesuffix(b"\n"))
    except LedgerError:
        raise InvalidInput(
            "this is no possession file, or it was changed since it was written: nothing can be read from it",
            remedy=_AGAIN,
        ) from None
    match value:
        case {
            "format": int() as number,
            "kind": str() as kind,
            "statement": str() as said,
            "signature": str() as signature,
            "crossed": (str() | None) as crossed,
            **rest,
        } if (kind, number, type(number), rest) == (KIND, FORMAT, int, {}):
            return _shown(said.encode(), signature.encode(), crossed.encode() if crossed is not None else None)
    raise InvalidInput("this is no possession file of a kind that is known here", remedy=_AGAIN)


def _shown(said: bytes, signature: bytes, crossed: bytes | None) -> Shown:
    signed = examine(said, signature, None)
    if signed.problem is not None or signed.read is None or signed.read.kind != POSSESSION:
        raise InvalidInput(f"this shows nothing: {signed.problem or 'it is another statement'}", remedy=_AGAIN)
    try:
        key = PublicKey.from_blob(Signature.parse(signature).key_blob)
        by = PublicKey.from_blob(Signature.parse(crossed).key_blob) if crossed is not None else None
    except SignatureInvalid as error:
        raise InvalidInput(f"this shows nothing: {error.message}", remedy=_AGAIN) from error
    if crossed is not None and (problem := examine(said, crossed, None).problem):
        raise InvalidInput(f"the earlier key's signature does not hold: {problem}", remedy=_AGAIN)
    person, origin = signed.read.actor, str(signed.read.predicate["origin"])
    if statement.possession(person, origin, key.fingerprint, key.blob, signed.read.nonce) != said:
        raise InvalidInput("this shows nothing: it is about another key than it is signed with", remedy=_AGAIN)
    return Shown(person, origin, key, Possession(said, signature, crossed, by.fingerprint if by else None))
