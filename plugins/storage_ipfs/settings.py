"""What a config may say of an IPFS daemon, and what the storage can do then."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from maas_core.ports.secret import Secret
from maas_core.ports.storage import StorageAbility, StorageProfile

HERE = "here"
"""The place that is this node's own daemon."""
PUBLIC_KEY = re.compile(r"[0-9a-f]{64}|04[0-9a-f]{128}")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


class Client(StrEnum):
    """How the daemon is asked."""

    IPFSHTTPCLIENT = "ipfshttpclient"
    HTTP = "http"


class Durable(StrEnum):
    """Whether what the daemon has taken survives a power cut."""

    ASK = "ask"
    """The daemon's configuration tells; where it may not be read: no."""
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Keeping:
    """Keep objects for other nodes, which ask for it by signed requests; `maasctl ipfs keep` runs it."""

    listen: str = field(default="127.0.0.1:4650", metadata={"help": "HOST:PORT; put TLS in front of it for others."})
    url: str = field(default="", metadata={"help": "How other nodes reach it; http://LISTEN if left out."})
    allow: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({}),
        metadata={"help": "MiB to keep for each public key (hex, as `maasctl key show` prints it)."},
    )
    database: Path = field(default=Path("kept.db"), metadata={"help": "Where it remembers what it keeps for whom."})

    def __post_init__(self) -> None:
        host, colon, port = self.listen.rpartition(":")
        if not host or not colon or not port.isdigit() or int(port) > 65_535:
            raise ValueError("listen: accepted: HOST:PORT")
        for key, quota in self.allow.items():
            if not PUBLIC_KEY.fullmatch(key):
                raise ValueError("allow: accepted: public keys in hex, 32 or 65 bytes")
            if quota < 0:
                raise ValueError("allow: accepted: MiB, at least 0")
        if self.url:
            _check_url("url", self.url)

    @property
    def address(self) -> str:
        """The URL that requests for this keeper are signed for."""
        return (self.url or f"http://{self.listen}").rstrip("/")


@dataclass(frozen=True, slots=True)
class Settings:
    """The config's table for a storage with `backend = "ipfs"`."""

    api: str = field(
        default="http://127.0.0.1:5001", metadata={"help": "The daemon's RPC API; keep it off the network."}
    )
    authorization: Secret | None = field(
        default=None, metadata={"help": "The `Authorization` header that the daemon's `API.Authorizations` wants."}
    )
    gateway: str = field(
        default="",
        metadata={"help": "The daemon's gateway, if it has `Gateway.NoFetch`: large objects come faster from it."},
    )
    peers: tuple[str, ...] = field(
        default=(), metadata={"help": "Multiaddrs of daemons to stay connected to, `/ip4/.../tcp/.../p2p/ID`."}
    )
    replicas: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({}),
        metadata={"help": "Nodes that keep copies: a name of your choice, and the URL of its `maasctl ipfs keep`."},
    )
    find_seconds: float = field(
        default=2.0, metadata={"help": "How long the swarm is searched for what is not here.", "min": 0.1, "max": 600}
    )
    durable: Durable = field(
        default=Durable.ASK, metadata={"help": "Whether the daemon syncs blocks to its disk before it answers."}
    )
    client: Client = field(default=Client.IPFSHTTPCLIENT, metadata={"help": "The library to ask the daemon with."})
    connections: int = field(default=10, metadata={"help": "Requests at once.", "min": 1, "max": 256})
    keeping: Keeping | None = None

    def __post_init__(self) -> None:
        _check_url("api", self.api)
        if self.gateway:
            _check_url("gateway", self.gateway)
        for name, url in self.replicas.items():
            if not NAME.fullmatch(name) or name == HERE:
                raise ValueError(f"replicas: names are of a-z, 0-9, _ and -, and not {HERE!r}")
            _check_url("replicas", url)
        for peer in self.peers:
            if not peer.startswith("/") or "/p2p/" not in peer:
                raise ValueError("peers: accepted: multiaddrs that end with /p2p/ID")


def _check_url(key: str, url: str) -> None:
    accepted = "accepted: http://HOST[:PORT] or https://HOST[:PORT]"
    try:
        parts = urlsplit(url)
        wrong = parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0
    except ValueError:
        raise ValueError(f"{key}: is no URL; {accepted}") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{key}: credentials do not stand in the URL; {accepted}")
    if wrong or parts.path not in {"", "/"} or parts.query:
        raise ValueError(f"{key}: is not accepted; {accepted}")


def profile_of(settings: Settings) -> StorageProfile:
    """What the storage can do with these settings."""
    abilities = {StorageAbility.CONDITIONAL_WRITE}
    if settings.replicas:
        abilities.add(StorageAbility.REPLICAS)
    return StorageProfile("ipfs", frozenset(abilities), places=1 + len(settings.replicas))
