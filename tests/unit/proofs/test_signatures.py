"""Signatures of all schemes, against keys made here."""

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256K1, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from maas_core.proofs.signatures import SCHEMES, sign_document, verify, verify_document

MESSAGE = sha256(b"message").digest()
ORDERS = {
    "p256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
}


class Ed25519:
    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class OnCurve:
    def __init__(self, scheme: str) -> None:
        self.scheme = scheme
        self._key = generate_private_key(SECP256R1() if scheme == "p256" else SECP256K1())
        self.public_key = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def sign(self, message: bytes, *, high: bool = False) -> bytes:
        order = ORDERS[self.scheme]
        r, s = decode_dss_signature(self._key.sign(message, ECDSA(Prehashed(SHA256()))))
        s = max(s, order - s) if high else min(s, order - s)
        return r.to_bytes(32) + s.to_bytes(32) + (b"\x01" if self.scheme == "secp256k1" else b"")


@pytest.fixture(params=SCHEMES)
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


Key = Ed25519 | OnCurve


def new_key(scheme: str) -> Key:
    return Ed25519() if scheme == "ed25519" else OnCurve(scheme)


@pytest.fixture
def key(scheme: str) -> Key:
    return new_key(scheme)


def test_the_key_that_signed_is_recognised_and_no_other(scheme: str, key: Key) -> None:
    signature = key.sign(MESSAGE)
    assert verify(scheme, key.public_key, MESSAGE, signature)
    assert not verify(scheme, new_key(scheme).public_key, MESSAGE, signature)


def test_another_message_or_signature_is_refused(scheme: str, key: Key) -> None:
    signature = key.sign(MESSAGE)
    assert not verify(scheme, key.public_key, sha256(b"other").digest(), signature)
    for at in (0, 31, 32, 63):
        changed = bytes(byte ^ (at == place) for place, byte in enumerate(signature))
        assert not verify(scheme, key.public_key, MESSAGE, changed)


@pytest.mark.parametrize("cut", [0, 1, 63])
def test_a_malformed_signature_is_refused(scheme: str, key: Key, cut: int) -> None:
    assert not verify(scheme, key.public_key, MESSAGE, key.sign(MESSAGE)[:cut])


def test_a_malformed_key_is_refused(scheme: str, key: Key) -> None:
    signature = key.sign(MESSAGE)
    for wrong in (b"", key.public_key[:-1], b"\x02" + key.public_key[1:33], bytes(len(key.public_key))):
        assert not verify(scheme, wrong, MESSAGE, signature)


@pytest.mark.parametrize("scheme", ["p256", "secp256k1"])
def test_the_second_spelling_of_a_signature_is_refused(key: OnCurve, scheme: str) -> None:
    assert not verify(scheme, key.public_key, MESSAGE, key.sign(MESSAGE, high=True))


@pytest.mark.parametrize("scheme", ["p256", "secp256k1"])
def test_on_a_curve_only_digests_are_signed(key: Key, scheme: str) -> None:
    assert not verify(scheme, key.public_key, MESSAGE + b"x", key.sign(MESSAGE))


@pytest.mark.parametrize("scheme", ["secp256k1"])
def test_a_recovery_id_that_there_is_not_is_refused(key: Key, scheme: str) -> None:
    assert not verify(scheme, key.public_key, MESSAGE, key.sign(MESSAGE)[:64] + b"\x04")


def test_an_unknown_scheme_is_refused() -> None:
    key = Ed25519()
    assert not verify("rsa", key.public_key, MESSAGE, key.sign(MESSAGE))


def test_a_document_signed_for_one_purpose_is_not_signed_for_another(scheme: str, key: Key) -> None:
    signature = sign_document(key, "terms", MESSAGE)
    assert verify_document(scheme, key.public_key, "terms", MESSAGE, signature)
    assert not verify_document(scheme, key.public_key, "statement", MESSAGE, signature)
    assert not verify_document(scheme, key.public_key, "terms", sha256(MESSAGE).digest(), signature)
