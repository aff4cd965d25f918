"""Commitments to free text, so that a text can be erased and the entry that carried it still verifies.

The entry holds ``SHA-256("holdfast-text-v1\\0" || salt || text in UTF-8)`` with 32 random bytes of salt, which stand
with the text in a table of their own. Without the salt, a guess at an erased text cannot be confirmed.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field

from workflow.errors import LedgerError

PREFIX = b"holdfast-text-v1\0"
SALT_BYTES = 32


def commitment(salt: bytes, text: str) -> str:
    """What an entry says of a text: a salted SHA-256, in lower-case hexadecimal."""
    return hashlib.sha256(PREFIX + salt + text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class SaltedText:
    """A text with the salt that its commitment was made with.

    Raises:
        LedgerError: the salt has another length. The commitment would then hold for other words too: those that begin
            earlier or later in the same bytes.
    """

    salt: bytes
    text: str
    commitment: str = field(init=False, compare=False)
    """What the entry says of this text."""

    def __post_init__(self) -> None:
        if len(self.salt) != SALT_BYTES:
            raise LedgerError(f"a text's salt has {SALT_BYTES} bytes, not {len(self.salt)}")
        object.__setattr__(self, "commitment", commitment(self.salt, self.text))

    @classmethod
    def of(cls, text: str) -> SaltedText:
        """The text under a fresh random salt."""
        return cls(secrets.token_bytes(SALT_BYTES), text)
