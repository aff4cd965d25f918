"""Whatever the parsers are given, they answer, or refuse with the one declared error."""

from __future__ import annotations

import base64

from hypothesis import example, given, settings
from hypothesis import strategies as st
from signing_lab import EVERY_KIND, MESSAGE, NAMESPACE, Signer, armor, string

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Signature, parse_allowed_signers, verify

KEYS = [Signer(kind).key_blob() for kind in EVERY_KIND]
SIGNATURES = [Signer(kind).draft().blob() for kind in EVERY_KIND]
LINES = [Signer(kind).line() for kind in EVERY_KIND]
OPTIONS = ['namespaces="file"', 'valid-after="20250717Z"', 'valid-before="20250717"', "cert-authority", '"', ",", "#"]

wire = st.recursive(
    st.binary(max_size=70) | st.sampled_from(KEYS) | st.sampled_from([b"SSHSIG", b"\0\0\0\1", b"sha512", b"ssh-rsa"]),
    lambda parts: st.lists(parts.map(string), max_size=6).map(b"".join),
)


@st.composite
def spliced(draw: st.DrawFn, wholes: list[bytes]) -> bytes:
    """Something that is right but for a piece of it."""
    whole = draw(st.sampled_from(wholes))
    at = draw(st.integers(0, len(whole)))
    return whole[:at] + draw(st.binary(max_size=9)) + whole[at + draw(st.integers(0, 9)) :]


pieces = st.lists(st.sampled_from([*LINES, *OPTIONS, " ", "\n", "\t", "mara", "ssh-ed25519"]) | st.text(max_size=6))
lines = st.text() | pieces.map("".join)


@given(wire | spliced(KEYS))
def test_a_key_blob_is_a_key_of_these_very_bytes_or_refused(blob: bytes) -> None:
    try:
        key = PublicKey.from_blob(blob)
    except SignatureInvalid:
        return
    assert key.blob == blob
    assert PublicKey.parse(f"{blob[4 : 4 + blob[3]].decode()} {base64.b64encode(blob).decode()}") == key


@given(lines)
@example("\ud800 A")
@example("ssh-ed25519 \u0661\u0662")
def test_a_line_is_a_key_or_refused(text: str) -> None:
    try:
        key = PublicKey.parse(text)
    except SignatureInvalid:
        return
    assert base64.b64encode(key.blob).decode() in text


@given(lines)
def test_a_file_is_a_list_of_signers_or_refused(text: str) -> None:
    try:
        signers = parse_allowed_signers(text)
    except SignatureInvalid as error:
        assert error.line
        return
    assert len(signers) == sum(
        not line.strip(" \t\r").startswith("#") and line.strip(" \t\r") != "" for line in text.split("\n")
    )


@given(st.binary() | st.text() | spliced([armor(blob) for blob in SIGNATURES]))
@example("\ud800")
def test_an_armored_text_is_a_signature_or_refused(armored: bytes | str) -> None:
    try:
        signature = Signature.parse(armored)
    except SignatureInvalid:
        return
    assert signature.namespace


@settings(max_examples=300)
@given(wire.map(lambda rest: b"SSHSIG\0\0\0\1" + rest) | spliced(SIGNATURES), st.sampled_from(KEYS))
def test_nothing_but_what_was_signed_verifies(blob: bytes, key: bytes) -> None:
    try:
        verify(MESSAGE, armor(blob), key=PublicKey(key), namespace=NAMESPACE)
    except SignatureInvalid:
        return
    assert blob in SIGNATURES
