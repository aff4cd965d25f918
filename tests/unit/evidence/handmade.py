"""Inspect logs made by hand, as small as a log can be, so that a test can damage one thing in them."""

import json
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import workflow.tour.evaluations
from workflow.evidence import EvidenceReport, Metric

KEPT = Path(workflow.tour.evaluations.__file__).parent
CANDIDATE = "9f3c" * 16


def log(**changes: Any) -> dict[str, Any]:
    """A successful run over 400 samples. A change names its place with underscores doubled: ``results__scores``."""
    value: dict[str, Any] = {
        "version": 2,
        "status": "success",
        "eval": {
            "eval_id": "ipRWkkAVFUi3RmeaSMXbgm",
            "run_id": "PQW5LB3X64nPKZVKyYwSUo",
            "task": "bio_uplift",
            "model": "mockllm/aurora-7b",
            "dataset": {"samples": 400},
            "config": {"epochs": 1},
            "packages": {"inspect_ai": "0.3.285"},
        },
        "results": {
            "total_samples": 400,
            "completed_samples": 400,
            "scores": [score("match", accuracy=0.31, stderr=0.0231)],
        },
        "stats": {"completed_at": "2026-11-12T09:00:00+00:00"},
    }
    for place, changed in changes.items():
        *path, last = place.split("__")
        part = value
        for name in path:
            part = part[name]
        part[last] = changed
    return value


def score(scorer: str, **metrics: Any) -> dict[str, Any]:
    return {
        "name": scorer,
        "scorer": scorer,
        "metrics": {name: {"name": name, "value": value} for name, value in metrics.items()},
    }


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def as_zip(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def report(value: str | None = "0.31", *, stderr: str | None = "0.0231", **changes: Any) -> EvidenceReport:
    facts: dict[str, Any] = {
        "reader": "inspect-log@1",
        "kind": "inspect",
        "name": "bio_uplift",
        "status": "conclusive",
        "metrics": (Metric(name="accuracy", value=value, stderr=stderr, scorer="match"),),
        "samples": 400,
    }
    return EvidenceReport(**{**facts, **changes})
