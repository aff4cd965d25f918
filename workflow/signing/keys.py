"""Public keys: the types that may sign, each in the one form in which its bytes are taken.

A key is its blob (RFC 4253 section 6.6, RFC 5656 section 3.1, RFC 8709 section 4, OpenSSH's PROTOCOL.u2f): two keys are
the same when these bytes are. That is sound because a blob has no second spelling here, and because no key comes into
being whose numbers are unfit. Private keys of people are never read.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal, Self

from workflow.errors import SignatureInvalid
from workflow.signing.points import CURVES, is_ed25519_point, is_nist_point
from workflow.signing.wire import Reader, unbase64

Kind = Literal["ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa", "sk-ed25519", "sk-ecdsa"]

KINDS: dict[str, Kind] = {
    "ssh-ed25519": "ed25519",
    "ecdsa-sha2-nistp256": "ecdsa-p256",
    "ecdsa-sha2-nistp384": "ecdsa-p384",
    "ecdsa-sha2-nistp521": "ecdsa-p521",
    "ssh-rsa": "rsa",
    "sk-ssh-ed25519@openssh.com": "sk-ed25519",
    "sk-ecdsa-sha2-nistp256@openssh.com": "sk-ecdsa",
}
"""What each key type is called on the wire, and here."""

_CURVES: dict[Kind, str] = {
    "ecdsa-p256": "nistp256",
    "ecdsa-p384": "nistp384",
    "ecdsa-p521": "nistp521",
    "sk-ecdsa": "nistp256",
}

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 16384
MAX_EXPONENT_BITS = 64
"""The upper limits are those of OpenSSL, which answers «not genuine» beyond them."""

_CERTIFICATE = "-cert-v01@openssh.com"
_GENERATE = "make a key with: ssh-keygen -t ed25519, or -t ed25519-sk for one on a security key"
_ONE_LINE = "give the one line of a .pub file: the type, the base64 text and a comment"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a key blob holds beside its type; a part that the type does not have is empty."""

    point: bytes = b""
    exponent: int = 0
    modulus: int = 0
    application: bytes = b""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that is fit to check signatures with, and equal to another when its blob is.

    Raises:
        SignatureInvalid: the blob is not that of a key of a known type with fit numbers, in its one form.
    """

    blob: bytes
    comment: str = field(default="", compare=False)
    kind: Kind = field(init=False, compare=False)
    fingerprint: str = field(init=False, compare=False)
    numbers: Numbers = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        kind, numbers = _read(self.blob)
        object.__setattr__(self, "kind", kind)
        object.__setattr__(self, "numbers", numbers)
        object.__setattr__(self, "fingerprint", fingerprint_of(self.blob))

    @property
    def line(self) -> str:
        """The line of a ``.pub`` file without its comment: the type, and the blob in base64."""
        return f"{type_of(self.blob)} {base64.b64encode(self.blob).decode('ascii')}"

    @classmethod
    def from_blob(cls, blob: bytes, comment: str = "") -> Self:
        """The key in SSH's binary form.

        Raises:
            SignatureInvalid: as for the class.
        """
        return cls(blob, comment)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The key that stands in a ``.pub`` file: ``ssh-ed25519 AAAA... comment``.

        Raises:
            SignatureInvalid: it is not that one line, or as for the class.
        """
        if "PRIVATE KEY" in text:
            # The message must not repeat any of it.
            raise _unfit("this is a private key", remedy="give the file with .pub at its end; the other stays secret")
        line = text.removesuffix("\n").removesuffix("\r").replace("\t", " ")
        fields = line.split(maxsplit=2)
        if len(fields) < 2 or not line.isprintable() or not fields[1].isascii():
            raise _unfit("this is not one line with a public key", remedy=_ONE_LINE)
        name, encoded, *comment = fields
        check_type(name)
        blob = unbase64(encoded.encode("ascii"), "the key's text")
        if type_of(blob) != name:
            raise _unfit(f"the line says {name}, its key is of another type", remedy=_ONE_LINE)
        return cls(blob, comment[0].strip() if comment else "")


def fingerprint_of(blob: bytes) -> str:
    """What ssh-keygen -l shows for a blob: ``SHA256:`` and the hash in base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def type_of(blob: bytes) -> str:
    """The type that a blob says it has; whether it is known is another question.

    Raises:
        SignatureInvalid: the blob does not begin with a name.
    """
    return Reader(blob, "the public key").string().decode("ascii", "backslashreplace")


def check_type(name: str) -> Kind:
    """The kind of key that has this type.

    Raises:
        SignatureInvalid: it is a certificate, or a type that does not count here.
    """
    if name.endswith(_CERTIFICATE):
        raise SignatureInvalid(
            f"{name[:80]!r} is a certificate: it counts for whoever its authority names, not for one known key",
            reason="certificate",
            remedy="enter the plain public key, and sign with it: move the -cert.pub file away from beside it",
        )
    kind = KINDS.get(name)
    if kind is None:
        raise SignatureInvalid(
            f"keys of the type {name[:80]!r} do not count; these do: {', '.join(KINDS)}",
            reason="unsupported",
            remedy=_GENERATE,
        )
    return kind


# What a blob says never changes, and the point's check is the slow part of reading a key.
@lru_cache(maxsize=1024)
def _read(blob: bytes) -> tuple[Kind, Numbers]:
    reader = Reader(blob, "the public key")
    name = reader.string().decode("ascii", "backslashreplace")
    kind = check_type(name)
    if kind == "rsa":
        numbers = Numbers(exponent=reader.positive(), modulus=reader.positive())
        _check_rsa(numbers)
    elif kind in ("ed25519", "sk-ed25519"):
        numbers = Numbers(point=reader.string(), application=_application(reader, kind))
        if not is_ed25519_point(numbers.point):
            raise _unfit("the key is not a point of Ed25519 that anybody's secret leads to")
    else:
        curve = reader.string().decode("ascii", "backslashreplace")
        if curve != _CURVES[kind]:
            raise _unfit(f"the key says {name}, and then {curve[:80]!r} for its curve")
        numbers = Numbers(point=reader.string(), application=_application(reader, kind))
        if not is_nist_point(CURVES[curve], numbers.point):
            raise _unfit(f"the key is not an uncompressed point of the curve {curve}")
    reader.end()
    return kind, numbers


def _application(reader: Reader, kind: Kind) -> bytes:
    if not kind.startswith("sk-"):
        return b""
    application = reader.string()
    # Only ssh clients may ask a security key to sign for these; a browser may for the name of any site it visits.
    if not application.startswith(b"ssh:") or b"\0" in application:
        raise _unfit(
            f"the security key signs for {application[:80]!r}, not for an application that begins with ssh:",
            remedy="make the key with ssh-keygen, without -O application or with one that begins with ssh:",
        )
    return application


def _check_rsa(numbers: Numbers) -> None:
    bits = numbers.modulus.bit_length()
    if not MIN_RSA_BITS <= bits <= MAX_RSA_BITS:
        raise _unfit(f"the RSA key has {bits} bits; from {MIN_RSA_BITS} to {MAX_RSA_BITS} count", remedy=_GENERATE)
    if numbers.modulus % 2 == 0:
        raise _unfit("the RSA key has an even modulus, which anybody can factor")
    exponent = numbers.exponent
    if exponent % 2 == 0 or exponent < 3 or exponent.bit_length() > MAX_EXPONENT_BITS:
        raise _unfit(f"the RSA key's exponent must be odd, at least 3, and of at most {MAX_EXPONENT_BITS} bits")


def _unfit(message: str, *, remedy: str = _GENERATE) -> SignatureInvalid:
    return SignatureInvalid(message, reason="unfit-key", remedy=remedy)
