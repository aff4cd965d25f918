"""What an entry names, read again: manifests, reports, and measurements with their signatures. Pure.

What is missing altogether is nothing to say here: that every blob is there is checked by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflow.artifact import Manifest
from workflow.errors import InvalidInput
from workflow.facts import CandidateFacts
from workflow.ledger import Json, is_digest
from workflow.measurement import verified
from workflow.observe import MEASURED
from workflow.proof import Blob


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
