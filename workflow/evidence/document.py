"""Evidence that is for people to read: a red-team report, a model card, an opinion. It has no numbers to judge."""

from __future__ import annotations

from workflow.errors import InvalidInput
from workflow.evidence.report import EvidenceReport, checked

READER = "document@1"
KIND = "document"


def read_document(data: bytes, filename: str, name: str | None) -> EvidenceReport:
    """A report that says only that there is a document, under the name that the caller gives it.

    Raises:
        InvalidInput: the document is empty, or its name is missing or cannot be shown.
    """
    if not data:
        raise InvalidInput(f"{filename} is empty", remedy="attach the file with its contents")
    if not name:
        raise InvalidInput(
            f"{filename} is a document, and nothing in it says what it is evidence of",
            remedy="name what it is evidence of, such as red_team",
        )
    with checked(f"{filename} cannot be attached under that name", remedy="give a name of plain printable text"):
        return EvidenceReport(reader=READER, kind=KIND, name=name, status="conclusive")
