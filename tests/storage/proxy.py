"""toxiproxy: a proxy that slows, cuts and resets connections as it is told."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from maas_core.devnets.building import go_tool
from maas_core.devnets.ports import free_ports, is_listening
from maas_core.devnets.processes import Supervised

MODULE = "github.com/Shopify/toxiproxy/v2"
VERSION = "v2.12.0"


@dataclass(frozen=True)
class Proxy:
    """One proxy before one server."""

    api: str
    url: str

    @classmethod
    @contextmanager
    def before(cls, server: str, folder: Path) -> Iterator[Self]:
        program = go_tool("toxiproxy", f"{MODULE}@{VERSION}", [f"{MODULE}/cmd/server"]) / "server"
        control, port = free_ports(2)
        process = Supervised(folder, "toxiproxy")
        process.start([program, "-host", "127.0.0.1", "-port", str(control)])
        try:
            process.wait_ready(lambda: is_listening(control), 20)
            proxy = cls(f"http://127.0.0.1:{control}", f"http://127.0.0.1:{port}")
            upstream = urlsplit(server).netloc
            proxy.ask("/proxies", {"name": "p", "listen": f"127.0.0.1:{port}", "upstream": upstream, "enabled": True})
            yield proxy
        finally:
            process.stop()

    @contextmanager
    def toxic(self, kind: str, stream: str = "downstream", toxicity: float = 1.0, **attributes: int) -> Iterator[None]:
        """What goes wrong within the block."""
        fields = {"name": kind, "type": kind, "stream": stream, "toxicity": toxicity, "attributes": attributes}
        self.ask("/proxies/p/toxics", fields)
        try:
            yield
        finally:
            self.ask(f"/proxies/p/toxics/{kind}", method="DELETE")

    def enable(self, *, enabled: bool) -> None:
        """Cut all connections and take no new ones, or take them again."""
        self.ask("/proxies/p", {"enabled": enabled})

    def ask(self, path: str, fields: dict[str, Any] | None = None, method: str = "POST") -> None:
        content = None if fields is None else json.dumps(fields).encode()
        with urlopen(Request(self.api + path, content, method=method), timeout=10):  # noqa: S310 - its own API
            return


class Counter:
    """Hands connections on to a server, and counts the bytes that clients send."""

    def __init__(self, server: str) -> None:
        self._upstream = (urlsplit(server).hostname or "", urlsplit(server).port or 80)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = Lock()
        self.sent = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        Thread(target=self._accept, daemon=True).start()

    @classmethod
    @contextmanager
    def before(cls, server: str) -> Iterator[Self]:
        counter = cls(server)
        try:
            yield counter
        finally:
            counter._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._upstream)
                Thread(target=self._pump, args=(client, server, True), daemon=True).start()
                Thread(target=self._pump, args=(server, client, False), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                if counted:
                    with self._lock:
                        self.sent += len(data)
                target.sendall(data)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
