"""Signatures of the schemes that signers know, checked by anybody, and how documents are signed."""

from hashlib import sha256
from typing import Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256K1,
    SECP256R1,
    EllipticCurve,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

ED25519 = "ed25519"
P256 = "p256"
SECP256K1_NAME = "secp256k1"
SCHEMES = (ED25519, P256, SECP256K1_NAME)

_DIGEST = 32
_POINT = 65
_UNCOMPRESSED = 4
_RECOVERY_IDS = 4
_SIZES = {ED25519: 64, P256: 64, SECP256K1_NAME: 65}
_CURVES: dict[str, tuple[EllipticCurve, int]] = {
    P256: (SECP256R1(), 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551),
    SECP256K1_NAME: (SECP256K1(), 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141),
}
"""Curves and their orders n (SEC 2). Of s and n - s only the lower is accepted: a signature has one spelling."""

_DOCUMENT = b"maas/1 signed document\x00"


class SigningKey(Protocol):
    """What signs a document: a node's signer (ports/signer.py) or a device's key."""

    def sign(self, message: bytes) -> bytes:
        """A signature of a 32-byte message."""


def verify(scheme: str, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of a key signed a message; False for whatever is malformed, too.

    Keys, messages and signatures are as in ports/signer.py: for secp256k1 and P-256 the message is a 32-byte digest.
    """
    if len(signature) != _SIZES.get(scheme, -1):
        return False
    try:
        if scheme == ED25519:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
            return True
        return _verify_on_curve(scheme, public_key, message, signature)
    except (ValueError, InvalidSignature, UnsupportedAlgorithm):
        return False


def _verify_on_curve(scheme: str, public_key: bytes, message: bytes, signature: bytes) -> bool:
    curve, order = _CURVES[scheme]
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
    recovery = signature[64:]
    if len(message) != _DIGEST or len(public_key) != _POINT or public_key[0] != _UNCOMPRESSED:
        return False
    if not 0 < s <= order // 2 or (recovery and recovery[0] >= _RECOVERY_IDS):
        return False
    key = EllipticCurvePublicKey.from_encoded_point(curve, public_key)
    key.verify(encode_dss_signature(r, s), message, ECDSA(Prehashed(SHA256())))
    return True


def document_message(tag: str, digest: bytes) -> bytes:
    """The 32 bytes that are signed for a document: a signature for one tag is none for another."""
    name = tag.encode()
    return sha256(_DOCUMENT + len(name).to_bytes(2, "big") + name + digest).digest()


def sign_document(signer: SigningKey, tag: str, digest: bytes) -> bytes:
    """Sign a document's digest. Raises `SignerError`."""
    return signer.sign(document_message(tag, digest))


def verify_document(scheme: str, public_key: bytes, tag: str, digest: bytes, signature: bytes) -> bool:
    """Whether the holder of a key signed this document."""
    return verify(scheme, public_key, document_message(tag, digest), signature)
