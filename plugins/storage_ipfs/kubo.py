"""What is asked of a Kubo daemon, what its answers mean, and asking it by plain HTTP.

Kubo answers every failure with status 500 and code 0; the message alone tells which it is, so all that depends on its
words is here. `library.py` asks the same through ipfshttpclient; either can be chosen by the settings.
"""

import json
from collections.abc import Iterable, Mapping
from secrets import token_hex
from typing import Any, Protocol

from maas_core.errors import StoreError
from maas_core.objects.bounded import TooLateError
from maas_core.objects.server import AwayError, Server
from maas_core.ports.secret import Secret, safe_text
from maas_core.ports.workflow import Unavailable

PUT: Mapping[str, str] = {"cid-codec": "raw", "mhtype": "sha2-256", "pin": "true"}
"""One raw block, pinned in the same breath, so that no collection can come between."""
GRACE = 2.0
"""Seconds to wait longer than the daemon was told to take, where it matters that it gave up by itself."""


class KuboError(Exception):
    """The daemon refused or failed; its message says why."""

    def __init__(self, message: str) -> None:
        super().__init__(safe_text(message))
        self.message = message

    @property
    def not_here(self) -> bool:
        """The block is not in the daemon's own store."""
        return "not found locally" in self.message or "could not find" in self.message

    @property
    def not_in_time(self) -> bool:
        """The daemon gave up at the time that it was given."""
        return "context deadline exceeded" in self.message or "request canceled" in self.message

    @property
    def not_pinned(self) -> bool:
        """There was no pin to find or to take away."""
        return "not pinned" in self.message

    @property
    def pinned(self) -> bool:
        """A block cannot be removed while it is pinned."""
        return self.message.startswith("pinned")


class KuboAwayError(Exception):
    """No daemon answered, or not in time."""


class KuboDeniedError(Exception):
    """What answered wants other credentials, or is no daemon."""


FAILURES = (KuboError, KuboAwayError, KuboDeniedError)


class Kubo(Protocol):
    """A daemon. Every call raises one of `FAILURES`; `seconds` bounds what the daemon may take.

    `put`, and `get` from the daemon's own blocks, end by then whatever it does.
    """

    def put(self, data: bytes, seconds: float) -> str:
        """Store and pin a raw block; returns its CID."""

    def get(self, cid: str, seconds: float, *, offline: bool) -> bytes:
        """A block's bytes; unless `offline`, connected daemons are asked too."""

    def size(self, cid: str, seconds: float, *, offline: bool) -> int:
        """A block's size, found as by `get`."""

    def is_pinned(self, cid: str, seconds: float) -> bool:
        """Whether the daemon keeps the block."""

    def pin(self, cid: str, seconds: float) -> None:
        """Keep a block, fetching it from connected daemons."""

    def unpin(self, cid: str, seconds: float) -> bool:
        """No longer keep a block; whether it was kept."""

    def remove(self, cid: str, seconds: float) -> bool:
        """Delete an unpinned block now, rather than at the next collection; whether it was there."""

    def peers(self, seconds: float) -> frozenset[str]:
        """Ids of the daemons that are connected."""

    def connect(self, address: str, seconds: float) -> None:
        """Connect to another daemon."""

    def config(self, seconds: float) -> Mapping[str, Any]:
        """The daemon's configuration, without its keys."""

    def collect(self, seconds: float) -> None:
        """Delete all blocks that are not pinned."""

    def close(self) -> None:
        """Give back connections."""


class HttpKubo:
    """The daemon's RPC API by plain HTTP."""

    def __init__(self, api: str, authorization: Secret | None, connections: int) -> None:
        self._headers = {"Authorization": authorization.reveal()} if authorization else {}
        self._server = Server(api, most=connections)

    def put(self, data: bytes, seconds: float) -> str:
        return str(self._json("block/put", PUT, seconds, data)["Key"])

    def get(self, cid: str, seconds: float, *, offline: bool) -> bytes:
        return self._call("block/get", {"arg": cid, **_offline(offline)}, seconds, grace=0 if offline else GRACE)

    def size(self, cid: str, seconds: float, *, offline: bool) -> int:
        return int(self._json("block/stat", {"arg": cid, **_offline(offline)}, seconds)["Size"])

    def is_pinned(self, cid: str, seconds: float) -> bool:
        try:
            self._call("pin/ls", {"arg": cid, "type": "recursive"}, seconds)
        except KuboError as error:
            if error.not_pinned:
                return False
            raise
        return True

    def pin(self, cid: str, seconds: float) -> None:
        self._call("pin/add", {"arg": cid}, seconds)

    def unpin(self, cid: str, seconds: float) -> bool:
        try:
            self._call("pin/rm", {"arg": cid}, seconds)
        except KuboError as error:
            if error.not_pinned:
                return False
            raise
        return True

    def remove(self, cid: str, seconds: float) -> bool:
        answer = self._json("block/rm", {"arg": cid}, seconds)
        failure = KuboError(str(answer.get("Error", "")))  # with status 200
        if failure.message and not failure.not_here:
            raise failure
        return not failure.message

    def peers(self, seconds: float) -> frozenset[str]:
        return peer_ids(self._json("swarm/peers", {}, seconds))

    def connect(self, address: str, seconds: float) -> None:
        self._call("swarm/connect", {"arg": address}, seconds)

    def config(self, seconds: float) -> Mapping[str, Any]:
        return self._json("config/show", {}, seconds)

    def collect(self, seconds: float) -> None:
        self._call("repo/gc", {"quiet": "true"}, seconds)

    def close(self) -> None:
        self._server.close()

    def _json(self, path: str, query: Mapping[str, str], seconds: float, data: bytes | None = None) -> dict[str, Any]:
        content = self._call(path, query, seconds, data, grace=GRACE if data is None else 0)
        try:
            value = json.loads(content)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise KuboDeniedError("it does not answer like a Kubo daemon")
        return value

    def _call(
        self, path: str, query: Mapping[str, str], seconds: float, data: bytes | None = None, *, grace: float = GRACE
    ) -> bytes:
        fields = {**query, "timeout": f"{max(1, int(seconds * 1000))}ms"}
        target = f"/api/v0/{path}?{'&'.join(f'{key}={value}' for key, value in fields.items())}"
        body, form = ((), {}) if data is None else _as_file(data)
        try:
            reply = self._server.ask("POST", target, self._headers | form, body, seconds + grace)
        except TooLateError:
            raise KuboAwayError("no answer in time") from None
        except AwayError as error:
            raise KuboAwayError(str(error)) from None
        if reply.status == 200:
            return reply.content
        raise failure_of(reply.status, message_of(reply.content))


def _as_file(data: bytes) -> tuple[tuple[bytes, ...], dict[str, str]]:
    """Bytes as the one file of a form (RFC 7578), not copied, and the header."""
    boundary = token_hex(16)
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="block"\r\n\r\n'.encode()
    tail = f"\r\n--{boundary}--\r\n".encode()
    return (head, data, tail), {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def _offline(offline: bool) -> dict[str, str]:
    return {"offline": "true"} if offline else {}


def message_of(content: bytes) -> str:
    """The message in the body of an error; empty if there is none."""
    try:
        value = json.loads(content)
    except ValueError:
        return ""
    return str(value.get("Message", "")) if isinstance(value, dict) else ""


def failure_of(status: int, message: str) -> KuboError | KuboDeniedError:
    """What an answer that is not 200 means."""
    if status in {401, 403}:
        return KuboDeniedError("it wants other credentials; set `authorization`")
    if not message:
        return KuboDeniedError(f"it answers with status {status}: is `api` the address of a Kubo daemon's RPC API?")
    return KuboError(message)


def peer_ids(answer: Mapping[str, Any]) -> frozenset[str]:
    """Ids in the answer to `swarm/peers`."""
    peers: Iterable[Mapping[str, Any]] = answer.get("Peers") or ()
    return frozenset(str(one["Peer"]) for one in peers)


def as_answer(place: str, error: Exception) -> Unavailable:
    """The answer to a call that failed. Raises `StoreError` for what asking again cannot change."""
    text = str(error)
    if isinstance(error, KuboDeniedError):
        raise StoreError(f"{place}: {text}")
    if isinstance(error, KuboError) and ("permission denied" in text or "read-only file system" in text):
        raise StoreError(f"{place}: {text}; the daemon's repository must be writable for it")
    return Unavailable(f"{place}: {text}")
