"""Reads the logs of Inspect (``inspect_ai``) without Inspect: version 2 of its log schema, ``.json`` and ``.eval``.

An ``.eval`` log is a zip archive, whose ``header.json`` is the log without its samples. The schema is Inspect's own
(``inspect_ai.log.EvalLog``); only the fields declared below are looked at. Whether a run is conclusive is decided
strictly: a run that was not over the whole dataset, or in which one sample failed or was left without a score, is
incomplete, because the samples that are missing may be the ones that matter.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, Field

from workflow.clock import parse_moment, timestamp
from workflow.errors import InvalidInput
from workflow.evidence.archive import MAGIC, Archive
from workflow.evidence.foreign import CANDIDATE_KEY, MAX_JSON_BYTES, PART, parse, stated_candidate, usable, word
from workflow.evidence.report import EvidenceReport, Metric, Status, checked

READER = "inspect-log@1"
KIND = "inspect"
SCHEMA_VERSION = 2
_HEADER = "header.json"
_START = "_journal/start.json"
_MEANS = ("accuracy", "mean")
"""The metrics that Inspect's ``stderr`` is the standard error of: both are the mean of the scores."""

_NOT_INSPECT = "attach an Inspect log (.eval or .json), or attach the file as a document"


MARKS = frozenset({"eval", "status", "version"})
"""What stands in an Inspect log, one of which any damaged one still has."""


class _Part(BaseModel):
    model_config = PART


class _Metric(_Part):
    name: str
    value: Decimal | int | None


class _Score(_Part):
    name: str
    metrics: dict[str, _Metric] = {}
    unscored_samples: int | None = None


class _EarlyStopping(_Part):
    early_stops: list[Any]


class _Results(_Part):
    total_samples: int = Field(default=0, ge=0)
    completed_samples: int = Field(default=0, ge=0)
    logged_samples: int | None = None
    early_stopping: _EarlyStopping | None = None
    scores: list[_Score] = []


class _Config(_Part):
    epochs: int | None = Field(default=None, ge=1)
    log_samples: bool | None = None
    score_on_error: bool | None = None


class _Dataset(_Part):
    samples: int | None = None


class _Eval(_Part):
    eval_id: str = ""
    run_id: str = ""
    task: str
    model: str
    dataset: _Dataset
    config: _Config
    packages: dict[str, str] = {}
    metadata: dict[str, Any] | None = None


class _Stats(_Part):
    completed_at: str = ""


class _Edit(_Part):
    metadata_set: dict[str, Any] = {}
    metadata_remove: list[str] = []


class _LogUpdate(_Part):
    edits: list[_Edit] = []


class _Log(_Part):
    status: Literal["started", "success", "cancelled", "error"] = "started"
    eval: _Eval
    results: _Results | None = None
    stats: _Stats = _Stats()
    error: dict[str, Any] | None = None
    invalidated: bool = False
    log_updates: list[_LogUpdate] | None = None


def read_inspect_log(data: bytes, filename: str) -> EvidenceReport:
    """What an Inspect log says, whichever of its two forms it has; ``filename`` is for messages only.

    Raises:
        InvalidInput: the bytes are damaged, too large, of another schema, or no Inspect log.
        WorkflowError: the log is compressed with Zstandard and nothing that reads it is installed.
    """
    raw = parse(_header(data, filename), filename, "an Inspect log", remedy=_NOT_INSPECT)
    if not isinstance(raw, dict) or "version" not in raw or not isinstance(raw.get("eval"), dict):
        raise InvalidInput(f"{filename} is JSON, but no Inspect log", remedy=_NOT_INSPECT)
    if type(raw["version"]) is not int or raw["version"] != SCHEMA_VERSION:
        raise InvalidInput(
            f"{filename} has version {word(raw['version'])} of Inspect's log schema; {SCHEMA_VERSION} is read here",
            remedy="write it again with a current Inspect: inspect log convert --to eval --output-dir DIR FILE",
        )
    with checked(f"{filename} is not what Inspect writes", remedy=_NOT_INSPECT):
        log = _Log.model_validate(raw)
        status, detail = _judge_run(log)
        return EvidenceReport(
            reader=READER,
            kind=KIND,
            name=log.eval.task,
            status=status,
            detail=detail,
            metrics=_metrics(log.results),
            samples=_different_samples(log),
            completed_at=timestamp(parse_moment(log.stats.completed_at)) if log.stats.completed_at else None,
            candidate=_candidate(log, filename),
            run=log.eval.eval_id or log.eval.run_id,
            tool=f"inspect_ai {log.eval.packages.get('inspect_ai', '')}".rstrip(),
            model=log.eval.model,
        )


def _header(data: bytes, filename: str) -> bytes:
    if not data.startswith(MAGIC):
        if len(data) > MAX_JSON_BYTES:
            raise InvalidInput(
                f"{filename} has {len(data)} bytes; of a JSON log at most {MAX_JSON_BYTES} are read",
                remedy="attach the .eval form: inspect log convert --to eval --output-dir DIR FILE",
            )
        return data
    archive = Archive(data, filename)
    for name in (_HEADER, _START):  # a run that is under way or crashed has a start and no header
        if name in archive:
            return archive.read(name, limit=MAX_JSON_BYTES)
    raise InvalidInput(f"{filename} is a zip archive, but no Inspect log", remedy=_NOT_INSPECT)


def _judge_run(log: _Log) -> tuple[Status, str]:
    # The reasons are in words of this module: a log's own error text may hold anything, and the ledger keeps it.
    results = log.results or _Results()
    config = log.eval.config
    planned = (log.eval.dataset.samples or 0) * (config.epochs or 1)
    unscored = max((score.unscored_samples or 0 for score in results.scores), default=0)
    completed = f"{results.completed_samples} of {results.total_samples} samples completed"
    rules: tuple[tuple[bool, Status, str], ...] = (
        (log.status == "started", "incomplete", "the run has not finished"),
        (log.status == "cancelled", "cancelled", f"the run was cancelled; {completed}"),
        (log.status == "error" or log.error is not None, "errored", f"the run ended with an error; {completed}"),
        (log.invalidated, "invalidated", "samples of this log were declared invalid after the run"),
        (results.total_samples == 0, "incomplete", "no sample was run"),
        (results.completed_samples != results.total_samples, "incomplete", completed),
        (
            results.logged_samples is not None and results.logged_samples != results.total_samples,
            "incomplete",
            f"the run was ended early; {results.logged_samples} of {results.total_samples} samples are in the log",
        ),
        (
            results.early_stopping is not None and bool(results.early_stopping.early_stops),
            "incomplete",
            "samples were stopped early",
        ),
        (planned == 0, "incomplete", "the log does not say how many samples the dataset has"),
        (
            results.total_samples < planned,
            "incomplete",
            f"{results.total_samples} of the {planned} samples in the dataset were run: a limit or a choice was set",
        ),
        (
            bool(config.score_on_error) and config.log_samples is False,
            "incomplete",
            "failed samples were scored too, and no sample is in the log: how many failed cannot be told",
        ),
        (not any(score.metrics for score in results.scores), "incomplete", "nothing was scored"),
        (unscored > 0, "incomplete", f"{unscored} samples were left without a score"),
        (not log.stats.completed_at, "incomplete", "the log does not say when the run ended"),
    )
    return next(((status, detail) for applies, status, detail in rules if applies), ("conclusive", ""))


def _different_samples(log: _Log) -> int:
    # Asking the same questions again in more epochs makes no larger sample.
    return log.results.completed_samples // (log.eval.config.epochs or 1) if log.results else 0


def _metrics(results: _Results | None) -> tuple[Metric, ...]:
    metrics = []
    for score in results.scores if results else ():
        stderr = _stderr(score)
        for name, metric in score.metrics.items():
            own = stderr if name in _MEANS else None
            metrics.append(Metric(name=name, value=usable(metric.value), stderr=own, scorer=score.name))
    return tuple(metrics)


def _stderr(score: _Score) -> Decimal | None:
    # With several of them (clustered and not, say) nothing tells which one is meant.
    if sum(metric.name == "stderr" for metric in score.metrics.values()) != 1 or "stderr" not in score.metrics:
        return None
    stderr = usable(score.metrics["stderr"].value)
    return stderr if stderr is not None and stderr >= 0 else None


def _candidate(log: _Log, filename: str) -> str | None:
    edits = [edit for update in log.log_updates or () for edit in update.edits]
    if any(CANDIDATE_KEY in edit.metadata_set or CANDIDATE_KEY in edit.metadata_remove for edit in edits):
        raise InvalidInput(
            f"{filename}: {CANDIDATE_KEY} was edited after the run, so the run itself does not state it",
            remedy="attach the log as the run left it",
        )
    return stated_candidate(log.eval.metadata or {}, filename)
