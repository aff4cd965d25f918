"""Public keys as ``openssl`` writes them, for signatures that no ssh key made: three curves, each in its one form.

A key is its SubjectPublicKeyInfo (RFC 5480), and equal to another when these bytes are. They are compared with the only
form that a curve's keys have, and not parsed: the name of the curve, the uncompressed point, and nothing else. Private
keys are never read.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Literal, Self

from workflow.errors import SignatureInvalid
from workflow.signing.points import CURVES, is_nist_point
from workflow.signing.wire import unbase64

PemKind = Literal["ecdsa-p256", "ecdsa-p384", "ecdsa-p521"]

FIRST, LAST = "-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"

_LINE = 64
_FORMS: dict[PemKind, tuple[str, bytes]] = {
    "ecdsa-p256": ("nistp256", bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")),
    "ecdsa-p384": ("nistp384", bytes.fromhex("3076301006072a8648ce3d020106052b81040022036200")),
    "ecdsa-p521": ("nistp521", bytes.fromhex("30819b301006072a8648ce3d020106052b8104002303818600")),
}
"""The name of each curve, and the bytes that stand before a point of it."""
_EXPORT = "write it with: openssl pkey -in PRIVATE_KEY -pubout"
_GENERATE = "make a key with: openssl ecparam -name prime256v1 -genkey -noout"


@dataclass(frozen=True, slots=True)
class PemKey:
    """A public key on P-256, P-384 or P-521, made from its SubjectPublicKeyInfo.

    Raises:
        SignatureInvalid: the bytes are not those of such a key.
    """

    info: bytes
    kind: PemKind = field(init=False, compare=False)
    point: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        for kind, (curve, before) in _FORMS.items():
            point = self.info.removeprefix(before)
            if point != self.info and is_nist_point(CURVES[curve], point):
                object.__setattr__(self, "kind", kind)
                object.__setattr__(self, "point", point)
                return
        raise SignatureInvalid(
            "the public key is none of an elliptic curve that counts here: P-256, P-384 or P-521, uncompressed",
            reason="unfit-key",
            remedy=_GENERATE,
        )

    @classmethod
    def parse(cls, text: bytes) -> Self:
        """The key in the text of a ``.pem`` or ``.pub`` file, which holds this one and nothing else.

        Raises:
            SignatureInvalid: it is anything else, a private key or a certificate too.
        """
        if b"PRIVATE KEY" in text:
            raise SignatureInvalid(
                "that file holds a private key, which must stay with its owner and is not read here",
                reason="unfit-key",
                remedy=f"name the public key; {_EXPORT}",
            )
        try:
            first, *lines, last = text.decode("ascii").split("\n" if b"\r" not in text else "\r\n")
            if not last:
                last = lines.pop()
            if (first, last) != (FIRST, LAST):
                raise ValueError
            info = unbase64("".join(lines).encode("ascii"), "the public key")
        except (ValueError, IndexError, SignatureInvalid) as error:
            raise SignatureInvalid(
                "that file does not hold exactly one public key in PEM", reason="malformed", remedy=_EXPORT
            ) from error
        return cls(info)

    @property
    def text(self) -> str:
        """The key in PEM, in the lines in which it is commonly written."""
        body = b64encode(self.info).decode("ascii")
        return "\n".join([FIRST, *(body[at : at + _LINE] for at in range(0, len(body), _LINE)), LAST, ""])

    @property
    def fingerprint(self) -> str:
        """What people know the key by: the SHA-256 of its SubjectPublicKeyInfo, after ``sha256:``."""
        return "sha256:" + hashlib.sha256(self.info).hexdigest()

    def has_signed(self, data: bytes, signature: bytes) -> bool:
        """Whether this key made the signature, in DER, for exactly these bytes."""
        from workflow.signing import primitives  # late, because the library takes longer to load than all of the rest

        return primitives.is_genuine_der(self.kind, self.point, signature, data)
