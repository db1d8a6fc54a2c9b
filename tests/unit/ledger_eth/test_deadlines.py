"""A call ends at its deadline also when the endpoint sends its answer bit by bit, or takes nothing."""

import json
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha1
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import requests
from maas_ledger_eth.transport.http import HttpRpc
from maas_ledger_eth.transport.rpc import NoAnswer
from maas_ledger_eth.transport.socket import SocketRpc
from maas_ledger_eth.transport.timed import TimedAdapter
from urllib3.util import Timeout

from tests.support.certificates import own_certificate

ANSWER = json.dumps({"jsonrpc": "2.0", "id": 0, "result": "0x1"}).encode()
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(ANSWER)
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
PAUSE = 0.1
"""Seconds between two bytes: all of them take longer than any call here may."""
LIMIT = 0.4
Serve = Callable[[socket.socket, Event], None]


@contextmanager
def listening(serve: Serve) -> Iterator[int]:
    """A server for one connection after another, and its port."""
    stop = Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def run() -> None:
            while not stop.is_set():
                with suppress(OSError):
                    connection, _ = server.accept()
                    connection.settimeout(5)
                    with connection:
                        serve(connection, stop)

        thread = Thread(target=run, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            stop.set()
            thread.join(10)
    assert not thread.is_alive()


def drip(connection: socket.socket, stop: Event, content: bytes) -> None:
    for one in content:
        connection.sendall(bytes([one]))
        if stop.wait(PAUSE):
            return


def asked(connection: socket.socket) -> bytes:
    """A request's head, and of its body what has come."""
    told = b""
    while b"\r\n\r\n" not in told:
        piece = connection.recv(65_536)
        if not piece:
            raise ConnectionError
        told += piece
    return told


def drip_all(connection: socket.socket, stop: Event) -> None:
    asked(connection)
    drip(connection, stop, HEAD + ANSWER)


def drip_body(connection: socket.socket, stop: Event) -> None:
    asked(connection)
    connection.sendall(HEAD)
    drip(connection, stop, ANSWER)


def upgraded(request: bytes) -> bytes:
    [key] = [line.split(b": ")[1] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")]
    accept = b64encode(sha1(key + MAGIC).digest())  # noqa: S324 - RFC 6455 has it so
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def drip_handshake(connection: socket.socket, stop: Event) -> None:
    drip(connection, stop, upgraded(asked(connection)))


def drip_message(connection: socket.socket, stop: Event) -> None:
    connection.sendall(upgraded(asked(connection)))
    drip(connection, stop, bytes([0x81, len(ANSWER)]) + ANSWER)


def take_nothing(connection: socket.socket, stop: Event) -> None:
    connection.sendall(upgraded(asked(connection)))
    stop.wait(60)


@pytest.mark.parametrize("serve", [drip_all, drip_body])
def test_over_http(serve: Serve) -> None:
    with listening(serve) as port:
        rpc = HttpRpc(f"http://127.0.0.1:{port}")
        with pytest.raises(NoAnswer, match="no answer within"):
            rpc.batch([("eth_blockNumber", [])], LIMIT)
        rpc.close()


@pytest.mark.parametrize("serve", [drip_handshake, drip_message])
def test_over_a_websocket(serve: Serve) -> None:
    with listening(serve) as port:
        rpc = SocketRpc(f"ws://127.0.0.1:{port}")
        with pytest.raises(NoAnswer):
            rpc.batch([("eth_blockNumber", [])], LIMIT)
        rpc.close()


def test_over_a_websocket_that_takes_nothing() -> None:
    with listening(take_nothing) as port:
        rpc = SocketRpc(f"ws://127.0.0.1:{port}")
        with pytest.raises(NoAnswer):
            rpc.batch([("eth_sendRawTransaction", ["0x" + "00" * 30_000_000])], 2.0)
        rpc.close()


def test_a_connection_that_is_kept_has_a_new_limit_for_each_answer() -> None:
    def serve(connection: socket.socket, stop: Event) -> None:
        for _ in range(2):
            asked(connection)
            stop.wait(LIMIT / 2)
            connection.sendall(HEAD + ANSWER)
            stop.wait(LIMIT)

    with listening(serve) as port:
        rpc = HttpRpc(f"http://127.0.0.1:{port}")
        assert [rpc.batch([("eth_blockNumber", [])], 4 * LIMIT) for _ in range(2)] == [["0x1"], ["0x1"]]
        rpc.close()


def test_over_tls(tmp_path: Path) -> None:
    own_certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "ca.pem", tmp_path / "key.pem")

    def serve(connection: socket.socket, stop: Event) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            if b"/slowly" in asked(secured):
                secured.sendall(HEAD)
                drip(secured, stop, ANSWER)
            else:
                secured.sendall(HEAD + ANSWER)

    whole: Any = Timeout(total=3)

    def got(url: str) -> bytes:
        with requests.Session() as session:
            session.mount("https://", TimedAdapter(1, tls=True))
            return session.get(url, verify=str(tmp_path / "ca.pem"), timeout=whole).content

    with listening(serve) as port:
        assert got(f"https://127.0.0.1:{port}/") == ANSWER
        with pytest.raises(requests.exceptions.ConnectionError, match="timed out"):
            got(f"https://127.0.0.1:{port}/slowly")
