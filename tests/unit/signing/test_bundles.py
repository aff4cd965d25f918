"""Bundles of model-signing: one envelope, one signature, by the key that is given, over exactly these bytes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.model_signatures import CURVES, PAYLOAD_TYPE, Signer, spoilt
from workflow.errors import SignatureInvalid
from workflow.signing import Bundle, PemKey
from workflow.signing.bundle import preauthenticated

PAYLOAD = b'{"_type": "anything"}'
SIGNER = Signer()
KEY = PemKey.parse(SIGNER.public)
GOOD: dict[str, Any] = SIGNER.bundle(PAYLOAD)
MATERIAL, ENVELOPE = "verificationMaterial", "dsseEnvelope"


def opened(data: bytes, key: PemKey = KEY) -> bytes:
    return Bundle.parse(data).opened_with(key)


@pytest.mark.parametrize("kind", CURVES)
def test_a_genuine_bundle_gives_its_payload(kind: str) -> None:
    signer = Signer(kind)
    data = json.dumps(signer.bundle(PAYLOAD)).encode()

    assert opened(data, PemKey.parse(signer.public)) == PAYLOAD


def test_what_is_signed_is_the_type_and_the_length_before_the_payload() -> None:
    """The example of the specification, with the type that counts here."""
    assert preauthenticated(b"hello world") == b"DSSEv1 28 application/vnd.in-toto+json 11 hello world"


@pytest.mark.parametrize(
    "data",
    [
        spoilt(GOOD, MATERIAL, "publicKey", "hint"),
        spoilt(GOOD, MATERIAL, "publicKey", "hint", to=None),
        spoilt(GOOD, MATERIAL, "tlogEntries"),
        spoilt(GOOD, ENVELOPE, "signatures", 0, "keyid"),
        json.dumps(GOOD, indent=4).encode() + b"\n",
    ],
)
def test_what_says_nothing_may_be_missing(data: bytes) -> None:
    assert opened(data) == PAYLOAD


def unsigned(*place: str | int, to: Any) -> bytes:
    return spoilt(GOOD, *place, to=to)


OTHER_TYPE = "application/vnd.in-toto+jsom"
RETYPED = json.loads(spoilt(GOOD, ENVELOPE, "payloadType", to=OTHER_TYPE))
RETYPED[ENVELOPE]["signatures"][0]["sig"] = base64.b64encode(SIGNER.signature(PAYLOAD, OTHER_TYPE)).decode()
ONE = GOOD[ENVELOPE]["signatures"][0]

REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "malformed"),
    "no text": (b"\xff\xfe", "malformed"),
    "a mark before it": (b"\xef\xbb\xbf" + json.dumps(GOOD).encode(), "malformed"),
    "words after it": (json.dumps(GOOD).encode() + b"{}", "malformed"),
    "half of it": (json.dumps(GOOD).encode()[:-40], "malformed"),
    "a name twice": (json.dumps(GOOD).encode().replace(b'"keyid"', b'"sig": "", "keyid"'), "malformed"),
    "deep nesting": (b"[" * 100_000, "malformed"),
    "a huge number": (b"1" * 10_000, "malformed"),
    "a list": (b"[]", "malformed"),
    "a field more": (spoilt(GOOD, "more", to=1), "malformed"),
    "no envelope": (spoilt(GOOD, ENVELOPE), "malformed"),
    "a message signature": (spoilt(GOOD, ENVELOPE, by="messageSignature"), "malformed"),
    "an older kind of bundle": (
        unsigned("mediaType", to="application/vnd.dev.sigstore.bundle+json;version=0.2"),
        "unsupported",
    ),
    "no verification material": (spoilt(GOOD, MATERIAL), "malformed"),
    "material of no form": (unsigned(MATERIAL, to=[]), "malformed"),
    "no key": (spoilt(GOOD, MATERIAL, "publicKey"), "malformed"),
    "a certificate": (spoilt(GOOD, MATERIAL, "publicKey", by="certificate"), "certificate"),
    "a chain of certificates": (spoilt(GOOD, MATERIAL, "publicKey", by="x509CertificateChain"), "certificate"),
    "an entry of a log": (unsigned(MATERIAL, "tlogEntries", to=[{}]), "malformed"),
    "a timestamp": (unsigned(MATERIAL, "timestampVerificationData", to={}), "malformed"),
    "a key's own bytes": (unsigned(MATERIAL, "publicKey", "rawBytes", to="AAAA"), "malformed"),
    "a hint of no form": (unsigned(MATERIAL, "publicKey", "hint", to=7), "malformed"),
    "the hint of another key": (
        unsigned(MATERIAL, "publicKey", to=Signer(secret=8).bundle(b"")[MATERIAL]["publicKey"]),
        "other-key",
    ),
    "an envelope of no form": (unsigned(ENVELOPE, to=7), "malformed"),
    "an envelope with more": (unsigned(ENVELOPE, "more", to=7), "malformed"),
    "a payload of another type": (json.dumps(RETYPED).encode(), "unsupported"),
    "no payload": (spoilt(GOOD, ENVELOPE, "payload"), "malformed"),
    "a payload of no form": (unsigned(ENVELOPE, "payload", to=None), "malformed"),
    "a payload in another base64": (unsigned(ENVELOPE, "payload", to="_-8="), "malformed"),
    "a payload that is not ASCII": (unsigned(ENVELOPE, "payload", to="é"), "malformed"),
    "no signature": (unsigned(ENVELOPE, "signatures", to=[]), "malformed"),
    "the same signature twice": (unsigned(ENVELOPE, "signatures", to=[ONE, ONE]), "malformed"),
    "signatures of no form": (unsigned(ENVELOPE, "signatures", to={"0": ONE}), "malformed"),
    "a signature of no form": (unsigned(ENVELOPE, "signatures", 0, to="AAAA"), "malformed"),
    "a signature with more": (unsigned(ENVELOPE, "signatures", 0, "cert", to="AAAA"), "malformed"),
    "a signature that names a key": (unsigned(ENVELOPE, "signatures", 0, "keyid", to="mara"), "malformed"),
    "an empty signature": (unsigned(ENVELOPE, "signatures", 0, "sig", to=""), "not-genuine"),
    "a signature of no base64": (unsigned(ENVELOPE, "signatures", 0, "sig", to="!"), "malformed"),
    "another payload": (unsigned(ENVELOPE, "payload", to="e30="), "not-genuine"),
    "another signer": (
        unsigned(ENVELOPE, "signatures", to=Signer(secret=8).bundle(PAYLOAD)[ENVELOPE]["signatures"]),
        "not-genuine",
    ),
    "the payload signed as it is": (
        unsigned(
            ENVELOPE,
            "signatures",
            0,
            "sig",
            to=base64.b64encode(Signer().signature(PAYLOAD, "")).decode(),
        ),
        "not-genuine",
    ),
}


def test_the_bundle_that_the_next_test_spoils_is_good() -> None:
    assert opened(json.dumps(GOOD).encode()) == PAYLOAD
    assert GOOD[ENVELOPE]["payloadType"] == PAYLOAD_TYPE


@pytest.mark.parametrize(("data", "reason"), REFUSED.values(), ids=REFUSED)
def test_anything_else_is_refused_with_the_next_step(data: bytes, reason: str) -> None:
    with pytest.raises(SignatureInvalid) as caught:
        opened(data)

    assert caught.value.reason == reason
    assert caught.value.remedy
    assert caught.value.message.isprintable()


@pytest.mark.parametrize("kind", CURVES)
@pytest.mark.parametrize("part", ["payload", "sig"])
def test_every_flipped_bit_is_refused(kind: str, part: str) -> None:
    signer = Signer(kind)
    good, key = signer.bundle(PAYLOAD), PemKey.parse(signer.public)
    place = (ENVELOPE, "payload") if part == "payload" else (ENVELOPE, "signatures", 0, "sig")
    whole = base64.b64decode(good[ENVELOPE]["payload"] if part == "payload" else good[ENVELOPE]["signatures"][0]["sig"])

    taken = []
    for bit in range(8 * len(whole)):
        flipped = bytearray(whole)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            opened(spoilt(good, *place, to=base64.b64encode(flipped).decode()), key)
            taken.append(bit)
        except SignatureInvalid as error:
            assert error.reason == "not-genuine"

    assert taken == []


def test_bytes_after_the_signature_are_refused() -> None:
    longer = base64.b64encode(SIGNER.signature(PAYLOAD) + b"\0").decode()

    with pytest.raises(SignatureInvalid, match="not genuine"):
        opened(unsigned(ENVELOPE, "signatures", 0, "sig", to=longer))


TEXT = json.dumps(GOOD).encode()


@settings(derandomize=True, deadline=None, max_examples=300)
@given(data=st.data())
def test_no_damaged_bundle_is_an_error_of_another_kind(data: st.DataObject) -> None:
    damaged = bytearray(TEXT)
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        payload = opened(bytes(damaged))
    except SignatureInvalid as error:
        assert error.remedy
    else:
        assert payload == PAYLOAD


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(
    place=st.sampled_from(
        [
            ("mediaType",),
            (MATERIAL,),
            (MATERIAL, "publicKey"),
            (MATERIAL, "publicKey", "hint"),
            (MATERIAL, "tlogEntries"),
            (ENVELOPE,),
            (ENVELOPE, "payload"),
            (ENVELOPE, "payloadType"),
            (ENVELOPE, "signatures"),
            (ENVELOPE, "signatures", 0),
            (ENVELOPE, "signatures", 0, "sig"),
            (ENVELOPE, "signatures", 0, "keyid"),
        ]
    ),
    value=JSON,
)
def test_no_strange_value_is_an_error_of_another_kind(place: tuple[str | int, ...], value: Any) -> None:
    try:
        payload = opened(spoilt(GOOD, *place, to=value))
    except SignatureInvalid as error:
        assert error.remedy
    else:
        assert payload == PAYLOAD
