"""A key that signs for a ledger, as its log's does."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from workflow.ledger.note import ED25519, NoteKey


class SoftLogKey:
    """An Ed25519 key with a name; the same name and seed make the same one."""

    def __init__(self, name: str = "lab.example", seed: int = 0) -> None:
        self.name = name
        self.private = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"{name} {seed}".encode()).digest())

    @property
    def public(self) -> bytes:
        """The 32 bytes of the public half."""
        return self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def vkey(self) -> str:
        """The public half, as those know it who check."""
        return str(NoteKey(self.name, ED25519, self.public))

    def sign(self, message: bytes) -> bytes:
        """The signature of a message."""
        return self.private.sign(message)
