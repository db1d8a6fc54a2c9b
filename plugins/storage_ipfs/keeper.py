"""The asked side of keeping: decides by key and quota, pins, proves, and answers over HTTP.

Nothing is trusted but signatures of keys that the settings allow; a request counts once and for this node only.
"""

import logging
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import BoundedSemaphore

from maas_storage_ipfs.cid import cid_of
from maas_storage_ipfs.kept import Kept
from maas_storage_ipfs.kubo import FAILURES, Kubo, KuboError
from maas_storage_ipfs.messages import CLOCK_SECONDS, LARGEST, Action, Answer, Request, Status, proof_of, read
from maas_storage_ipfs.settings import Keeping

from maas_core.errors import MaasError, UsageError
from maas_core.ports.clock import Clock
from maas_core.ports.storage import MAX_OBJECT

_log = logging.getLogger(__name__)
MEBIBYTE = 2**20
DAEMON_SECONDS = 10.0
"""How long the daemon may take, to find an object in the swarm for example."""
SOCKET_SECONDS = 20.0
AT_ONCE = 16


class Keeper:
    """Answers requests; knows nothing of HTTP."""

    def __init__(self, keeping: Keeping, kubo: Kubo, kept: Kept, clock: Clock) -> None:
        self._quotas: Mapping[str, int] = {key: mebibytes * MEBIBYTE for key, mebibytes in keeping.allow.items()}
        self._name = keeping.address
        self._kubo = kubo
        self._kept = kept
        self._clock = clock
        for digest, key in kept.unfinished():
            kept.forget(digest, key)

    def answer(self, action: str, content: bytes) -> Answer | bytes:
        """What is sent back: bytes for `fetch`, if they are here. Raises `UsageError` for what is not to be trusted."""
        request, key = read(content)
        if request.action.value != action:
            raise UsageError("the request was signed for another action")
        if request.keeper.rstrip("/") != self._name:
            raise UsageError(f"the request was signed for {request.keeper}, this is {self._name}")
        if key not in self._quotas:
            raise UsageError("nothing is kept for this public key here; its operator may ask this one's to allow it")
        now = self._clock.now()
        if abs(now - request.at) > CLOCK_SECONDS:
            raise UsageError(f"the clocks differ by {abs(now - request.at)} s; at most {CLOCK_SECONDS} s are accepted")
        if not self._kept.is_new(key, request.nonce, now, CLOCK_SECONDS):
            raise UsageError("the request was seen before")
        try:
            return self._done(request, key)
        except FAILURES as error:
            return Answer(Status.LATER, f"the daemon does not do it now: {error}")

    def _done(self, request: Request, key: str) -> Answer | bytes:
        match request.action:
            case Action.KEEP:
                return self._keep(request, key)
            case Action.RELEASE:
                return self._release(request.digest, key)
            case Action.PROVE:
                data = self._bytes(request.digest, key)
                return Answer(Status.ABSENT) if data is None else Answer(Status.DONE, "", proof_of(request.nonce, data))
            case Action.FETCH:
                data = self._bytes(request.digest, key)
                return Answer(Status.ABSENT) if data is None else data

    def _keep(self, request: Request, key: str) -> Answer:
        digest, cid, quota = request.digest, cid_of(request.digest), self._quotas[key]
        if request.size > MAX_OBJECT:
            return Answer(Status.REFUSED, f"objects have at most {MAX_OBJECT} bytes")
        own = self._kubo.is_pinned(cid, DAEMON_SECONDS)
        if not self._kept.reserve(digest, key, request.size, quota, own=own):
            return Answer(Status.REFUSED, f"the quota of {quota // MEBIBYTE} MiB is used up")
        try:
            self._kubo.pin(cid, DAEMON_SECONDS)
            size = self._kubo.size(cid, DAEMON_SECONDS, offline=True)
        except FAILURES as error:
            self._release(digest, key)
            detail = "the swarm did not send the object in time; are both daemons connected?"
            late = isinstance(error, KuboError) and (error.not_in_time or error.not_here)
            return Answer(Status.LATER, detail if late else f"the daemon does not do it now: {error}")
        if size > MAX_OBJECT or not self._kept.confirm(digest, key, size, quota):
            self._release(digest, key)
            return Answer(Status.REFUSED, f"the object has {size} bytes, which the quota has no room for")
        return Answer(Status.DONE)

    def _release(self, digest: bytes, key: str) -> Answer:
        """The pin goes with the last who wants it."""
        if not self._kept.forget(digest, key):
            return Answer(Status.ABSENT)
        if not self._kept.is_wanted(digest):
            cid = cid_of(digest)
            self._kubo.unpin(cid, DAEMON_SECONDS)
            self._kubo.remove(cid, DAEMON_SECONDS)
        return Answer(Status.DONE)

    def _bytes(self, digest: bytes, key: str) -> bytes | None:
        """What is here of what is kept for this key: a keeper is no way to read what others store."""
        if not self._kept.is_kept(digest, key):
            return None
        try:
            return self._kubo.get(cid_of(digest), DAEMON_SECONDS, offline=True)
        except KuboError as error:
            if error.not_here:
                return None
            raise


class KeeperServer(ThreadingHTTPServer):
    """A keeper over HTTP."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, keeping: Keeping, keeper: Keeper) -> None:
        host, _, port = keeping.listen.rpartition(":")
        self.keeper = keeper
        self.slots = BoundedSemaphore(AT_ONCE)
        super().__init__((host.strip("[]"), int(port)), _Handler)


class _Handler(BaseHTTPRequestHandler):
    server: KeeperServer
    protocol_version = "HTTP/1.1"
    timeout = SOCKET_SECONDS
    server_version = "maas"
    sys_version = ""

    def do_POST(self) -> None:
        """One request."""
        prefix, _, action = self.path.rpartition("/")
        length = self.headers.get("Content-Length", "")
        if prefix != "/v1" or not length.isdigit() or int(length) > LARGEST:
            self.close_connection = True
            self._send(400, Answer(Status.REFUSED, f"accepted: POST /v1/ACTION with at most {LARGEST} bytes").encode())
            return
        content = self.rfile.read(int(length))
        with self.server.slots:
            self._send(*self._answer(action, content))

    def _answer(self, action: str, content: bytes) -> tuple[int, bytes]:
        try:
            answer = self.server.keeper.answer(action, content)
        except UsageError as error:
            return 403, Answer(Status.REFUSED, str(error)).encode()
        except MaasError as error:
            _log.warning("a request could not be answered: %s", error)
            return 503, Answer(Status.LATER, "this keeper is in trouble; its log tells").encode()
        if isinstance(answer, bytes):
            return 200, answer
        return (404 if action == Action.FETCH else 200), answer.encode()

    def _send(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in the base class
        _log.debug(format, *args)


def kept_of(keeping: Keeping, directory: Path) -> Kept:
    """The memory that the settings name."""
    return Kept(directory / keeping.database)
