"""The one module that knows the cryptographic library, and imports it: so nothing imports this before it verifies."""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    SECP384R1,
    SECP521R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256, SHA384, SHA512, HashAlgorithm

from workflow.errors import InvalidInput
from workflow.signing.keys import PublicKey
from workflow.signing.points import is_ed25519_point
from workflow.signing.wire import Reader

_CURVES: dict[str, EllipticCurve] = {
    "ecdsa-p256": SECP256R1(),
    "ecdsa-p384": SECP384R1(),
    "ecdsa-p521": SECP521R1(),
    "sk-ecdsa": SECP256R1(),
}
_HASHES: dict[bytes, HashAlgorithm] = {
    b"ecdsa-sha2-nistp256": SHA256(),
    b"ecdsa-sha2-nistp384": SHA384(),
    b"ecdsa-sha2-nistp521": SHA512(),
    b"sk-ecdsa-sha2-nistp256@openssh.com": SHA256(),
    b"rsa-sha2-256": SHA256(),
    b"rsa-sha2-512": SHA512(),
}
_DER_HASHES: dict[str, HashAlgorithm] = {"ecdsa-p256": SHA256(), "ecdsa-p384": SHA384(), "ecdsa-p521": SHA512()}


def is_genuine(key: PublicKey, algorithm: bytes, value: bytes, data: bytes) -> bool:
    """Whether ``value`` is a signature of the data by the key, under an algorithm that fits the key's kind.

    Raises:
        SignatureInvalid: the two numbers of an ECDSA signature do not have their form.
    """
    loaded = _loaded(key)
    try:
        if isinstance(loaded, Ed25519PublicKey):
            loaded.verify(value, data)
        elif isinstance(loaded, RSAPublicKey):
            loaded.verify(value, data, PKCS1v15(), _HASHES[algorithm])
        else:
            loaded.verify(_der(value), data, ECDSA(_HASHES[algorithm]))
    except InvalidSignature:
        return False
    return True


def is_genuine_ed25519(public: bytes, message: bytes, value: bytes) -> bool:
    """Whether ``value`` is a raw Ed25519 signature of a message by the key with these 32 bytes (RFC 8032)."""
    if not is_ed25519_point(public):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(value, message)
    except InvalidSignature:
        return False
    return True


def is_genuine_der(kind: str, point: bytes, value: bytes, data: bytes) -> bool:
    """Whether ``value``, an ECDSA signature in DER, is one of the data by the key at this point of its kind's curve.

    The hash is the one of the curve's own size. The library refuses every form of the value but the one of DER.
    """
    key = EllipticCurvePublicKey.from_encoded_point(_CURVES[kind], point)
    try:
        key.verify(value, data, ECDSA(_DER_HASHES[kind]))
    except InvalidSignature:
        return False
    return True


def new_ed25519() -> bytes:
    """A new private key, in the form of OpenSSH and without a passphrase."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat  # slow to import

    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def read_ed25519(data: bytes) -> Ed25519PrivateKey:
    """A private key from what :func:`new_ed25519` or ``ssh-keygen -t ed25519`` made.

    Raises:
        InvalidInput: it is another kind, has a passphrase, or is no key; nothing of it is repeated.
    """
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key  # slow to import

    try:
        private = load_ssh_private_key(data, password=None)
    except (TypeError, ValueError, UnsupportedAlgorithm):
        raise InvalidInput("this is no private key of OpenSSH's that has no passphrase") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise InvalidInput("this is a private key of another kind than Ed25519")
    return private


# A loaded key never changes, and depends on nothing but the blob, by which keys are equal.
@lru_cache(maxsize=1024)
def _loaded(key: PublicKey) -> Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey:
    if key.kind == "rsa":
        return RSAPublicNumbers(key.numbers.exponent, key.numbers.modulus).public_key()
    if key.kind in _CURVES:
        return EllipticCurvePublicKey.from_encoded_point(_CURVES[key.kind], key.numbers.point)
    return Ed25519PublicKey.from_public_bytes(key.numbers.point)


def _der(value: bytes) -> bytes:
    """The numbers r and s, from SSH's form (RFC 5656, section 3.1.2) to the one that the library takes."""
    reader = Reader(value, "the ECDSA signature")
    r, s = reader.positive(), reader.positive()
    reader.end()
    return encode_dss_signature(r, s)
