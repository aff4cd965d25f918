"""What stands around a signature on a person's machine: passphrases, agents, programs that are not what they say."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from signing_lab import Signer, string

NOBODY = {"SSH_AUTH_SOCK": "", "DISPLAY": "", "WAYLAND_DISPLAY": ""}
"""No agent and no desktop, whatever the one who runs the tests has."""

PASSPHRASE = "the old oak by the river"  # noqa: S105


def surroundings(**own: str) -> dict[str, str]:
    """An environment without an agent or a desktop, and with these in it."""
    return {**os.environ, **NOBODY, **own}


def program(folder: Path, script: str, name: str = "program") -> str:
    """A program that stands in for ssh-keygen or for what it calls."""
    path = folder / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(0o755)
    return str(path)


def answering(folder: Path, secret: str) -> dict[str, str]:
    """What makes ssh-keygen ask a program for the passphrase or PIN, which answers this."""
    return {"SSH_ASKPASS": program(folder, f"echo '{secret}'\n", "askpass"), "SSH_ASKPASS_REQUIRE": "force"}


def make_key(path: Path, kind: str = "ed25519", *options: str, passphrase: str = "", **environment: str) -> Path:
    command = ["ssh-keygen", "-q", "-t", kind, *options, "-N", passphrase, "-C", "mara's key", "-f", str(path)]
    subprocess.run(command, env=surroundings(**environment), check=True, stdin=subprocess.DEVNULL)
    return path


def protect(key: Path) -> None:
    """Puts a passphrase on a key that has none."""
    command = ["ssh-keygen", "-q", "-p", "-P", "", "-N", PASSPHRASE, "-f", str(key)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def certify(key: Path) -> Path:
    """A certificate for the key, where ssh-keygen puts it."""
    authority = make_key(key.with_name("authority"))
    public = f"{key}.pub"
    subprocess.run(["ssh-keygen", "-q", "-s", str(authority), "-I", "mara", "-n", "mara", public], check=True)
    return key.with_name(f"{key.name}-cert.pub")


@contextmanager
def agent(folder: Path, *keys: Path, **environment: str) -> Iterator[dict[str, str]]:
    """A real ssh-agent that holds the keys: what is to be in the environment of who uses it."""
    path = folder / "agent"
    command = ["ssh-agent", "-D", "-a", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=surroundings(**environment)) as process:
        try:
            assert process.stdout is not None
            assert str(path) in process.stdout.readline().decode()  # said as soon as it listens
            reached = {"SSH_AUTH_SOCK": str(path)}
            for key in keys:
                subprocess.run(["ssh-add", "-q", str(key)], env=surroundings(**reached), check=True)
            yield reached
        finally:
            process.kill()


@contextmanager
def broken_agent(folder: Path, claimed: bytes, signer: Signer) -> Iterator[dict[str, str]]:
    """An agent that says that it has a key, and signs with another."""
    path = folder / "broken"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        serving = threading.Thread(target=_serve, args=(listening, claimed, signer))
        serving.start()
        try:
            yield {"SSH_AUTH_SOCK": str(path)}
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            serving.join()


def _serve(listening: socket.socket, claimed: bytes, signer: Signer) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return
        with connection, connection.makefile("rwb") as stream:
            while head := stream.read(4):
                request = stream.read(int.from_bytes(head, "big"))
                # The agent's protocol: what keys are there, and sign this (RFC draft-miller-ssh-agent, section 4).
                if request[0] == 11:
                    answer = b"\x0c" + (1).to_bytes(4, "big") + string(claimed) + string("mara")
                else:
                    data = request[5 + len(claimed) + 4 : -4]
                    answer = b"\x0e" + string(string("ssh-ed25519") + string(signer.value(data)))
                stream.write(string(answer))
                stream.flush()
