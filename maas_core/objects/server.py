"""One HTTP server, asked with little ado, and answers that are whole by their deadline.

A storage is asked for every object, and general clients take longer over a request than a small object takes on the
way. They also bound each read of a socket, not the answer: a server that sends a byte now and then holds them up. Here
requests (RFC 9112) are written by hand, answers are parsed by the standard library, and nothing is followed, decoded,
or tried again.
"""

import socket
import ssl
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.client import HTTPException, HTTPResponse, IncompleteRead
from io import BufferedReader, RawIOBase
from select import POLLIN, poll
from threading import BoundedSemaphore
from time import monotonic
from typing import Any
from urllib.parse import urlsplit
from weakref import finalize

from maas_core.errors import UsageError
from maas_core.objects.bounded import BoundedCalls, TooLateError
from maas_core.ports.clock import Deadline, SystemClock

BUFFER = 2**16
"""Bytes read at once: each read lets other threads in, and some servers send small pieces."""
_PORTS = {"http": 80, "https": 443}


class AwayError(Exception):
    """There is no connection, it broke, or what answers does not speak HTTP; says so in a few words."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered."""

    status: int
    content: bytes


class Server:
    """For any number of threads; at most `most` requests at once, whose connections stay open."""

    def __init__(self, url: str, *, tls: ssl.SSLContext | None = None, most: int = 8) -> None:
        """`url`: its scheme, host and port count. `tls`: for https, if the default will not do."""
        parts = urlsplit(url)
        usual = _PORTS[parts.scheme]
        name, port = parts.hostname or "", parts.port or usual
        self._address = (name, port)
        self._host = (f"[{name}]" if ":" in name else name) + ("" if port == usual else f":{port}")
        self._tls = None if parts.scheme == "http" else tls or ssl.create_default_context()
        self._slots = BoundedSemaphore(most)
        self._idle: deque[socket.socket] = deque()
        self._connects = BoundedCalls("connect", most)
        finalize(self, _close_all, self._idle)

    def ask(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: Sequence[bytes],
        seconds: float,
        most: int | None = None,
    ) -> Reply:
        """Send a request and read its answer, or no more than `most` bytes and one of it, within `seconds` in all.

        Raises `TooLateError`, `AwayError`, and `UsageError` for a header that is not printable ASCII.
        """
        length = sum(map(len, body))
        request = (self._head(method, target, headers, length), *body)
        if length < BUFFER:
            request = (b"".join(request),)
        limit = _Limit(monotonic() + seconds)
        try:
            with self._slot(limit):
                return self._exchange(method, request, limit, most)
        except TimeoutError:
            raise TooLateError from None
        except (OSError, HTTPException) as error:
            raise AwayError(f"the connection broke ({type(error).__name__})") from None

    def close(self) -> None:
        """Close the connections that are not in use."""
        _close_all(self._idle)
        self._connects.close()

    def _head(self, method: str, target: str, headers: Mapping[str, str], length: int) -> bytes:
        fields = {"Host": self._host, "Content-Length": str(length), **headers}
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in fields.items())]
        if not all(line.isascii() and line.isprintable() for line in lines):
            raise UsageError("a header of a request is not printable ASCII")
        return "\r\n".join((*lines, "", "")).encode("ascii")

    @contextmanager
    def _slot(self, limit: "_Limit") -> Iterator[None]:
        if not self._slots.acquire(timeout=limit.left()):
            raise TimeoutError
        try:
            yield
        finally:
            self._slots.release()

    def _exchange(self, method: str, request: Sequence[bytes], limit: "_Limit", most: int | None) -> Reply:
        connection = self._connection(limit)
        try:
            _send(connection, request, limit)
            with HTTPResponse(_Source(connection, limit), method=method) as answer:  # type: ignore[arg-type]
                answer.begin()
                content = _content(answer, most)
                whole = answer.isclosed()
        except BaseException:
            connection.close()
            raise
        if whole and not answer.will_close:
            self._idle.append(connection)
        else:
            connection.close()
        return Reply(answer.status, content)

    def _connection(self, limit: "_Limit") -> socket.socket:
        """One that is open, else a new one."""
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if _is_quiet(connection):
                    return connection
                connection.close()
        try:
            return self._connects.call(partial(self._connect, limit), Deadline.after(SystemClock(), limit.left()))
        except TimeoutError:
            raise
        except ssl.SSLCertVerificationError:
            raise AwayError("its certificate is not trusted") from None
        except (OSError, UnicodeError):
            raise AwayError("no connection") from None

    def _connect(self, limit: "_Limit") -> socket.socket:
        connection = socket.create_connection(self._address, timeout=limit.left())
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tls is not None:
                return self._tls.wrap_socket(connection, server_hostname=self._address[0])
        except BaseException:
            connection.close()
            raise
        return connection


@dataclass(frozen=True, slots=True)
class _Limit:
    """When a request must be over, as `monotonic` tells it."""

    at: float

    def left(self) -> float:
        """Seconds. Raises `TimeoutError` if there are none."""
        left = self.at - monotonic()
        if left <= 0:
            raise TimeoutError
        return left


class _Pieces(RawIOBase):
    """What comes in on a connection until the limit."""

    def __init__(self, connection: socket.socket, limit: _Limit) -> None:
        self._connection = connection
        self._limit = limit

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._limit.left())
        return self._connection.recv_into(buffer)


@dataclass(frozen=True, slots=True)
class _Source:
    """The part of a socket that `HTTPResponse` uses."""

    connection: socket.socket
    limit: _Limit

    def makefile(self, _: str) -> BufferedReader:
        return BufferedReader(_Pieces(self.connection, self.limit), BUFFER)


def _close_all(connections: deque[socket.socket]) -> None:
    with suppress(IndexError):
        while True:
            connections.pop().close()


def _content(answer: HTTPResponse, most: int | None) -> bytes:
    """Raises `IncompleteRead` if less comes than was announced; `read` itself does only when it is to read all."""
    if most is None:
        return answer.read()
    announced = answer.length
    content = answer.read(most + 1)
    if announced is not None and len(content) < min(announced, most + 1):
        raise IncompleteRead(content)
    return content


def _send(connection: socket.socket, pieces: Sequence[bytes], limit: _Limit) -> None:
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            connection.settimeout(limit.left())
            rest = rest[connection.send(rest) :]


def _is_quiet(connection: socket.socket) -> bool:
    """Whether nothing comes in, not even the end."""
    waiting = poll()
    waiting.register(connection, POLLIN)
    return not waiting.poll(0)
