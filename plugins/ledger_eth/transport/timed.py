"""Connections whose time limit is for an answer as a whole: a socket's own is for each piece that comes in.

An endpoint that sends a byte now and then would hold a call for as long as it likes.
"""

import socket
import ssl
from time import monotonic
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection


class _WholeLimit(socket.socket):
    """What `settimeout` sets begins with that call and is for all that is received until the next one."""

    _until: float | None = None

    def settimeout(self, value: float | None, /) -> None:
        """Seconds from now; None: no limit."""
        self._until = None if value is None else monotonic() + value
        super().settimeout(value)

    def recv_into(self, *arguments: Any, **named: Any) -> int:
        """Receive a piece. Raises `TimeoutError` when the time of the whole is over."""
        if self._until is not None:
            left = self._until - monotonic()
            if left <= 0:
                raise TimeoutError("the time for the whole answer is over")
            super().settimeout(left)
        return super().recv_into(*arguments, **named)


class _PlainSocket(_WholeLimit):
    """Of http://."""


class _TlsSocket(_WholeLimit, ssl.SSLSocket):
    """Of https://."""


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        opened = super()._new_conn()
        limit = opened.gettimeout()
        timed = _PlainSocket(opened.family, opened.type, opened.proto, fileno=opened.detach())
        timed.settimeout(limit)
        return timed


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class TimedAdapter(HTTPAdapter):
    """For sessions of requests, for http:// or for https://; never tries again. `kept` connections stay open."""

    def __init__(self, kept: int, *, tls: bool) -> None:
        self._tls = tls
        super().__init__(kept, kept, max_retries=0)

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """As requests does, with these connections."""
        if self._tls:
            named["ssl_context"] = context = ssl.create_default_context()
            context.sslsocket_class = _TlsSocket
        super().init_poolmanager(*arguments, **named)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": _Pool, "https": HTTPSConnectionPool}
