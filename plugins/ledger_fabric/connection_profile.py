"""The Common Connection Profile, the file in JSON or YAML that all of Fabric's SDKs share."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from maas_ledger_fabric.endpoint import Server

from maas_core.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Profile:
    """What a profile says about its client's organisation."""

    msp_id: str
    gateways: tuple[Server, ...]
    certificate: bytes | None
    """PEM of `signedCert`."""


def read_profile(file: Path, channel: str) -> Profile:
    """The client's organisation and its peers on a channel. Raises `ConfigError` naming the member that is missing.

    Read are: client.organization, organizations (mspid, peers, signedCert), peers (url, tlsCACerts, grpcOptions), and
    channels (peers), if there are any; paths count from the profile's folder, as is usual.
    """
    content = _load(file)
    name = _member(file, content, "client", "organization")
    organisation = _member(file, content, "organizations", name)
    peers = list(_member(file, organisation, "peers", within=f"organizations.{name}"))
    channels = content.get("channels") or {}
    if channels and channel in channels:
        listed = channels[channel].get("peers") or {}
        peers = [one for one in peers if one in listed] or peers
    elif channels and "_default" not in channels:
        raise ConfigError(f"{file}: knows the channels {', '.join(sorted(channels))}, and no {channel!r}")
    gateways = tuple(_peer(file, content, one) for one in peers)
    if not gateways:
        raise ConfigError(f"{file}: organizations.{name}.peers is empty")
    msp_id = str(_member(file, organisation, "mspid", within=f"organizations.{name}"))
    return Profile(msp_id, gateways, _pem(file, organisation.get("signedCert")))


def _load(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the connection profile cannot be read: {error}") from None
    content = _parsed(file, text)
    if not isinstance(content, dict):
        raise ConfigError(f"{file}: is no connection profile")
    return content


def _parsed(file: Path, text: str) -> Any:
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ConfigError(f"{file}: is not JSON: {error}") from None
    import yaml  # noqa: PLC0415 - only for those who have it in YAML

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"{file}: is not YAML: {' '.join(str(error).split())}") from None


def _member(file: Path, content: Mapping[str, Any], *path: str, within: str = "") -> Any:
    found: Any = content
    for place, name in enumerate(path):
        found = found.get(name) if isinstance(found, dict) else None
        if not found:
            where = ".".join([part for part in (within, *path[: place + 1]) if part])
            raise ConfigError(f"{file}: {where} is missing")
    return found


def _peer(file: Path, content: Mapping[str, Any], name: str) -> Server:
    peer = _member(file, content, "peers", name)
    url = str(_member(file, peer, "url", within=f"peers.{name}"))
    parts = urlsplit(url if "://" in url else f"grpcs://{url}")
    options = peer.get("grpcOptions") or {}
    secure = parts.scheme != "grpc"
    roots = _pem(file, peer.get("tlsCACerts")) if secure else None
    if secure and roots is None:
        raise ConfigError(f"{file}: peers.{name}.tlsCACerts is missing, and {url} is reached by TLS")
    override = str(options.get("ssl-target-name-override") or options.get("hostnameOverride") or "")
    if not parts.netloc.rpartition(":")[0]:
        raise ConfigError(f"{file}: peers.{name}.url is {url!r}; accepted: grpcs://HOST:PORT")
    return Server(parts.netloc, roots, override)


def _pem(file: Path, value: Any) -> bytes | None:
    """The content of the file that {"path": ...} names, or of {"pem": ...}."""
    if not isinstance(value, dict):
        return None
    if value.get("path"):
        place = file.parent / str(value["path"])
        try:
            return place.read_bytes()
        except OSError as error:
            raise ConfigError(f"{file}: names {place}, which cannot be read: {error.strerror}") from None
    pem = value.get("pem") or ""
    return ("\n".join(pem) if isinstance(pem, list) else str(pem)).encode() or None
