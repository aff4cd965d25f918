"""Public keys in PEM: three curves in their one form, and nothing else."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.model_signatures import CURVES, Signer
from workflow.errors import SignatureInvalid
from workflow.signing import PemKey


def spki(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def pem(der: bytes) -> bytes:
    return b"-----BEGIN PUBLIC KEY-----\n" + base64.b64encode(der) + b"\n-----END PUBLIC KEY-----\n"


def der(text: bytes) -> bytes:
    return base64.b64decode(b"".join(text.splitlines()[1:-1]))


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize("secret", [1, 7, 2**200 + 1])
def test_a_key_is_read_and_written_as_the_cryptographic_library_has_it(kind: str, secret: int) -> None:
    signer = Signer(kind, secret)

    key = PemKey.parse(signer.public)

    assert (key.kind, key.text.encode(), key.fingerprint) == (kind, signer.public, signer.fingerprint)


@pytest.mark.parametrize(
    "write",
    [
        lambda text: text.replace(b"\n", b"\r\n"),
        lambda text: text.removesuffix(b"\n"),
        lambda text: pem(der(text)),
        lambda text: text.replace(b"\n", b"\n\n", 1),
    ],
    ids=["lines of another system", "no last line end", "one line", "an empty line"],
)
def test_the_lines_do_not_matter(write: Callable[[bytes], bytes]) -> None:
    text = Signer().public

    assert PemKey.parse(write(text)) == PemKey.parse(text)


@pytest.mark.parametrize("kind", CURVES)
def test_a_key_knows_what_it_has_signed(kind: str) -> None:
    signer = Signer(kind)
    key, signature = PemKey.parse(signer.public), signer.signature(b"payload")
    signed = b"DSSEv1 28 application/vnd.in-toto+json 7 payload"

    assert key.has_signed(signed, signature)
    assert not key.has_signed(signed + b".", signature)
    assert not PemKey.parse(Signer(kind, 8).public).has_signed(signed, signature)


P256 = Signer().public
COMPRESSED = Signer()._key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "malformed"),
    "a private key": (Signer().private, "unfit-key"),
    "a private key beside it": (P256 + Signer().private, "unfit-key"),
    "an RSA key": (spki(rsa.generate_private_key(65537, 2048)), "unfit-key"),
    "an Ed25519 key": (spki(ed25519.Ed25519PrivateKey.generate()), "unfit-key"),
    "a key on another curve": (spki(ec.derive_private_key(7, ec.SECP256K1())), "unfit-key"),
    "a compressed point": (
        pem(bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + COMPRESSED),
        "unfit-key",
    ),
    "a point off its curve": (pem(der(P256)[:-1] + bytes([der(P256)[-1] ^ 1])), "unfit-key"),
    "the point at infinity": (pem(der(P256)[:26] + b"\0"), "unfit-key"),
    "a byte too many": (pem(der(P256) + b"\0"), "unfit-key"),
    "a byte too few": (pem(der(P256)[:-1]), "unfit-key"),
    "no bytes": (pem(b""), "unfit-key"),
    "an ssh key": (b"ecdsa-sha2-nistp256 AAAA mara", "malformed"),
    "two keys": (P256 + Signer("ecdsa-p256", 8).public, "malformed"),
    "words before": (b"mara's key\n" + P256, "malformed"),
    "words after": (P256 + b"mara's key\n", "malformed"),
    "a certificate": (P256.replace(b"PUBLIC KEY", b"CERTIFICATE"), "malformed"),
    "no base64": (P256.replace(b"M", b"!", 1), "malformed"),
    "another spelling of the same base64": (P256.replace(b"==\n", b"=\n"), "malformed"),
    "bytes of no text": (b"\xff" + P256, "malformed"),
    "only its first line": (b"-----BEGIN PUBLIC KEY-----\n", "malformed"),
}


@pytest.mark.parametrize(("text", "reason"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_with_the_next_step(text: bytes, reason: str) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        PemKey.parse(text)

    assert caught.value.reason == reason
    assert caught.value.remedy
    assert caught.value.message.isprintable()


def test_a_private_key_is_not_repeated_in_the_refusal() -> None:
    with pytest.raises(SignatureInvalid, match="must stay with its owner") as caught:
        PemKey.parse(Signer().private)

    assert Signer().private.splitlines()[1].decode() not in str(caught.value.diagnostics())


@settings(derandomize=True, deadline=None, max_examples=200)
@given(data=st.data())
def test_no_damaged_key_is_an_error_of_another_kind(data: st.DataObject) -> None:
    text = bytearray(P256)
    for _ in range(data.draw(st.integers(1, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    try:
        key = PemKey.parse(bytes(text))
    except SignatureInvalid as error:
        assert error.remedy
    else:
        assert key.text.encode() == P256
