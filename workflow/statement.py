"""What a person signs: the canonical bytes of an in-toto Statement v1, which say exactly what is signed, and in words.

Everything in a statement follows from what the ledger records of the act, but for three things: the nonce, the time at
which it ends, and the tree that the signer saw. So the engine writes the statement a second time from what it is about
to record, and takes a signature only where both are the same bytes. The words are part of the format: they never change
for a type of predicate (docs/statement-format.md). Source of the envelope-free form: in-toto attestation framework,
Statement v1.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workflow import ledger, meaning
from workflow.changes import Change
from workflow.errors import LedgerError
from workflow.events import (
    Event,
    EvidenceAttached,
    EvidenceJustified,
    EvidenceSetAside,
    ExposureReconciled,
    IncidentClosed,
    LiftApproved,
    MigrationApproved,
    ObjectionAnswered,
    OverrideDecided,
    PlanMade,
    Reaffirmed,
    RequiredTestJudged,
    RequirementDischarged,
    RequirementRaised,
    RiskAccepted,
    RiskReviewed,
    SignOffRecorded,
    SignOffWithdrawn,
    StatementMade,
    TransitionMade,
    dump,
)
from workflow.facts import Binding
from workflow.ledger import Json

STATEMENT = "https://in-toto.io/Statement/v1"
ACT = "urn:holdfast:act:v1"
REQUEST = "urn:holdfast:request:v1"
POSSESSION = "urn:holdfast:possession:v1"
MEASUREMENT = "urn:holdfast:measurement:v1"
NAMESPACE = "holdfast"
"""The namespace of every signature: what ``ssh-keygen -Y sign -n`` is given."""

MANIFEST_NAME = "manifest"
"""What a measurement calls its subject, which has no other name than its digest."""

MAX_BYTES = 65_535
CONDITION = "condition."
_NONCE = re.compile(r"[0-9a-f]{32}")

_FIELDS: dict[str, frozenset[str]] = {
    ACT: frozenset({"actor", "binding", "ceases", "details", "meaning", "tree"}),
    REQUEST: frozenset({"actor", "origin", "request", "version", "texts", "nonce", "meaning", "tree"}),
    POSSESSION: frozenset({"actor", "origin", "key", "nonce", "meaning"}),
    MEASUREMENT: frozenset({"actor", "origin", "at", "files", "bytes", "nonce", "meaning"}),
}
_DETAILS: dict[type[Event], tuple[str, ...]] = {
    SignOffRecorded: ("exposure",),
    SignOffWithdrawn: ("candidates",),
    ObjectionAnswered: ("candidates",),
    RequirementDischarged: ("candidates", "evidence"),
    LiftApproved: ("candidates",),
    IncidentClosed: ("candidates", "evidence"),
    EvidenceAttached: ("filename", "made_for"),
    EvidenceSetAside: (),
    EvidenceJustified: ("source", "made_for", "difference"),
    RiskReviewed: (),
    RiskAccepted: ("candidates",),
    OverrideDecided: (),
    RequiredTestJudged: ("evidence",),
    StatementMade: ("public", "text"),
    MigrationApproved: ("proposal", "loosens"),
    PlanMade: ("publisher", "destination", "exposure"),
    ExposureReconciled: (),
}
"""What each act's event says beside its binding, of that which does not depend on its place in the ledger."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The ledger as the signer saw it: how many entries, and the root of their tree in hexadecimal."""

    size: int
    root: str


@dataclass(frozen=True, slots=True)
class Read:
    """A statement that was read: its type, who it says speaks, its nonce, the tree, and all of its predicate."""

    kind: str
    actor: str
    nonce: str
    tree: Tree | None
    predicate: Json

    @property
    def texts(self) -> object:
        """The commitments of the texts that were signed, by name."""
        said = self.predicate["binding"] if self.kind == ACT else self.predicate
        return said.get("texts")

    @property
    def version(self) -> int | None:
        """The version of the roster that a change makes."""
        found = self.predicate.get("version")
        return found if type(found) is int else None


def act(actor: str, events: Sequence[Event], tree: Tree) -> bytes:
    """The statement of an act that has a binding, from the events that record it."""
    first = events[0]
    bound: Binding = first.binding  # type: ignore[attr-defined]
    said = dump(first)
    details = {name: said[name] for name in _DETAILS[type(first)]}
    if isinstance(first, EvidenceAttached):
        details["report"] = ledger.digest(first.report.model_dump(mode="json"))
    for event in events[1:]:
        if isinstance(event, Reaffirmed):
            details["reaffirms"] = {
                "subject": event.subject,
                "entry": event.entry,
                "candidate": event.candidate,
                "difference": event.difference,
            }
        elif isinstance(event, TransitionMade):
            details["withdraws"] = {"by": event.trigger, "from": event.source, "to": event.dest}
        elif isinstance(event, RequirementRaised):
            wanted = {"text": event.text, "discharged_by": event.discharged_by, "blocks": list(event.blocks)}
            details.setdefault("requirements", []).append(wanted)
    predicate = {
        "actor": actor,
        "binding": bound.model_dump(mode="json", by_alias=True),
        "ceases": _ceases(bound),
        "details": details,
        "meaning": meaning.of_act(actor, first, bound, details),
        "tree": {"size": tree.size, "root": tree.root},
    }
    return _statement(bound.release, bound.candidate, ACT, predicate)


def meaning_of(actor: str, event: Event) -> str:
    """What a signature under an act that nothing else belongs to would mean, in the words that are signed."""
    details = {name: dump(event)[name] for name in _DETAILS[type(event)]}
    return meaning.of_act(actor, event, event.binding, details)  # type: ignore[attr-defined]


def request(
    actor: str,
    origin: str,
    asked: Json,
    *,
    change: Change | None,
    version: int | None,
    texts: Mapping[str, str],
    nonce: str,
    tree: Tree,
) -> bytes:
    """The statement of a request about the roster, the charter or a text.

    Args:
        actor: who asks.
        origin: the ledger.
        asked: the request, texts left out.
        change: the change that it proposes or approves, where it does.
        version: the version of the roster that the change makes: the present one and 1.
        texts: the commitments of its texts.
        nonce: fresh for each.
        tree: the ledger as the signer saw it.
    """
    content = ledger.digest(asked if change is None else change.model_dump(mode="json"))
    predicate = {
        "actor": actor,
        "origin": origin,
        "request": asked,
        "version": version,
        "texts": dict(texts),
        "nonce": nonce,
        "meaning": meaning.of_request(actor, origin, asked, change, version),
        "tree": {"size": tree.size, "root": tree.root},
    }
    return _statement(origin, content, REQUEST, predicate)


def possession(person: str, origin: str, key: str, blob: bytes, nonce: str) -> bytes:
    """The statement by which a key says whose it is; ``key`` is its fingerprint, ``blob`` its public bytes."""
    predicate = {
        "actor": person,
        "origin": origin,
        "key": key,
        "nonce": nonce,
        "meaning": f"I, {person}, hold the key {key}, and sign with it in the ledger {origin}.",
    }
    return _statement(person, ledger.sha256(blob), POSSESSION, predicate)


def measurement(actor: str, origin: str, manifest: str, *, at: str, files: int, size: int, nonce: str) -> bytes:
    """The statement by which somebody says what files they hashed where those are, and since when.

    Args:
        actor: who hashed them.
        origin: the ledger that it is for.
        manifest: the digest of their manifest.
        at: when the hashing began.
        files: how many there are.
        size: how many bytes in all.
        nonce: fresh for each.
    """
    predicate = {
        "actor": actor,
        "origin": origin,
        "at": at,
        "files": files,
        "bytes": size,
        "nonce": nonce,
        "meaning": f"I, {actor}, hashed {files} files of {size} bytes in all, not before {at}, and found them to be "
        f"exactly the candidate {manifest}; I say so to the ledger {origin}.",
    }
    return _statement(MANIFEST_NAME, manifest, MEASUREMENT, predicate)


def read(data: bytes) -> Read:
    """Reads a statement, strictly: what is returned has exactly these bytes.

    Raises:
        LedgerError: the bytes are not canonical, or not a statement of a known type.
    """
    if len(data) > MAX_BYTES:
        raise LedgerError(f"a statement has at most {MAX_BYTES} bytes")
    value = ledger.decode(data)
    if not isinstance(value, dict) or set(value) != {"_type", "subject", "predicateType", "predicate"}:
        raise LedgerError("this is not an in-toto statement with exactly the fields of one")
    kind, predicate = value["predicateType"], value["predicate"]
    if value["_type"] != STATEMENT or not isinstance(kind, str) or kind not in _FIELDS:
        raise LedgerError("the statement is of a type that is unknown here", remedy="use a newer Holdfast")
    if not isinstance(predicate, dict) or set(predicate) != _FIELDS[kind]:
        raise LedgerError(f"the statement does not have exactly the fields of {kind}")
    bound = predicate["binding"] if kind == ACT else predicate
    nonce = bound.get("nonce") if isinstance(bound, dict) else None
    if not (isinstance(nonce, str) and _NONCE.fullmatch(nonce)):
        raise LedgerError("the statement has no nonce of 32 hexadecimal digits")
    if not isinstance(predicate["actor"], str):
        raise LedgerError("the statement does not say who speaks")
    tree = _tree(predicate["tree"]) if "tree" in _FIELDS[kind] else None
    return Read(kind, predicate["actor"], nonce, tree, predicate)


def condition_names(texts: Iterable[str]) -> tuple[str, ...]:
    """The names of the texts that are conditions, in their order: ``condition.2`` comes before ``condition.10``."""
    return tuple(sorted((name for name in texts if name.startswith(CONDITION)), key=lambda name: (len(name), name)))


def _statement(name: str, digest: str, kind: str, predicate: Json) -> bytes:
    subject = [{"name": name, "digest": {"sha256": digest}}]
    data = ledger.encode({"_type": STATEMENT, "subject": subject, "predicateType": kind, "predicate": predicate})
    if len(data) > MAX_BYTES:
        raise LedgerError(f"the statement would have {len(data)} bytes; at most {MAX_BYTES} fit")
    return data


def _tree(value: object) -> Tree:
    match value:
        case {"size": int() as size, "root": str() as root, **rest} if not rest:
            if size >= 1 and not isinstance(size, bool) and ledger.is_digest(root):
                return Tree(size, root)
    raise LedgerError("the statement does not say which tree its signer saw")


_HOLDING = frozenset({None, "approve", "acceptable", "done", "not_applicable"})
"""The decisions that hold only as long as something does; the others are refusals."""


def _ceases(bound: Binding) -> list[Json]:
    """Under what a signature ceases to hold. A refusal does under nothing: its maker ends it, or an answer to it."""
    if bound.decision not in _HOLDING:
        return []
    found: list[Json] = [{"when": "key_compromised"}]
    if bound.role is not None:
        found.append({"when": "role_lost", "role": bound.role})
    if bound.round is None:
        return found if bound.expires is None else [*found, {"when": "expired", "at": bound.expires}]
    found += [
        {"when": "candidate_replaced", "candidate": bound.candidate},
        {"when": "process_migrated", "process": bound.process},
        {"when": "round_ended", "round": bound.round},
    ]
    if bound.transition is not None:
        found.append({"when": "basis_moved", "basis": bound.basis})
    if bound.expires is not None:
        found.append({"when": "expired", "at": bound.expires})
    found += [
        {"when": "asserted", "condition": name, "text": bound.texts[name]} for name in condition_names(bound.texts)
    ]
    return found
