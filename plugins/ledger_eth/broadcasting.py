"""What an endpoint's answer to a sent transaction means. The words are those of geth, Besu, Nethermind and anvil."""

from maas_ledger_eth.transport.rpc import Fault

from maas_core.ports.workflow import BroadcastStatus

WORDS: tuple[tuple[tuple[str, ...], BroadcastStatus], ...] = (
    (("already known", "known transaction", "already imported", "already in mempool"), BroadcastStatus.KNOWN),
    (
        ("nonce too low", "nonce is too low", "oldnonce", "nonce already used", "invalid transaction nonce"),
        BroadcastStatus.DEAD,
    ),
    (
        ("underpriced", "fee too low", "gas price too low", "feetoolow", "less than block base fee"),
        BroadcastStatus.RESIGN,
    ),
    (
        (
            "exceeds block gas limit",
            "intrinsic gas",
            "oversized data",
            "invalid sender",
            "invalid chain id",
            "chain id mismatch",
            "wrong chain",
            "transaction type not supported",
            "invalid signature",
        ),
        BroadcastStatus.REFUSED,
    ),
)
"""What is not among them is tried again: no funds, a full pool, a full disk, a node that starts."""


def meaning(fault: Fault) -> BroadcastStatus:
    """What became of a transaction for which the endpoint gave this fault."""
    text = fault.message.lower()
    for words, status in WORDS:
        if any(word in text for word in words):
            return status
    return BroadcastStatus.RETRY_SAME
