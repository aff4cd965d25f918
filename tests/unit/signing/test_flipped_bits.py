"""No bit of a signature, of its key or of its message can be another, for any kind of key.

The signatures in ``golden`` by plain keys were made with ssh-keygen 9.2, those by security keys with the authenticator
of ``signing_lab``. They are kept, because what was signed once must be readable for as long as its ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from signing_lab import GOLDEN, GOLDEN_MESSAGE, GOLDEN_NAMES, GOLDEN_NAMESPACE, armor, dearmor

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Signature, Verified, verify


@pytest.fixture(params=GOLDEN_NAMES)
def armored(request: pytest.FixtureRequest) -> bytes:
    return (GOLDEN / f"{request.param}.sig").read_bytes()


@pytest.fixture
def key(armored: bytes) -> PublicKey:
    blob = Signature.parse(armored).key_blob
    keys = [PublicKey.parse(path.read_text()) for path in GOLDEN.glob("*.pub")]
    return next(key for key in keys if key.blob == blob)


def check(armored: bytes, key: PublicKey, message: bytes = GOLDEN_MESSAGE) -> Verified:
    return verify(message, armored, key=key, namespace=GOLDEN_NAMESPACE)


def flips(data: bytes) -> Iterator[bytes]:
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


def taken(each: Iterator[bytes], attempt: Callable[[bytes], object]) -> list[bytes]:
    """Those that were not refused, of at least one."""
    result, tried = [], 0
    for flipped in each:
        tried += 1
        try:
            attempt(flipped)
        except SignatureInvalid:
            continue
        result.append(flipped)
    assert tried
    return result


def test_every_kind_of_key_has_a_kept_signature() -> None:
    kinds = {PublicKey.parse(path.read_text()).kind for path in GOLDEN.glob("*.pub")}

    assert kinds == {"ed25519", "ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa", "sk-ed25519", "sk-ecdsa"}


def test_a_kept_signature_is_still_genuine(armored: bytes, key: PublicKey) -> None:
    assert check(armored, key).fingerprint == key.fingerprint


def test_a_signature_with_any_bit_flipped_is_refused(armored: bytes, key: PublicKey) -> None:
    assert taken(flips(dearmor(armored)), lambda blob: check(armor(blob), key)) == []


def test_an_armored_signature_with_any_bit_flipped_is_refused(armored: bytes, key: PublicKey) -> None:
    assert taken(flips(armored), lambda flipped: check(flipped, key)) == []


def test_a_signature_for_a_message_with_any_bit_flipped_is_refused(armored: bytes, key: PublicKey) -> None:
    assert taken(flips(GOLDEN_MESSAGE), lambda message: check(armored, key, message)) == []


def test_a_signature_for_a_key_with_any_bit_flipped_is_refused(armored: bytes, key: PublicKey) -> None:
    assert taken(flips(key.blob), lambda blob: check(armored, PublicKey.from_blob(blob))) == []


def test_a_signature_for_its_own_key_with_any_bit_flipped_in_both_places_is_refused(
    armored: bytes, key: PublicKey
) -> None:
    blob = dearmor(armored)

    def attempt(other: bytes) -> None:
        check(armor(blob.replace(key.blob, other)), PublicKey.from_blob(other))

    assert taken(flips(key.blob), attempt) == []


def test_a_signature_cut_short_anywhere_is_refused(armored: bytes, key: PublicKey) -> None:
    blob = dearmor(armored)

    assert taken((blob[:end] for end in range(len(blob))), lambda cut: check(armor(cut), key)) == []
    assert taken((armored[:end] for end in range(len(armored) - 1)), lambda cut: check(cut, key)) == []
