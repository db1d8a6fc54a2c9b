"""The first block of a Clique chain."""

from collections.abc import Mapping, Sequence
from typing import Any

from maas_core.errors import UsageError

BERLIN = (
    "homesteadBlock",
    "eip150Block",
    "eip155Block",
    "eip158Block",
    "byzantiumBlock",
    "constantinopleBlock",
    "petersburgBlock",
    "istanbulBlock",
    "berlinBlock",
)
"""The rules that hold from the first block on; later ones than London stop or crash signers of Clique."""
EPOCH = 30_000
"""Blocks after which open votes are forgotten."""
VANITY, SEAL = 32, 65
"""Bytes before and after the signers' addresses in a block's extra data (EIP-225)."""


def clique_genesis(
    signers: Sequence[bytes],
    *,
    chain_id: int,
    period: int,
    free_gas: bool,
    gas_limit: int,
    time: int,
    balances: Mapping[bytes, int],
) -> dict[str, Any]:
    """The genesis that `geth init` takes.

    Free gas needs the rules of Berlin: under London's the base fee rises from 0 to 1 wei with the first full block, and
    nobody can pay that. Raises `UsageError` for no or repeated signers.
    """
    if not signers or len(set(signers)) != len(signers):
        raise UsageError("a Clique chain needs signers, each named once")
    rules = BERLIN if free_gas else (*BERLIN, "londonBlock")
    extra = bytes(VANITY) + b"".join(sorted(signers)) + bytes(SEAL)
    return {
        "config": {"chainId": chain_id, **dict.fromkeys(rules, 0), "clique": {"period": period, "epoch": EPOCH}},
        "difficulty": "0x1",
        "gasLimit": hex(gas_limit),
        "timestamp": hex(time),
        "extraData": "0x" + extra.hex(),
        "alloc": {address.hex(): {"balance": hex(amount)} for address, amount in balances.items()},
    }
