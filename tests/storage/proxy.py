"""toxiproxy: a proxy that slows, cuts and resets connections as it is told."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
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
