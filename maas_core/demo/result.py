"""What a run of the demo comes to."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class BillRow:
    """One invoice as the tables and the plot show it."""

    machine: str
    period: str
    """As "2018-01"; the day of a final one; who bills whom for a service."""
    quantity: str
    amount: int
    """Minor units, as it was settled."""
    claimed: int
    """Minor units, as it was first issued."""
    state: str


@dataclass(frozen=True, slots=True)
class Stop:
    """A machine's stop by business time, seconds UTC; `until` is None if it was not restarted."""

    machine: str
    cause: str
    since: int
    until: int | None


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One final event for the timeline."""

    event: str
    """Its name in the protocol."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of what there was, from the ledger's final events."""

    readings: int
    batches: int
    anchors: int
    invoices: int
    disputes: int
    rulings: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What separate processes found that read ledger and storage only."""

    all_recomputed: bool
    """Every invoice gave what was accepted or ruled."""
    verified: bool
    """Every batch that an anchor names is what was anchored."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A run of the demo."""

    ledger: str
    storage: str
    counts: Counts
    checked: Checked
    seconds: float

    def figures(self) -> dict[str, Any]:
        """What `--json FILE` writes."""
        names = {"ledger": self.ledger, "storage": self.storage}
        return {**names, **asdict(self.counts), **asdict(self.checked), "seconds": self.seconds}


@dataclass(frozen=True, slots=True)
class Story:
    """What the report shows beside the summary."""

    bills: tuple[BillRow, ...]
    stops: tuple[Stop, ...]
    entries: tuple[LedgerEntry, ...]
    facts: tuple[tuple[str, str], ...] = field(default=())
    """What happened, in order: (heading, sentence)."""
