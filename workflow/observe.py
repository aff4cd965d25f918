"""Looks at the outside world for the policies, before a gate is decided and outside any transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from workflow import artifact, ledger
from workflow.artifact import Manifest, Progress
from workflow.clock import Clock, timestamp
from workflow.errors import NotFound, WorkflowError
from workflow.policy import Need, Observation
from workflow.release import ReleaseState
from workflow.storage.base import Reader

NAMED_FILES = 20
WHOLE = "."
"""The name under which a location says where a candidate is that was not given by components."""

Looker = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Looks at one kind of need: takes its parameters, returns what was found, raises a WorkflowError where it cannot."""


class Observer:
    """Gathers observations.

    Args:
        clock: says when something was looked at.
        lookers: how to look at further kinds of needs, those of a user's own policies.
    """

    def __init__(self, clock: Clock, lookers: Mapping[str, Looker]) -> None:
        self._clock = clock
        self._lookers = dict(lookers)

    def gather(
        self,
        needs: Sequence[Need],
        reader: Reader,
        release: ReleaseState,
        progress: Callable[[Progress], None] | None = None,
    ) -> tuple[Observation, ...]:
        """One observation a need; what could not be looked at is an observation with an error."""

        def look(need: Need) -> Observation:
            at = timestamp(self._clock.now())
            try:
                found = self._look(need, reader, release, progress)
                observation = Observation(kind=need.kind, params=need.params, at=at, ok=found)
                ledger.encode(observation.recorded())  # what no entry can hold cannot be decided on either
            except WorkflowError as error:
                text = f"{error.message}; {error.remedy}" if error.remedy else error.message
                return Observation(kind=need.kind, params=need.params, at=at, error=text)
            except ValidationError as error:
                return Observation(kind=need.kind, params=need.params, at=at, error=f"what was found: {error}")
            return observation

        return tuple(look(need) for need in needs)

    def _look(
        self, need: Need, reader: Reader, release: ReleaseState, progress: Callable[[Progress], None] | None
    ) -> dict[str, Any]:
        if need.kind == "rehash":
            return _rehash(need.params, reader, release, progress)
        if need.kind not in self._lookers:
            raise NotFound(f"nothing here can observe {need.kind}")
        try:
            return self._lookers[need.kind](need.params)
        except WorkflowError:
            raise
        except Exception as error:  # a user's own looker may raise anything; it must block and be on record
            raise WorkflowError(f"{type(error).__name__}: {error}") from error


def _rehash(
    params: Mapping[str, Any],
    reader: Reader,
    release: ReleaseState,
    progress: Callable[[Progress], None] | None,
) -> dict[str, Any]:
    digest = str(params["manifest"])
    data = reader.blob(digest)
    if data is None:
        raise NotFound(f"the manifest {digest[:12]} is not kept here")
    manifest = Manifest.from_bytes(data)
    if manifest.digest != digest:
        raise NotFound(f"the manifest {digest[:12]} was altered", remedy="holdfast audit verify")
    kept = reader.text(release.location)
    if kept is None:
        raise NotFound("where the candidate's files are was erased from the ledger", remedy="start a new release")
    places: dict[str, str] = json.loads(kept.text)
    whole = places.get(WHOLE)
    if whole is not None:
        difference = artifact.verify(whole, manifest, progress=progress)
    else:
        difference = artifact.verify("/", manifest, components=places, progress=progress)
    return {
        "manifest": digest if difference.is_empty else None,
        "added": [_name(file) for file in difference.added[:NAMED_FILES]],
        "removed": [_name(file) for file in difference.removed[:NAMED_FILES]],
        "changed": [_name(change.new) for change in difference.changed[:NAMED_FILES]],
    }


def _name(file: artifact.ManifestFile) -> str:
    return f"{file.component}/{file.path}"
