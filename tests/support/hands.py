"""People's hands: keys, made for the test and gone with it, that sign as ``ssh-keygen -Y sign`` does.

Fast, so that a scenario can have many signatures; that they are what the real program makes is tested in
``tests/unit/signing``.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from workflow.possession import Possession, possess
from workflow.signing import PublicKey

TYPE = b"ssh-ed25519"
ON_SECURITY_KEY = b"sk-ssh-ed25519@openssh.com"
APPLICATION = b"ssh:"
TOUCHED = 0x01
PIN_CHECKED = 0x04


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


@dataclass
class Hand:
    """Somebody's key. ``signed`` counts what they were asked to sign; ``last`` is the statement that was last.

    With ``flags`` it is on a security key, which says that it was touched, or checked a PIN.
    """

    person: str
    seed: int = 0
    flags: int | None = None
    signed: int = 0
    last: bytes = b""
    _key: Ed25519PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        secret = hashlib.sha256(f"{self.person} {self.seed}".encode()).digest()
        self._key = Ed25519PrivateKey.from_private_bytes(secret)

    @property
    def blob(self) -> bytes:
        raw = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return _string(self.type) + _string(raw) + (b"" if self.flags is None else _string(APPLICATION))

    @property
    def type(self) -> bytes:
        return TYPE if self.flags is None else ON_SECURITY_KEY

    @property
    def public(self) -> PublicKey:
        return PublicKey.from_blob(self.blob)

    @property
    def line(self) -> str:
        """The line of the ``.pub`` file."""
        return f"{self.public.line} {self.person}@laptop"

    @property
    def fingerprint(self) -> str:
        return self.public.fingerprint

    def sign(self, statement: bytes, namespace: str) -> bytes:
        """The armored signature of a statement."""
        self.signed += 1
        self.last = statement
        name = namespace.encode()
        hashed = hashlib.sha512(statement).digest()
        to_sign = b"SSHSIG" + _string(name) + _string(b"") + _string(b"sha512") + _string(hashed)
        stated = b""
        if self.flags is not None:
            stated = bytes([self.flags]) + self.signed.to_bytes(4, "big")
            to_sign = hashlib.sha256(APPLICATION).digest() + stated + hashlib.sha256(to_sign).digest()
        value = _string(self.type) + _string(self._key.sign(to_sign)) + stated
        head = b"SSHSIG" + (1).to_bytes(4, "big") + _string(self.blob)
        text = base64.b64encode(head + _string(name) + _string(b"") + _string(b"sha512") + _string(value))
        lines = [text[at : at + 70] for at in range(0, len(text), 70)]
        return b"\n".join([b"-----BEGIN SSH SIGNATURE-----", *lines, b"-----END SSH SIGNATURE-----", b""])

    def possesses(self, origin: str, *, before: Hand | None = None) -> Possession:
        """What shows that this key is theirs, and that they had another before."""
        earlier = (before.public, before) if before else None
        return possess(self.person, origin, self.public, self, before=earlier)


class Hands:
    """The hands of many people: whoever a statement says speaks, signs it with the key that they took up last."""

    def __init__(self, *people: str) -> None:
        self.of: dict[str, Hand] = {person: Hand(person) for person in people}

    def __getitem__(self, person: str) -> Hand:
        return self.of[person]

    def sign(self, statement: bytes, namespace: str) -> bytes:
        """The armored signature of whoever speaks."""
        return self.of[json.loads(statement)["predicate"]["actor"]].sign(statement, namespace)

    def take_up(self, person: str, seed: int, flags: int | None = None) -> Hand:
        """Somebody signs with another key from now on."""
        self.of[person] = Hand(person, seed, flags)
        return self.of[person]
