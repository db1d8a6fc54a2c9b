"""A P-256 key in a PEM file, for administrators' identities; a party's own key comes from the [signer]."""

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from maas_core.errors import SignerError
from maas_core.ports.signer import Scheme

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""SEC 2, secp256r1, n."""


@dataclass(frozen=True, slots=True)
class PemSigner:
    """Signs SHA-256 digests."""

    public_key: bytes
    _key: EllipticCurvePrivateKey = field(repr=False)
    scheme: Scheme = Scheme.P256

    def sign(self, message: bytes) -> bytes:
        """64 bytes: r and s, of the two possible s the lower one."""
        r, s = decode_dss_signature(self._key.sign(message, ECDSA(Prehashed(SHA256()))))
        return r.to_bytes(32, "big") + min(s, ORDER - s).to_bytes(32, "big")


def read_signer(file: Path) -> PemSigner:
    """The signer of a key file, not encrypted. Raises `SignerError`."""
    try:
        key = load_pem_private_key(file.read_bytes(), None)
    except OSError as error:
        raise SignerError(f"{file}: the key cannot be read: {error.strerror}") from None
    except (ValueError, TypeError):
        raise SignerError(f"{file}: holds no unencrypted private key in PEM") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise SignerError(f"{file}: holds another kind of key than P-256")
    return PemSigner(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint), key)
