"""Nobody's private key is ever opened by this process, and nobody's passphrase is looked for in a statement."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from keygen_lab import PASSPHRASE, agent, answering, make_key, surroundings
from software_authenticator import PIN, plug_in

# Everything that Python opens is told to an audit hook, whatever it is opened with.
WATCHED = """
import json, os, sys
opened = []
sys.addaudithook(lambda name, arguments: opened.append(str(arguments[0])) if name == "open" else None)
from workflow.errors import WorkflowError
from workflow.signing import SshKeygen, find_keys
given, namespace, statement = sys.argv[1:]
try:
    find_keys()
    answer = SshKeygen(given).sign(statement.encode(), namespace).decode()
except WorkflowError as error:
    answer = error.message
print(json.dumps({"opened": [os.path.realpath(path) for path in opened], "answer": answer}))
"""
SIGNED = "-----BEGIN SSH SIGNATURE-----"


def watched(given: str | Path, statement: str = "{}", **environment: str) -> tuple[list[str], str]:
    """Every file that a process opened while it signed, without a terminal, and what it answered."""
    result = subprocess.run(
        [sys.executable, "-c", WATCHED, str(given), "n", statement],
        env=surroundings(**environment),
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert result.returncode == 0, result.stderr
    told = json.loads(result.stdout)
    return told["opened"], told["answer"]


@pytest.mark.parametrize(
    ("passphrase", "typed", "signs"), [("", "", True), (PASSPHRASE, PASSPHRASE, True), (PASSPHRASE, "a guess", False)]
)
def test_a_private_key_in_a_file_is_never_opened(passphrase: str, typed: str, signs: bool, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase=passphrase)

    for given in (key, f"{key}.pub"):
        opened, answer = watched(given, **answering(tmp_path, typed))
        assert os.path.realpath(f"{key}.pub") in opened
        assert os.path.realpath(key) not in opened
        assert answer.startswith(SIGNED) == signs


def test_looking_for_keys_opens_no_private_one(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    key = make_key(tmp_path / ".ssh" / "id_ed25519")

    opened, answer = watched(key, HOME=str(tmp_path))

    assert opened.count(os.path.realpath(f"{key}.pub")) == 2
    assert os.path.realpath(key) not in opened
    assert answer.startswith(SIGNED)


def test_a_private_key_without_its_public_half_is_not_opened_either(tmp_path: Path) -> None:
    key = make_key(tmp_path / "key")
    Path(f"{key}.pub").unlink()

    opened, answer = watched(key)

    assert "does not lie beside it" in answer
    assert os.path.realpath(key) not in opened


def test_a_private_key_that_an_agent_holds_is_not_opened(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    key = make_key(tmp_path / "key")
    with agent(tmp_path_factory.mktemp("a"), key) as reached:
        opened, answer = watched(key, **reached)

    assert answer.startswith(SIGNED)
    assert os.path.realpath(key) not in opened


def test_what_a_security_key_left_on_the_disk_is_not_opened(tmp_path: Path) -> None:
    plugged = plug_in(tmp_path, "sk-ed25519")
    key = make_key(tmp_path / "key", "ed25519-sk", **plugged)

    opened, answer = watched(key, **plugged)

    assert answer.startswith(SIGNED)
    assert os.path.realpath(key) not in opened


@pytest.mark.parametrize("asking", [{}, {"SSH_ASKPASS_REQUIRE": "never"}, {"SSH_ASKPASS_REQUIRE": "prefer"}], ids=str)
def test_a_statement_is_never_taken_for_a_passphrase(asking: dict[str, str], tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase=PASSPHRASE)

    _, answer = watched(key, f"{PASSPHRASE}\nand the rest", **asking)

    assert "incorrect passphrase" in answer


@pytest.mark.parametrize("asking", [{}, {"SSH_ASKPASS_REQUIRE": "never"}], ids=str)
def test_a_statement_is_never_taken_for_a_pin(asking: dict[str, str], tmp_path: Path) -> None:
    plugged = plug_in(tmp_path, "sk-ed25519")
    key = make_key(tmp_path / "key", "ed25519-sk", "-O", "verify-required", **plugged)

    _, answer = watched(key, f"{PIN}\nand the rest", **plugged, **asking)

    assert "did not sign" in answer


@pytest.mark.parametrize("never", ["never", "NEVER"])
def test_a_program_that_may_not_ask_is_not_asked(never: str, tmp_path: Path) -> None:
    key = make_key(tmp_path / "key", passphrase=PASSPHRASE)
    chosen = {**answering(tmp_path, PASSPHRASE), "SSH_ASKPASS_REQUIRE": never}

    _, answer = watched(key, **chosen)

    assert "incorrect passphrase" in answer
