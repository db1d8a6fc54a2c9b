"""An endpoint that is not honest, or not well: it stands before a real one and changes what it says."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Any, Self

import requests


@dataclass(frozen=True, slots=True)
class Refusal:
    """Told instead of a result: the endpoint does not want to."""

    message: str


Change = Callable[[str, Any], Any]
"""From a method and its result, what is told instead."""


class Proxy:
    """Use it with `with`. `delay` is in seconds; with `silent` it takes requests and never answers."""

    def __init__(self, url: str, change: Change | None = None, delay: float = 0.0, *, silent: bool = False) -> None:
        self.change = change or (lambda _, result: result)
        self.delay = delay
        self.silent = silent
        self.asked = 0
        self._session = requests.Session()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(url))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.silent = False
        self._server.shutdown()
        self._server.server_close()
        self._session.close()

    def _handler(self, url: str) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                proxy.asked += 1
                time.sleep(proxy.delay)
                while proxy.silent:
                    time.sleep(0.05)
                asked = json.loads(body)
                try:
                    told = proxy._session.post(url, data=body, headers={"Content-Type": "application/json"}).json()
                except requests.RequestException:
                    self.close_connection = True
                    return
                answer = json.dumps(proxy._changed(asked, told)).encode()
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(answer)))
                    self.end_headers()
                    self.wfile.write(answer)
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler

    def _changed(self, asked: Any, told: Any) -> Any:
        if isinstance(asked, dict):
            return self._one(asked["method"], told)
        methods = {one["id"]: one["method"] for one in asked}
        return [self._one(methods[one["id"]], one) for one in told]

    def _one(self, method: str, told: dict[str, Any]) -> dict[str, Any]:
        if "result" not in told:
            return told
        changed = self.change(method, told["result"])
        if isinstance(changed, Refusal):
            return {"jsonrpc": "2.0", "id": told["id"], "error": {"code": -32005, "message": changed.message}}
        return told | {"result": changed}
