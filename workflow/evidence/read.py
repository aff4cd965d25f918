"""Chooses the reader for a file that is attached as evidence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath

from workflow.errors import InvalidInput
from workflow.evidence import document, inspect_log, json_report, lm_eval, model_signing
from workflow.evidence.document import read_document
from workflow.evidence.foreign import MAX_JSON_BYTES, parse
from workflow.evidence.inspect_log import read_inspect_log
from workflow.evidence.json_report import read_json_report
from workflow.evidence.lm_eval import read_lm_eval
from workflow.evidence.model_signing import read_model_signing
from workflow.evidence.report import EvidenceReport

_KINDS = {".eval": inspect_log.KIND, model_signing.SUFFIX: model_signing.KIND}
_READERS: dict[str, Callable[[bytes, str], EvidenceReport]] = {
    inspect_log.KIND: read_inspect_log,
    json_report.KIND: read_json_report,
    model_signing.KIND: read_model_signing,
}
KINDS = (*_READERS, lm_eval.KIND, document.KIND)
"""Every kind of evidence."""


def read_report(data: bytes, filename: str, *, kind: str | None = None, name: str | None = None) -> EvidenceReport:
    """What a file says as evidence, by the ending of its name, and for ``.json`` by what stands in it.

    ``.eval`` is an Inspect log and ``.json`` one too, or the results of lm-evaluation-harness, or a report in this
    project's own format; ``.sig`` is a signature of model-signing as it is kept, anything else is a document. A damaged
    log or signature is an error and never a document, which would be conclusive; to attach some other such file, say
    ``kind="document"``. A document needs a ``name``; of several tasks in one file of results it is the one that is
    meant; any other report has its own, and another ``name`` is refused.

    Raises:
        InvalidInput: the file cannot be read as that kind, the kind is unknown, or the name does not fit.
        WorkflowError: a library that the log's compression needs is not installed.
    """
    if kind is None:
        suffix = PurePath(filename).suffix.lower()
        kind = _kind_of_json(data, filename) if suffix == ".json" else _KINDS.get(suffix, document.KIND)
    if kind == document.KIND:
        return read_document(data, filename, name)
    if kind == lm_eval.KIND:
        return read_lm_eval(data, filename, name)
    if kind not in _READERS:
        raise InvalidInput(
            f"there is no kind of evidence {kind[:40]!r}",
            remedy=f"use one of {', '.join(KINDS)}, or leave the kind out",
        )
    report = _READERS[kind](data, filename)
    if name is not None and name != report.name:
        raise InvalidInput(
            f"{filename} is a report of {report.name}, not of {name[:80]}",
            remedy=f"leave the name out, or attach the report of {name[:80]}",
        )
    return report


def _kind_of_json(data: bytes, filename: str) -> str:
    # One that is too large is its reader's to refuse, and nothing else is as large as a log.
    if len(data) > MAX_JSON_BYTES:
        return inspect_log.KIND
    raw = parse(
        data,
        filename,
        "an Inspect log",
        remedy="attach the report as its tool wrote it; or keep the file as it is: --kind document --name NAME",
    )
    if isinstance(raw, dict) and json_report.MARK in raw:
        return json_report.KIND
    if lm_eval.is_results(raw) and not isinstance(raw.get("eval"), dict):
        return lm_eval.KIND
    if isinstance(raw, dict) and raw.keys().isdisjoint(inspect_log.MARKS):
        raise InvalidInput(
            f"{filename} is JSON, but no report that is read here: no Inspect log (eval, status), no results of "
            f"lm_eval (results, with versions or configs), no report of this project's own format ({json_report.MARK})",
            remedy="attach the report as its tool wrote it; or keep the file as it is: --kind document --name NAME",
        )
    return inspect_log.KIND
