"""Transactions as bytes: made, signed, and read again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak
from rlp import decode, encode  # type: ignore[import-untyped]

from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Attempt

DYNAMIC_TYPE = b"\x02"
"""EIP-2718 type of EIP-1559 transactions."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a transaction pays for each gas, in wei."""

    price: int
    """The price; with a tip the highest price."""
    tip: int | None = None
    """What of it goes to the block's maker (EIP-1559); None: a transaction of the older form."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A transaction before it is signed; `to` is empty to create a contract."""

    nonce: int
    offer: Offer
    gas: int
    to: bytes
    data: bytes
    value: int = 0


def sign(draft: Draft, chain_id: int, signer: Signer) -> Attempt:
    """The transaction's bytes (EIP-155 or EIP-1559) and its id."""
    fields: list[Any]
    body: list[Any] = [draft.gas, draft.to, draft.value, draft.data]
    if draft.offer.tip is None:
        fields = [draft.nonce, draft.offer.price, *body]
        parity, r, s = _signature(signer, encode([*fields, chain_id, 0, 0]))
        payload = encode([*fields, parity + 35 + 2 * chain_id, r, s])
    else:
        fields = [chain_id, draft.nonce, draft.offer.tip, draft.offer.price, *body, []]
        parity, r, s = _signature(signer, DYNAMIC_TYPE + encode(fields))
        payload = DYNAMIC_TYPE + encode([*fields, parity, r, s])
    return Attempt(keccak(payload), payload, draft.nonce)


def offer_of(attempt: Attempt) -> Offer:
    """What a signed transaction offers."""
    payload = attempt.payload
    fields: Sequence[bytes] = decode(payload.removeprefix(DYNAMIC_TYPE)) if payload[:1] == DYNAMIC_TYPE else ()
    if fields:
        return Offer(int.from_bytes(fields[3], "big"), int.from_bytes(fields[2], "big"))
    return Offer(int.from_bytes(decode(payload)[1], "big"))


def _signature(signer: Signer, unsigned: bytes) -> tuple[int, int, int]:
    signature = signer.sign(keccak(unsigned))
    return signature[64], int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:64], "big")
