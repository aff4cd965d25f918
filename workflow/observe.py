"""Looks at the outside world for the policies, before a gate is decided and outside any transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from workflow import artifact, calendars, ledger
from workflow.artifact import Manifest, Progress
from workflow.clock import Clock, timestamp
from workflow.errors import NotFound, WorkflowError
from workflow.exhibits import by_component
from workflow.measurement import Measurement
from workflow.policy import COMPARED, Need, Observation
from workflow.publishing import Publisher
from workflow.release import ReleaseState
from workflow.rulebook import World, known
from workflow.storage.base import Reader

NAMED_FILES = 20
REHASH = "rehash"
MEASURED = "measured"
"""In a need to look at the files: a measurement made elsewhere will do. In what was found: whose that was."""

WHOLE = "."
"""The name under which a location says where a candidate is that was not given by components."""

ELSEWHERE = "measured by"
"""The name under which a location says whose measurement a candidate comes from; no component is called like that."""

Looker = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Looks at one kind of need: takes its parameters, returns what was found, raises a WorkflowError where it cannot."""


class Observer:
    """Gathers observations.

    Args:
        clock: says when something was looked at.
        lookers: how to look at further kinds of needs, those of a user's own policies.
        publishers: the user's own, by name: who puts bytes outside, and looks at what became of them.
    """

    def __init__(
        self, clock: Clock, lookers: Mapping[str, Looker], publishers: Mapping[str, Publisher] | None = None
    ) -> None:
        self._clock = clock
        self._lookers = dict(lookers)
        self.publishers = dict(publishers or {})

    def gather(
        self,
        needs: Sequence[Need],
        reader: Reader,
        world: World,
        progress: Callable[[Progress], None] | None = None,
        measurement: Measurement | None = None,
    ) -> tuple[Observation, ...]:
        """One observation a need; what could not be looked at is an observation with an error.

        A ``measurement`` is what was found of the files, for a need that says it will do; they are not hashed then.
        Calendars come last, because a look at the files can take hours.
        """

        def look(need: Need) -> Observation:
            at = timestamp(self._clock.now())
            try:
                found = self._look(need, reader, world, progress, measurement)
                observation = Observation(kind=need.kind, params=need.params, at=at, ok=found)
                ledger.encode(observation.recorded())  # what no entry can hold cannot be decided on either
            except WorkflowError as error:
                text = f"{error.message}; {error.remedy}" if error.remedy else error.message
                return Observation(kind=need.kind, params=need.params, at=at, error=text)
            except ValidationError as error:
                return Observation(kind=need.kind, params=need.params, at=at, error=f"what was found: {error}")
            return observation

        found = {
            place: look(needs[place]) for place in sorted(range(len(needs)), key=lambda item: _is_dated(needs[item]))
        }
        return tuple(found[place] for place in range(len(needs)))

    def _look(
        self,
        need: Need,
        reader: Reader,
        world: World,
        progress: Callable[[Progress], None] | None,
        measurement: Measurement | None,
    ) -> dict[str, Any]:
        if need.kind == REHASH:
            manifest = _manifest(need.params, reader)
            if measurement is not None and takes_measurement(need):
                return _measured(manifest, measurement, world.origin)
            release, _ = known(world)
            return _rehash(manifest, reader, release, progress)
        if need.kind == COMPARED:
            old, new = (_manifest({"manifest": need.params[side]}, reader) for side in ("from", "to"))
            return {"components": by_component(old, new)}
        if _is_dated(need):
            # Whoever asks how it would be later asks about a world that is later.
            return calendars.coverage(need.params, max(world.at, self._clock.now()))
        if need.kind not in self._lookers:
            raise NotFound(f"nothing here can observe {need.kind}")
        try:
            return self._lookers[need.kind](need.params)
        except WorkflowError:
            raise
        except Exception as error:  # a user's own looker may raise anything; it must block and be on record
            raise WorkflowError(f"{type(error).__name__}: {error}") from error


def serves(observation: Observation, need: Need, at: datetime) -> bool:
    """Whether something was observed for a need, and may still be so: what a calendar says holds only for a while."""
    if (observation.kind, observation.params) != (need.kind, need.params):
        return False
    return not _is_dated(need) or observation.ok is None or calendars.holds_at(observation.ok, at)


def _is_dated(need: Need) -> bool:
    return need.kind == calendars.COVERAGE


def takes_measurement(need: Need) -> bool:
    """Whether a measurement that was made elsewhere will do for a need."""
    return need.kind == REHASH and need.params.get(MEASURED) is True


def measured_blobs(observations: Sequence[Observation], measurement: Measurement | None) -> dict[str, bytes]:
    """What is to be kept of a measurement, where something that was observed rests on it."""
    named = any(MEASURED in (observation.ok or {}) for observation in observations)
    return measurement.blobs if measurement is not None and named else {}


def _manifest(params: Mapping[str, Any], reader: Reader) -> Manifest:
    digest = str(params["manifest"])
    data = reader.blob(digest)
    if data is None:
        raise NotFound(f"the manifest {digest[:12]} is not kept here")
    manifest = Manifest.from_bytes(data)
    if manifest.digest != digest:
        raise NotFound(f"the manifest {digest[:12]} was altered", remedy="holdfast audit verify")
    return manifest


def _measured(manifest: Manifest, measurement: Measurement, origin: str) -> dict[str, Any]:
    difference = artifact.compare(manifest, measurement.manifest)
    found = {**_found(difference), "manifest": measurement.manifest.digest}
    return {**found, MEASURED: measurement.measured(origin).recorded}


def _rehash(
    manifest: Manifest, reader: Reader, release: ReleaseState, progress: Callable[[Progress], None] | None
) -> dict[str, Any]:
    path, components = place_of(reader, release)
    difference = artifact.verify(path, manifest, components=components, progress=progress)
    return {**_found(difference), "manifest": manifest.digest if difference.is_empty else None}


def place_of(reader: Reader, release: ReleaseState) -> tuple[str, dict[str, str] | None]:
    """Where the files of a release's candidate lie: a path, and what lies where below it, where that was said.

    Raises:
        NotFound: that was erased, or they are not on this machine.
    """
    kept = reader.text(release.location)
    if kept is None:
        raise NotFound("where the candidate's files are was erased from the ledger", remedy="start a new release")
    places: dict[str, str] = json.loads(kept.text)
    if ELSEWHERE in places:
        raise NotFound(
            f"the files are not here: {places[ELSEWHERE]} measured them elsewhere, {places.get('at')}",
            remedy="have them measured there anew, and hand that in: --measured FILE",
        )
    whole = places.get(WHOLE)
    return (whole, None) if whole is not None else ("/", places)


def _found(difference: artifact.Difference) -> dict[str, Any]:
    return {
        "added": [_name(file) for file in difference.added[:NAMED_FILES]],
        "removed": [_name(file) for file in difference.removed[:NAMED_FILES]],
        "changed": [_name(change.new) for change in difference.changed[:NAMED_FILES]],
    }


def _name(file: artifact.ManifestFile) -> str:
    return f"{file.component}/{file.path}"
