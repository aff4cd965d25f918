"""What ssh-keygen signs is taken here, and what is taken here, ssh-keygen takes."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signing_lab import (
    EVERY_KIND,
    MESSAGE,
    NAMESPACE,
    ON_SECURITY_KEYS,
    PLAIN,
    TOUCHED,
    Signer,
    SshKeygen,
    armor,
    dearmor,
    mpint,
    string,
    to_be_signed,
)

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Signature, verify

# Each example starts processes. What they are given depends on nothing but the example.
few = settings(
    max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
messages = st.binary(max_size=400)
# A namespace goes to ssh-keygen as an argument, which ends at a NUL, and cannot hold half of a surrogate pair.
namespaces = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=40)
hash_names = st.sampled_from(["sha256", "sha512"])


@pytest.mark.parametrize("kind", PLAIN)
@few
@given(message=messages, namespace=namespaces, hash_name=hash_names)
def test_what_ssh_keygen_signs_is_taken(
    kind: str, ssh_keygen: SshKeygen, message: bytes, namespace: str, hash_name: str
) -> None:
    private, line = ssh_keygen.key(kind)
    armored = ssh_keygen.sign(private, message, namespace, hash_name)
    key = PublicKey.parse(line)

    assert Signature.parse(armored).hash_algorithm == hash_name.encode()
    assert verify(message, armored, key=key, namespace=namespace).kind == kind
    with pytest.raises(SignatureInvalid):
        verify(message + b"\0", armored, key=key, namespace=namespace)
    with pytest.raises(SignatureInvalid):
        verify(message, armored, key=key, namespace=namespace + "\0")


@pytest.mark.parametrize("kind", EVERY_KIND)
@few
@given(message=messages, namespace=namespaces, hash_name=hash_names, seed=st.integers(1, 3))
def test_what_is_taken_here_ssh_keygen_takes(
    kind: str, ssh_keygen: SshKeygen, message: bytes, namespace: str, hash_name: str, seed: int
) -> None:
    signer = Signer(kind, seed=seed)
    armored = signer.draft(message, namespace, hash_name=hash_name, flags=TOUCHED).armored()

    assert verify(message, armored, key=PublicKey.parse(signer.line()), namespace=namespace)
    assert ssh_keygen.takes(armored, signer.line(), message, namespace)


@pytest.mark.parametrize("kind", EVERY_KIND)
@few
@given(data=st.data())
def test_what_ssh_keygen_refuses_is_never_taken(kind: str, ssh_keygen: SshKeygen, data: st.DataObject) -> None:
    signer = Signer(kind)
    blob = bytearray(signer.draft().blob())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(blob) - 1))
        blob[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    armored = armor(bytes(blob))

    try:
        verify(MESSAGE, armored, key=PublicKey.parse(signer.line()), namespace=NAMESPACE)
    except SignatureInvalid:
        return
    assert ssh_keygen.takes(armored, signer.line())


def test_a_small_rsa_key_is_refused_though_ssh_keygen_takes_its_signature(ssh_keygen: SshKeygen) -> None:
    signer = Signer("rsa", rsa_bits=1024)

    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.parse(signer.line())

    assert caught.value.reason == "unfit-key"
    assert ssh_keygen.takes(signer.draft().armored(), signer.line())


def test_a_key_with_a_second_spelling_is_refused_though_ssh_keygen_takes_it(ssh_keygen: SshKeygen) -> None:
    signer = Signer("rsa")
    exponent = mpint(65537)
    other = signer.key_blob().replace(exponent, string(b"\0" + exponent[4:]))

    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.from_blob(other)

    assert caught.value.reason == "malformed"
    draft = signer.draft()
    assert ssh_keygen.takes(armor(draft.blob().replace(string(draft.key), string(other))), signer.line())


def test_text_after_a_signature_or_blanks_in_it_are_refused_though_ssh_keygen_takes_them(
    ssh_keygen: SshKeygen,
) -> None:
    signer = Signer("ed25519")
    armored = signer.draft().armored()
    first = armored.index(b"\n") + 1

    for text in (
        armored + b"more\n",
        armored[:first] + b"\n" + armored[first:],
        armored[:first] + b" " + armored[first:],
    ):
        assert ssh_keygen.takes(text, signer.line())
        with pytest.raises(SignatureInvalid):
            Signature.parse(text)


@pytest.mark.parametrize("kind", ON_SECURITY_KEYS)
def test_a_key_for_another_application_is_refused_though_ssh_keygen_takes_it(kind: str, ssh_keygen: SshKeygen) -> None:
    signer = Signer(kind, application=b"lab.example")

    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.parse(signer.line())

    assert caught.value.reason == "unfit-key"
    assert ssh_keygen.takes(signer.draft().armored(), signer.line())


def test_a_signature_made_through_a_browser_is_refused_though_ssh_keygen_takes_it(ssh_keygen: SshKeygen) -> None:
    signer = Signer("sk-ecdsa")
    challenge = base64.urlsafe_b64encode(to_be_signed(MESSAGE, NAMESPACE, "sha512")).decode().rstrip("=")
    origin = "https://lab.example"
    seen = f'{{"type":"webauthn.get","challenge":"{challenge}","origin":"{origin}"}}'.encode()
    statement = b"\x01\0\0\0\x07"
    value = signer.value(sha256(signer.application) + statement + sha256(seen))
    algorithm = "webauthn-sk-ecdsa-sha2-nistp256@openssh.com"
    after = statement + string(origin) + string(seen) + string(b"")
    armored = replace(signer.draft(), algorithm=algorithm, value=value, statement=b"", after_inner=after).armored()

    with pytest.raises(SignatureInvalid):
        verify(MESSAGE, armored, key=PublicKey.parse(signer.line()), namespace=NAMESPACE)

    assert ssh_keygen.takes(armored, signer.line())


def test_a_signature_with_a_certificate_is_refused_though_ssh_keygen_takes_it(ssh_keygen: SshKeygen) -> None:
    authority, trusted = ssh_keygen.key("ecdsa-p384", "authority")
    private, line = ssh_keygen.key("ecdsa-p256", "certified")
    options = ["-s", str(authority), "-I", "mara", "-n", "mara"]
    subprocess.run(["ssh-keygen", "-q", *options, str(private.with_name("certified.pub"))], check=True)
    certificate = private.with_name("certified-cert.pub").read_text()
    plain, certified = (base64.b64decode(text.split()[1]) for text in (line, certificate))
    blob = dearmor(ssh_keygen.sign(private, MESSAGE, NAMESPACE))
    armored = armor(blob.replace(string(plain), string(certified)))

    assert ssh_keygen.takes_by(f"mara cert-authority {trusted}", armored, MESSAGE, NAMESPACE)
    with pytest.raises(SignatureInvalid) as caught:
        verify(MESSAGE, armored, key=PublicKey.parse(line), namespace=NAMESPACE)
    assert caught.value.reason == "certificate"
    with pytest.raises(SignatureInvalid) as caught:
        PublicKey.parse(certificate)
    assert caught.value.reason == "certificate"


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
