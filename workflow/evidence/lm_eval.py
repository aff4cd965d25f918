"""Reads the results of EleutherAI's lm-evaluation-harness (``lm_eval``) without it: ``results_DATE.json``.

The file is the harness's ``EvalResults`` (``lm_eval/result_schema.py``, version 0.4.12) as its ``EvaluationTracker``
writes it. It holds many tasks, and groups of them; a report is of one. The metrics stand under ``metric,filter``, each
beside its ``metric_stderr,filter``; here a filter is a metric's scorer. Two more, of the scorer ``task``, say which
task that was, so that a gate can ask for it: ``version`` and ``n_shot``.

The run states its candidate with ``lm-eval run --metadata '{"holdfast_candidate": "DIGEST"}'``, which the harness
writes into the metadata of every task's configuration. Whether it is conclusive is decided strictly: a run under a
limit, or of which it cannot be told by which harness and which version of the task it was made, decides nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, Field

from workflow.clock import timestamp
from workflow.errors import InvalidInput
from workflow.evidence.foreign import CANDIDATE_KEY, PART, check_size, parse, stated_candidate, usable, word
from workflow.evidence.report import EvidenceReport, Metric, Status, checked

READER = "lm-eval-results@1"
KIND = "lm_eval"
TASK = "task"
"""The scorer of the metrics that say which task it was."""

_NOT_RESULTS = "attach what lm_eval wrote (results_DATE.json), or attach the file as a document"
_ALONE = "attach the file of a run of fewer tasks"
_NO_VERSION = (None, "", "Yaml", "N/A")
"""What the harness writes for a task that declares no version."""

_BYPASS = "bypass"
"""The metric of a run whose outputs were not scored."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CALENDAR_ENDS = 253_402_300_800
"""The year 10000 in seconds since 1970, which is how the harness writes a time."""

_VERSION = re.compile(r"[0-9]+(\.[0-9a-z+]+)*", re.IGNORECASE)


class _Part(BaseModel):
    model_config = PART


class _Count(_Part):
    original: int = Field(ge=0)
    effective: int = Field(ge=0)


class _Config(_Part):
    model: Any = None
    limit: Any = None


class _TaskConfig(_Part):
    metadata: Any = None


class _File(_Part):
    results: dict[str, dict[str, Any]]
    group_subtasks: dict[str, list[str]] = {}
    configs: dict[str, _TaskConfig] = {}
    versions: dict[str, Any] = {}
    n_shot: dict[str, Any] = Field(default={}, alias="n-shot")
    n_samples: dict[str, _Count] = Field(default={}, alias="n-samples")
    task_hashes: dict[str, Any] = {}
    config: _Config | None = None
    date: Decimal | int | None = None
    git_hash: Any = None
    lm_eval_version: Any = None
    model_name: Any = None


def is_results(raw: object) -> bool:
    """Whether parsed JSON looks like the harness's results."""
    return isinstance(raw, dict) and isinstance(raw.get("results"), dict) and ("versions" in raw or "configs" in raw)


def read_lm_eval(data: bytes, filename: str, name: str | None = None) -> EvidenceReport:
    """What a results file says of one task or group; ``name`` may be left out where there is only one.

    Raises:
        InvalidInput: the bytes are no such file, or no task or group of that name is in it.
    """
    check_size(data, filename, remedy=_ALONE)
    raw = parse(data, filename, "a results file of lm_eval", remedy=_NOT_RESULTS)
    if not is_results(raw):
        raise InvalidInput(f"{filename} is JSON, but no results file of lm_eval", remedy=_NOT_RESULTS)
    with checked(f"{filename} is not what lm_eval writes", remedy=_NOT_RESULTS):
        file = _File.model_validate(raw)
        task = _chosen(file, filename, name)
        leaves = _leaves(file, task)
        scored = _metrics(file.results[task])
        status, detail = _judge_run(file, task, leaves, scored)
        counts = [file.n_samples[leaf] for leaf in leaves if leaf in file.n_samples]
        return EvidenceReport(
            reader=READER,
            kind=KIND,
            name=task,
            status=status,
            detail=detail,
            metrics=(*scored, *_about(file, task)),
            samples=sum(count.effective for count in counts),
            completed_at=_began(file),
            candidate=_candidate(file, leaves, filename),
            run=_run(file, task),
            tool=_tool(file),
            model=next((said for said in (file.model_name, file.config and file.config.model) if _is_text(said)), ""),
        )


def _chosen(file: _File, filename: str, name: str | None) -> str:
    if name is None and len(file.results) == 1:
        return next(iter(file.results))
    if name is None or name not in file.results:
        names = ", ".join(word(task)[1:-1] for task in list(file.results)[:20]) or "none"
        said = "and nobody said of which" if name is None else f"and none is called {name[:80]}"
        raise InvalidInput(
            f"{filename} has the results of {len(file.results)} tasks and groups, {said}",
            remedy=f"name one with --name, and attach the file once for each that matters: {names}",
        )
    return name


def _leaves(file: _File, task: str) -> tuple[str, ...]:
    """The tasks that a group is made of, down to those that are no groups; of a task itself, that task."""
    found = [task]
    # The list grows while it is read; a group that holds itself adds nothing new.
    for name in found:
        found += [child for child in file.group_subtasks.get(name, ()) if child not in found]
    return tuple(name for name in found if not file.group_subtasks.get(name))


def _metrics(values: dict[str, Any]) -> tuple[Metric, ...]:
    found = []
    for key, value in values.items():
        name, comma, scorer = key.rpartition(",")
        base = name.removesuffix("_stderr")
        if not comma or name == _BYPASS or (base != name and f"{base},{scorer}" in values):
            continue
        stderr = usable(values.get(f"{name}_stderr,{scorer}"))
        own = stderr if stderr is not None and stderr >= 0 else None
        found.append(Metric(name=name, value=usable(value), stderr=own, scorer=scorer))
    return tuple(found)


def _about(file: _File, task: str) -> Iterable[Metric]:
    for name, said in (("version", file.versions.get(task)), ("n_shot", file.n_shot.get(task))):
        yield Metric(name=name, value=usable(said), stderr=None, scorer=TASK)


def _judge_run(file: _File, task: str, leaves: tuple[str, ...], scored: tuple[Metric, ...]) -> tuple[Status, str]:
    uncounted = [leaf for leaf in leaves if leaf not in file.n_samples]
    counts = [file.n_samples[leaf] for leaf in leaves if leaf in file.n_samples]
    effective, original = sum(count.effective for count in counts), sum(count.original for count in counts)
    rules: tuple[tuple[bool, str], ...] = (
        (
            not (_is_text(file.lm_eval_version) and _VERSION.fullmatch(str(file.lm_eval_version))),
            "the file does not say which version of the harness made it",
        ),
        (file.versions.get(task) in _NO_VERSION, "the task declares no version"),
        (file.config is None, "the file does not say whether a limit was set"),
        (file.config is not None and file.config.limit is not None, "a limit on the samples was set"),
        (bool(uncounted), "the file does not say how many samples there are, and how many were run"),
        (not uncounted and original == 0, "no sample was run"),
        (
            any(count.effective != count.original for count in counts),
            f"{effective} of the {original} samples in the dataset were run",
        ),
        (all(metric.value is None for metric in scored), "nothing was scored"),
        (_began(file) is None, "the file does not say when the run was made"),
    )
    return next((("incomplete", why) for applies, why in rules if applies), ("conclusive", ""))


def _began(file: _File) -> str | None:
    """When the run began: it was over later, so by this a report is older than it is, never younger."""
    if file.date is None or not 0 <= file.date < _CALENDAR_ENDS:
        return None
    return timestamp(_EPOCH + timedelta(microseconds=int(file.date * 1_000_000)))


def _candidate(file: _File, leaves: tuple[str, ...], filename: str) -> str | None:
    """The candidate that every task of the report states."""
    found = set()
    for leaf in leaves:
        said = file.configs[leaf].metadata if leaf in file.configs else None
        found.add(stated_candidate(said if isinstance(said, dict) else {}, filename))
    if len(found) > 1:
        raise InvalidInput(
            f"{filename}: its tasks do not state the same candidate in {CANDIDATE_KEY}",
            remedy="attach the file of one run on one candidate",
        )
    return found.pop() if found else None


def _run(file: _File, task: str) -> str:
    version = file.versions.get(task)
    parts = [f"task version {version if _is_text(version) else word(version)}"]
    said = file.task_hashes.get(task)
    if _is_text(said):
        parts.append(f"task hash {said}")
    return ", ".join(parts)


def _tool(file: _File) -> str:
    parts = [f"lm_eval {file.lm_eval_version if _is_text(file.lm_eval_version) else ''}".rstrip()]
    if _is_text(file.git_hash):
        parts.append(f"git {file.git_hash}")
    return ", ".join(parts)


def _is_text(said: object) -> bool:
    """Whether this is a text short enough to be told."""
    return isinstance(said, str) and 0 < len(said) <= 80
