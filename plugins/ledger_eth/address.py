"""Addresses, and how they stand for the protocol's identities of 32 bytes."""

from eth_utils.crypto import keccak
from rlp import encode  # type: ignore[import-untyped]

from maas_core.errors import SignerError, UsageError
from maas_core.ports.signer import Scheme, Signer

ADDRESS_SIZE = 20


def address_of(public_key: bytes) -> bytes:
    """The address of an uncompressed secp256k1 key: the last 20 bytes of the Keccak-256 of its coordinates."""
    return keccak(public_key[1:])[-ADDRESS_SIZE:]


def signer_address(signer: Signer) -> bytes:
    """The address that a signer signs for. Raises `SignerError` for a key of another kind."""
    if signer.scheme is not Scheme.SECP256K1:
        raise SignerError(f"this ledger signs with a secp256k1 key, not {signer.scheme}: use backend keystore")
    return address_of(signer.public_key)


def identity_of(address: bytes) -> bytes:
    """As a party of the protocol carries it."""
    return address.rjust(32, b"\0")


def created_address(creator: bytes, nonce: int) -> bytes:
    """Where the contract lies that an account creates (Yellow Paper, section 7)."""
    return keccak(encode([creator, nonce]))[-ADDRESS_SIZE:]


def checksummed(address: bytes) -> str:
    """The address as people write it (EIP-55)."""
    plain = address.hex()
    digits = keccak(plain.encode()).hex()
    return "0x" + "".join(one.upper() if int(digit, 16) > 7 else one for one, digit in zip(plain, digits, strict=False))


def parse_address(text: str) -> bytes:
    """From 0x and 40 hex digits. Raises `UsageError`."""
    try:
        address = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        address = b""
    if len(address) != ADDRESS_SIZE:
        raise UsageError(f"{text!r} is no address; accepted: 0x and 40 hexadecimal digits")
    return address
