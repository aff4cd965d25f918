"""Signatures with one thing wrong: each is refused for that, whatever ssh-keygen makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from signing_lab import (
    ED25519_ORDER,
    EVERY_KIND,
    MESSAGE,
    NAMESPACE,
    ORDERS,
    Draft,
    Signer,
    SshKeygen,
    mpint,
    numbers_of,
    string,
    with_numbers,
)

from workflow.errors import SignatureInvalid
from workflow.signing import PublicKey, Verified, verify


@dataclass(frozen=True)
class NearMiss:
    """A signature that was genuine before one thing in it was changed."""

    name: str
    change: Callable[[Draft], Draft]
    reason: str
    kind: str = "ed25519"
    ssh_keygen_takes_it: bool | None = False
    """``None`` where it depends on the version."""

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


def put(**parts: object) -> Callable[[Draft], Draft]:
    return lambda draft: replace(draft, **parts)  # type: ignore[arg-type]


def value(change: Callable[[bytes], bytes]) -> Callable[[Draft], Draft]:
    return lambda draft: replace(draft, value=change(draft.value))


def numbers(change: Callable[[int, int], tuple[int, int]]) -> Callable[[Draft], Draft]:
    return lambda draft: with_numbers(draft, change)


def r_spelled(data: Callable[[bytes], bytes]) -> Callable[[Draft], Draft]:
    """Another spelling of r, or bytes that are none; s stays."""

    def change(old: bytes) -> bytes:
        r, s = numbers_of(old)
        return string(data(mpint(r)[4:])) + mpint(s)

    return value(change)


def s_beyond_the_order(old: bytes) -> bytes:
    s = int.from_bytes(old[32:], "little") + ED25519_ORDER
    return old[:32] + s.to_bytes(32, "little")


FORMAT = [
    NearMiss("another magic", put(magic=b"SSHSIH"), "malformed"),
    NearMiss("version 0", put(version=0), "unsupported", ssh_keygen_takes_it=True),
    NearMiss("version 2", put(version=2), "unsupported"),
    NearMiss("reserved in use", put(reserved=b"x"), "malformed", ssh_keygen_takes_it=True),
    NearMiss("no namespace", put(namespace=b""), "malformed"),
    NearMiss("another namespace", put(namespace=b"file"), "namespace"),
    NearMiss("a NUL after the namespace", put(namespace=NAMESPACE.encode() + b"\0"), "malformed", "ed25519", True),
    NearMiss("a namespace that is not UTF-8", put(namespace=b"\xff"), "malformed"),
    NearMiss("hashed with SHA-1", put(hash_name=b"sha1"), "unsupported"),
    NearMiss("hashed with SHA-384", put(hash_name=b"sha384"), "unsupported"),
    NearMiss("a hash in capitals", put(hash_name=b"SHA512"), "unsupported"),
    NearMiss("a NUL after the hash", put(hash_name=b"sha512\0"), "unsupported", ssh_keygen_takes_it=True),
    NearMiss("the name of the other hash", put(hash_name=b"sha256"), "not-genuine"),
    NearMiss("bytes after it", put(after=b"\0"), "malformed"),
    NearMiss("bytes after its inner part", put(after_inner=b"\0"), "malformed"),
    NearMiss("bytes after the key", lambda draft: replace(draft, key=draft.key + b"\0"), "other-key"),
    NearMiss("a NUL after the algorithm", put(algorithm="ssh-ed25519\0"), "algorithm", ssh_keygen_takes_it=True),
    NearMiss("a short value", value(lambda old: old[:-1]), "not-genuine"),
    NearMiss("a long value", value(lambda old: old + b"\0"), "not-genuine"),
    NearMiss("no value", value(lambda old: b""), "not-genuine"),
    # Before version 10.4, ssh-keygen took it.
    NearMiss("s beyond the order", value(s_beyond_the_order), "not-genuine", "ed25519", None),
    NearMiss("called SHA-1", put(algorithm="ssh-rsa"), "algorithm", "rsa"),
    NearMiss("the other RSA algorithm", put(algorithm="rsa-sha2-256"), "not-genuine", "rsa"),
    NearMiss("a zero before the value", value(lambda old: b"\0" + old), "not-genuine", "rsa"),
    NearMiss("a short value", value(lambda old: old[:-1]), "not-genuine", "rsa"),
]


def of_ecdsa(kind: str, order: int) -> list[NearMiss]:
    return [
        NearMiss("a needless zero before r", r_spelled(lambda old: b"\0" + old), "malformed", kind, True),
        NearMiss("a zero of one byte for r", r_spelled(lambda old: b"\0"), "malformed", kind),
        NearMiss("a negative r", r_spelled(lambda old: b"\xff" + old), "malformed", kind),
        NearMiss("r = 0", numbers(lambda r, s: (0, s)), "malformed", kind),
        NearMiss("s = 0", numbers(lambda r, s: (r, 0)), "malformed", kind),
        NearMiss("r + n", numbers(lambda r, s: (r + order, s)), "not-genuine", kind),
        NearMiss("s + n", numbers(lambda r, s: (r, s + order)), "not-genuine", kind),
        NearMiss("r = n", numbers(lambda r, s: (order, s)), "not-genuine", kind),
        NearMiss("a huge s", numbers(lambda r, s: (r, s << 4096)), "not-genuine", kind),
        NearMiss("r and s exchanged", numbers(lambda r, s: (s, r)), "not-genuine", kind),
        NearMiss("a third number", value(lambda old: old + mpint(1)), "malformed", kind),
        NearMiss("r alone", value(lambda old: mpint(numbers_of(old)[0])), "malformed", kind),
        NearMiss("no numbers", value(lambda old: b""), "malformed", kind),
    ]


NEAR_MISSES = FORMAT + [miss for kind, order in ORDERS.items() for miss in of_ecdsa(kind, order)]


def check(draft: Draft, signer: Signer) -> Verified:
    return verify(MESSAGE, draft.armored(), key=PublicKey.parse(signer.line()), namespace=NAMESPACE)


@pytest.mark.parametrize("miss", NEAR_MISSES, ids=str)
def test_a_signature_with_one_thing_wrong_is_refused_for_it(miss: NearMiss, ssh_keygen: SshKeygen) -> None:
    signer = Signer(miss.kind)
    good = signer.draft()
    wrong = miss.change(good)
    assert check(good, signer).kind == miss.kind

    with pytest.raises(SignatureInvalid) as caught:
        check(wrong, signer)

    assert (caught.value.code, caught.value.reason) == ("signature-invalid", miss.reason)
    assert caught.value.remedy
    if miss.ssh_keygen_takes_it is not None:
        assert ssh_keygen.takes(wrong.armored(), signer.line()) is miss.ssh_keygen_takes_it


@pytest.mark.parametrize("kind", EVERY_KIND)
@pytest.mark.parametrize(
    "part", ["magic", "key", "algorithm", "value", "statement", "namespace", "hash_name", "after_inner", "after"]
)
def test_a_byte_after_any_part_is_refused_for_every_kind_of_key(kind: str, part: str) -> None:
    signer = Signer(kind)
    draft = signer.draft()
    old = getattr(draft, part)
    longer = old + "\0" if isinstance(old, str) else old + b"\0"

    assert check(draft, signer)
    with pytest.raises(SignatureInvalid):
        check(replace(draft, **{part: longer}), signer)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_signature_for_another_namespace_is_refused_for_every_kind_of_key(kind: str) -> None:
    signer = Signer(kind)
    elsewhere = signer.draft(namespace="elsewhere")

    for draft, reason in [(elsewhere, "namespace"), (replace(elsewhere, namespace=NAMESPACE.encode()), "not-genuine")]:
        with pytest.raises(SignatureInvalid) as caught:
            check(draft, signer)
        assert caught.value.reason == reason


def test_an_rsa_value_without_its_leading_zeros_is_refused_though_ssh_keygen_fills_them_in(
    ssh_keygen: SshKeygen,
) -> None:
    signer = Signer("rsa")
    drafts = (signer.draft(str(number).encode()) for number in range(100_000))
    message, draft = next((n, draft) for n, draft in enumerate(drafts) if draft.value[0] == 0)
    said = str(message).encode()
    short = replace(draft, value=draft.value[1:])
    key = PublicKey.parse(signer.line())

    assert verify(said, draft.armored(), key=key, namespace=NAMESPACE)
    assert ssh_keygen.takes(short.armored(), signer.line(), said)
    with pytest.raises(SignatureInvalid) as caught:
        verify(said, short.armored(), key=key, namespace=NAMESPACE)
    assert caught.value.reason == "not-genuine"
