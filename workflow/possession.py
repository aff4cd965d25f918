"""What shows that a person holds a key that is to be enrolled: made on their own machine, without any ledger."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from workflow import statement
from workflow.proof import Signer
from workflow.signing import PublicKey
from workflow.statement import NAMESPACE


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
    crossed = before[1].sign(data, NAMESPACE) if before else None
    return Possession(data, signer.sign(data, NAMESPACE), crossed, before[0].fingerprint if before else None)
