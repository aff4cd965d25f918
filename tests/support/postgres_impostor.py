"""Something that answers where a PostgreSQL server should be, and says one thing to whoever connects."""

from __future__ import annotations

import socket
import struct
import threading
from types import TracebackType
from typing import Self


def message(kind: bytes, body: bytes) -> bytes:
    """A message of PostgreSQL's protocol."""
    return kind + struct.pack("!I", len(body) + 4) + body


def fatal(sqlstate: str, said: str) -> bytes:
    """What a server says that lets nobody in."""
    fields = {b"S": "FATAL", b"V": "FATAL", b"C": sqlstate, b"M": said}
    return message(b"E", b"".join(key + value.encode() + b"\0" for key, value in fields.items()) + b"\0")


def welcome(**parameters: str) -> bytes:
    """What a server says that lets everybody in, and is of a version and an encoding."""
    told = b"".join(message(b"S", f"{name}\0{value}\0".encode()) for name, value in parameters.items())
    return message(b"R", struct.pack("!I", 0)) + told + message(b"Z", b"I")


class Impostor:
    """Says something to everybody, and hears nothing. Use it as a context manager."""

    def __init__(self, says: bytes) -> None:
        self._says = says
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """Its address; without a try at encryption, which it does not understand."""
        port = self._listener.getsockname()[1]
        return f"postgresql://mara:hunter2@127.0.0.1:{port}/ledger?sslmode=disable&gssencmode=disable"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                # What is left unread when a connection is closed would take away what was said on it.
                if connection.recv(4096):
                    connection.sendall(self._says)
