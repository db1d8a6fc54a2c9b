"""The chaincode's package: it holds no code, only where the chaincode's service is."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass

DIAL_TIMEOUT = "5s"


@dataclass(frozen=True, slots=True)
class ServiceTls:
    """How peers and the service know each other; all PEM."""

    root_certificate: str
    """CA of the service's certificate."""
    client_certificate: str
    """What a peer shows."""
    client_key: str


def chaincode_package(label: str, address: str, tls: ServiceTls | None) -> bytes:
    """A package for `peer lifecycle chaincode install`; the same arguments give the same bytes and so the same id."""
    connection: dict[str, object] = {
        "address": address,
        "dial_timeout": DIAL_TIMEOUT,
        "tls_required": tls is not None,
    }
    if tls is not None:
        connection |= {
            "client_auth_required": True,
            "client_key": tls.client_key,
            "client_cert": tls.client_certificate,
            "root_cert": tls.root_certificate,
        }
    code = _tar_gz({"connection.json": json.dumps(connection).encode()})
    metadata = json.dumps({"type": "ccaas", "label": label}).encode()
    return _tar_gz({"metadata.json": metadata, "code.tar.gz": code})


def package_id(label: str, package: bytes) -> str:
    """The id that peers give it, and that the service is told by CORE_CHAINCODE_ID_NAME."""
    return f"{label}:{hashlib.sha256(package).hexdigest()}"


def _tar_gz(files: Mapping[str, bytes]) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            entry.mode = 0o644
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), mtime=0)
