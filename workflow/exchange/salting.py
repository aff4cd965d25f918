"""The texts of what is signed elsewhere, under salts that can belong to nothing else.

A ledger keeps a text once, and an erased one never again. Whoever has seen somebody's reply knows its salts; without
this rule they could sign the same commitments in their own name, so that the other reply, or the ledger itself, would
not be in order any more.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from workflow import ledger
from workflow.ledger import SaltedText
from workflow.ledger.text import SALT_BYTES
from workflow.texts import check_text

_OWN_BYTES = SALT_BYTES // 2


def salted(texts: Mapping[str, str], actor: str, nonce: str) -> dict[str, SaltedText]:
    """Texts as they are kept, each under a salt of its own: half of it says whose it is, half is random.

    Raises:
        InvalidInput: one says nothing, or holds what no text may.
    """
    return {
        name: SaltedText(_own(actor, nonce, name) + secrets.token_bytes(_OWN_BYTES), check_text(name, text))
        for name, text in texts.items()
    }


def is_own(texts: Mapping[str, SaltedText], actor: str, nonce: str) -> bool:
    """Whether every salt was made for just these texts of this statement."""
    return all(text.salt[:_OWN_BYTES] == _own(actor, nonce, name) for name, text in texts.items())


def commitments(texts: Mapping[str, SaltedText]) -> dict[str, str]:
    """What a statement says of texts."""
    return {name: text.commitment for name, text in texts.items()}


def _own(actor: str, nonce: str, name: str) -> bytes:
    named = ledger.digest({"kind": "holdfast-salt", "actor": actor, "nonce": nonce, "text": name})
    return bytes.fromhex(named)[:_OWN_BYTES]
