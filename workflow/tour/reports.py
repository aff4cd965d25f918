"""Gives the tour the evaluation logs that its lab would have.

The logs in ``evaluations`` are real, but they were made once, for no candidate in particular. An evaluation states the
candidate that it ran on in its metadata, and when it ended; a story needs its own of both. Nothing else is changed.
"""

from __future__ import annotations

import json
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from workflow import artifact
from workflow.evidence import CANDIDATE_KEY


def write_report(log: str, path: Path, *, model: Path, completed: datetime) -> None:
    """Writes one of the tour's logs as it would be of a run on these files.

    Args:
        log: its name, such as ``bio_uplift-0.31``.
        path: where to.
        model: the files that it ran on, whose digest it states.
        completed: when it ended.
    """
    kept = files("workflow.tour.evaluations").joinpath(f"{log}.json").read_text(encoding="utf-8")
    content = json.loads(kept)
    at = completed.isoformat(timespec="seconds")
    content["eval"] |= {"created": at, "metadata": {CANDIDATE_KEY: artifact.build_manifest(model).digest}}
    content["stats"] |= {"started_at": at, "completed_at": at}
    path.write_text(json.dumps(content), encoding="utf-8")
