"""Who signs on Fabric: an MSP id, an X.509 certificate, and a key that may be anywhere."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from maas_ledger_fabric.protos import identities

from maas_core.errors import ConfigError
from maas_core.ports.signer import Scheme, Signer

TAG = b"maas/1/fabric".ljust(16, b"\0")


@dataclass(frozen=True, slots=True)
class Identity:
    """A member of an organisation that signs."""

    msp_id: str
    certificate: x509.Certificate
    signer: Signer
    serialized: bytes
    """`msp.SerializedIdentity`: the creator of transactions."""

    def sign(self, message: bytes) -> bytes:
        """ECDSA with SHA-256, DER, of the two possible s the lower one, as Fabric's MSP demands."""
        signature = self.signer.sign(hashlib.sha256(message).digest())
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
        return encode_dss_signature(r, s)

    @property
    def protocol_identity(self) -> bytes:
        """The 32 bytes by which the protocol knows it."""
        return protocol_identity(self.msp_id, self.certificate)

    @property
    def label(self) -> str:
        """For people."""
        return f"{self.msp_id}: {self.certificate.subject.rfc4514_string()}"


def protocol_identity(msp_id: str, certificate: x509.Certificate) -> bytes:
    """SHA-256 of tag, MSP id, issuer and subject, as the chaincode computes it (chaincode/identity.go)."""
    hashed = hashlib.sha256(TAG)
    for part in (msp_id.encode(), certificate.issuer.public_bytes(), certificate.subject.public_bytes()):
        hashed.update(len(part).to_bytes(2, "big") + part)
    return hashed.digest()


def load_identity(msp_id: str, file: Path, content: bytes, signer: Signer, now: int) -> Identity:
    """The identity of a certificate (the PEM content of `file`, which errors name) and the key that fits it.

    Raises `ConfigError` for no certificate, one that is not valid at `now` (seconds UTC), or one of another key.
    """
    certificate, pem = parse_certificate(file, content)
    require_valid(file, certificate, now)
    public = certificate.public_key()
    if not isinstance(public, EllipticCurvePublicKey) or not isinstance(public.curve, SECP256R1):
        raise ConfigError(f"{file}: the certificate's key is not of P-256, which is what Fabric's identities are")
    if signer.scheme is not Scheme.P256:
        raise ConfigError(f'Fabric signs with P-256, the [signer] is {signer.scheme}: set `scheme = "p256"`')
    if public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) != signer.public_key:
        raise ConfigError(f"{file}: the certificate belongs to another key than the one in [signer]")
    creator = identities.SerializedIdentity(mspid=msp_id, id_bytes=pem).SerializeToString()
    return Identity(msp_id, certificate, signer, creator)


def read_certificate(file: Path) -> tuple[x509.Certificate, bytes]:
    """The first certificate of a PEM file, and its PEM. Raises `ConfigError`."""
    try:
        return parse_certificate(file, file.read_bytes())
    except OSError as error:
        raise ConfigError(f"{file}: the certificate cannot be read: {error.strerror}") from None


def parse_certificate(file: Path, content: bytes) -> tuple[x509.Certificate, bytes]:
    """The first certificate of the content of a PEM file, and its PEM. Raises `ConfigError`."""
    try:
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError:
        raise ConfigError(f"{file}: holds no X.509 certificate in PEM") from None
    return certificate, certificate.public_bytes(Encoding.PEM)


def require_valid(file: Path, certificate: x509.Certificate, now: int) -> None:
    """Raises `ConfigError` for a certificate that is not valid yet, or not any more."""
    moment = datetime.fromtimestamp(now, UTC)
    if moment > certificate.not_valid_after_utc:
        raise ConfigError(f"{file}: the certificate expired on {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC")
    if moment < certificate.not_valid_before_utc:
        begin = certificate.not_valid_before_utc
        raise ConfigError(f"{file}: the certificate is valid from {begin:%Y-%m-%d %H:%M} UTC on, and it is not yet")
