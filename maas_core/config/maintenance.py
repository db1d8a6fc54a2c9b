"""The table [maintenance]: what a node watches, how it opens tickets, how it answers others'."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from maas_core.ports.bid_strategy import BidStrategyBackend

WEIGHTS = (4000, 3000, 2000, 1000)
YEAR = 31_536_000
ZERO_TO_DAY = {"min": 0, "max": 86_400}


def _help(text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": text, **bounds}


class RuleKind(StrEnum):
    """What a rule looks for."""

    THRESHOLD = "threshold"
    STATUS = "status"
    SILENCE = "silence"


class WorstQuality(StrEnum):
    """Which readings count."""

    GOOD = "good"
    UNCERTAIN = "uncertain"
    BAD = "bad"


class Cause(StrEnum):
    """What a stop is recorded as."""

    FAILURE = "failure"
    QUALITY = "quality"


class Against(StrEnum):
    """What tells that time has passed without a reading."""

    CLOCK = "clock"
    MACHINE = "machine"


class SelectionName(StrEnum):
    """How a ticket finds its maintainer."""

    FCFS = "fcfs"
    SCORED = "scored"
    SEALED = "sealed"


class Side(StrEnum):
    """A side of an agreement."""

    OEM = "oem"
    CUSTOMER = "customer"


class OnRecovery(StrEnum):
    """What becomes of a machine whose ticket was closed."""

    START = "start"
    RESET_AND_START = "reset-and-start"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class RuleTable:
    """A watchdog's rule, under a name of your choice. A machine in alarm is stopped and gets a ticket."""

    signal: str = field(metadata=_help("The signal that it looks at."))
    kind: RuleKind = field(metadata=_help("What it looks for."))
    machines: tuple[str, ...] = field(
        default=(), metadata=_help("Aliases or ids; all machines that this party is the customer of if left out.")
    )
    above: str = field(default="", metadata=_help('`threshold`: bad above this decimal number, e.g. "85.5".'))
    below: str = field(default="", metadata=_help("`threshold`: bad below this decimal number."))
    clear: str = field(default="", metadata=_help("`threshold`: good again from here on; at the limit if left out."))
    states: tuple[str, ...] = field(default=(), metadata=_help("`status`: the states that are bad, by word or number."))
    hold: int = field(default=0, metadata=_help("Seconds that it has to be bad before the alarm.", min=0, max=YEAR))
    recover: int = field(default=600, metadata=_help("Seconds of good before the alarm is over.", min=0, max=YEAR))
    valid: int = field(
        default=3600,
        metadata=_help("Seconds that a reading stands; `silence`: without one, the alarm.", min=1, max=YEAR),
    )
    worst: WorstQuality = field(
        default=WorstQuality.UNCERTAIN, metadata=_help("Readings of a worse quality are passed over.")
    )
    cause: Cause = field(default=Cause.FAILURE, metadata=_help("What the stop is recorded as."))
    against: Against = field(
        default=Against.CLOCK,
        metadata=_help("`silence`: told by this node's clock, or by the machine's other signals (historic data)."),
    )

    def __post_init__(self) -> None:
        limits = [one for one in (self.above, self.below) if one]
        if self.kind is RuleKind.THRESHOLD and len(limits) != 1:
            raise ValueError("above: a threshold has one limit; accepted: either `above` or `below`")
        if self.kind is RuleKind.STATUS and not self.states:
            raise ValueError(
                "states: a status rule names bad states; accepted: words or numbers of the signal's states"
            )
        if self.kind is not RuleKind.THRESHOLD and (limits or self.clear):
            raise ValueError(f"above: a {self.kind} rule has no limits; leave above, below and clear out")
        if self.kind is not RuleKind.STATUS and self.states:
            raise ValueError(f"states: a {self.kind} rule has no states; leave them out")


@dataclass(frozen=True, slots=True)
class PlanTable:
    """Preventive work, under a name of your choice. What is due first opens the ticket."""

    work: str = field(metadata=_help("What is to be done, for the maintainers."))
    machines: tuple[str, ...] = field(default=(), metadata=_help("As for rules."))
    every_days: int = field(
        default=0, metadata=_help("Days since the last time; 0: does not count.", min=0, max=36_500)
    )
    every_running_hours: int = field(
        default=0, metadata=_help("Hours that the machine ran since; 0: does not count.", min=0, max=1_000_000)
    )

    def __post_init__(self) -> None:
        if not (self.every_days or self.every_running_hours):
            raise ValueError(
                "every_days: the work never comes round; accepted: every_days, every_running_hours or both"
            )


@dataclass(frozen=True, slots=True)
class SiteTable:
    """Where a machine stands, by its alias or id; maintainers compute their way to it."""

    latitude: str = field(metadata=_help('Degrees north, e.g. "48.137154".'))
    longitude: str = field(metadata=_help("Degrees east."))


@dataclass(frozen=True, slots=True)
class TicketsTable:
    """The tickets that this node opens by itself."""

    selection: SelectionName = field(
        default=SelectionName.FCFS, metadata=_help("First come, first served; open bids; sealed bids.")
    )
    award_seconds: int = field(default=3600, metadata=_help("`scored`: how long bids are taken.", min=1, max=YEAR))
    award_from: int = field(
        default=0, metadata=_help("`scored`: so many bids allow an earlier award; 0: none.", min=0, max=64)
    )
    commit_seconds: int = field(default=3600, metadata=_help("`sealed`: how long bids are taken.", min=1, max=YEAR))
    reveal_seconds: int = field(
        default=3600, metadata=_help("`sealed`: how long they are opened after that.", min=1, max=YEAR)
    )
    weights: tuple[int, ...] = field(
        default=WEIGHTS, metadata=_help("Price, time, reputation, proximity; sum 10000.", min=0, max=10_000)
    )
    deadline_seconds: int = field(
        default=604_800, metadata=_help("How long the work may take; from then on it is late.", min=1, max=YEAR)
    )
    payer: Side = field(default=Side.OEM, metadata=_help("Who pays."))
    work: str = field(default="Find the cause and repair it.", metadata=_help("What is to be done."))
    service: Path | None = field(
        default=None, metadata=_help("What is paid: a JSON file as in docs/maintenance.md; nothing if left out.")
    )

    def __post_init__(self) -> None:
        if len(self.weights) != 4 or sum(self.weights) != 10_000:
            raise ValueError("weights: accepted: four whole numbers that sum to 10000")
        bidding = {
            SelectionName.FCFS: 0,
            SelectionName.SCORED: self.award_seconds,
            SelectionName.SEALED: self.commit_seconds + self.reveal_seconds,
        }[self.selection]
        if self.deadline_seconds <= bidding:
            raise ValueError(f"deadline_seconds: bidding alone takes {bidding}; accepted: more than that")


@dataclass(frozen=True, slots=True)
class OwnerTable:
    """What this node does by itself about tickets that its party opened."""

    watch: bool = field(default=True, metadata=_help("Stop a machine in alarm and open its ticket."))
    award: bool = field(default=True, metadata=_help("Award when the ticket says so."))
    release_late: bool = field(default=True, metadata=_help("Take a ticket from an assignee after the deadline."))
    close: bool = field(default=True, metadata=_help("Close with a rating when telemetry shows recovery."))
    on_recovery: OnRecovery = field(
        default=OnRecovery.START, metadata=_help("What to do with the machine then, if this party is its customer.")
    )
    reopen_seconds: int = field(
        default=0,
        metadata=_help("Send work back that telemetry still contradicts after so long; 0: never.", min=0, max=YEAR),
    )
    accept_bills: bool = field(
        default=False, metadata=_help("Accept maintainers' invoices that come out the same here, dispute others.")
    )
    claim_repeats: bool = field(
        default=False, metadata=_help("Bill a maintainer for a repeat failure, as its terms say.")
    )


@dataclass(frozen=True, slots=True)
class MaintainerTable:
    """What this node does by itself as a maintainer."""

    bill: bool = field(default=False, metadata=_help("Bill a ticket once it is closed."))
    accept_claims: bool = field(
        default=False, metadata=_help("Accept claims for repeat failures that come out the same here, dispute others.")
    )


@dataclass(frozen=True, slots=True)
class MaintenanceTable:
    """Maintenance: watchdog, tickets, bidding."""

    strategy: str = field(
        default="", metadata=_help("As a maintainer: how tickets are answered; `maasctl plugins` lists the ways.")
    )
    settings: dict[str, Any] = field(default_factory=dict, metadata=_help("What the strategy wants to know."))
    margin: int = field(
        default=2, metadata=_help("Seconds by which the ledger's clock may lag behind this one.", **ZERO_TO_DAY)
    )
    delay: int = field(
        default=60, metadata=_help("Seconds that readings take to arrive, before silence counts.", **ZERO_TO_DAY)
    )
    respond_days: int = field(
        default=14, metadata=_help("Days that the payer of a service invoice has to respond.", min=1, max=3650)
    )
    rules: dict[str, RuleTable] = field(default_factory=dict, metadata=_help("The watchdog's rules."))
    plans: dict[str, PlanTable] = field(default_factory=dict, metadata=_help("Preventive work."))
    sites: dict[str, SiteTable] = field(default_factory=dict, metadata=_help("Where machines stand."))
    tickets: TicketsTable = field(default_factory=TicketsTable)
    owner: OwnerTable = field(default_factory=OwnerTable)
    maintainer: MaintainerTable = field(default_factory=MaintainerTable)


@dataclass(frozen=True, slots=True)
class MaintenanceSection:
    """Maintenance: watchdog, tickets, bidding."""

    strategy: BidStrategyBackend | None
    settings: Any
    """The strategy's; None without one."""
    margin: int
    delay: int
    respond_days: int
    rules: Mapping[str, RuleTable]
    plans: Mapping[str, PlanTable]
    sites: Mapping[str, SiteTable]
    tickets: TicketsTable
    owner: OwnerTable
    maintainer: MaintainerTable
