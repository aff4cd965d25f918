"""What ``model_signing sign key`` writes: a Sigstore bundle (v0.3) around one DSSE envelope (v1.0), read strictly.

A bundle can carry much more: certificates, entries of a transparency log, timestamps. None of that is checked here, so
one that has any is refused; and so is every name that is not known, because it might change what the rest means.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Self

from workflow.errors import SignatureInvalid
from workflow.signing.pem import PemKey
from workflow.signing.wire import unbase64

MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"
PAYLOAD_TYPE = "application/vnd.in-toto+json"

_REMEDY = "take the file exactly as it was written by: model_signing sign key"


@dataclass(frozen=True, slots=True)
class Bundle:
    """One payload and one signature over it; ``hint`` is the maker's word about the key, and may be missing."""

    payload: bytes
    signature: bytes
    hint: str | None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """The bundle in a ``.sig`` file.

        Raises:
            SignatureInvalid: it has another form, or holds more than one signature by a key.
        """
        try:
            value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
        except (ValueError, RecursionError) as error:
            raise _malformed("is not JSON that can be read in one way only") from error
        bundle = _fields(value, "top level", {"mediaType", "verificationMaterial", "dsseEnvelope"})
        if bundle["mediaType"] != MEDIA_TYPE:
            raise SignatureInvalid(
                f"the bundle is not of the kind {MEDIA_TYPE}",
                reason="unsupported",
                remedy="sign with model-signing 1.0 or later",
            )
        hint = _hint(bundle["verificationMaterial"])
        envelope = _fields(bundle["dsseEnvelope"], "dsseEnvelope", {"payload", "payloadType", "signatures"})
        if envelope["payloadType"] != PAYLOAD_TYPE:
            raise SignatureInvalid(
                f"the envelope's payload is not of the type {PAYLOAD_TYPE}", reason="unsupported", remedy=_REMEDY
            )
        signatures = envelope["signatures"]
        if not isinstance(signatures, list) or len(signatures) != 1:
            raise _malformed("does not have exactly one signature")
        # A keyid is the maker's word, which nothing covers; model-signing leaves it empty.
        signature = _fields(signatures[0], "signatures", {"sig"}, {"keyid"})
        if signature.get("keyid", "") != "":
            raise _malformed("names its key, which model-signing does not")
        return cls(_bytes(envelope["payload"], "payload"), _bytes(signature["sig"], "sig"), hint)

    def opened_with(self, key: PemKey) -> bytes:
        """The payload, when it is this key's. Parse it only after this, and from these bytes.

        Raises:
            SignatureInvalid: another key signed, or other bytes were signed.
        """
        if self.hint not in (None, hashlib.sha256(key.text.encode("ascii")).hexdigest()):
            raise SignatureInvalid(
                f"the signature was made with another key than {key.fingerprint}",
                reason="other-key",
                fingerprint=key.fingerprint,
                remedy="name the public key of whoever signed",
            )
        if not key.has_signed(preauthenticated(self.payload), self.signature):
            raise SignatureInvalid(
                f"the signature is not genuine: the key {key.fingerprint} did not make it for these bytes",
                reason="not-genuine",
                fingerprint=key.fingerprint,
                remedy="take the files as their signer published them, or have them signed again",
            )
        return self.payload


def preauthenticated(payload: bytes) -> bytes:
    """The bytes that are signed for a payload (DSSE, protocol.md): its type and its length stand before it."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode("ascii"), len(payload), payload)


def _hint(value: Any) -> str | None:
    if isinstance(value, dict) and value.keys() & {"certificate", "x509CertificateChain"}:
        raise SignatureInvalid(
            "the bundle was signed with a certificate: it counts for whoever an authority names, not for a known key",
            reason="certificate",
            remedy="sign with a key of your own: model_signing sign key",
        )
    material = _fields(value, "verificationMaterial", {"publicKey"}, {"tlogEntries"})
    if material.get("tlogEntries", []) != []:
        raise _malformed("has entries of a transparency log, which nothing here checks")
    hint = _fields(material["publicKey"], "publicKey", set(), {"hint"}).get("hint")
    if not (hint is None or isinstance(hint, str)):
        raise _malformed("names its key by something else than a text")
    return hint


def _fields(value: Any, what: str, needed: set[str], possible: Collection[str] = ()) -> dict[str, Any]:
    if not isinstance(value, dict) or not needed <= value.keys() <= needed.union(possible):
        raise _malformed(f"has other fields than it should in its {what}")
    return value


def _bytes(value: Any, what: str) -> bytes:
    try:
        return unbase64(value.encode("ascii"), what)
    except (AttributeError, UnicodeEncodeError, SignatureInvalid) as error:
        raise _malformed(f"does not have its {what} in the one base64 spelling of its bytes") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return result


def _malformed(why: str) -> SignatureInvalid:
    return SignatureInvalid(f"the signature bundle {why}", reason="malformed", remedy=_REMEDY)
