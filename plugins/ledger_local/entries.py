"""What is signed and what is hashed; every field has a fixed width and every preimage begins with a domain tag.

    transaction  SHA-256(tag "maas-log/1/tx"    | log | sender | payload)
    signature    Ed25519(tag "maas-log/1/sign"  | transaction)
    entry        SHA-256(tag "maas-log/1/entry" | digest before | position u64 | time u64 | transaction | signature)

`log` is the random name of the file, so that an entry of one log means nothing in another one; it is also the digest
before the first entry. A sealed transaction is: sender (32 bytes) | signature (64) | payload.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from maas_core.ports.ordered_log import BrokenEntry
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Attempt
from maas_core.protocol.digests import tag

SENDER_SIZE = 32
SIGNATURE_SIZE = 64
HEADER_SIZE = SENDER_SIZE + SIGNATURE_SIZE


@dataclass(frozen=True, slots=True)
class Sealed:
    """A signed payload, taken apart."""

    transaction: bytes
    sender: bytes
    signature: bytes
    payload: bytes


class Place(NamedTuple):
    """Where an entry stands; before the first one: position 0, the log's id, time 0."""

    position: int
    digest: bytes
    time: int


COLUMNS = "position, digest, time, sender, tx, payload, signature"
Row = tuple[int, bytes, int, bytes, bytes, bytes, bytes]
"""A row of the file, its fields in the order of `COLUMNS`."""
ROW_TYPES = (int, bytes, int, bytes, bytes, bytes, bytes)
LATEST = 2**63 - 1


def seal(log: bytes, signer: Signer, payload: bytes) -> Attempt:
    """Sign a payload for a log."""
    transaction = transaction_id(log, signer.public_key, payload)
    signature = signer.sign(tag("maas-log/1/sign") + transaction)
    return Attempt(transaction, signer.public_key + signature + payload)


def unseal(log: bytes, sealed: bytes) -> Sealed:
    """The parts of a sealed transaction, of whatever length they are; checks nothing."""
    sender, signature = sealed[:SENDER_SIZE], sealed[SENDER_SIZE:HEADER_SIZE]
    payload = sealed[HEADER_SIZE:]
    return Sealed(transaction_id(log, sender, payload), sender, signature, payload)


def transaction_id(log: bytes, sender: bytes, payload: bytes) -> bytes:
    """The name of a payload of one sender in one log."""
    return sha256(tag("maas-log/1/tx") + log + sender + payload).digest()


def is_signed(sealed: Sealed) -> bool:
    """Whether the sender signed it."""
    try:
        key = Ed25519PublicKey.from_public_bytes(sealed.sender)
        key.verify(sealed.signature, tag("maas-log/1/sign") + sealed.transaction)
    except (ValueError, InvalidSignature):
        return False
    return True


def next_place(last: Place, time: int, sealed: Sealed) -> Place:
    """Where a sealed transaction stands after the last one."""
    position = last.position + 1
    place = position.to_bytes(8, "big") + time.to_bytes(8, "big")
    digest = sha256(tag("maas-log/1/entry") + last.digest + place + sealed.transaction + sealed.signature).digest()
    return Place(position, digest, time)


def audited(log: bytes, last: Place, row: Row) -> Place:
    """The place of a row of the file, if all of it is what it must be. Raises `BrokenEntry`."""
    if tuple(map(type, row)) != ROW_TYPES or not last.time <= row[2] <= LATEST:
        raise BrokenEntry(
            last.position + 1, "its fields are not what they can be, or its time lies before the last one's"
        )
    position, digest, time, sender, transaction, payload, signature = row
    sealed = Sealed(transaction_id(log, sender, payload), sender, signature, payload)
    findings = (
        ("it is missing", position == last.position + 1),
        ("its transaction's id is not that of its payload", sealed.transaction == transaction),
        ("its digest does not follow from it and the entry before", next_place(last, time, sealed).digest == digest),
        ("its signature is not the sender's", is_signed(sealed)),
    )
    for reason, holds in findings:
        if not holds:
            raise BrokenEntry(last.position + 1, reason)
    return Place(position, digest, time)
