"""A security key in software, which the real ssh-keygen and ssh-agent use in place of their own ``ssh-sk-helper``.

They start the program that ``SSH_SK_HELPER`` names, send it one request and read one answer, in OpenSSH's own protocol
(ssh-sk-client.c; version 5 since OpenSSH 8.2). What it makes a key from stands in the key's handle, as on a real one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from signing_lab import PIN_CHECKED, TOUCHED, TYPES, Signer, string

PIN = "271828"
COUNTER = 11
VERSION = 5
ERROR, SIGN, ENROLL = 0, 1, 2
WRONG_PIN = 43


def plug_in(folder: Path, kind: str) -> dict[str, str]:
    """What in the environment of ssh-keygen or ssh-agent makes them use this one, which makes keys of one kind."""
    script = folder / f"security-key-{kind}"
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {kind}\n')
    script.chmod(0o755)
    return {"SSH_SK_HELPER": str(script)}


class Request:
    """Takes the fields off the front of a request."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        taken, self.data = self.data[:count], self.data[count:]
        return taken

    def number(self, size: int = 4) -> int:
        return int.from_bytes(self.take(size), "big")

    def string(self) -> bytes:
        return self.take(self.number())


def answer(request: Request, kind: str) -> bytes:
    assert request.number(1) == VERSION
    asked = request.number()
    request.take(5)
    if asked == ENROLL:
        return enroll(request, kind)
    assert asked == SIGN
    return sign(request, kind)


def enroll(request: Request, kind: str) -> bytes:
    request.number()  # the key's type, by a number that has changed between versions
    _provider, _device, application, _user = (request.string() for _ in range(4))
    flags = request.number(1)
    seed = int.from_bytes(os.urandom(8), "big")
    private = Signer(kind, seed, application).key_blob() + bytes([flags]) + string(str(seed)) + string(b"")
    return uint32(ENROLL) + string(private) + string(b"")


def sign(request: Request, kind: str) -> bytes:
    key, _provider, message, _algorithm = Request(request.string()), *(request.string() for _ in range(3))
    request.number()
    pin = request.string().decode()
    for _ in range({"sk-ed25519": 2, "sk-ecdsa": 3}[kind]):
        key.string()
    application, wanted, handle = key.string(), key.number(1), key.string()
    if wanted & PIN_CHECKED and pin != PIN:
        return uint32(ERROR) + uint32(WRONG_PIN)
    statement = bytes([wanted & (TOUCHED | PIN_CHECKED)]) + uint32(COUNTER)
    signer = Signer(kind, int(handle), application)
    signature = string(TYPES[kind]) + string(signer.value(signer.stated(message, statement))) + statement
    return uint32(SIGN) + string(signature)


def uint32(number: int) -> bytes:
    return number.to_bytes(4, "big")


if __name__ == "__main__":
    size = int.from_bytes(sys.stdin.buffer.read(4), "big")
    answered = bytes([VERSION]) + answer(Request(sys.stdin.buffer.read(size)), sys.argv[1])
    sys.stdout.buffer.write(string(answered))
