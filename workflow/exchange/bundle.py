"""The files that travel with what is signed elsewhere: a report, a process, what shows that somebody holds a key."""

from __future__ import annotations

import base64
from collections.abc import Mapping

from workflow import ledger
from workflow.errors import InvalidInput

MAX_BLOB_BYTES = 8 * 1024 * 1024


def write_blobs(blobs: Mapping[str, bytes]) -> dict[str, str]:
    """Files as they travel.

    Raises:
        InvalidInput: they are too large for that.
    """
    if sum(map(len, blobs.values())) > MAX_BLOB_BYTES:
        raise InvalidInput(
            f"what belongs to this is larger than {MAX_BLOB_BYTES // 2**20} MiB, which is too much to go along",
            remedy="sign it where the ledger is: --key FILE",
        )
    return {digest: base64.b64encode(blob).decode("ascii") for digest, blob in blobs.items()}


def read_blobs(blobs: Mapping[str, str], noun: str) -> dict[str, bytes]:
    """Files as they travelled.

    Raises:
        InvalidInput: one cannot be read, or does not have its digest.
    """
    try:
        found = {digest: base64.b64decode(text, validate=True) for digest, text in blobs.items()}
    except ValueError:
        raise InvalidInput(f"this is no {noun}: a file in it cannot be read") from None
    if any(ledger.sha256(blob) != digest for digest, blob in found.items()):
        raise InvalidInput(f"this is no {noun}: a file in it does not have its digest")
    return found
