"""The options of `maasctl devnet up eth`."""

from dataclasses import dataclass, field
from pathlib import Path

GETH = "1.13.15"
"""The last version that seals Clique blocks."""


@dataclass(frozen=True, slots=True)
class DevnetSettings:
    """How the network is to be."""

    signers: int = field(default=3, metadata={"help": "geth nodes, each a signer", "min": 1, "max": 9})
    period: int = field(
        default=1,
        metadata={
            "help": "seconds from block to block; 0, with one signer: a block as transactions come",
            "min": 0,
            "max": 60,
        },
    )
    free_gas: bool = field(
        default=True,
        metadata={"help": "gas costs nothing (rules of Berlin); else accounts are funded", "off": "--funded"},
    )
    gas_limit: int = field(default=30_000_000, metadata={"help": "gas of a block", "min": 10_000_000})
    geth: Path | None = field(default=None, metadata={"help": f"geth {GETH}"})
    watchdog: bool = field(default=True, metadata={"help": "repair signers that block each other"})

    def __post_init__(self) -> None:
        """Check what one field's type cannot say."""
        if self.period < (0 if self.signers == 1 else 1):
            raise ValueError("period: is too short; accepted: 1 to 60, and 0 with --signers 1")
        if self.signers % 2 == 0:
            raise ValueError(
                "signers: two halves of an even number can block each other for ever; accepted: 1, 3, 5, 7, 9"
            )
