"""One peer: its gRPC channel and the services that are used of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from maas_ledger_fabric.protos import events_rpc, gateway_rpc, peer_rpc
from maas_ledger_fabric.settings import Peer

from maas_core.errors import ConfigError

LARGEST_MESSAGE = 100 * 2**20
"""As peers have it (`peer.maxRecvMsgSize`): a block can be that large."""
OPTIONS: tuple[tuple[str, Any], ...] = (
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ("grpc.keepalive_time_ms", 65_000),  # peers close a connection that pings more often than once in 60 s
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.enable_retries", 0),  # deadlines and retries are the caller's
    ("grpc.use_local_subchannel_pool", 1),
)


@dataclass(frozen=True, slots=True)
class TlsClient:
    """What this client shows where a server demands a certificate."""

    certificate: bytes
    key: bytes
    digest: bytes
    """SHA-256 of the certificate's DER form: requests for blocks name it."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a peer or an orderer is, and how it is known to be the right one."""

    address: str
    """HOST:PORT."""
    roots: bytes | None
    """PEM of the CA of its TLS certificate; None: without TLS."""
    name: str = ""
    """In its TLS certificate, if that is not the host of the address."""


def server_of(peer: Peer, directory: Path) -> Server:
    """The server that settings name. Raises `ConfigError`."""
    if peer.tls_ca is None:
        return Server(peer.address, None, peer.server_name)
    file = directory / peer.tls_ca
    try:
        return Server(peer.address, file.read_bytes(), peer.server_name)
    except OSError as error:
        raise ConfigError(f"{file}: the TLS CA of {peer.address} cannot be read: {error.strerror}") from None


class Endpoint:
    """A peer's services over one connection, opened when first used."""

    def __init__(self, server: Server, client: TlsClient | None) -> None:
        self.address = server.address
        self._channel = open_channel(server, client)
        self.gateway: Any = gateway_rpc.GatewayStub(self._channel)
        self.endorser: Any = peer_rpc.EndorserStub(self._channel)
        self.deliver: Any = events_rpc.DeliverStub(self._channel)
        self.tls_hash = b"" if client is None else client.digest

    def close(self) -> None:
        """End the connection and whatever is under way on it."""
        self._channel.close()


def open_channel(server: Server, client: TlsClient | None) -> grpc.Channel:
    """A channel to a server; it connects by itself."""
    if server.roots is None:
        return grpc.insecure_channel(server.address, OPTIONS)
    own = (None, None) if client is None else (client.key, client.certificate)
    options = OPTIONS
    if server.name:
        options = (*options, ("grpc.ssl_target_name_override", server.name))
    return grpc.secure_channel(server.address, grpc.ssl_channel_credentials(server.roots, *own), options)
