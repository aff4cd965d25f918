"""Chooses the reader for a file that is attached as evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from workflow.errors import InvalidInput
from workflow.evidence import document, inspect_log, model_signing
from workflow.evidence.document import read_document
from workflow.evidence.inspect_log import read_inspect_log
from workflow.evidence.model_signing import read_model_signing
from workflow.evidence.report import EvidenceReport

_KINDS = {".eval": inspect_log.KIND, ".json": inspect_log.KIND, model_signing.SUFFIX: model_signing.KIND}
_READERS: dict[str, Callable[[bytes, str], EvidenceReport]] = {
    inspect_log.KIND: read_inspect_log,
    model_signing.KIND: read_model_signing,
}


def read_report(data: bytes, filename: str, *, kind: str | None = None, name: str | None = None) -> EvidenceReport:
    """What a file says as evidence, by the ending of its name.

    ``.eval`` and ``.json`` are Inspect logs, ``.sig`` is a signature of model-signing as it is kept, anything else is a
    document. A damaged log or signature is an error and never a document, which would be conclusive; to attach some
    other such file, say ``kind="document"``. A document needs a ``name``; a log has its task's and a signature its
    key's, and any other ``name`` is refused.

    Raises:
        InvalidInput: the file cannot be read as that kind, the kind is unknown, or the name does not fit.
        WorkflowError: a library that the log's compression needs is not installed.
    """
    suffix = PurePath(filename).suffix.lower()
    if kind is None:
        kind = _KINDS.get(suffix, document.KIND)
    if kind == document.KIND:
        return read_document(data, filename, name)
    if kind not in _READERS:
        raise InvalidInput(
            f"there is no kind of evidence {kind[:40]!r}",
            remedy=f"use {', '.join(_READERS)} or {document.KIND}, or leave the kind out",
        )
    report = _READERS[kind](data, filename)
    if name is not None and name != report.name:
        raise InvalidInput(
            f"{filename} is a report of {report.name}, not of {name[:80]}",
            remedy=f"leave the name out, or attach the report of {name[:80]}",
        )
    return report
