"""What somebody measured where the bytes are: a manifest with their signature over its digest and the time of hashing.

Files that are too large to move are hashed where they lie. What travels is one JSON document:

    {"format": 1, "kind": "holdfast-measurement", "manifest": text, "statement": text, "signature": text}

A signature shows who measured, not that they measured truly. For how long that word counts, and whose, is for a policy
to say.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workflow import ledger, statement
from workflow.artifact import Manifest, check_outside
from workflow.artifact.keeping import MAX_BYTES, StrPath
from workflow.clock import timestamp
from workflow.errors import InvalidInput, LedgerError
from workflow.facts import is_moment
from workflow.files import deliver, read_file
from workflow.proof import Signer, examine, signature_by
from workflow.statement import MEASUREMENT

FORMAT = 1
KIND = "holdfast-measurement"
_FIELDS = {"format", "kind", "manifest", "statement", "signature"}
_MAKE = "make one where the files are: holdfast candidate manifest PATH -o FILE --sign --origin ORIGIN"


@dataclass(frozen=True, slots=True)
class Measured:
    """Whose word a measurement is, with which key and since when; the statement and its signature by their digests."""

    by: str
    key: str
    at: str
    statement: str
    signature: str

    @property
    def recorded(self) -> ledger.Json:
        """What stands of it in an observation."""
        return {
            "by": self.by,
            "key": self.key,
            "at": self.at,
            "statement": self.statement,
            "signature": self.signature,
        }


@dataclass(frozen=True)
class Measurement:
    """A manifest, and what somebody signed about it."""

    manifest: Manifest
    statement: bytes
    signature: bytes

    @property
    def blobs(self) -> dict[str, bytes]:
        """What must be kept for the signature to be checked again."""
        return {ledger.sha256(part): part for part in (self.statement, self.signature)}

    def measured(self, origin: str) -> Measured:
        """Whose word it is.

        Raises:
            InvalidInput: the signature is not genuine, or is over something else: other files, or for another ledger.
        """
        found = verified(self.statement, self.signature, manifest=self.manifest.digest, origin=origin)
        said = statement.read(self.statement).predicate
        if (said["files"], said["bytes"]) != (self.manifest.file_count, self.manifest.total_bytes):
            raise _unfit("it counts the files otherwise than its manifest does")
        return found

    def to_bytes(self) -> bytes:
        """The document that travels."""
        return ledger.encode(
            {
                "format": FORMAT,
                "kind": KIND,
                "manifest": self.manifest.to_bytes().decode("utf-8"),
                "statement": self.statement.decode("utf-8"),
                "signature": self.signature.decode("ascii"),
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Measurement:
        """Reads the document. Nothing is verified yet.

        Raises:
            InvalidInput: it is none.
        """
        try:
            value: Any = ledger.decode(data)
            if set(value) != _FIELDS or value["kind"] != KIND or type(value["format"]) is not int:
                raise ValueError("it has other fields")
            if value["format"] != FORMAT:
                raise ValueError("it is of another version")
            parts = [value[name].encode("utf-8") for name in ("manifest", "statement", "signature")]
            return cls(Manifest.from_bytes(parts[0]), parts[1], parts[2])
        except (LedgerError, InvalidInput, TypeError, KeyError, ValueError, AttributeError) as error:
            raise InvalidInput("this is not a measurement: a manifest that somebody signed", remedy=_MAKE) from error


def measure(manifest: Manifest, *, person: str, origin: str, at: datetime, signer: Signer) -> Measurement:
    """What somebody says of files that they hashed, signed.

    Args:
        manifest: of the files.
        person: who hashed them, by handle.
        origin: the ledger's own name for itself; ``holdfast roster show`` tells it.
        at: when the hashing began; where digests of an earlier one were taken over, when that began.
        signer: signs with a key of theirs that is enrolled in that ledger.
    """
    data = statement.measurement(
        person,
        origin,
        manifest.digest,
        at=timestamp(at),
        files=manifest.file_count,
        size=manifest.total_bytes,
        nonce=secrets.token_hex(16),
    )
    return Measurement(manifest, data, signature_by(signer, data))


def verified(signed: bytes, signature: bytes, *, manifest: str, origin: str) -> Measured:
    """Whose word it is that the files of a manifest, by its digest, were measured, for a ledger.

    Whether the key is theirs, and still counts, is the roster's to say.

    Raises:
        InvalidInput: the signature is not genuine, or is over something else.
    """
    found = examine(signed, signature, None)
    read = found.read
    if found.problem is not None or read is None:
        raise _unfit(f"its signature does not hold: {found.problem}")
    if read.kind != MEASUREMENT:
        raise _unfit("what was signed is no measurement")
    said = read.predicate
    if said["origin"] != origin:
        raise _unfit(f"it is for the ledger {said['origin']}, and this is {origin}")
    numbers = [said[name] for name in ("files", "bytes")]
    if not is_moment(said["at"]) or not all(type(number) is int for number in numbers):
        raise _unfit("it does not say when, or how much, in the form that is kept")
    expected = statement.measurement(
        read.actor, origin, manifest, at=said["at"], files=numbers[0], size=numbers[1], nonce=read.nonce
    )
    if expected != signed:
        raise _unfit("what was signed is about other files, or says something else")
    return Measured(read.actor, found.key, said["at"], ledger.sha256(signed), ledger.sha256(signature))


def read_measurement(path: StrPath) -> Measurement:
    """The measurement that a file holds; nothing is verified yet.

    Raises:
        NotFound: nothing is there.
        InvalidInput: it is no file, cannot be read, or holds anything else.
    """
    try:
        return Measurement.from_bytes(read_file(path, limit=2 * MAX_BYTES, remedy=_MAKE))
    except InvalidInput as error:
        raise InvalidInput(f"{str(path)!r}: {error.message}", remedy=error.remedy) from error


def check_free(path: StrPath, roots: Iterable[StrPath]) -> None:
    """Accepts a place where a measurement may be written: before hours of hashing, not after.

    Raises:
        InvalidInput: its directory is not there, something lies there, or it lies among the files.
    """
    check_outside(path, roots)
    if os.path.lexists(path):
        raise InvalidInput(f"{str(path)!r} is there already, and is left as it is", remedy="name another place")


def write_measurement(measurement: Measurement, path: StrPath) -> None:
    """Writes the document, whole or not at all.

    Raises:
        InvalidInput: something lies there, or it cannot be written.
    """
    check_free(path, ())
    deliver(path, measurement.to_bytes())


def _unfit(why: str) -> InvalidInput:
    return InvalidInput(f"the measurement does not count: {why}", remedy=_MAKE)
