"""Signatures of OpenSSF model-signing as evidence: somebody's key stands behind exactly the candidate's files.

What is kept is one document: the bundle as it was made, the public key that it was checked with, and the candidate's
manifest that the signed list was held against. So the report follows from the kept bytes alone, today and in an audit.

    {"format": 1, "kind": "holdfast-model-signing", "bundle": base64, "public_key": PEM, "manifest": {...}}

The report bears the key's fingerprint as its name, because a gate asks for somebody's signature. One that is not
genuine is no report at all. One that is genuine and leaves out, adds or changes a file is incomplete, states no
candidate and never counts.
"""

from __future__ import annotations

from base64 import b64encode
from decimal import Decimal
from typing import Any

from workflow import ledger
from workflow.artifact import Coverage, Manifest, SignedModel, coverage
from workflow.errors import InvalidInput, LedgerError, SignatureInvalid
from workflow.evidence.report import EvidenceReport, Metric, checked
from workflow.signing import Bundle, PemKey
from workflow.signing.wire import unbase64

READER = "model-signing@1"
KIND = "model_signing"
SUFFIX = ".sig"
FORMAT = 1
DOCUMENT = "holdfast-model-signing"
UNCOVERED = "uncovered"
"""The metric that a gate asks to be 0: how many files the signature leaves out, changes or has beyond the candidate."""

_FIELDS = {"format", "kind", "bundle", "public_key", "manifest"}
_ATTACH = (
    "attach the signature itself and name the signer's public key: --verify-with KEY; or keep the file as it is: "
    "--kind document --name NAME"
)
_MAX_DETAIL = 256


def pack_model_signing(bundle: bytes, public_key: bytes, manifest: Manifest, key_name: str) -> bytes:
    """The document that is kept of a signature bundle, a key in PEM and the manifest of the signed files.

    Nothing is checked but that the key is one; :func:`read_model_signing` does the rest.

    Raises:
        InvalidInput: the key is no public key that counts.
    """
    try:
        key = PemKey.parse(public_key)
    except SignatureInvalid as error:
        raise InvalidInput(f"{key_name}: {error.message}", remedy=error.remedy) from error
    return ledger.encode(
        {
            "format": FORMAT,
            "kind": DOCUMENT,
            "bundle": b64encode(bundle).decode("ascii"),
            "public_key": key.text,
            "manifest": ledger.decode(manifest.to_bytes()),
        }
    )


def read_model_signing(data: bytes, filename: str) -> EvidenceReport:
    """What a kept signature says of the candidate whose manifest is kept with it.

    Raises:
        InvalidInput: the bytes are no such document, or the signature is not one of that key for a list of files.
    """
    bundle, key, manifest = _unpack(data, filename)
    try:
        signed = SignedModel.from_statement(Bundle.parse(bundle).opened_with(key))
        covered = coverage(manifest, signed)
    except (SignatureInvalid, InvalidInput) as error:
        raise InvalidInput(f"{filename}: {error.message}", remedy=error.remedy) from error
    counts = {
        "unsigned": len(covered.unsigned),
        "changed": len(covered.changed),
        "missing": len(covered.missing),
    }
    with checked(f"{filename} cannot be told", remedy="sign a model whose name is a plain printable text"):
        return EvidenceReport(
            reader=READER,
            kind=KIND,
            name=key.fingerprint,
            status="conclusive" if covered.is_whole else "incomplete",
            detail=_detail(covered),
            metrics=tuple(
                Metric(name=name, value=Decimal(count), stderr=None, scorer="")
                for name, count in {UNCOVERED: sum(counts.values()), **counts}.items()
            ),
            samples=manifest.file_count - counts["unsigned"] - counts["changed"],
            candidate=manifest.digest if covered.is_whole else None,
            run=signed.digest,
            tool="model-signing",
            model=signed.name,
        )


def _unpack(data: bytes, filename: str) -> tuple[bytes, PemKey, Manifest]:
    try:
        value: Any = ledger.decode(data)
        if set(value) != _FIELDS or value["kind"] != DOCUMENT or type(value["format"]) is not int:
            raise ValueError("it has other fields")
        if value["format"] != FORMAT:
            raise ValueError("it is of another version")
        key = PemKey.parse(value["public_key"].encode("ascii"))
        if key.text != value["public_key"]:
            raise ValueError("the key is spelt otherwise")
        bundle = unbase64(value["bundle"].encode("ascii"), "the bundle")
    except (LedgerError, SignatureInvalid, TypeError, KeyError, ValueError, AttributeError) as error:
        raise InvalidInput(
            f"{filename} is not a signature together with the key and the manifest that it was checked with",
            remedy=_ATTACH,
        ) from error
    return bundle, key, Manifest.from_bytes(ledger.encode(value["manifest"]))


def _detail(covered: Coverage) -> str:
    """Which files keep the signature from being about the candidate; nothing where it is whole."""
    parts = [
        f"{len(paths)} {what}: {', '.join(paths)}"
        for what, paths in (
            ("not signed", [file.path for file in covered.unsigned]),
            ("signed with other bytes", [file.path for file in covered.changed]),
            ("signed and not in the candidate", list(covered.missing)),
        )
        if paths
    ]
    detail = "; ".join(parts)
    return detail if len(detail) <= _MAX_DETAIL else detail[: _MAX_DETAIL - 3] + "..."
