"""What a decision rests on that stands in blobs: manifests to compare, and what a key's enrolment names. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from workflow import ledger, statement
from workflow.artifact import Manifest
from workflow.changes import KeyEnrolled
from workflow.commands import AnyCommand, ApproveChange, Justify, ProposeChange, SignOff
from workflow.decisions.situation import Possession
from workflow.errors import InvalidInput, SignatureInvalid
from workflow.facts import ComponentChange
from workflow.proof import Blob, Signed, examine
from workflow.release import ReleaseState
from workflow.roster import Roster
from workflow.signing import PublicKey

Difference = dict[str, ComponentChange]


def difference(
    command: AnyCommand, release: ReleaseState | None, kin: Sequence[ReleaseState], blob: Blob
) -> Difference | None:
    """What became of each component since the candidate that a command cites; None where it cites none."""
    if release is None:
        return None
    before: str | None = None
    match command:
        case SignOff() if command.cites is not None:
            before = next((item.act.candidate for item in release.sign_offs if item.id == command.cites), None)
        case Justify():
            source = next((other for other in (release, *kin) if other.slug == command.source), None)
            found = source.evidence if source else ()
            before = next((item.candidate for item in found if item.id == command.subject), None)
    if before is None:
        return None
    old, new = manifest_of(blob, before), manifest_of(blob, release.candidate.digest)
    return None if old is None or new is None else by_component(old, new)


def by_component(old: Manifest, new: Manifest) -> Difference:
    """What became of each component from one manifest to another."""
    before, after = _components(old), _components(new)
    found: Difference = {}
    for name in sorted({*before, *after}):
        if name not in after:
            found[name] = "removed"
        elif name not in before:
            found[name] = "added"
        else:
            found[name] = "same" if before[name] == after[name] else "changed"
    return found


def possession(command: AnyCommand, roster: Roster, origin: str, blob: Blob) -> Possession | None:
    """What stands behind the key that a command is to enrol; None where it enrols none."""
    change = None
    if isinstance(command, ProposeChange):
        change = command.change
    elif isinstance(command, ApproveChange):
        change = next((item.change for item in roster.pending if item.id == command.id), None)
    if not isinstance(change, KeyEnrolled) or change.possession is None or change.signature is None:
        return None
    signed = _looked_at(blob, change.possession, change.signature)
    proof = _shows(signed, change, origin)
    if change.crossed is None:
        return Possession(proof, None, None)
    crossing = _looked_at(blob, change.possession, change.crossed)
    if isinstance(crossing, str):
        return Possession(proof, crossing, None)
    return Possession(proof, crossing.problem, crossing.key)


def _shows(signed: Signed | str, change: KeyEnrolled, origin: str) -> str | None:
    """Why a signature does not show that a key is in a person's hand, or None."""
    if isinstance(signed, str) or signed.problem is not None or signed.read is None:
        return signed if isinstance(signed, str) else signed.problem
    try:
        key = PublicKey.parse(change.key)
    except SignatureInvalid as error:
        return error.message
    expected = statement.possession(change.person, origin, key.fingerprint, key.blob, signed.read.nonce)
    if signed.key != key.fingerprint:
        return f"it was made with {signed.key}"
    return None if signed.statement == expected else "it is over another person, key or ledger"


def _looked_at(blob: Blob, statement_digest: str, signature_digest: str) -> Signed | str:
    parts = [blob(statement_digest), blob(signature_digest)]
    if any(part is None or ledger.sha256(part) not in (statement_digest, signature_digest) for part in parts):
        return "what it names is missing or was altered"
    return examine(parts[0] or b"", parts[1] or b"", None)


def manifest_of(blob: Blob, digest: str) -> Manifest | None:
    """The manifest that is kept of a candidate; None where it is missing or was altered."""
    data = blob(digest)
    try:
        found = Manifest.from_bytes(data) if data is not None else None
    except InvalidInput:
        return None
    return found if found is not None and found.digest == digest else None


def _components(manifest: Manifest) -> dict[str, tuple[tuple[str, str], ...]]:
    parts: dict[str, list[tuple[str, str]]] = {}
    for file in manifest.files:
        parts.setdefault(file.component, []).append((file.path, file.sha256))
    return {name: tuple(files) for name, files in parts.items()}
