"""JSON-RPC over a WebSocket; one exchange at a time."""

import json
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from threading import Lock
from time import monotonic
from typing import Any

from maas_ledger_eth.transport.rpc import Call, NoAnswer, results
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from maas_core.ports.secret import safe_text

CLOSE_SECONDS = 0.2
"""How long an endpoint may take to say farewell: mostly it is left because it does not answer."""


class SocketRpc:
    """See `Rpc`. An exchange that fails closes the connection, so that no late answer is taken for another's."""

    def __init__(self, url: str) -> None:
        self.name = safe_text(url)
        self._url = url
        self._lock = Lock()
        self._connection: ClientConnection | None = None
        self._open = ExitStack()

    def batch(self, calls: Sequence[Call], seconds: float) -> list[Any]:
        """One message and its answer."""
        if not calls:
            return []
        until = monotonic() + seconds
        if not self._lock.acquire(timeout=max(seconds, 0)):
            raise NoAnswer(f"{self.name}: busy for {seconds:.2g} s")
        try:
            return results(self._exchange(_encoded(calls), until), len(calls))
        except (OSError, TimeoutError, WebSocketException, ValueError, NoAnswer) as error:
            self._drop()
            told = "no answer in time" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
            raise NoAnswer(f"{self.name}: {told}") from None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._drop()

    def _exchange(self, message: str, until: float) -> Any:
        if self._connection is None:
            opening = connect(
                self._url,
                open_timeout=_left(until),
                close_timeout=CLOSE_SECONDS,
                max_size=None,
                compression=None,
                proxy=None,
            )
            self._connection = self._open.enter_context(opening)
        self._connection.socket.settimeout(_left(until))  # of sending: an endpoint may stop taking anything
        self._connection.send(message)
        self._connection.socket.settimeout(None)
        return json.loads(self._connection.recv(timeout=_left(until)))

    def _drop(self) -> None:
        self._connection = None
        with suppress(OSError, WebSocketException):
            self._open.close()


def _encoded(calls: Sequence[Call]) -> str:
    asked = [{"jsonrpc": "2.0", "id": n, "method": name, "params": params} for n, (name, params) in enumerate(calls)]
    return json.dumps(asked if len(asked) > 1 else asked[0])


def _left(until: float) -> float:
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError
    return left
