"""A PostgreSQL server that says what it likes: a real one, with somebody in between who changes its answers.

The messages are those of https://www.postgresql.org/docs/current/protocol-message-formats.html.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

LARGE = 1 << 20

Message = tuple[bytes, bytes]
"""A kind, and what it says."""

Lie = Callable[[str, bytes, bytes], Iterable[Message]]
"""What is answered in the place of a message, for the statement that was asked last."""


def honest(asked: str, kind: bytes, content: bytes) -> Iterable[Message]:
    """The answer as it is."""
    yield kind, content


class LyingServer:
    """Stands between a client and a server of the loopback. Lies as long as it has a lie to tell."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._behind = (parts.hostname or "127.0.0.1", parts.port or 5432)
        self._door = socket.create_server(("127.0.0.1", 0))
        who, _, _ = parts.netloc.rpartition("@")
        place = f"{who}@127.0.0.1:{self._door.getsockname()[1]}"
        self.url = urlunsplit(parts._replace(netloc=place, query="sslmode=disable&gssencmode=disable"))
        self.lie: Lie = honest
        self._open: list[socket.socket] = [self._door]

    def __enter__(self) -> Self:
        threading.Thread(target=self._wait, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _wait(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(self._behind)
                for end in (client, server):
                    # Otherwise each small message waits until the one before it was acknowledged.
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    self._open.append(end)
                said = _Said()
                for work in (self._forth, self._back):
                    threading.Thread(target=work, args=(client, server, said), daemon=True).start()

    def _forth(self, client: socket.socket, server: socket.socket, said: _Said) -> None:
        with suppress(OSError, struct.error):
            heard = client.makefile("rb")
            length = heard.read(4)
            server.sendall(length + heard.read(struct.unpack("!i", length)[0] - 4))
            for kind, content in _messages(heard):
                said.hear(kind, content)
                server.sendall(_framed(kind, content))
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _back(self, client: socket.socket, server: socket.socket, said: _Said) -> None:
        with suppress(OSError, struct.error):
            held = b""
            for kind, content in _messages(server.makefile("rb")):
                held += b"".join(_framed(*answer) for answer in self.lie(said.asked, kind, content))
                # Then it is the other's turn: to ask for more, or to log in.
                if kind in b"ZR" or len(held) > LARGE:
                    client.sendall(held)
                    held = b""
            client.sendall(held)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


class _Said:
    """What a client asked last, also where it only names a statement that it had prepared."""

    def __init__(self) -> None:
        self.asked = ""
        self._prepared: dict[bytes, str] = {}

    def hear(self, kind: bytes, content: bytes) -> None:
        parts = content.split(b"\0")
        if kind == b"Q":
            self.asked = parts[0].decode()
        elif kind == b"P":
            self._prepared[parts[0]] = parts[1].decode()
        elif kind == b"B":
            self.asked = self._prepared.get(parts[1], "")


def _messages(end: BufferedReader) -> Iterator[Message]:
    while kind := end.read(1):
        content = end.read(struct.unpack("!i", end.read(4))[0] - 4)
        yield kind, content


def _framed(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("!i", len(content) + 4) + content


def values(row: bytes) -> list[bytes | None]:
    """The values of a row."""
    found, at = list[bytes | None](), 2
    for _ in range(struct.unpack("!h", row[:2])[0]):
        (size,) = struct.unpack("!i", row[at : at + 4])
        found.append(None if size < 0 else row[at + 4 : at + 4 + size])
        at += 4 + max(size, 0)
    return found


def row(of: list[bytes | None]) -> bytes:
    """A row of values."""
    parts = (struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value for value in of)
    return struct.pack("!h", len(of)) + b"".join(parts)


def typed(description: bytes, kind: int) -> bytes:
    """The description of a row, in which every column is of another type, by its number in ``pg_type``."""
    out, at = bytearray(description[:2]), 2
    for _ in range(struct.unpack("!h", description[:2])[0]):
        end = description.index(b"\0", at) + 1
        number, place, _, _, _, form = struct.unpack("!ihihih", description[end : end + 18])
        out += description[at:end] + struct.pack("!ihihih", number, place, kind, -1, -1, form)
        at = end + 18
    return bytes(out)
