"""A pool between clients and PostgreSQL as pgbouncer is in transaction mode: each transaction may get another server.

It speaks the protocol itself, so that it is there wherever the tests run. Like pgbouncer it gives a server to a client
with the first message of a transaction, and takes it back when the server says that it is idle. What a client left on a
server (settings of the session, prepared statements, locks of the session) is then somebody else's.
https://www.pgbouncer.org/features.html#sql-feature-map-for-pooling-modes
"""

import os
import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import SimpleQueue

import psycopg
import sqlalchemy as sa

__all__ = ["Pooler", "pooled"]

_STARTUP = 3 << 16
_REPORTED = ("server_version", "server_encoding", "client_encoding", "DateStyle", "TimeZone", "integer_datetimes")


class _Server:
    """A session at the server; psycopg has logged in, and is not asked again."""

    def __init__(self, url: str) -> None:
        self.session = psycopg.connect(url, autocommit=True)
        self.socket = socket.socket(fileno=os.dup(self.session.pgconn.socket))
        self.socket.setblocking(True)

    def close(self) -> None:
        self.socket.close()
        self.session.close()


class Pooler:
    """Serves clients on a port of loopback from a few servers, taken in turn; `given` counts the transactions."""

    def __init__(self, url: str, servers: int = 2) -> None:
        self._url = url
        self._free: SimpleQueue[_Server] = SimpleQueue()
        for _ in range(servers):
            self._free.put(_Server(url))
        self._serving: list[tuple[threading.Thread, socket.socket]] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        self.port = self._listening.getsockname()[1]
        self.given = 0

    def close(self) -> None:
        """Serve nobody any more."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._accepting.join()
        # A thread may hold a server although its client has its answer: only then are all servers back.
        for thread, client in self._serving:
            with suppress(OSError):
                client.shutdown(socket.SHUT_RDWR)
            thread.join()
        while not self._free.empty():
            self._free.get().close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                # what is short goes at once
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                thread = threading.Thread(target=self._serve, args=(client,), daemon=True)
                self._serving.append((thread, client))
                thread.start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError):
            self._greet(client)
            while (message := _message(client))[:1] != b"X":
                server = self._free.get()
                self.given += 1
                try:
                    _carry(client, server.socket, message)
                except (OSError, EOFError):
                    # the client is gone in the middle: nobody knows the state of that server
                    server.close()
                    server = _Server(self._url)
                    raise
                finally:
                    self._free.put(server)

    def _greet(self, client: socket.socket) -> None:
        """Let a client in: no encryption, no password, and what a server reports of itself."""
        while struct.unpack("!I", _exactly(client, _length(client))[:4])[0] != _STARTUP:
            client.sendall(b"N")
        server = self._free.get()
        try:
            reported = {name: server.session.info.parameter_status(name) or "" for name in _REPORTED}
        finally:
            self._free.put(server)
        client.sendall(_packed(b"R", struct.pack("!I", 0)))
        for name, value in reported.items():
            client.sendall(_packed(b"S", f"{name}\0{value}\0".encode()))
        client.sendall(_packed(b"K", struct.pack("!II", 0, 0)) + _packed(b"Z", b"I"))


def _carry(client: socket.socket, server: socket.socket, message: bytes) -> None:
    """Carry messages both ways until the server is idle and owes no answer."""
    owed, state = 0, b""
    while True:
        # each Query, each Sync and each call of a function is answered by ReadyForQuery
        owed += message[:1] in (b"Q", b"S", b"F")
        server.sendall(message)
        message = b""
        while not message:
            if not owed and state == b"I":
                return
            for ready in select.select([client, server], [], [])[0]:
                if ready is client:
                    message = _message(client)
                    if message[:1] == b"X":
                        raise EOFError
                    break
                answer = _message(server)
                if answer[:1] == b"Z":
                    owed, state = owed - 1, answer[5:6]
                client.sendall(answer)


def _length(sock: socket.socket) -> int:
    return int(struct.unpack("!I", _exactly(sock, 4))[0]) - 4


def _message(sock: socket.socket) -> bytes:
    """Read one message: its type, its length, its body."""
    head = _exactly(sock, 5)
    return head + _exactly(sock, int(struct.unpack("!I", head[1:])[0]) - 4)


def _exactly(sock: socket.socket, size: int) -> bytes:
    read = b""
    while len(read) < size:
        more = sock.recv(size - len(read))
        if not more:
            raise EOFError
        read += more
    return read


def _packed(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


@contextmanager
def pooled(url: str) -> Iterator[tuple[str, Pooler]]:
    """Give the URL of a pool over the database of a URL, and the pool."""
    pooler = Pooler(url)
    try:
        given = sa.make_url(url)
        at = given.set(host="127.0.0.1", port=pooler.port, query={}).render_as_string(hide_password=False)
        yield at, pooler
    finally:
        pooler.close()
