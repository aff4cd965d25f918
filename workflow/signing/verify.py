"""The check itself: is this the signature of this key, for these bytes, made for this purpose?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from workflow.errors import SignatureInvalid
from workflow.signing.keys import Kind, PublicKey, check_type, fingerprint_of, type_of
from workflow.signing.sshsig import Signature

ALGORITHMS: dict[Kind, tuple[bytes, ...]] = {
    "ed25519": (b"ssh-ed25519",),
    "ecdsa-p256": (b"ecdsa-sha2-nistp256",),
    "ecdsa-p384": (b"ecdsa-sha2-nistp384",),
    "ecdsa-p521": (b"ecdsa-sha2-nistp521",),
    "rsa": (b"rsa-sha2-512", b"rsa-sha2-256"),
    "sk-ed25519": (b"sk-ssh-ed25519@openssh.com",),
    "sk-ecdsa": (b"sk-ecdsa-sha2-nistp256@openssh.com",),
}
"""What a key of each kind may sign with. RSA with SHA-1, which SSH calls ssh-rsa, is not there."""

TOUCH, PIN, MORE_DATA = 0x01, 0x04, 0xC0
"""The flags of a security key: user present, user verified, and the two that announce data that SSH has no place for
(Web Authentication, section 6.1)."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a genuine signature shows.

    ``touch`` and ``pin`` are true only where a security key vouches for them; ``counter`` is its own count of
    signatures, and ``None`` for a key that is a file.
    """

    fingerprint: str
    kind: Kind
    touch: bool
    pin: bool
    counter: int | None


def verify(
    message: bytes, signature: Signature | bytes, *, key: PublicKey, namespace: str, require_pin: bool = False
) -> Verified:
    """What the signature shows, when it is this key's, for exactly this message and this namespace.

    A security key must have been touched; with ``require_pin`` it must also have checked a PIN or a fingerprint, and a
    key that is a file does not do. Parse the message only after this, and from the same bytes.

    Args:
        signature: parsed, or the contents of a ``.sig`` file.

    Raises:
        SignatureInvalid: any of this does not hold.
    """
    if not isinstance(signature, Signature):
        signature = Signature.parse(signature)
    if signature.key_blob != key.blob:
        raise _other_key(signature.key_blob, key)
    if signature.namespace != namespace:
        raise _refused(
            f"the signature was made for the namespace {signature.namespace[:80]!r}, not for {namespace!r}",
            "namespace",
            key,
            remedy=f"sign again, with -n {namespace}",
        )
    if signature.algorithm not in ALGORITHMS[key.kind]:
        raise _refused(
            f"the signature's algorithm {signature.algorithm[:80]!r} does not fit a key of the kind {key.kind}",
            "algorithm",
            key,
            remedy="sign again with ssh-keygen -Y sign, and for RSA with one that is not older than version 8.1",
        )
    data = signature.signed_bytes(message)
    if signature.statement:
        # PROTOCOL.u2f: a security key signs a statement of its own, which ends with the hash of what it was asked for.
        application = hashlib.sha256(key.numbers.application).digest()
        data = application + signature.statement + hashlib.sha256(data).digest()

    from workflow.signing import primitives  # late, because the library takes longer to load than all of the rest

    if not primitives.is_genuine(key, signature.algorithm, signature.value, data):
        raise _refused(
            f"the signature is not genuine: the key {key.fingerprint} did not make it for these bytes",
            "not-genuine",
            key,
            remedy="look at what is to be signed once more, and sign exactly that",
        )
    return _shown(key, signature.statement, require_pin)


def _shown(key: PublicKey, statement: bytes, require_pin: bool) -> Verified:
    on_security_key = key.kind.startswith("sk-")
    flags = statement[0] if statement else 0
    if on_security_key and not flags & TOUCH:
        raise _refused(
            "the security key signed without being touched, so nobody may have been there",
            "touch",
            key,
            remedy="make a key without -O no-touch-required, enter it, and sign with that",
        )
    if flags & MORE_DATA:
        raise _refused(
            "the security key's flags announce data that an SSH signature has no place for",
            "malformed",
            key,
            remedy="sign with ssh-keygen -Y sign, not through a browser",
        )
    if require_pin and not flags & PIN:
        raise _refused(
            "the security key signed without a PIN or a fingerprint, which is required here"
            if on_security_key
            else "a PIN or a fingerprint is required here, and only a security key can show one",
            "pin",
            key,
            remedy="make a key with: ssh-keygen -t ed25519-sk -O verify-required, enter it, and sign with that",
        )
    counter = int.from_bytes(statement[1:], "big") if statement else None
    return Verified(key.fingerprint, key.kind, bool(flags & TOUCH), bool(flags & PIN), counter)


def _other_key(blob: bytes, key: PublicKey) -> SignatureInvalid:
    check_type(type_of(blob))
    return _refused(
        f"the signature was made with the key {fingerprint_of(blob)}, not with {key.fingerprint}",
        "other-key",
        key,
        remedy="sign with the private half of the key that is entered for you",
    )


def _refused(message: str, reason: str, key: PublicKey, *, remedy: str) -> SignatureInvalid:
    return SignatureInvalid(message, reason=reason, fingerprint=key.fingerprint, remedy=remedy)
