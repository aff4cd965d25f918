"""Signature bundles as model-signing makes them, by hand: so that a test can damage one thing in them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

CURVES: Mapping[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "ecdsa-p256": (ec.SECP256R1(), hashes.SHA256()),
    "ecdsa-p384": (ec.SECP384R1(), hashes.SHA384()),
    "ecdsa-p521": (ec.SECP521R1(), hashes.SHA512()),
}
PAYLOAD_TYPE = "application/vnd.in-toto+json"
Json = dict[str, Any]


class Signer:
    """Somebody with a key on a curve."""

    def __init__(self, kind: str = "ecdsa-p256", secret: int = 7) -> None:
        curve, self._hash = CURVES[kind]
        self._key = ec.derive_private_key(secret, curve)

    @property
    def public(self) -> bytes:
        """The public key in PEM, as the cryptographic library writes it."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    @property
    def private(self) -> bytes:
        """The private key in PEM."""
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the public key in DER."""
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return "sha256:" + hashlib.sha256(der).hexdigest()

    def signature(self, payload: bytes, payload_type: str = PAYLOAD_TYPE) -> bytes:
        """The signature over the envelope's pre-authentication encoding."""
        before = f"DSSEv1 {len(payload_type)} {payload_type} {len(payload)} ".encode()
        return self._key.sign(before + payload, ec.ECDSA(self._hash))

    def bundle(self, payload: bytes) -> Json:
        """The bundle around a payload."""
        return {
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": {
                "publicKey": {"hint": hashlib.sha256(self.public).hexdigest()},
                "tlogEntries": [],
            },
            "dsseEnvelope": {
                "payload": base64.b64encode(payload).decode(),
                "payloadType": PAYLOAD_TYPE,
                "signatures": [{"sig": base64.b64encode(self.signature(payload)).decode(), "keyid": ""}],
            },
        }


def statement(files: Mapping[str, str], name: str = "model") -> bytes:
    """What is signed of a model, from the SHA-256 of each of its files."""
    root = hashlib.sha256(b"".join(bytes.fromhex(digest) for digest in files.values())).hexdigest()
    return json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"name": name, "digest": {"sha256": root}}],
            "predicateType": "https://model_signing/signature/v1.0",
            "predicate": {
                "serialization": {"method": "files", "hash_type": "sha256", "allow_symlinks": False},
                "resources": [
                    {"name": path, "algorithm": "sha256", "digest": digest} for path, digest in files.items()
                ],
            },
        }
    ).encode()


def spoilt(value: Json, *place: str | int, to: Any = ..., by: Any = ...) -> bytes:
    """A copy with one thing in it changed ``to`` a value, or taken away; ``by`` is what a name is replaced by."""
    copy = json.loads(json.dumps(value))
    inner = copy
    for part in place[:-1]:
        inner = inner[part]
    if by is not ...:
        inner[by] = inner.pop(place[-1])
    elif to is ...:
        del inner[place[-1]]
    else:
        inner[place[-1]] = to
    return json.dumps(copy).encode()
