"""How much gas a command may use at most: a bound with room above docs/gas.md; what is not used is not paid."""

from maas_core.protocol import commands as c

TRANSACTION = 21_000
BYTE = 16
"""Gas of a byte of call data that is not zero (EIP-2028)."""
USUAL = 250_000
BOUNDS: dict[type[c.Command], int] = {
    c.Found: 500_000,
    c.Propose: 1_500_000,
    c.Approve: 1_500_000,
    c.AwardTicket: 1_500_000,
}
ANCHOR, ANCHOR_ITEM = 60_000, 40_000


def gas_limit(command: c.Command, data: bytes) -> int:
    """The bound for a command with this call data."""
    if isinstance(command, c.AnchorTelemetry):
        bound = ANCHOR + ANCHOR_ITEM * len(command.items)
    else:
        bound = BOUNDS.get(type(command), USUAL)
    return TRANSACTION + BYTE * len(data) + bound
