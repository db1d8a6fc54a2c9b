"""The asking side of keeping: other nodes that hold copies of this node's objects."""

import secrets
from collections.abc import Mapping
from hashlib import sha256

import urllib3
from maas_storage_ipfs.messages import NONCE, Action, Answer, Request, Status, proof_of

from maas_core.errors import IntegrityError, UsageError
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.secret import safe_text
from maas_core.ports.signer import Signer
from maas_core.ports.storage import MAX_OBJECT
from maas_core.ports.workflow import Unavailable

LONGEST = 20.0
"""Seconds for one request."""


class Keeper:
    """One other node."""

    def __init__(self, name: str, url: str, pool: urllib3.PoolManager, signer: Signer | None, clock: Clock) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._pool = pool
        self._signer = signer
        self._clock = clock

    def keep(self, digest: bytes, data: bytes, deadline: Deadline) -> Answer | Unavailable:
        """Ask it to keep an object, and make sure that it does by having the bytes sent back."""
        answer = self._ask(Action.KEEP, digest, deadline, size=len(data))
        if isinstance(answer, Unavailable) or answer.status is not Status.DONE:
            return answer
        returned = self.fetch(digest, deadline)
        if isinstance(returned, Unavailable):
            return returned
        return answer if returned == data else Answer(Status.ABSENT, "it says that it keeps the object and does not")

    def holds(self, digest: bytes, data: bytes | None, deadline: Deadline) -> bool | Unavailable:
        """Whether it holds an object now, proved against its bytes; without them, by sending them."""
        if data is None:
            fetched = self.fetch(digest, deadline)
            return fetched if isinstance(fetched, Unavailable) else fetched is not None
        nonce = secrets.token_bytes(NONCE)
        answer = self._ask(Action.PROVE, digest, deadline, nonce=nonce)
        if isinstance(answer, Unavailable):
            return answer
        if answer.status in {Status.REFUSED, Status.LATER}:
            return Unavailable(f"{self.name}: {answer.detail}")
        return answer.status is Status.DONE and answer.proof == proof_of(nonce, data)

    def fetch(self, digest: bytes, deadline: Deadline) -> bytes | Unavailable | None:
        """The bytes that it holds itself; None if it has none, or wrong ones."""
        content = self._send(Action.FETCH, digest, deadline, 0, b"")
        if isinstance(content, Unavailable):
            return content
        return content if sha256(content).digest() == digest else None

    def release(self, digest: bytes, deadline: Deadline) -> Answer | Unavailable:
        """Ask it to keep an object no longer."""
        return self._ask(Action.RELEASE, digest, deadline)

    def _ask(
        self, action: Action, digest: bytes, deadline: Deadline, size: int = 0, nonce: bytes = b""
    ) -> Answer | Unavailable:
        content = self._send(action, digest, deadline, size, nonce)
        if isinstance(content, Unavailable):
            return content
        try:
            return Answer.decode(content)
        except IntegrityError as error:
            return Unavailable(f"{self.name}: {error}")

    def _send(self, action: Action, digest: bytes, deadline: Deadline, size: int, nonce: bytes) -> bytes | Unavailable:
        if self._signer is None:
            raise UsageError("copies are asked for by signed requests; this node has no [signer]")
        seconds = min(LONGEST, deadline.remaining())
        if seconds <= 0:
            return Unavailable(f"{self.name}: no time is left")
        request = Request(action, digest, self._url, self._clock.now(), size, nonce)
        try:
            answer = self._pool.request(
                "POST",
                f"{self._url}/v1/{action.value}",
                body=request.signed(self._signer),
                headers={"Content-Type": "application/json"},
                timeout=urllib3.Timeout(total=seconds),
                preload_content=False,
            )
            with answer:
                content = answer.read(MAX_OBJECT + 1)
                answer.drain_conn()
        except urllib3.exceptions.HTTPError as error:
            return Unavailable(f"{self.name}: no answer ({type(error).__name__})")
        if answer.status in {200, 404}:
            return content
        return Unavailable(
            f"{self.name}: status {answer.status}: {safe_text(content[:200].decode('utf-8', 'replace'))}"
        )


def keepers_of(
    replicas: Mapping[str, str], pool: urllib3.PoolManager, signer: Signer | None, clock: Clock
) -> tuple[Keeper, ...]:
    """All that the settings name."""
    return tuple(Keeper(name, url, pool, signer, clock) for name, url in replicas.items())
