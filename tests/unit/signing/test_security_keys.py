"""Keys that live on a security key: what they vouch for, and what of it is required."""

from __future__ import annotations

from dataclasses import replace

import pytest
from signing_lab import (
    MESSAGE,
    NAMESPACE,
    ON_SECURITY_KEYS,
    PIN_CHECKED,
    PLAIN,
    TOUCHED,
    Draft,
    Signer,
    SshKeygen,
    to_be_signed,
)

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Verified, verify

on_each_kind = pytest.mark.parametrize("kind", ON_SECURITY_KEYS)


def check(draft: Draft, signer: Signer, *, require_pin: bool = False) -> Verified:
    key = PublicKey.parse(signer.line())
    return verify(MESSAGE, draft.armored(), key=key, namespace=NAMESPACE, require_pin=require_pin)


def reason(draft: Draft, signer: Signer, *, require_pin: bool = False) -> str:
    with pytest.raises(SignatureInvalid) as caught:
        check(draft, signer, require_pin=require_pin)
    assert caught.value.remedy
    return caught.value.reason


@on_each_kind
@pytest.mark.parametrize("counter", [0, 7, 2**32 - 1])
@pytest.mark.parametrize("flags", [TOUCHED, TOUCHED | PIN_CHECKED, TOUCHED | PIN_CHECKED | 0x18])
def test_a_signature_shows_the_touch_the_pin_and_the_count(
    kind: str, flags: int, counter: int, ssh_keygen: SshKeygen
) -> None:
    signer = Signer(kind)
    draft = signer.draft(flags=flags, counter=counter)
    key = PublicKey.parse(signer.line())

    assert check(draft, signer) == Verified(key.fingerprint, key.kind, True, bool(flags & PIN_CHECKED), counter)
    assert ssh_keygen.takes(draft.armored(), signer.line())


@on_each_kind
@pytest.mark.parametrize("flags", [0, PIN_CHECKED])
def test_a_genuine_signature_without_a_touch_is_refused_though_ssh_keygen_takes_it(
    kind: str, flags: int, ssh_keygen: SshKeygen
) -> None:
    signer = Signer(kind)
    draft = signer.draft(flags=flags)

    assert reason(draft, signer) == "touch"
    assert ssh_keygen.takes(draft.armored(), signer.line())


@on_each_kind
def test_a_pin_is_required_only_where_the_policy_says_so(kind: str) -> None:
    signer = Signer(kind)

    assert not check(signer.draft(flags=TOUCHED), signer).pin
    assert check(signer.draft(flags=TOUCHED | PIN_CHECKED), signer, require_pin=True).pin
    assert reason(signer.draft(flags=TOUCHED), signer, require_pin=True) == "pin"


@on_each_kind
@pytest.mark.parametrize("flag", [0x40, 0x80])
def test_flags_that_announce_data_which_is_not_there_are_refused(kind: str, flag: int, ssh_keygen: SshKeygen) -> None:
    signer = Signer(kind)
    draft = signer.draft(flags=TOUCHED | flag)

    assert reason(draft, signer) == "malformed"
    assert ssh_keygen.takes(draft.armored(), signer.line())


@on_each_kind
@pytest.mark.parametrize(
    "statement", [b"\x05\0\0\0\x07", b"\x01\0\0\0\x08", b"\x01\0\0\0\x06"], ids=["pin", "later", "earlier"]
)
def test_flags_and_count_are_what_was_signed(kind: str, statement: bytes) -> None:
    signer = Signer(kind)

    assert reason(replace(signer.draft(counter=7), statement=statement), signer) == "not-genuine"


@on_each_kind
@pytest.mark.parametrize("statement", [b"", b"\x01", b"\x01\0\0\0", b"\x01\0\0\0\x07\0"])
def test_flags_and_count_of_another_length_are_refused(kind: str, statement: bytes) -> None:
    signer = Signer(kind)

    assert reason(replace(signer.draft(), statement=statement), signer) == "malformed"


@on_each_kind
def test_a_signature_over_the_data_itself_is_not_one_by_a_security_key(kind: str) -> None:
    signer = Signer(kind)
    plain = signer.value(to_be_signed(MESSAGE, NAMESPACE, "sha512"))

    assert reason(replace(signer.draft(), value=plain), signer) == "not-genuine"


@on_each_kind
def test_a_signature_made_for_another_application_is_not_genuine(kind: str) -> None:
    signer, other = Signer(kind), Signer(kind, application=b"ssh:other")

    assert reason(replace(other.draft(), key=signer.key_blob()), signer) == "not-genuine"


@on_each_kind
@pytest.mark.parametrize("application", [b"ssh:", b"ssh:holdfast", b"ssh://lab.example"])
def test_an_application_that_ssh_keygen_can_ask_for_counts(
    kind: str, application: bytes, ssh_keygen: SshKeygen
) -> None:
    signer = Signer(kind, application=application)

    assert check(signer.draft(), signer).touch
    assert ssh_keygen.takes(signer.draft().armored(), signer.line())


@on_each_kind
@pytest.mark.parametrize("application", [b"", b"ssh", b"SSH:", b" ssh:", b"https://lab.example", b"ssh:\0", b"\xff"])
def test_a_key_for_another_application_is_refused(kind: str, application: bytes) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.parse(Signer(kind, application=application).line())

    assert caught.value.reason == "unfit-key"


@on_each_kind
def test_the_plain_key_inside_a_security_key_is_another_key(kind: str) -> None:
    signer = Signer(kind)
    plain = Signer({"sk-ed25519": "ed25519", "sk-ecdsa": "ecdsa-p256"}[kind])

    assert reason(signer.draft(), plain) == "other-key"
    assert reason(plain.draft(), signer) == "other-key"


@pytest.mark.parametrize("kind", PLAIN)
def test_no_key_in_a_file_shows_a_pin_when_one_is_required(kind: str) -> None:
    signer = Signer(kind)

    assert check(signer.draft(), signer)
    assert reason(signer.draft(), signer, require_pin=True) == "pin"
