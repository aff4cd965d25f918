"""What keeps a person from signing, and what they are told to do about it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from keygen_lab import agent, broken_agent, certify, make_key, program, surroundings
from signing_lab import Signer
from signing_lab import SshKeygen as Lab

from workflow.errors import InvalidInput, NotFound, SignatureInvalid, WorkflowError
from workflow.signing import PublicKey, SshKeygen

STATEMENT = b'{"what": "exactly this"}'
NAMESPACE = "statement@holdfast.example"


@pytest.fixture(autouse=True)
def standard_error_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """Also where tests are run at one, and their output is not captured."""


def refusal(signer: SshKeygen, namespace: str = NAMESPACE) -> WorkflowError:
    with pytest.raises(WorkflowError) as caught:
        signer.sign(STATEMENT, namespace)
    assert caught.value.message.isprintable()
    assert caught.value.remedy
    return caught.value


@pytest.mark.parametrize("name", ["key", "key.pub", "folder/key", "a key\nof mine", "nul\0", "\ud800", "", "~/none"])
def test_a_key_that_is_not_there_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path / "..")

    with pytest.raises((NotFound, InvalidInput)) as caught:
        SshKeygen(name)

    assert caught.value.message.isprintable()
    assert "ssh-keygen -t ed25519" in (caught.value.remedy or "")


def test_a_private_key_without_its_public_half_is_met_with_a_remedy_that_helps(tmp_path: Path) -> None:
    key = make_key(tmp_path / "my key")
    Path(f"{key}.pub").unlink()

    with pytest.raises(NotFound) as caught:
        SshKeygen(key)

    _, _, command = (caught.value.remedy or "").partition("make it: ")
    subprocess.run(["sh", "-c", command], check=True, env=surroundings())
    assert SshKeygen(key, environment=surroundings()).sign(STATEMENT, NAMESPACE)


def test_a_private_key_in_the_place_of_the_public_one_is_refused_and_not_repeated(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    secret = key.read_text()
    Path(f"{key}.pub").write_text(secret)

    with pytest.raises(SignatureInvalid, match="this is a private key") as caught:
        SshKeygen(key)

    assert not any(line in str(caught.value.diagnostics()) for line in secret.splitlines()[1:-1])


def test_what_is_no_file_with_a_public_key_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "other.pub").mkdir()
    os.mkfifo(tmp_path / "pipe.pub")
    (tmp_path / "long.pub").write_text(Signer("ed25519").line() + "x" * 20_000)

    for name in ("folder", "other", "other.pub", "pipe", "long"):
        with pytest.raises(InvalidInput, match=name) as caught:
            SshKeygen(tmp_path / name)
        assert caught.value.remedy


def test_a_key_that_is_under_a_file_or_under_too_long_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for name in ("file/key", "k" * 4000):
        with pytest.raises(WorkflowError) as caught:
            SshKeygen(tmp_path / name)
        assert caught.value.remedy


@pytest.mark.parametrize("line", ["", "ssh-dss AAAAB3NzaC1kc3M= old\n", "ssh-ed25519 AAAA mara\n"])
def test_a_public_half_that_does_not_count_is_refused_before_anything_is_signed(line: str, tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_text(line)

    with pytest.raises(SignatureInvalid):
        SshKeygen(tmp_path / "key")


def test_the_comment_of_a_key_may_be_in_any_encoding(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(Signer("ed25519").line().encode() + b" \xe4\xf6\n")

    assert SshKeygen(tmp_path / "key").public == PublicKey.parse(Signer("ed25519").line())


def test_a_public_half_alone_needs_an_agent(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    key.unlink()

    error = refusal(SshKeygen(key, environment=surroundings()))

    assert type(error) is InvalidInput
    assert "No private key found" in error.message
    assert "ssh-add -l" in (error.remedy or "")


def test_an_agent_without_the_key_does_not_help(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    key, other = make_key(tmp_path / "key"), make_key(tmp_path / "other")
    key.unlink()

    with agent(tmp_path_factory.mktemp("a"), other) as reached:
        error = refusal(SshKeygen(key, environment=surroundings(**reached)))

    assert "No private key found" in error.message


def test_an_agent_that_signs_with_another_key_is_found_out(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = make_key(tmp_path / "key")
    claimed = SshKeygen(key).public.blob

    with broken_agent(tmp_path_factory.mktemp("a"), claimed, Signer("ed25519")) as reached:
        error = refusal(SshKeygen(key, environment=surroundings(**reached)))

    assert isinstance(error, SignatureInvalid)
    assert error.reason == "not-genuine"
    assert "ssh-agent" in (error.remedy or "")


def test_two_halves_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    key, other = make_key(tmp_path / "key"), make_key(tmp_path / "other")
    Path(f"{other}.pub").replace(f"{key}.pub")

    assert "match" in refusal(SshKeygen(key, environment=surroundings())).message


def test_a_certificate_beside_a_key_is_left_where_it_lies(tmp_path: Path, ssh_keygen: Lab) -> None:
    key = make_key(tmp_path / "key")
    certify(key)
    signer = SshKeygen(key, environment=surroundings())

    assert ssh_keygen.takes(signer.sign(STATEMENT, NAMESPACE), Path(f"{key}.pub").read_text(), STATEMENT, NAMESPACE)


def test_a_certificate_is_refused_as_a_key(tmp_path: Path) -> None:
    certificate = certify(make_key(tmp_path / "key"))
    (tmp_path / "other.pub").write_bytes(certificate.read_bytes())

    for given in (certificate, tmp_path / "other"):
        with pytest.raises(SignatureInvalid) as caught:
            SshKeygen(given)
        assert caught.value.reason == "certificate"
        assert "plain public key" in (caught.value.remedy or "")


def test_a_signature_that_was_made_with_a_certificate_is_refused(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    certificate = certify(key)
    # As an ssh-keygen would that takes the certificate which lies beside the key.
    with_it = program(tmp_path, f'exec ssh-keygen -q -Y sign -f "{certificate}" -n {NAMESPACE}\n')

    error = refusal(SshKeygen(key, program=with_it, environment=surroundings()))

    assert isinstance(error, SignatureInvalid)
    assert error.reason == "certificate"
    assert "-cert.pub" in (error.remedy or "")


@pytest.mark.parametrize("namespace", ["", "\0", "a\0b", "\ud800"])
def test_what_is_no_namespace_is_refused_before_anybody_is_asked(namespace: str, tmp_path: Path) -> None:
    signer = SshKeygen(make_key(tmp_path / "key"), program="nowhere")

    assert "namespace" in refusal(signer, namespace).message


@pytest.mark.parametrize("name", ["no-such-program", "/nowhere/ssh-keygen", "no\nprogram"])
def test_a_program_that_is_missing_is_named_with_how_to_install_it(name: str, tmp_path: Path) -> None:
    error = refusal(SshKeygen(make_key(tmp_path / "key"), program=name))

    assert type(error) is NotFound
    assert "openssh-client" in (error.remedy or "")


@pytest.mark.parametrize("name", ["/", "", "nul\0", "\ud800"])
def test_a_program_that_cannot_be_run_is_refused(name: str, tmp_path: Path) -> None:
    error = refusal(SshKeygen(make_key(tmp_path / "key"), program=name))

    assert type(error) is InvalidInput
    assert "cannot be run" in error.message


@dataclass(frozen=True)
class Odd:
    """A program that does not do what ssh-keygen does."""

    name: str
    script: str
    error: type[WorkflowError]
    says: str

    def __str__(self) -> str:
        return self.name


ODD = [
    Odd("refuses and says why", "echo at first >&2; echo 'no such luck' >&2; exit 255", InvalidInput, "no such luck"),
    Odd("refuses in silence", "exit 3", InvalidInput, "ended with 3 and said nothing"),
    Odd("is killed", "kill -9 $$", InvalidInput, "signal 9"),
    Odd("says what no terminal should get", r"printf 'a\033[2Jb\377\n' >&2; exit 1", InvalidInput, "a?[2Jb"),
    Odd("says very much", "head -c 100000 /dev/zero | tr '\\0' x >&2; exit 1", InvalidInput, "x" * 300),
    Odd("is too old", "echo 'unknown option -- Y' >&2; echo 'usage: ssh-keygen [-q]' >&2; exit 1", InvalidInput, "old"),
    Odd("says nothing", "cat >/dev/null", SignatureInvalid, "not an SSH signature"),
    Odd("hangs up", "exec <&- >&-", SignatureInvalid, "not an SSH signature"),
    Odd("prints garbage", "head -c 100000 /dev/urandom", SignatureInvalid, "does not count"),
    Odd("prints a greeting first", 'echo hello; exec ssh-keygen "$@"', SignatureInvalid, "not an SSH signature"),
    Odd("signs something else", 'echo else | ssh-keygen "$@"', SignatureInvalid, "did not make it for these bytes"),
    Odd("signs a part", 'head -c 9 | ssh-keygen "$@"', SignatureInvalid, "did not make it for these bytes"),
    Odd("signs for something else", 'exec ssh-keygen -q -Y sign -f "$5" -n file', SignatureInvalid, "namespace 'file'"),
    Odd("signs with another key", 'exec ssh-keygen -q -Y sign -f other -n "$7"', SignatureInvalid, "made with the key"),
]


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_a_program_that_does_not_do_what_ssh_keygen_does_is_found_out(
    odd: Odd, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = make_key(tmp_path / "key")
    make_key(tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    signer = SshKeygen(key, program=program(tmp_path, odd.script), environment=surroundings())

    error = refusal(signer)

    assert type(error) is odd.error
    assert odd.says in error.message
    assert len(error.message) < 1000


def test_a_person_who_interrupts_is_heard(tmp_path: Path) -> None:
    # As the terminal does it: to everybody who is at it, the program and this process.
    interrupted = program(tmp_path, "kill -INT 0\n")
    script = """
import sys
from workflow.signing import SshKeygen
try:
    SshKeygen(sys.argv[1], program=sys.argv[2]).sign(b"", "n")
except KeyboardInterrupt:
    print("heard")
"""
    command = [sys.executable, "-c", script, str(make_key(tmp_path / "key")), interrupted]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, start_new_session=True)

    assert result.stdout == "heard\n"


def test_what_stands_in_the_environment_is_not_shown(tmp_path: Path) -> None:
    signer = SshKeygen(make_key(tmp_path / "key"), environment={"TOKEN": "hidden"})

    assert "hidden" not in repr(signer)


def test_the_parts_of_a_private_key_are_in_no_error(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    secret = key.read_bytes().replace(b"\n", b"")
    key.write_bytes(key.read_bytes()[:-60])
    error = refusal(SshKeygen(key, environment=surroundings()))

    said = str(error.diagnostics()).encode()

    assert not any(secret[at : at + 16] in said for at in range(40, len(secret) - 40))
