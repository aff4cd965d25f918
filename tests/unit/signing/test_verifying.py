"""What a genuine signature shows, and for whom and what it counts."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import replace

import pytest
from signing_lab import EVERY_KIND, MESSAGE, NAMESPACE, ORDERS, PLAIN, TYPES, Draft, Signer, SshKeygen, with_numbers

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Signature, Verified, verify


def check(draft: Draft, signer: Signer, **others: str | bool) -> Verified:
    wanted = {"namespace": NAMESPACE, **others}
    return verify(MESSAGE, draft.armored(), key=PublicKey.parse(signer.line()), **wanted)  # type: ignore[arg-type]


def refusal(draft: Draft, signer: Signer, **others: str | bool) -> SignatureInvalid:
    with pytest.raises(SignatureInvalid) as caught:
        check(draft, signer, **others)
    return caught.value


@pytest.mark.parametrize("hash_name", ["sha256", "sha512"])
@pytest.mark.parametrize("kind", PLAIN)
def test_a_genuine_signature_by_a_file_shows_its_key_and_nobody_touching(kind: str, hash_name: str) -> None:
    signer = Signer(kind)
    key = PublicKey.parse(signer.line())

    shown = check(signer.draft(hash_name=hash_name), signer)

    assert shown == Verified(key.fingerprint, key.kind, touch=False, pin=False, counter=None)
    assert shown.kind == kind


@pytest.mark.parametrize("rsa_algorithm", ["rsa-sha2-256", "rsa-sha2-512"])
@pytest.mark.parametrize("bits", [2048, 3072])
def test_rsa_counts_with_both_hashes_of_the_second_family(bits: int, rsa_algorithm: str) -> None:
    signer = Signer("rsa", rsa_bits=bits)

    assert check(signer.draft(rsa_algorithm=rsa_algorithm), signer).kind == "rsa"


def test_a_parsed_signature_is_checked_as_its_text_is() -> None:
    signer = Signer("ed25519")
    signature = Signature.parse(signer.draft().armored().decode())

    assert signature.namespace == NAMESPACE
    assert verify(MESSAGE, signature, key=PublicKey.parse(signer.line()), namespace=NAMESPACE).kind == "ed25519"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_the_key_of_somebody_else_does_not_verify(kind: str) -> None:
    signer, other = Signer(kind), Signer(kind, seed=2, rsa_bits=3072)

    error = refusal(signer.draft(), other)

    assert error.reason == "other-key"
    assert PublicKey.parse(signer.line()).fingerprint in error.message
    assert error.diagnostics() == {
        "code": "signature-invalid",
        "message": error.message,
        "remedy": error.remedy,
        "reason": "other-key",
        "fingerprint": PublicKey.parse(other.line()).fingerprint,
        "line": None,
    }


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_signature_that_only_claims_a_key_is_not_genuine(kind: str) -> None:
    signer, other = Signer(kind), Signer(kind, seed=2, rsa_bits=3072)

    assert refusal(replace(signer.draft(), key=other.key_blob()), other).reason == "not-genuine"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_no_algorithm_but_its_own_fits_a_key(kind: str) -> None:
    signer = Signer(kind)
    draft = signer.draft()
    own = {"rsa-sha2-256", "rsa-sha2-512"} if kind == "rsa" else {TYPES[kind]}
    others = {*TYPES.values(), "rsa-sha2-256", "rsa-sha2-512", "rsa-sha2-384", "ssh-dss", ""} - own
    webauthn = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"

    for algorithm in [*others, webauthn, f"{TYPES[kind]}-cert-v01@openssh.com"]:
        statement = b"\x01\0\0\0\x07" if algorithm.startswith("sk-") else b""
        assert refusal(replace(draft, algorithm=algorithm, statement=statement), signer).reason == "algorithm"


def test_a_genuine_rsa_signature_with_sha1_is_refused() -> None:
    signer = Signer("rsa")

    assert refusal(signer.draft(rsa_algorithm="ssh-rsa"), signer).reason == "algorithm"


@pytest.mark.parametrize("namespace", ["", "holdfast", NAMESPACE.upper(), NAMESPACE + " ", NAMESPACE + "\0", "\ud800"])
def test_only_the_very_namespace_counts(namespace: str) -> None:
    signer = Signer("ed25519")

    assert refusal(signer.draft(), signer, namespace=namespace).reason == "namespace"


def test_a_raw_signature_of_the_message_without_the_format_around_it_is_refused() -> None:
    signer = Signer("ed25519")
    bare = replace(signer.draft(), value=signer.value(MESSAGE))
    hashed = replace(signer.draft(), value=signer.value(hashlib.sha512(MESSAGE).digest()))

    assert refusal(bare, signer).reason == "not-genuine"
    assert refusal(hashed, signer).reason == "not-genuine"


@pytest.mark.parametrize("kind", sorted(ORDERS))
def test_the_second_form_of_an_ecdsa_signature_counts_as_it_does_for_ssh_keygen(
    kind: str, ssh_keygen: SshKeygen
) -> None:
    signer = Signer(kind)
    draft = with_numbers(signer.draft(), lambda r, s: (r, ORDERS[kind] - s))

    assert check(draft, signer).kind == kind
    assert ssh_keygen.takes(draft.armored(), signer.line())


def test_the_library_is_loaded_by_nothing_but_a_verification() -> None:
    signer = Signer("ed25519")
    program = f"""
import sys
from workflow.signing import PublicKey, Signature, parse_allowed_signers, verify
key = PublicKey.parse({signer.line()!r})
signature = Signature.parse({signer.draft().armored()!r})
parse_allowed_signers("mara " + {signer.line()!r})
print("cryptography" in sys.modules)
verify({MESSAGE!r}, signature, key=key, namespace={NAMESPACE!r})
print("cryptography" in sys.modules)
"""
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert result.stdout.split() == ["False", "True"]
