"""The file of allowed signers: who stands in it, and every line that does not say exactly who."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from signing_lab import EVERY_KIND, MESSAGE, NAMESPACE, Signer, SshKeygen

from workflow.errors import SignatureInvalid
from workflow.signing import AllowedSigner, PublicKey, parse_allowed_signers

KEY = Signer("ed25519").line()
OTHER = Signer("ed25519", seed=2).line()


def one(line: str) -> AllowedSigner:
    (signer,) = parse_allowed_signers(line)
    return signer


def test_everyone_in_the_file_is_given_in_its_order() -> None:
    text = f"# the lab's signers\n\n  # indented\nmara {KEY}\r\njun@lab.example,jun\t{OTHER}\n"

    first, second = parse_allowed_signers(text)

    assert first == AllowedSigner(("mara",), PublicKey.parse(KEY), None, None, None)
    assert second.principals == ("jun@lab.example", "jun")
    assert second.key.comment == "ed25519 key"


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_of_key_can_stand_there(kind: str) -> None:
    assert one(f"mara {Signer(kind).line()}").key.kind == kind


def test_a_line_limits_namespaces_and_times() -> None:
    signer = one(f'mara namespaces="file,git",valid-after="20250717Z",VALID-BEFORE="20260102030405Z"   {KEY}')

    assert signer.namespaces == ("file", "git")
    assert signer.valid_after == datetime(2025, 7, 17, tzinfo=UTC)
    assert signer.valid_before == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert one(f'mara valid-after="202507171030Z" {KEY}').valid_after == datetime(2025, 7, 17, 10, 30, tzinfo=UTC)


def test_a_file_without_anyone_allows_nobody() -> None:
    assert parse_allowed_signers("") == []
    assert parse_allowed_signers("\n# nobody yet\n") == []


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("mara", "allowed-signers"),
        (KEY, "unsupported"),
        (f"mara {KEY.split()[0]}", "unfit-key"),
        (f"mara {KEY}\0", "allowed-signers"),
        (f"mara {KEY}\N{LINE SEPARATOR}jun {OTHER}", "allowed-signers"),
        (f"mara {KEY}\x0bjun {OTHER}", "allowed-signers"),
        (f"*@lab.example {KEY}", "allowed-signers"),
        (f"mar? {KEY}", "allowed-signers"),
        (f"*,!mara {KEY}", "allowed-signers"),
        (f'"mara" {KEY}', "allowed-signers"),
        (f"mara, {KEY}", "allowed-signers"),
        (f"mara,mara {KEY}", "allowed-signers"),
        (f"mara cert-authority {KEY}", "certificate"),
        (f'mara namespaces="file",Cert-Authority {KEY}', "certificate"),
        (f"mara ssh-ed25519-cert-v01@openssh.com {KEY.split()[1]}", "certificate"),
        (f"mara no-pty {KEY}", "allowed-signers"),
        (f'mara expiry-time="20250717Z" {KEY}', "allowed-signers"),
        (f"mara namespaces {KEY}", "allowed-signers"),
        (f"mara namespaces=file {KEY}", "unsupported"),
        (f'mara namespaces="" {KEY}', "allowed-signers"),
        (f'mara namespaces="file,,git" {KEY}', "allowed-signers"),
        (f'mara namespaces="git*" {KEY}', "allowed-signers"),
        (f'mara namespaces="!git" {KEY}', "allowed-signers"),
        (f'mara namespaces="a\\"b" {KEY}', "unsupported"),
        (f'mara namespaces="file {KEY}', "unsupported"),
        (f'mara namespaces="file",namespaces="git" {KEY}', "allowed-signers"),
        (f'mara namespaces="file", {KEY}', "unsupported"),
        (f'mara valid-after="20250717" {KEY}', "allowed-signers"),
        (f'mara valid-after="20250717z" {KEY}', "allowed-signers"),
        (f'mara valid-after="20250732Z" {KEY}', "allowed-signers"),
        (f'mara valid-after="2025-07-17Z" {KEY}', "allowed-signers"),
        (f'mara valid-after="2025071710Z" {KEY}', "allowed-signers"),
        (f'mara valid-after="00000101Z" {KEY}', "allowed-signers"),
        (f'mara valid-after="" {KEY}', "allowed-signers"),
        (f'mara valid-after="20250717Z",valid-before="20250717Z" {KEY}', "allowed-signers"),
        ("mara ssh-dss AAAA", "allowed-signers"),
        ("mara -----BEGIN OPENSSH PRIVATE KEY-----", "unfit-key"),
        (f"jun {OTHER}\nmara {KEY}\nlee {OTHER}", "allowed-signers"),
    ],
)
def test_a_line_that_does_not_say_exactly_who_is_refused_with_its_number(line: str, reason: str) -> None:
    text = f"# the lab's signers\n{line}\n"
    at = len(line.split("\n")) + 1

    with pytest.raises(SignatureInvalid) as caught:
        parse_allowed_signers(text)

    error = caught.value
    assert (error.reason, error.line, bool(error.remedy)) == (reason, at, True)
    assert error.message.startswith(f"line {at}: ")
    assert error.diagnostics()["line"] == at


@pytest.mark.parametrize(
    ("options", "namespace", "moment", "counts"),
    [
        ("", NAMESPACE, "20250717120000Z", True),
        (f'namespaces="{NAMESPACE}" ', NAMESPACE, "20250717120000Z", True),
        ('namespaces="file,git" ', NAMESPACE, "20250717120000Z", False),
        ('valid-after="20250717120000Z" ', NAMESPACE, "20250717115959Z", False),
        ('valid-after="20250717120000Z" ', NAMESPACE, "20250717120000Z", True),
        ('valid-before="20250717120000Z" ', NAMESPACE, "20250717120000Z", True),
        ('valid-before="20250717120000Z" ', NAMESPACE, "20250717120001Z", False),
        ('valid-after="20250717Z",valid-before="20250718Z" ', NAMESPACE, "202507180000Z", True),
    ],
)
def test_what_a_line_says_is_what_ssh_keygen_does_with_it(
    options: str, namespace: str, moment: str, counts: bool, ssh_keygen: SshKeygen
) -> None:
    text = f"mara {options}{KEY}\n"
    armored = Signer("ed25519").draft(MESSAGE, namespace).armored()
    signer = one(text)
    at = datetime.strptime(moment.removesuffix("Z").ljust(14, "0"), "%Y%m%d%H%M%S").replace(tzinfo=UTC)

    in_namespace = signer.namespaces is None or namespace in signer.namespaces
    in_time = (signer.valid_after or at) <= at <= (signer.valid_before or at)

    assert (in_namespace and in_time) is counts
    assert ssh_keygen.takes_by(text, armored, MESSAGE, namespace, "-O", f"verify-time={moment}") is counts
