"""The text around a signature: where it begins and ends, and that it is the one text of its bytes."""

from __future__ import annotations

import pytest
from signing_lab import MESSAGE, NAMESPACE, Signer, SshKeygen, armor

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Signature, verify

BLOB = Signer("ed25519").draft().blob()
ARMORED = armor(BLOB)
TEXT = ARMORED.split(b"\n")[1:-2]
HEADER, FOOTER = ARMORED.split(b"\n")[0], ARMORED.split(b"\n")[-2]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n" + ARMORED,
        b"\xef\xbb\xbf" + ARMORED,
        ARMORED + b"\n",
        ARMORED + b" ",
        ARMORED + b"# a note\n",
        ARMORED + ARMORED,
        ARMORED.replace(b"SSH SIGNATURE", b"PGP SIGNATURE"),
        ARMORED.replace(b"-----END", b"----END"),
        b"\n".join([HEADER, FOOTER, b""]),
        b"\n".join([HEADER, b"", *TEXT, FOOTER, b""]),
        b"\n".join([HEADER, *TEXT, b"", FOOTER, b""]),
        b"\n".join([HEADER, TEXT[0] + b" ", *TEXT[1:], FOOTER, b""]),
        b"\n".join([HEADER, b"Comment: mara", b"", *TEXT, FOOTER, b""]),
        b"\n".join([HEADER, *TEXT[:-1], TEXT[-1] + b"=", FOOTER, b""]),
        b"\n".join([HEADER, *TEXT[:-1], TEXT[-1] + b"AAAA", FOOTER, b""]),
        b"\n".join([HEADER, b"=" + TEXT[0][1:], *TEXT[1:], FOOTER, b""]),
        b"\n".join([HEADER, *TEXT[:-1], FOOTER, b""]),
        armor(b""),
        armor(b"SSHSIG"),
    ],
)
def test_text_around_or_in_a_signature_that_does_not_belong_there_is_refused(text: bytes) -> None:
    assert Signature.parse(ARMORED)

    with pytest.raises(SignatureInvalid) as caught:
        Signature.parse(text)

    assert caught.value.reason == "malformed"


def test_a_base64_text_with_bits_that_no_byte_takes_up_is_refused() -> None:
    armored = Signer("ed25519").draft(namespace="ab").armored()
    at = armored.index(b"=") - 1
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(armored[at]) ^ 1]

    assert Signature.parse(armored)
    with pytest.raises(SignatureInvalid, match="one base64 spelling"):
        Signature.parse(armored[:at] + bytes([other]) + armored[at + 1 :])


@pytest.mark.parametrize("text", [ARMORED[:-1], armor(BLOB, width=76), armor(BLOB, width=10_000)])
def test_lines_may_break_as_other_tools_break_them(text: bytes, ssh_keygen: SshKeygen) -> None:
    signer = Signer("ed25519")

    assert verify(MESSAGE, text, key=PublicKey.parse(signer.line()), namespace=NAMESPACE)
    assert ssh_keygen.takes(text, signer.line())


def test_lines_may_end_as_windows_ends_them_and_as_ssh_keygen_takes_them_since_version_9_5() -> None:
    key = PublicKey.parse(Signer("ed25519").line())

    assert verify(MESSAGE, ARMORED.replace(b"\n", b"\r\n"), key=key, namespace=NAMESPACE)


def test_a_character_beyond_ascii_is_refused_in_a_text() -> None:
    with pytest.raises(SignatureInvalid) as caught:
        Signature.parse(ARMORED.decode().replace("A", "\N{CYRILLIC CAPITAL LETTER A}", 1))

    assert caught.value.reason == "malformed"


def test_a_signature_of_more_than_64_kibibytes_is_refused() -> None:
    signer = Signer("ed25519")

    assert Signature.parse(signer.draft(namespace="n" * 40_000).armored())
    with pytest.raises(SignatureInvalid, match="65536 bytes"):
        Signature.parse(signer.draft(namespace="n" * 50_000).armored())
