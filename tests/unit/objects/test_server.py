"""Requests on real sockets: servers here are a few lines that do what real ones cannot be made to do."""

import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from maas_core.errors import UsageError
from maas_core.objects.bounded import TooLateError
from maas_core.objects.server import AwayError, Reply, Server
from tests.support.certificates import own_certificate

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def request_from(connection: socket.socket) -> bytes:
    """A request's head and body."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(2**16)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(2**16)
    return head + b"\r\n\r\n" + body


class Listening:
    """Hands every connection to `serve` in a thread of its own."""

    def __init__(self, serve: Callable[[socket.socket], object], tls: ssl.SSLContext | None = None) -> None:
        self._serve, self._tls = serve, tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection: socket.socket) -> None:
        try:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self._serve(connection)
        except OSError:
            return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)  # closing alone does not end an `accept`
        self._listener.close()


@contextmanager
def listening(serve: Callable[[socket.socket], object], tls: ssl.SSLContext | None = None) -> Iterator[Listening]:
    server = Listening(serve, tls)
    try:
        yield server
    finally:
        server.close()


def answering(*answers: bytes) -> Callable[[socket.socket], None]:
    """One answer to each request of a connection."""

    def serve(connection: socket.socket) -> None:
        for answer in answers:
            if not request_from(connection):
                return
            connection.sendall(answer)
        request_from(connection)

    return serve


def ask(server: Server, seconds: float = 5, most: int | None = None) -> Reply:
    return server.ask("GET", "/a", {}, (), seconds, most)


def test_a_request_is_sent_as_it_was_given_and_its_answer_comes_back() -> None:
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(request_from(connection))
        connection.sendall(OK)

    with listening(serve) as there:
        server = Server(there.url)
        reply = server.ask("PUT", "/a?b=c", {"X-One": "1"}, (b"one", b"two"), 5)
        server.close()
    assert reply == Reply(200, b"hello")
    head = f"PUT /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:{there.port}\r\nContent-Length: 6\r\nX-One: 1\r\n\r\n"
    assert seen == [head.encode() + b"onetwo"]


def test_a_large_body_arrives_whole() -> None:
    body = (b"head", os.urandom(2**22), b"tail")
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(request_from(connection))
        connection.sendall(OK)

    with listening(serve) as there:
        server = Server(there.url)
        assert server.ask("PUT", "/", {}, body, 10).status == 200
        server.close()
    assert seen[0].partition(b"\r\n\r\n")[2] == b"".join(body)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://PLANT.example", "plant.example"),
        ("http://plant.example:80/", "plant.example"),
        ("http://plant.example:8080", "plant.example:8080"),
        ("http://[::1]:8080", "[::1]:8080"),
        ("http://[::1]", "[::1]"),
    ],
)
def test_the_host_is_named_as_signatures_expect_it(url: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        seen.append(request_from(connection))
        connection.sendall(OK)

    with listening(serve) as there:
        server, connect = Server(url), socket.create_connection
        monkeypatch.setattr(socket, "create_connection", lambda _, timeout: connect(("127.0.0.1", there.port), timeout))
        assert ask(server).status == 200
        server.close()
    assert f"\r\nHost: {host}\r\n".encode() in seen[0]


def test_a_connection_is_used_again_until_the_server_ends_it() -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with listening(answering(OK, OK, last)) as there:
        server = Server(there.url)
        assert [ask(server).content for _ in range(6)] == [b"hello"] * 6
        server.close()
    assert there.connections == 2


def test_a_connection_that_was_ended_meanwhile_is_not_used() -> None:
    def serve(connection: socket.socket) -> None:
        request_from(connection)
        connection.sendall(OK)

    with listening(serve) as there:
        server = Server(there.url)
        for _ in range(3):
            assert ask(server).content == b"hello"
            time.sleep(0.05)
        server.close()
    assert there.connections == 3


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n5\r\nhello\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    ],
)
@pytest.mark.parametrize("most", [None, 5, 100])
def test_bodies_in_chunks_are_put_together(answer: bytes, most: int | None) -> None:
    with listening(answering(answer, answer)) as there:
        server = Server(there.url)
        assert [ask(server, most=most).content for _ in range(2)] == [b"hello"] * 2
        server.close()
    assert there.connections == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhell",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        b"",
        b"SSH-2.0-OpenSSH_9.2\r\n",
    ],
)
@pytest.mark.parametrize("most", [None, 100])
def test_what_is_not_a_whole_answer_is_a_broken_connection(answer: bytes, most: int | None) -> None:
    def serve(connection: socket.socket) -> None:
        request_from(connection)
        connection.sendall(answer)

    with listening(serve) as there:
        server = Server(there.url)
        with pytest.raises(AwayError, match="the connection broke"):
            ask(server, most=most)
        server.close()


def test_more_than_was_wanted_is_not_read_to_its_end() -> None:
    with listening(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n" + bytes(2**20))) as there:
        server = Server(there.url)
        assert len(ask(server, most=1000).content) == 1001
        server.close()


def dripping(connection: socket.socket) -> None:
    request_from(connection)
    for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + bytes(1000):
        connection.sendall(bytes([byte]))
        time.sleep(0.02)


def silent(connection: socket.socket) -> None:
    request_from(connection)
    time.sleep(10)


@pytest.mark.parametrize("serve", [dripping, silent])
def test_an_answer_that_does_not_come_in_time_is_given_up(serve: Callable[[socket.socket], None]) -> None:
    with listening(serve) as there:
        server = Server(there.url)
        started = time.monotonic()
        with pytest.raises(TooLateError):
            ask(server, 0.3)
        assert 0.25 < time.monotonic() - started < 5
        server.close()


def test_a_request_that_is_not_taken_in_time_is_given_up() -> None:
    with listening(lambda _: time.sleep(10)) as there:
        server = Server(there.url)
        with pytest.raises(TooLateError):
            server.ask("PUT", "/", {}, (bytes(2**26),), 0.3)
        server.close()


def test_a_handshake_that_does_not_end_is_given_up() -> None:
    with listening(lambda _: time.sleep(10)) as there:
        server = Server(there.url.replace("http:", "https:"))
        with pytest.raises(TooLateError):
            ask(server, 0.3)
        server.close()


def test_no_server_is_no_connection() -> None:
    with listening(answering()) as there:
        pass
    server = Server(there.url)
    with pytest.raises(AwayError, match="no connection"):
        ask(server)
    server.close()


def test_only_so_many_requests_are_on_their_way_at_once() -> None:
    now, most, lock = 0, 0, threading.Lock()

    def serve(connection: socket.socket) -> None:
        nonlocal now, most
        while request_from(connection):
            with lock:
                now += 1
                most = max(most, now)
            time.sleep(0.01)
            with lock:
                now -= 1
            connection.sendall(OK)

    with listening(serve) as there, ThreadPoolExecutor(16) as pool:
        server = Server(there.url, most=3)
        assert list(pool.map(lambda _: ask(server).content, range(60))) == [b"hello"] * 60
        waiting = [pool.submit(ask, server, 0.015) for _ in range(16)]
        assert {type(one.exception()) for one in waiting} == {TooLateError, type(None)}
        server.close()
    assert most == 3


@pytest.mark.parametrize("bad", ["a\r\nX: b", "a\nb", "a\0", "\u20ac"])
def test_a_header_cannot_begin_another_line(bad: str) -> None:
    server = Server("http://127.0.0.1:1")
    with pytest.raises(UsageError, match="not printable ASCII"):
        server.ask("GET", "/", {"Authorization": bad}, (), 1)
    with pytest.raises(UsageError, match="not printable ASCII"):
        server.ask("GET", f"/{bad}", {}, (), 1)
    server.close()


def test_certificates_are_checked(tmp_path: Path) -> None:
    own_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.pem", tmp_path / "key.pem")
    trusted = ssl.create_default_context(cafile=tmp_path / "ca.pem")
    with listening(answering(OK, OK), context) as there:
        knowing, other = Server(there.url, tls=trusted), Server(there.url)
        assert [ask(knowing).content for _ in range(2)] == [b"hello"] * 2
        with pytest.raises(AwayError, match="not trusted"):
            ask(other)
        knowing.close()
        other.close()
