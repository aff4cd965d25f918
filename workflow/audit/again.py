"""What an entry names, read again: manifests, reports, and measurements with their signatures. Pure.

What is missing altogether is nothing to say here: that every blob is there is checked by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from workflow.artifact import Manifest
from workflow.brought import CannotRead
from workflow.calendars import COVERAGE, coverage, holds_at, zones
from workflow.errors import InvalidInput
from workflow.exhibits import by_component, manifest_of
from workflow.facts import CandidateFacts
from workflow.ledger import Json, is_digest
from workflow.measurement import verified
from workflow.observe import MEASURED
from workflow.proof import Blob
from workflow.verdict import COMPARED


def unlike_manifest(candidate: CandidateFacts, blob: Blob) -> str | None:
    """What is wrong with what an entry says of a candidate, or None."""
    data = blob(candidate.digest)
    if data is None:
        return None
    manifest = Manifest.from_bytes(data)
    listed = (manifest.components, manifest.file_count, manifest.total_bytes, manifest.weights)
    said = (candidate.components, candidate.files, candidate.size, candidate.weights)
    return None if listed == said else "says other things than the candidate's manifest"


def measured_in(observations: Sequence[Json]) -> Iterator[Json]:
    """What was found by measurements that were made elsewhere."""
    for observation in observations:
        found = observation.get("ok")
        if isinstance(found, dict) and MEASURED in found:
            yield found


def digests_of(found: Json) -> Iterator[str]:
    """The blobs that a measurement names."""
    said = found[MEASURED]
    parts = [said.get(name) for name in ("statement", "signature")] if isinstance(said, dict) else []
    return (part for part in parts if isinstance(part, str) and is_digest(part))


def unlike_measured(found: Json, blob: Blob, origin: str) -> str | None:
    """What is wrong with what an entry says was measured, or None; whose key it is, is decided with the rest."""
    parts = list(map(blob, digests_of(found)))
    if len(parts) == 2 and None in parts:
        return None
    try:
        statement, signature = (part or b"" for part in parts)
        again = verified(statement, signature, manifest=str(found.get("manifest")), origin=origin)
    except (InvalidInput, ValueError) as error:
        why = error.message if isinstance(error, InvalidInput) else "it does not name what was signed"
        return f"rests on a measurement that does not hold: {why}"
    return None if again.recorded == found[MEASURED] else "says other things than what was signed of the measurement"


def unlike_observed(observation: Json, blob: Blob, at: datetime) -> str | None:
    """What is wrong with an observation that can be made again from what is kept and known, or None.

    Raises:
        CannotRead: a calendar says otherwise by the time zone data that are here. Such data change, so nobody can tell.
    """
    found, params = observation.get("ok"), observation["params"]
    if not isinstance(found, dict):
        return None
    if observation["kind"] == COMPARED:
        old, new = (manifest_of(blob, str(params.get(side))) for side in ("from", "to"))
        if old is not None and new is not None and found.get("components") != by_component(old, new):
            return "rests on a comparison of two candidates that their manifests do not give"
    if observation["kind"] == COVERAGE and holds_at(found, at):
        try:
            again = coverage(params, at)
        except InvalidInput as error:
            return f"rests on a calendar that cannot be read: {error.message}"
        if again["covered"] != found["covered"]:
            if found["tzdata"] != zones.version():
                raise CannotRead(
                    f"by the time zone data {zones.version()} its calendar says otherwise than by {found['tzdata']}"
                )
            return "rests on a calendar that says otherwise of that moment"
    return None
