"""A Kubo daemon through ipfshttpclient 0.8.0a2, all of which that is relied on is in this file.

The library was made for daemons up to 0.8 and warns of later ones when it connects; made directly, its client asks for
no version. Used are `pin.add`, `pin.ls`, `pin.rm`, `swarm.peers`, `config.get` and `repo.gc`: their requests have
stayed as they were. By plain HTTP go what it lacks, removing a block; what it gets wrong, `swarm.connect`, which sends
every letter of the address as one more address; and what it makes a third slower and every object needs, `block.put`,
`block.get` and `block.stat`. Its own sessions hand urllib3 what that no longer takes, and read proxies and passwords
from the environment, so it is given a session of requests (docs/adr/022).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import ipfshttpclient
import requests
from ipfshttpclient import exceptions
from maas_storage_ipfs.kubo import (
    GRACE,
    HttpKubo,
    KuboAwayError,
    KuboDeniedError,
    KuboError,
    failure_of,
    peer_ids,
)

from maas_core.ports.secret import Secret
from maas_core.ports.storage import MAX_OBJECT

PORTS = {"http": 80, "https": 443}


class LibraryKubo:
    """A daemon, asked through the library."""

    def __init__(self, api: str, authorization: Secret | None, connections: int) -> None:
        headers = {"Authorization": authorization.reveal()} if authorization else {}
        address = multiaddr_of(api)
        self._client = ipfshttpclient.Client(address, chunk_size=MAX_OBJECT, username=None, password=None)
        self._client._client._session = _session(headers, connections)  # noqa: SLF001 - see the top
        self._http = HttpKubo(api, authorization, connections)

    def put(self, data: bytes, seconds: float) -> str:
        return self._http.put(data, seconds)

    def get(self, cid: str, seconds: float, *, offline: bool) -> bytes:
        return self._http.get(cid, seconds, offline=offline)

    def size(self, cid: str, seconds: float, *, offline: bool) -> int:
        return self._http.size(cid, seconds, offline=offline)

    def is_pinned(self, cid: str, seconds: float) -> bool:
        return _unless_unpinned(lambda: self._client.pin.ls(cid, type="recursive", **_bounded(seconds)))

    def pin(self, cid: str, seconds: float) -> None:
        with _failures():
            self._client.pin.add(cid, **_bounded(seconds))

    def unpin(self, cid: str, seconds: float) -> bool:
        return _unless_unpinned(lambda: self._client.pin.rm(cid, **_bounded(seconds)))

    def remove(self, cid: str, seconds: float) -> bool:
        return self._http.remove(cid, seconds)

    def peers(self, seconds: float) -> frozenset[str]:
        with _failures():
            return peer_ids(self._client.swarm.peers(**_bounded(seconds)))

    def connect(self, address: str, seconds: float) -> None:
        self._http.connect(address, seconds)

    def config(self, seconds: float) -> Mapping[str, Any]:
        with _failures():
            content: Mapping[str, Any] = self._client.config.get(**_bounded(seconds)).as_json()
            return content

    def collect(self, seconds: float) -> None:
        with _failures():
            self._client.repo.gc(quiet=True, **_bounded(seconds))

    def close(self) -> None:
        self._client.close()
        self._http.close()


def multiaddr_of(api: str) -> str:
    """A URL as the library wants it."""
    parts = urlsplit(api)
    host = parts.hostname or ""
    kind = "ip6" if ":" in host else "ip4" if host.replace(".", "").isdigit() else "dns"
    return f"/{kind}/{host}/tcp/{parts.port or PORTS[parts.scheme]}/{parts.scheme}"


def _session(headers: Mapping[str, str], connections: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.update(headers)
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=connections))
    session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=connections))
    return session


def _bounded(seconds: float, options: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A bound for the daemon, and a little more for the connection."""
    bound = f"{max(1, int(seconds * 1000))}ms"
    return {"opts": {**(options or {}), "timeout": bound}, "timeout": (seconds, seconds + GRACE)}


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except exceptions.ErrorResponse as error:
        raise KuboError(str(error.args[0])) from None
    except exceptions.StatusError as error:
        response = getattr(error.original, "response", None)
        raise failure_of(getattr(response, "status_code", 0), "") from None
    except exceptions.TimeoutError:
        raise KuboAwayError("no answer in time") from None
    except exceptions.ConnectionError:
        raise KuboAwayError("no connection") from None
    except (exceptions.CommunicationError, requests.RequestException, OSError) as error:
        # the library lets through what goes wrong while an answer is read
        raise KuboAwayError(f"the connection broke ({type(error).__name__})") from None
    except (exceptions.EncoderError, KeyError, TypeError):
        raise KuboDeniedError("it does not answer like a Kubo daemon") from None


def _unless_unpinned(call: Callable[[], object]) -> bool:
    try:
        with _failures():
            call()
    except KuboError as error:
        if error.not_pinned:
            return False
        raise
    return True
