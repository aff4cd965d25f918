"""A way to a PostgreSQL server that can be cut at any request of a client's, or go silent there.

It passes on what both sides say and understands of it as much as it takes to know one request from the next, what it
asks for, and where its answer ends: https://www.postgresql.org/docs/current/protocol.html.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

READ = 65536
SECONDS = 60.0


class How(Enum):
    """What happens to a request, and to the connection."""

    BEFORE = auto()
    """Both sides lose the connection, and the server has not seen the request."""
    AFTER = auto()
    """The server has answered, and both sides lose the connection before the client sees any of it."""
    MIDWAY = auto()
    """The client sees a half of the answer."""
    MEANWHILE = auto()
    """The client loses the connection as soon as the server has the request; the server's side stays open."""
    SILENCE = auto()
    """Nothing is passed on any more, and both sides stay open."""


@dataclass
class Cut:
    """One request, by what it asks for, and what happens there; ``done`` as soon as it has.

    ``then`` is called before the client learns of it: when the server has not seen the request, has answered it, or
    has it.
    """

    when: Callable[[str], bool]
    how: How
    always: bool = False
    then: Callable[[], object] = lambda: None
    done: threading.Event = field(default_factory=threading.Event)


class Wire:
    """Passes on every connection that is made to :attr:`url`. Use it as a context manager."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        self.server = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        who = parts.netloc.rpartition("@")[0]
        place = f"127.0.0.1:{self._listener.getsockname()[1]}"
        # In the clear, so that it can be read.
        self.url = f"postgresql://{who}@{place}{parts.path}?sslmode=disable&gssencmode=disable"
        self.asked: list[str] = []
        self._cuts: list[Cut] = []
        self._over, self._ends = socket.socketpair()
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def cut(self, when: Callable[[str], bool], how: How, **more: Any) -> Cut:
        """The next request that asks for something ends so; or, where it is ``always``, every such request."""
        cut = Cut(when, how, **more)
        self._cuts.append(cut)
        return cut

    def cut_at(self, number: int, how: How) -> Cut:
        """The request ends so that comes after so many others, from here on."""
        before = iter(range(number))
        return self.cut(lambda _: next(before, None) is None, how)

    def mend(self) -> None:
        """Whatever was to be cut and was not, is not."""
        self._cuts.clear()

    def close(self) -> None:
        """Cuts whatever there is."""
        self._ends.close()
        for thread in self._threads:
            thread.join(SECONDS)
            assert not thread.is_alive()
        self._over.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def at(self, asks: str) -> Cut | None:
        """What is to happen to a request; it is taken down."""
        self.asked.append(asks)
        found = next((cut for cut in self._cuts if cut.when(asks)), None)
        if found is not None and not found.always:
            self._cuts.remove(found)
        return found

    def _accept(self) -> None:
        with self._listener:
            while self._listener in ready(self._listener, self._over):
                client, _ = self._listener.accept()
                relay = _Relay(self, client, self._over)
                self._threads.append(threading.Thread(target=relay.run))
                self._threads[-1].start()


class _Relay:
    """One connection through a wire."""

    def __init__(self, wire: Wire, client: socket.socket, over: socket.socket) -> None:
        self._wire = wire
        self._client = client
        self._over = over
        self._requests = _Requests()

    def run(self) -> None:
        with self._client, suppress(OSError):
            try:
                server = socket.create_connection(self._wire.server)
            except OSError:
                return
            with server:
                self._pass_on(server)

    def _pass_on(self, server: socket.socket) -> None:
        while (readable := ready(self._client, server, self._over)) and self._over not in readable:
            if server in readable:
                data = server.recv(READ)
                if not data:
                    return
                self._client.sendall(data)
            if self._client in readable:
                data = self._client.recv(READ)
                if not data:
                    return
                for request, asks in self._requests.take(data):
                    cut = self._wire.at(asks) if asks else None
                    if cut is not None:
                        self._end(cut, server, request)
                        return
                    server.sendall(request)

    def _end(self, cut: Cut, server: socket.socket, request: bytes) -> None:
        answer = b""
        if cut.how in (How.AFTER, How.MIDWAY, How.MEANWHILE):
            server.sendall(request)
        if cut.how in (How.AFTER, How.MIDWAY):
            answer = self._answer(server)
        cut.then()
        cut.done.set()
        if cut.how is How.MIDWAY:
            self._client.sendall(answer[: len(answer) // 2])
        if cut.how is How.MEANWHILE:
            self._client.close()
        if cut.how is How.MEANWHILE:
            while server in ready(server, self._over) and server.recv(READ):
                pass
        if cut.how is How.SILENCE:
            while self._client in ready(self._client, self._over) and self._client.recv(READ):
                pass

    def _answer(self, server: socket.socket) -> bytes:
        """All that the server says until it is ready for the next request."""
        answer, place = b"", 0
        while server in ready(server, self._over):
            data = server.recv(READ)
            answer += data
            while len(answer) >= place + 5:
                kind, length = struct.unpack_from("!cI", answer, place)
                if len(answer) < place + 1 + length:
                    break
                place += 1 + length
                if kind == b"Z":
                    return answer
            if not data:
                break
        return answer


class _Requests:
    """Puts together a client's requests: all its messages up to the one that asks for the answer."""

    def __init__(self) -> None:
        self._rest = b""
        self._request = b""
        self._asks: list[str] = []
        self._started = False
        self._prepared: dict[bytes, str] = {}

    def take(self, data: bytes) -> list[tuple[bytes, str]]:
        """The requests that are whole now, each with what it asks for; nothing is asked for by what opens the way."""
        self._rest += data
        found = []
        while (message := self._message()) is not None:
            kind, body = message
            self._understand(kind, body)
            if kind not in b"PBDECdf":
                found.append((self._request, "; ".join(self._asks)))
                self._request, self._asks = b"", []
        return found

    def _message(self) -> tuple[bytes, bytes] | None:
        head = 1 if self._started else 0
        if len(self._rest) < head + 4:
            return None
        (length,) = struct.unpack_from("!I", self._rest, head)
        if len(self._rest) < head + length:
            return None
        whole, self._rest = self._rest[: head + length], self._rest[head + length :]
        self._request += whole
        kind, self._started = (whole[:1] if self._started else b"0"), True
        return kind, whole[head + 4 :]

    def _understand(self, kind: bytes, body: bytes) -> None:
        if kind == b"Q":
            self._asks.append(body[:-1].decode())
        elif kind == b"P":
            name, statement, _ = body.split(b"\0", 2)
            self._prepared[name] = statement.decode()
        elif kind == b"B":
            _, name, _ = body.split(b"\0", 2)
            self._asks.append(self._prepared[name])


def commits(asks: str) -> bool:
    """Whether a request makes something durable."""
    return re.search(r"\bCOMMIT\b", asks) is not None


def ready(*sockets: socket.socket) -> list[socket.socket]:
    """Those of them that say something or have ended; nothing where none does for long."""
    return select.select(sockets, [], [], SECONDS)[0]
