"""Signatures by the person's own ssh-keygen, with keys in files, in an agent and on a security key."""

from __future__ import annotations

from pathlib import Path

import pytest
from keygen_lab import PASSPHRASE, agent, answering, make_key, protect, surroundings
from signing_lab import ON_SECURITY_KEYS, PLAIN, Signer
from signing_lab import SshKeygen as Lab
from software_authenticator import COUNTER, PIN, plug_in

from workflow.errors import InvalidInput, SignatureInvalid
from workflow.signing import PublicKey, SshKeygen, find_keys, verify

STATEMENT = b'{"what": "exactly this"}'
NAMESPACE = "statement@holdfast.example"

on_each_security_key = pytest.mark.parametrize("kind", ON_SECURITY_KEYS)


@pytest.fixture(autouse=True)
def standard_error_is_no_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    """Also where tests are run at one, and their output is not captured."""


def on_security_key(folder: Path, kind: str, *options: str) -> tuple[Path, dict[str, str]]:
    """A key on a security key, made by ssh-keygen, and the environment in which it can be reached."""
    plugged = plug_in(folder, kind)
    made = make_key(folder / "key", f"{kind.removeprefix('sk-')}-sk", *options, **plugged)
    return made, plugged


@pytest.mark.parametrize("kind", PLAIN)
def test_a_key_in_a_file_signs_and_everybody_takes_it(kind: str, ssh_keygen: Lab) -> None:
    private, line = ssh_keygen.key(kind)
    signer = SshKeygen(private, environment=surroundings())

    armored = signer.sign(STATEMENT, NAMESPACE)

    assert (signer.public, signer.public.kind) == (PublicKey.parse(line), kind)
    assert verify(STATEMENT, armored, key=signer.public, namespace=NAMESPACE).kind == kind
    assert ssh_keygen.takes(armored, line, STATEMENT, NAMESPACE)


@pytest.mark.parametrize("suffix", ["", ".pub"])
@pytest.mark.parametrize("form", [str, Path])
def test_a_key_is_named_by_either_half(suffix: str, form: type[str | Path], ssh_keygen: Lab) -> None:
    private, line = ssh_keygen.key("ed25519")
    signer = SshKeygen(form(f"{private}{suffix}"), environment=surroundings())

    assert signer.public == PublicKey.parse(line)
    assert signer.sign(STATEMENT, NAMESPACE)


@pytest.mark.parametrize(
    "name", ["my key", "-f", "--", "k;id", "$(id)", "schl\N{LATIN SMALL LETTER U WITH DIAERESIS}ssel"]
)
def test_a_key_may_have_any_name(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_key(tmp_path / name)
    monkeypatch.chdir(tmp_path)

    assert SshKeygen(name, environment=surroundings()).sign(STATEMENT, NAMESPACE)


@pytest.mark.parametrize("namespace", ["n", "-n", "--", "a b", "$(id)", "\N{GREEK SMALL LETTER OMEGA}", "n" * 1000])
def test_a_signature_is_for_the_very_namespace(namespace: str, ssh_keygen: Lab) -> None:
    private, _ = ssh_keygen.key("ed25519")
    signer = SshKeygen(private, environment=surroundings())
    armored = signer.sign(STATEMENT, namespace)

    assert verify(STATEMENT, armored, key=signer.public, namespace=namespace)
    with pytest.raises(SignatureInvalid) as caught:
        verify(STATEMENT, armored, key=signer.public, namespace=namespace + "x")
    assert caught.value.reason == "namespace"


@pytest.mark.parametrize("statement", [b"", b"\n", b"two\nlines\n", b"\0\xff", b"{}" * 500_000], ids=len)
def test_a_statement_may_be_any_bytes(statement: bytes, ssh_keygen: Lab) -> None:
    private, _ = ssh_keygen.key("ed25519")
    signer = SshKeygen(private, environment=surroundings())

    assert verify(statement, signer.sign(statement, NAMESPACE), key=signer.public, namespace=NAMESPACE)


def test_signing_leaves_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = make_key(tmp_path / "key")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())

    SshKeygen(key, environment=surroundings(TMPDIR=str(tmp_path))).sign(STATEMENT, NAMESPACE)

    assert sorted(tmp_path.iterdir()) == before


def test_a_passphrase_is_asked_for_by_the_program_that_the_person_chose(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase=PASSPHRASE)

    assert SshKeygen(key, environment=surroundings(**answering(tmp_path, PASSPHRASE))).sign(STATEMENT, NAMESPACE)


def test_a_wrong_passphrase_is_refused_in_the_words_of_ssh_keygen(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase=PASSPHRASE)
    signer = SshKeygen(key, environment=surroundings(**answering(tmp_path, "a guess")))

    with pytest.raises(InvalidInput, match="incorrect passphrase") as caught:
        signer.sign(STATEMENT, NAMESPACE)

    assert caught.value.remedy is not None
    assert "ssh-keygen -Y sign" in caught.value.remedy
    assert PASSPHRASE not in str(caught.value.diagnostics())


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_an_agent_signs_where_only_the_public_half_is_at_hand(
    kind: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = make_key(tmp_path / "key", kind)
    with agent(tmp_path_factory.mktemp("a"), key) as reached:
        key.unlink()
        for given in (key, f"{key}.pub"):
            signer = SshKeygen(given, environment=surroundings(**reached))
            assert verify(STATEMENT, signer.sign(STATEMENT, NAMESPACE), key=signer.public, namespace=NAMESPACE)


def test_an_agent_spares_the_passphrase(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    key = make_key(tmp_path / "key")
    with agent(tmp_path_factory.mktemp("a"), key) as reached:
        protect(key)

        assert SshKeygen(key, environment=surroundings(**reached)).sign(STATEMENT, NAMESPACE)


@on_each_security_key
def test_a_security_key_signs_when_it_is_touched(kind: str, tmp_path: Path, ssh_keygen: Lab) -> None:
    key, plugged = on_security_key(tmp_path, kind)
    signer = SshKeygen(key, environment=surroundings(**plugged))

    armored = signer.sign(STATEMENT, NAMESPACE)

    shown = verify(STATEMENT, armored, key=signer.public, namespace=NAMESPACE)
    assert (shown.kind, shown.touch, shown.pin, shown.counter) == (kind, True, False, COUNTER)
    assert ssh_keygen.takes(armored, Path(f"{key}.pub").read_text(), STATEMENT, NAMESPACE)


@on_each_security_key
def test_a_security_key_asks_for_its_pin_and_vouches_for_it(kind: str, tmp_path: Path) -> None:
    key, plugged = on_security_key(tmp_path, kind, "-O", "verify-required")
    signer = SshKeygen(key, environment=surroundings(**plugged, **answering(tmp_path, PIN)))

    armored = signer.sign(STATEMENT, NAMESPACE)

    assert verify(STATEMENT, armored, key=signer.public, namespace=NAMESPACE, require_pin=True).pin


@on_each_security_key
def test_a_wrong_pin_is_refused(kind: str, tmp_path: Path) -> None:
    key, plugged = on_security_key(tmp_path, kind, "-O", "verify-required")
    signer = SshKeygen(key, environment=surroundings(**plugged, **answering(tmp_path, "000000")))

    with pytest.raises(InvalidInput, match="failed"):
        signer.sign(STATEMENT, NAMESPACE)


@on_each_security_key
def test_a_security_key_that_need_not_be_touched_is_refused_where_it_can_be_helped(kind: str, tmp_path: Path) -> None:
    key, plugged = on_security_key(tmp_path, kind, "-O", "no-touch-required")
    signer = SshKeygen(key, environment=surroundings(**plugged))

    with pytest.raises(SignatureInvalid) as caught:
        signer.sign(STATEMENT, NAMESPACE)

    assert caught.value.reason == "touch"
    assert "no-touch-required" in (caught.value.remedy or "")


def test_a_security_key_signs_through_an_agent(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    key, plugged = on_security_key(tmp_path, "sk-ed25519")
    with agent(tmp_path_factory.mktemp("a"), key, **plugged) as reached:
        key.unlink()
        signer = SshKeygen(key, environment=surroundings(**reached))
        armored = signer.sign(STATEMENT, NAMESPACE)

    assert verify(STATEMENT, armored, key=signer.public, namespace=NAMESPACE).touch


def test_the_keys_that_a_person_likely_means_are_found(tmp_path: Path) -> None:
    folder = tmp_path / ".ssh"
    folder.mkdir()
    for name, kind in [("id_rsa", "rsa"), ("id_ed25519", "ed25519"), ("work", "ed25519")]:
        make_key(folder / name, kind)
    (folder / "id_ed25519_sk.pub").write_text(Signer("sk-ed25519").line())
    (folder / "id_small.pub").write_text(Signer("rsa", rsa_bits=1024).line())
    (folder / "id_dsa.pub").write_text("ssh-dss AAAAB3NzaC1kc3M= old\n")
    (folder / "id_none.pub").write_bytes(b"\xff\0")
    (folder / "id_folder.pub").mkdir()
    (folder / "id_gone.pub").symlink_to("nowhere")

    assert [path.name for path in find_keys(tmp_path)] == ["id_ed25519.pub", "id_ed25519_sk.pub", "id_rsa.pub"]


def test_keys_are_looked_for_in_the_home_of_whoever_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find_keys() == []

    (tmp_path / ".ssh").mkdir()
    make_key(tmp_path / ".ssh" / "id_ed25519")

    (found,) = find_keys()
    assert SshKeygen(found, environment=surroundings()).sign(STATEMENT, NAMESPACE)


def test_a_key_is_named_from_home(ssh_keygen: Lab) -> None:
    private, line = ssh_keygen.key("ed25519")
    signer = SshKeygen(f"~/{private.name}", environment=surroundings(HOME=str(private.parent)))

    assert verify(STATEMENT, signer.sign(STATEMENT, NAMESPACE), key=PublicKey.parse(line), namespace=NAMESPACE)
