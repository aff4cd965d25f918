"""No bit of a signature, of its key or of its message can be another, for any kind of key.

The signatures in ``golden`` by plain keys were made with ssh-keygen 9.2, those by security keys with the authenticator
of ``signing_lab``. They are kept, because what was signed once must be readable for as long as its ledger. Beside them
stand signatures made just now by the ssh-keygen that is here, with the same authenticator for its security key.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from keygen_lab import make_key, surroundings
from signing_lab import (
    EVERY_KIND,
    GOLDEN,
    GOLDEN_MESSAGE,
    GOLDEN_NAMES,
    GOLDEN_NAMESPACE,
    PLAIN,
    SshKeygen,
    armor,
    dearmor,
)
from software_authenticator import plug_in

from workflow import signing
from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Signature, Verified, verify


@pytest.fixture(scope="session")
def made_now(ssh_keygen: SshKeygen) -> dict[str, bytes]:
    """A signature of each kind."""
    made = {}
    for kind in EVERY_KIND:
        if kind in PLAIN:
            key, environment = ssh_keygen.key(kind)[0], surroundings()
        else:
            plugged = plug_in(ssh_keygen.folder, kind)
            key = make_key(ssh_keygen.folder / f"flipped-{kind}", f"{kind.removeprefix('sk-')}-sk", **plugged)
            environment = surroundings(**plugged)
        made[kind] = signing.SshKeygen(key, environment=environment).sign(GOLDEN_MESSAGE, GOLDEN_NAMESPACE)
    return made


@pytest.fixture(params=[*GOLDEN_NAMES, *(f"{kind}, made now" for kind in EVERY_KIND)])
def armored(request: pytest.FixtureRequest, made_now: dict[str, bytes]) -> bytes:
    kind, comma, _ = request.param.partition(",")
    return made_now[kind] if comma else (GOLDEN / f"{kind}.sig").read_bytes()


@pytest.fixture
def key(armored: bytes) -> PublicKey:
    return PublicKey.from_blob(Signature.parse(armored).key_blob)


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


def test_each_kept_signature_is_by_one_of_the_kept_keys() -> None:
    keys = {PublicKey.parse(path.read_text()).blob for path in GOLDEN.glob("*.pub")}

    assert {Signature.parse(path.read_bytes()).key_blob for path in GOLDEN.glob("*.sig")} == keys


def test_a_signature_without_any_change_is_genuine(armored: bytes, key: PublicKey) -> None:
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


def test_a_signature_with_a_byte_more_anywhere_is_refused(armored: bytes, key: PublicKey) -> None:
    blob = dearmor(armored)
    longer = (blob[:at] + byte + blob[at:] for at in range(len(blob) + 1) for byte in (b"\0", b"\x01", b"\xff"))

    assert taken(longer, lambda other: check(armor(other), key)) == []
