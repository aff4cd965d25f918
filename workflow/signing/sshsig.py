"""The signature as ``ssh-keygen -Y sign`` writes it (OpenSSH's PROTOCOL.sshsig and PROTOCOL.u2f).

Reading says what a signature claims, and that it has its one form. It says nothing of whether it is genuine.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from workflow.errors import SignatureInvalid
from workflow.signing.wire import Reader, malformed, string, unbase64

MAGIC = b"SSHSIG"
VERSION = 1
HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
STATEMENT_BYTES = 5
MAX_ARMOR_BYTES = 64 * 1024

_HEADER, _FOOTER = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_ARMOR = re.compile(_HEADER + rb"\r?\n((?:[A-Za-z0-9+/=]+\r?\n)+)" + _FOOTER + rb"(?:\r?\n)?")
_HOW = "sign with: ssh-keygen -Y sign -f KEY -n NAMESPACE FILE"


@dataclass(frozen=True, slots=True)
class Signature:
    """One parsed signature: who it says made it, for which namespace, and what there is to check.

    ``statement`` is what a security key says beside its signature: a byte of flags, then its counter in four bytes. It
    is empty for every other key.
    """

    key_blob: bytes
    namespace: str
    hash_algorithm: bytes
    algorithm: bytes
    value: bytes
    statement: bytes

    @classmethod
    def parse(cls, armored: bytes | str) -> Self:
        """Reads a ``.sig`` file.

        Raises:
            SignatureInvalid: it is anything but one signature of version 1 in its one form.
        """
        return cls.from_blob(_dearmored(armored))

    @classmethod
    def from_blob(cls, blob: bytes) -> Self:
        """Reads a signature in its binary form.

        Raises:
            SignatureInvalid: as for :meth:`parse`.
        """
        reader = Reader(blob, "the signature")
        if reader.take(len(MAGIC)) != MAGIC:
            raise malformed("this is not an SSH signature")
        version = reader.uint32()
        if version != VERSION:
            raise _unsupported(f"the signature has version {version}; only version {VERSION} is known")
        key_blob = reader.string()
        namespace = _namespace(reader.string())
        if reader.string():
            raise malformed("the signature's reserved field is not empty")
        hash_algorithm = reader.string()
        if hash_algorithm not in HASHES:
            raise _unsupported(f"the signature hashes with {hash_algorithm[:80]!r}; only sha256 and sha512 count")
        inner = Reader(reader.string(), "the signature's inner part")
        reader.end()
        algorithm, value = inner.string(), inner.string()
        statement = inner.take(STATEMENT_BYTES) if algorithm.startswith(b"sk-") else b""
        inner.end()
        return cls(key_blob, namespace, hash_algorithm, algorithm, value, statement)

    def signed_bytes(self, message: bytes) -> bytes:
        """What the key signed, if this is its signature for the message."""
        hashed = HASHES[self.hash_algorithm](message).digest()
        name = self.namespace.encode("utf-8")
        return b"".join((MAGIC, string(name), string(b""), string(self.hash_algorithm), string(hashed)))


def _dearmored(armored: bytes | str) -> bytes:
    try:
        data = armored.encode("ascii") if isinstance(armored, str) else armored
    except UnicodeEncodeError as error:
        raise malformed("the signature holds a character that no signature has") from error
    if len(data) > MAX_ARMOR_BYTES:
        raise malformed(f"a signature has at most {MAX_ARMOR_BYTES} bytes, not {len(data)}")
    found = _ARMOR.fullmatch(data)
    if found is None:
        raise malformed("this is not an SSH signature from its first line to its last, with nothing before or after")
    return unbase64(found[1].translate(None, b"\r\n"), "the signature")


def _namespace(data: bytes) -> str:
    try:
        name = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise malformed("the signature's namespace is not UTF-8") from error
    if not name or "\0" in name:
        raise malformed("the signature's namespace is empty or holds a NUL")
    return name


def _unsupported(message: str) -> SignatureInvalid:
    return SignatureInvalid(message, reason="unsupported", remedy=_HOW)
