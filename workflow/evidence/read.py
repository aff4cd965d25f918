"""Chooses the reader for a file that is attached as evidence."""

from __future__ import annotations

from pathlib import PurePath

from workflow.errors import InvalidInput
from workflow.evidence import document, inspect_log
from workflow.evidence.document import read_document
from workflow.evidence.inspect_log import read_inspect_log
from workflow.evidence.report import EvidenceReport

_LOG_SUFFIXES = (".eval", ".json")


def read_report(data: bytes, filename: str, *, kind: str | None = None, name: str | None = None) -> EvidenceReport:
    """What a file says as evidence: ``.eval`` and ``.json`` are Inspect logs, anything else is a document.

    A damaged log is an error and never a document, which would be conclusive; to attach some other JSON file, say
    ``kind="document"``. A document needs a ``name``; a log has its task's, and any other ``name`` is refused.

    Raises:
        InvalidInput: the file cannot be read as that kind, the kind is unknown, or the name does not fit.
        WorkflowError: a library that the log's compression needs is not installed.
    """
    suffix = PurePath(filename).suffix.lower()
    if kind is None:
        kind = inspect_log.KIND if suffix in _LOG_SUFFIXES else document.KIND
    if kind == document.KIND:
        return read_document(data, filename, name)
    if kind != inspect_log.KIND:
        raise InvalidInput(
            f"there is no kind of evidence {kind[:40]!r}",
            remedy=f"use {inspect_log.KIND} or {document.KIND}, or leave the kind out",
        )
    report = read_inspect_log(data, filename)
    if name is not None and name != report.name:
        raise InvalidInput(
            f"{filename} is a log of {report.name}, not of {name[:80]}",
            remedy=f"leave the name out, or attach the log of {name[:80]}",
        )
    return report
