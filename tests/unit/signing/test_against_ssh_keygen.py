"""What ssh-keygen signs is taken here, and what is taken here, ssh-keygen takes."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from signing_lab import EVERY_KIND, MESSAGE, NAMESPACE, PLAIN, TOUCHED, Signer, SshKeygen, armor, mpint, string

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


def test_text_after_a_signature_is_refused_though_ssh_keygen_takes_it(ssh_keygen: SshKeygen) -> None:
    signer = Signer("ed25519")
    armored = signer.draft().armored() + b"and more\n"

    with pytest.raises(SignatureInvalid):
        Signature.parse(armored)

    assert ssh_keygen.takes(armored, signer.line())
