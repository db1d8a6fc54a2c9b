"""From settings to a client: reads the files that the config names, and says which one is wrong."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding
from maas_ledger_fabric.client import Client
from maas_ledger_fabric.connection_profile import read_profile
from maas_ledger_fabric.endpoint import Endpoint, Server, TlsClient, server_of
from maas_ledger_fabric.gateway import GatewayClient
from maas_ledger_fabric.hfc.client import HfcClient
from maas_ledger_fabric.hfc.setup import find_python
from maas_ledger_fabric.identity import Identity, load_identity, read_certificate
from maas_ledger_fabric.settings import Settings

from maas_core.errors import ConfigError
from maas_core.ports.backends import Context


@dataclass(frozen=True, slots=True)
class Place:
    """Who works where: the settings, completed from the connection profile."""

    msp_id: str
    certificate_file: Path
    """Where the certificate is from, for messages."""
    certificate: bytes
    gateways: tuple[Server, ...]


def place_of(settings: Settings, directory: Path) -> Place:
    """What the settings say, else what the connection profile says. Raises `ConfigError`."""
    gateways = tuple(server_of(peer, directory) for peer in settings.gateways)
    msp_id, file, certificate = settings.msp_id, directory / (settings.certificate or ""), b""
    if settings.certificate is not None:
        certificate = read_certificate(file)[1]
    if settings.connection_profile is not None:
        profile = directory / settings.connection_profile
        found = read_profile(profile, settings.channel)
        msp_id, gateways = msp_id or found.msp_id, gateways or found.gateways
        if not certificate:
            file, certificate = profile, found.certificate or b""
        if not certificate:
            raise ConfigError(f"{profile}: no `signedCert` for {msp_id}: set `certificate` in [ledger.settings]")
    return Place(msp_id, file, certificate, gateways)


def identity_of(place: Place, context: Context) -> Identity:
    """Who signs. Raises `ConfigError`."""
    if context.signer is None:
        raise ConfigError("Fabric answers nobody without an identity: a node that only reads needs a [signer], too")
    return load_identity(place.msp_id, place.certificate_file, place.certificate, context.signer, context.clock.now())


def open_client(settings: Settings, context: Context, identity: Identity, servers: Sequence[Server]) -> Client:
    """A client that works through peers. Raises `ConfigError`."""
    names = (context.clock, settings.channel, settings.chaincode)
    if settings.client == "hfc":
        if settings.tls_certificate is not None:
            raise ConfigError('client = "hfc" has no TLS certificates of clients: leave `tls_certificate` out')
        python = find_python(settings.hfc_python)
        return HfcClient(python, identity, servers, *names, peer_seconds=settings.peer_seconds)
    tls = tls_client(settings, context.directory)
    endpoints = [Endpoint(server, tls) for server in servers]
    return GatewayClient(
        identity, endpoints, *names, peer_seconds=settings.peer_seconds, concurrency=settings.concurrency
    )


def tls_client(settings: Settings, directory: Path) -> TlsClient | None:
    """What is shown to peers that demand a TLS certificate. Raises `ConfigError`."""
    if settings.tls_certificate is None or settings.tls_key is None:
        return None
    certificate, pem = read_certificate(directory / settings.tls_certificate)
    file = directory / settings.tls_key
    try:
        key = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: the TLS key cannot be read: {error.strerror}") from None
    return TlsClient(pem, key, hashlib.sha256(certificate.public_bytes(Encoding.DER)).digest())
