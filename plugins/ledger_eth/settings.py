"""What the config says about a chain and how to talk to it."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
DEPLOYMENT = re.compile(r"[0-9a-fA-F]{64}")
ENDPOINT = re.compile(r"(https?|wss?)://\S+|tester:\S*")


class ChainKind(StrEnum):
    """What makes a block of the chain final, and who may change its validators."""

    CLIQUE = "clique"
    """Proof of authority; final by depth."""
    QBFT = "qbft"
    """Every block is final."""
    POS = "pos"
    """Proof of stake; final up to the tag `finalized`."""
    ANVIL = "anvil"
    """A development chain, also the one in this process; final by depth."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Table [ledger.settings]."""

    endpoints: tuple[str, ...] = field(
        metadata={
            "help": "JSON-RPC: http://, https://, ws:// or wss://; the first that is well is used. tester: in here"
        }
    )
    contract: str = field(default="", metadata={"help": "the deployment's address, or its digest (64 hex digits)"})
    chain: ChainKind = field(default=ChainKind.CLIQUE, metadata={"help": "what kind of chain it is"})
    chain_id: int | None = field(default=None, metadata={"help": "refuse endpoints of another chain", "min": 1})
    agree: int = field(
        default=1, metadata={"help": "how many endpoints must say the same before it is believed", "min": 1, "max": 16}
    )
    fees: Literal["auto", "legacy", "dynamic"] = field(
        default="auto",
        metadata={"help": "the form of transactions: EIP-1559 (dynamic) or before; auto: as blocks show"},
    )
    gas_price: int | None = field(
        default=None, metadata={"help": "wei for each gas; left out: what the endpoint suggests", "min": 0}
    )
    tip: int | None = field(
        default=None, metadata={"help": "wei for each gas to the block's maker; left out: as suggested", "min": 0}
    )
    highest_price: int = field(
        default=10**12, metadata={"help": "wei for each gas that is never exceeded", "min": 0, "max": 10**18}
    )
    endpoint_seconds: float = field(
        default=2.0, metadata={"help": "how long one endpoint may take while others are left", "min": 0.05, "max": 60}
    )
    batch: int = field(default=100, metadata={"help": "requests that travel together", "min": 1, "max": 1000})
    log_blocks: int = field(
        default=2_000, metadata={"help": "blocks that one request for events spans at most", "min": 1, "max": 100_000}
    )
    start_block: int = field(default=0, metadata={"help": "no event of the deployment is older", "min": 0})

    def __post_init__(self) -> None:
        """Check what one field's type cannot say."""
        if not self.endpoints or not all(ENDPOINT.fullmatch(one) for one in self.endpoints):
            raise ValueError(
                "endpoints: there is none, or one is no URL; accepted: http(s)://..., ws(s)://..., tester:"
            )
        if self.contract and not (ADDRESS.fullmatch(self.contract) or DEPLOYMENT.fullmatch(self.contract)):
            raise ValueError("contract: is none; accepted: an address (0x and 40 hex digits), or 64 hex digits")
        if not self.contract and not self.endpoints[0].startswith("tester:"):
            raise ValueError("contract: is missing; accepted: an address (0x and 40 hex digits), or 64 hex digits")
        if self.agree > len(self.endpoints):
            raise ValueError(f"agree: there are {len(self.endpoints)} endpoints; accepted: at most so many")
