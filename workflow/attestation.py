"""The decision on a release as others check it: a SLSA Verification Summary in an in-toto Statement, in an envelope.

Formats: SLSA Verification Summary Attestation 1.2 (``https://slsa.dev/verification_summary/v1``), in-toto Attestation
Framework Statement v1, DSSE v1.0. Pure: who signs, and when, comes in.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from workflow import ledger
from workflow.artifact import Manifest
from workflow.clock import parse_timestamp, timestamp
from workflow.errors import LedgerError, WorkflowError
from workflow.ledger.note import MAX_SIGNATURES, NoteKey, Verify
from workflow.process import Exposure
from workflow.signing.bundle import PAYLOAD_TYPE, preauthenticated
from workflow.views import ReleasedView

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/verification_summary/v1"
SLSA_VERSION = "1.2"
DECISION = "urn:holdfast:decision:v1"
"""The one field of the predicate that is not SLSA's: what it was that passed or failed."""

LEVEL = "HOLDFAST_EXPOSURE_"
"""What a level of ours begins with. Those that begin with ``SLSA_`` are SLSA's alone."""

NO_CLAIM = "SLSA_BUILD_LEVEL_UNEVALUATED"
"""SLSA's own word for a summary that says nothing of how the files were built."""

FAILED = "FAILED"
MANIFEST = "manifest"


class EnvelopeSigner(Protocol):
    """Whoever signs the envelope: with an Ed25519 key that has a name, such as the log's."""

    @property
    def vkey(self) -> str:
        """The public half, as those know it who check."""
        ...

    def sign(self, message: bytes) -> bytes:
        """The 64 bytes of the signature over a message."""
        ...


@dataclass(frozen=True, slots=True)
class Input:
    """Something that a summary rests on, by what it is called and the SHA-256 of its bytes."""

    uri: str
    sha256: str

    @classmethod
    def of(cls, uri: str, data: bytes) -> Input:
        """Some bytes by what they are called."""
        return cls(uri, hashlib.sha256(data).hexdigest())


@dataclass(frozen=True, slots=True)
class Known:
    """What a summary is made from: the ledger at a size and its root, when, and the inputs that it rests on."""

    size: int
    root: str
    at: datetime
    version: str
    inputs: tuple[Input, ...]


def summary(found: ReleasedView, manifest: Manifest, known: Known, resource: str | None = None) -> bytes:
    """The statement, in canonical JSON. It passes only what is released as far as was asked and has nothing against it.

    Args:
        found: where the candidate stands.
        manifest: the candidate's.
        known: what the summary rests on.
        resource: where consumers get the files; by default the name of the release in its ledger.
    """
    passed = found.standing == "released" and not found.against
    subjects = [{"name": f"{file.component}/{file.path}", "digest": {"sha256": file.sha256}} for file in manifest.files]
    return ledger.encode(
        {
            "_type": STATEMENT,
            "subject": [{"name": MANIFEST, "digest": {"sha256": manifest.digest}}, *subjects],
            "predicateType": PREDICATE,
            "predicate": {
                "verifier": {"id": verifier_of(found.origin), "version": {"holdfast": known.version}},
                "timeVerified": timestamp(known.at),
                "resourceUri": resource or resource_of(found.origin, found.release),
                "policy": {
                    "uri": f"urn:holdfast:process:{quote(found.process_label, safe='')}",
                    "digest": {"sha256": found.process},
                },
                "inputAttestations": [{"uri": item.uri, "digest": {"sha256": item.sha256}} for item in known.inputs],
                "verificationResult": "PASSED" if passed else FAILED,
                "verifiedLevels": levels(found.reached) if passed else [FAILED],
                "slsaVersion": SLSA_VERSION,
                DECISION: {
                    **found.model_dump(mode="json"),
                    "ledger": {"size": known.size, "root": known.root},
                },
            },
        }
    )


def levels(reached: Exposure) -> list[str]:
    """The levels of something that is out so far: each includes those below it."""
    ladder = [step for step in Exposure if Exposure.INTERNAL.rank < step.rank <= reached.rank]
    return [NO_CLAIM, *(f"{LEVEL}{step.name}" for step in ladder)]


def verifier_of(origin: str) -> str:
    """What a ledger is called as the verifier. Whoever trusts it knows the key that signs for it."""
    return f"urn:holdfast:ledger:{quote(origin, safe='')}"


def resource_of(origin: str, release: str) -> str:
    """What a release is called, wherever its files are."""
    return f"urn:holdfast:release:{quote(origin, safe='')}:{quote(release, safe='')}"


def enveloped(payload: bytes, signers: Sequence[EnvelopeSigner]) -> bytes:
    """The envelope: the payload, and everybody's signature over it.

    The ``keyid`` is the name and the number that the key has in a signed note. It is a hint, which nothing covers.
    """
    signed = preauthenticated(payload)
    return ledger.encode(
        {
            "payload": _coded(payload),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [
                {"keyid": "+".join(signer.vkey.split("+")[:2]), "sig": _coded(signer.sign(signed))}
                for signer in signers
            ],
        }
    )


def told(envelope: bytes) -> tuple[str, list[str], str]:
    """What an envelope that was just made says: the result, the levels, and where the candidate stands."""
    predicate = ledger.decode(base64.b64decode(ledger.decode(envelope)["payload"]))["predicate"]
    return predicate["verificationResult"], predicate["verifiedLevels"], predicate[DECISION]["standing"]


@dataclass(frozen=True, slots=True)
class Attested:
    """What a log attested of a decision: where the candidate stood ``at`` a time, in a ledger of a size and a root."""

    found: ReleasedView
    size: int
    root: str
    at: datetime
    key: str


def opened(data: bytes, keys: Sequence[NoteKey], verify: Verify) -> Attested:
    """Reads an envelope that one of some log keys signed. Nothing in it is parsed before that is verified.

    Raises:
        LedgerError: it is none, none of them signed it, or it is not such a summary of that log's own ledger.
    """
    try:
        envelope = ledger.parse(data)
        payload = base64.b64decode(envelope["payload"], validate=True)
        signatures = [
            base64.b64decode(item["sig"], validate=True) for item in envelope["signatures"][: MAX_SIGNATURES + 1]
        ]
        kind = envelope["payloadType"]
    except (LedgerError, KeyError, TypeError, ValueError) as error:
        raise LedgerError(
            "this is no attestation: a statement in an envelope that is signed", remedy=_REMEDY
        ) from error
    if len(signatures) > MAX_SIGNATURES:
        # Each that is verified costs as much as a genuine one, and whoever adds some pays nothing.
        raise LedgerError(f"an attestation has at most {MAX_SIGNATURES} signatures here", remedy=_REMEDY)
    signed = preauthenticated(payload)
    key = next((key for key in keys for made in signatures if verify(key.public, signed, made)), None)
    if kind != PAYLOAD_TYPE or key is None:
        raise LedgerError("the attestation is not signed with the log key that was given", remedy=_REMEDY)
    try:
        said = ledger.decode(payload)
        predicate = said["predicate"]
        about = dict(predicate[DECISION])
        tree = about.pop("ledger")
        found = ReleasedView.model_validate_json(ledger.encode(about))
        at = parse_timestamp(predicate["timeVerified"])
        ours = (said["_type"], said["predicateType"], predicate["verifier"]["id"])
        size, root = tree["size"], tree["root"]
        if type(size) is not int or not ledger.is_digest(root):
            raise ValueError("it does not say which tree it is over")
    except (WorkflowError, KeyError, TypeError, ValueError) as error:
        raise LedgerError("the attestation is signed, and is no summary of a decision", remedy=_REMEDY) from error
    if ours != (STATEMENT, PREDICATE, verifier_of(key.name)) or found.origin != key.name:
        raise LedgerError("the attestation is for another ledger than that of the key", remedy=_REMEDY)
    return Attested(found, size, root, at, key.name)


_REMEDY = "take it as it was written by: holdfast audit export RELEASE --format vsa -o FILE"


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
