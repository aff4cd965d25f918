"""Signing without the database: a request travels to whoever is asked, and their reply travels back.

    request = read_request(Path("aurora.request").read_bytes())
    reply = request.reply("mara", "approve", "safety", "Read and tested.", SshKeygen("~/.ssh/id_ed25519"))

``docs/exchange-format.md`` says what stands in the files, and what of it is signed.
"""

from workflow.exchange.act import ActRequest, Drafted
from workflow.exchange.parts import (
    Approved,
    AskedRole,
    Component,
    Decided,
    Files,
    Note,
    Said,
    Seen,
    Signatory,
)
from workflow.exchange.reading import MAX_BYTES, read_fields
from workflow.exchange.reply import Reply
from workflow.exchange.request import KIND, NOUN, Request

__all__ = [
    "MAX_BYTES",
    "ActRequest",
    "Approved",
    "AskedRole",
    "Component",
    "Decided",
    "Drafted",
    "Files",
    "Note",
    "Reply",
    "Request",
    "Said",
    "Seen",
    "Signatory",
    "read_request",
]


def read_request(data: bytes) -> Request | ActRequest:
    """Reads a request, strictly: for a decision, or for an act that is fixed.

    Raises:
        InvalidInput: it is anything else.
    """
    fields = read_fields(data, KIND, NOUN)
    return ActRequest.from_fields(fields) if fields.get("asks") == "act" else Request.from_fields(fields)
