"""A log's own key lies in a file that only its owner can read, or it is not used."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from workflow.checkpoints import LogKey, make_key
from workflow.checkpoints.vouching import genuine
from workflow.errors import InvalidInput, LogUnusable

NAME = "lab.example/log"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    make_key(tmp_path / "log")
    return tmp_path / "log"


def test_a_new_key_is_its_owner_s_alone_whatever_the_process_s_mask_is(tmp_path: Path) -> None:
    for mask in (0o000, 0o777):
        before = os.umask(mask)
        try:
            make_key(tmp_path / f"log-{mask}")
        finally:
            os.umask(before)
        assert (tmp_path / f"log-{mask}").stat().st_mode & 0o777 == 0o600


def test_what_it_signs_is_genuine_under_the_key_that_everybody_knows(path: Path) -> None:
    key = LogKey.read(path, NAME)

    assert genuine(key.key.public, b"a message", key.sign(b"a message"))
    assert not genuine(key.key.public, b"another", key.sign(b"a message"))
    assert not genuine(key.key.public, b"a message", b"short")
    assert key.vkey.startswith(f"{NAME}+")
    assert "PRIVATE" not in repr(key)


def test_it_is_a_key_of_openssh_s(path: Path, tmp_path: Path) -> None:
    told = subprocess.run(["ssh-keygen", "-y", "-f", path], capture_output=True, text=True, check=True, timeout=30)
    assert told.stdout.startswith("ssh-ed25519 ")

    for name, kind, secret in (("own", "ed25519", ""), ("locked", "ed25519", "secret"), ("rsa", "rsa", "")):
        made = ["ssh-keygen", "-q", "-t", kind, "-N", secret, "-f", tmp_path / name]
        subprocess.run(made, check=True, timeout=60)
    LogKey.read(tmp_path / "own", NAME)
    with pytest.raises(InvalidInput, match="no passphrase"):
        LogKey.read(tmp_path / "locked", NAME)
    with pytest.raises(InvalidInput, match="another kind"):
        LogKey.read(tmp_path / "rsa", NAME)


def test_a_key_is_never_replaced(path: Path) -> None:
    before = path.read_bytes()

    with pytest.raises(InvalidInput, match="there already"):
        make_key(path)

    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o660, 0o666, 0o610])
def test_a_key_that_others_can_reach_is_not_used(path: Path, mode: int) -> None:
    path.chmod(mode)

    with pytest.raises(LogUnusable, match="others than its owner"):
        LogKey.read(path, NAME)


def test_a_link_is_not_followed_and_a_second_name_is_a_second_owner(path: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(path)
    with pytest.raises(InvalidInput, match="a link"):
        LogKey.read(tmp_path / "link", NAME)
    (tmp_path / "twice").hardlink_to(path)
    with pytest.raises(InvalidInput, match="other names"):
        LogKey.read(path, NAME)


def test_what_is_no_key_is_said_and_nothing_of_it_repeated(path: Path, tmp_path: Path) -> None:
    with pytest.raises(LogUnusable, match="no key"):
        LogKey.read(tmp_path / "nothing", NAME)
    for content in (b"", b"hunter2\n", path.read_bytes()[:120], b"x" * 100_000, bytes(range(256))):
        file = tmp_path / "spoiled"
        file.unlink(missing_ok=True)
        file.write_bytes(content)
        file.chmod(0o600)
        with pytest.raises(LogUnusable) as caught:
            LogKey.read(file, NAME)
        assert "hunter2" not in str(caught.value)
    (tmp_path / "folder").mkdir(mode=0o700)
    with pytest.raises(InvalidInput):
        LogKey.read(tmp_path / "folder", NAME)
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(InvalidInput, match="not a regular file"):
        LogKey.read(tmp_path / "pipe", NAME)


@pytest.mark.parametrize("name", ["", "a+b", "a b", "a\nb", "ä", "x" * 256])
def test_nothing_signs_under_a_name_that_a_note_could_not_have(path: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match="nothing can sign"):
        LogKey.read(path, name)
