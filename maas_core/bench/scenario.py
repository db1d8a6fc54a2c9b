"""What is measured: a scenario file (TOML), typed and checked before anything starts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from maas_core.bench.figures import OPERATION_FIGURES, OVERHEAD_FIGURES, RUN_FIGURES
from maas_core.bench.schedule import Arrivals
from maas_core.config.reading import read_table
from maas_core.config.sources import read_file
from maas_core.ports.storage import MAX_OBJECT, StorageAbility
from maas_core.ports.workflow import Ability
from maas_core.protocol.types import MAX_ANCHOR_ITEMS

ACTORS = ("board", "oem", "customer", "maintainer", "rival", "auditor")
"""Who takes part, by the names that devnets give their participants. Both maintainers serve the same machines."""


def _help(text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": text, **bounds}


class Kind(StrEnum):
    """What the participants do."""

    PROVISIONING = "provisioning"
    """The paper's first cycle: terms stored, machine registered, accepted, started, first invoice."""
    MAINTENANCE = "maintenance"
    """The paper's second cycle: stop, ticket opened, taken, completed (report stored), closed, machine reset."""
    CYCLES = "cycles"
    """Both, one after the other, on the same machine."""
    ANCHORING = "anchoring"
    """A fleet's telemetry: a batch stored, then anchors of several machines in one command."""
    INVOICING = "invoicing"
    """Rounds of invoices over a fleet: issued, accepted, settled."""
    BIDDING = "bidding"
    """Tickets that both maintainers want at once."""
    STORAGE = "storage"
    """Objects put and got; nothing on the ledger."""
    MIXED = "mixed"
    """Several of these, by weight."""


@dataclass(frozen=True, slots=True)
class Workload:
    """What is done, and with how much."""

    kind: Kind
    machines: int = field(default=100, metadata=_help("Machines made ready before.", min=1, max=100_000))
    items: int = field(default=1, metadata=_help("Anchors in one command.", min=1, max=MAX_ANCHOR_ITEMS))
    readings: int = field(default=3600, metadata=_help("Readings that one anchor stands for.", min=1))
    object_bytes: int = field(
        default=0, metadata=_help("Size of what is stored beside each command that names a document; 0: nothing.",
                                  min=0, max=MAX_OBJECT)
    )  # fmt: skip
    selection: Literal["first-come", "scored"] = field(
        default="first-come", metadata=_help("How a ticket finds its maintainer.")
    )
    mix: Mapping[str, float] = field(default_factory=dict, metadata=_help("Weights of other kinds, for `mixed`."))

    def __post_init__(self) -> None:
        if self.items > self.machines:
            raise ValueError(f"items: {self.items} is not accepted; accepted: at most `machines`, {self.machines}")
        if self.kind is Kind.STORAGE and not self.object_bytes:
            raise ValueError('object_bytes: is 0; accepted for kind "storage": from 1')
        if (self.kind is Kind.MIXED) != bool(self.mix):
            raise ValueError('mix: accepted: weights of other kinds, with kind "mixed" only')
        known = [str(one) for one in Kind if one not in (Kind.MIXED, Kind.STORAGE)]
        for name, weight in self.mix.items():
            if name not in known or weight <= 0:
                raise ValueError(f"mix: {name!r} = {weight} is not accepted; accepted: {', '.join(known)}, above 0")


class LoadKind(StrEnum):
    """When work arrives."""

    OPEN = "open"
    """By a schedule fixed beforehand, whatever becomes of earlier work."""
    CLOSED = "closed"
    """So many clients, each beginning anew after its own work and a random think time."""
    BURST = "burst"
    """All at once: how fast it can go."""


@dataclass(frozen=True, slots=True)
class Load:
    """How much work arrives, and when."""

    kind: LoadKind
    rate: float | None = field(default=None, metadata=_help("Sessions a second, for `open`.", min=0.001, max=100_000))
    share_of_raw: float | None = field(
        default=None,
        metadata=_help("Instead of `rate`: of what the raw client reached in a burst just before.", min=0.01, max=2),
    )
    arrivals: Arrivals = field(default=Arrivals.POISSON, metadata=_help("How arrivals follow each other."))
    clients: int = field(default=1, metadata=_help("For `closed`.", min=1, max=10_000))
    think_seconds: float = field(
        default=0.0, metadata=_help("Mean of the random time before each further step.", min=0, max=3600)
    )
    sessions: int | None = field(
        default=None, metadata=_help("How many in all; needed for `burst` and `share_of_raw`.", min=1, max=10_000_000)
    )

    def __post_init__(self) -> None:
        is_open = self.kind is LoadKind.OPEN
        if is_open and (self.rate is None) == (self.share_of_raw is None):
            raise ValueError('rate: accepted with kind "open": either `rate` or `share_of_raw`')
        if not is_open and (self.rate is not None or self.share_of_raw is not None):
            raise ValueError('rate: accepted with kind "open" only, as is share_of_raw')
        if self.sessions is None and (self.kind is LoadKind.BURST or self.share_of_raw is not None):
            raise ValueError("sessions: is missing; accepted: a whole number from 1, for a burst")
        if self.kind is LoadKind.CLOSED and self.think_seconds == 0:
            raise ValueError(
                'think_seconds: is 0; accepted with kind "closed": above 0, since a loop without locks to the blocks'
            )


@dataclass(frozen=True, slots=True)
class Capacity:
    """Measured besides, once for each ledger in each repetition, with nothing stored.

    What it takes in a burst of anchors of one machine each, without the core and with it; then the same at a share of
    what the bare client reached.
    """

    machines: int = field(
        default=800,
        metadata=_help("Their anchors do not wait for each other's.", min=10, max=100_000),
    )
    seconds: float = field(
        default=6.0,
        metadata=_help("How long a burst is to last; its size follows from a smaller one.", min=0.1, max=600),
    )
    share: float = field(default=0.5, metadata=_help("Of what the bare client reached in the burst.", min=0.01, max=2))
    warm_up: float = field(default=2.0, metadata=_help("Seconds at that rate that do not count.", min=0))
    duration: float = field(default=10.0, metadata=_help("Seconds at that rate that count.", min=0.5, max=3600))


@dataclass(frozen=True, slots=True)
class Participant:
    """Where a participant is."""

    region: str = field(default="", metadata=_help("A region of [[links]]; empty: beside the network."))


@dataclass(frozen=True, slots=True)
class Link:
    """The way between two regions, added to every call that a participant in one makes to the network in the other."""

    between: tuple[str, ...] = field(metadata=_help("Two regions; the network itself is in `network_region`."))
    delay_ms: float = field(metadata=_help("One way.", min=0, max=10_000))
    jitter_ms: float = field(default=0.0, metadata=_help("Standard deviation of the delay.", min=0, max=10_000))
    source: str = field(default="", metadata=_help("Where the figure is from."))

    def __post_init__(self) -> None:
        if len(self.between) != 2:
            raise ValueError(f"between: names {len(self.between)} regions; accepted: two")


class FaultKind(StrEnum):
    """What goes wrong."""

    PAUSE = "pause"
    """A process of the devnet stands still (SIGSTOP), then goes on."""
    KILL = "kill"
    """A process of the devnet is killed; after `seconds` the devnet is told to come up again."""
    RESTART = "restart"
    """A participant's node ends without warning and comes back from its journal after `seconds`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong."""

    kind: FaultKind
    at: float = field(metadata=_help("Seconds after the beginning of the warm-up.", min=0))
    seconds: float = field(metadata=_help("How long it lasts.", min=0.1))
    target: str = field(metadata=_help("A participant for `restart`; else the beginning of a devnet process's name."))
    ledger: str = field(default="", metadata=_help("One ledger; empty: all."))


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a figure has to reach; checked for every pairing, or for one ledger."""

    figure: str = field(metadata=_help("A figure of summary.json, e.g. included_p50."))
    at_most: float | None = None
    at_least: float | None = None
    operation: str = field(default="", metadata=_help("One operation; empty: a figure of the whole run."))
    ledger: str = field(default="", metadata=_help("One ledger; empty: all."))

    def __post_init__(self) -> None:
        if (self.at_most is None) == (self.at_least is None):
            raise ValueError("at_most: accepted: either at_most or at_least")
        if self.figure not in {**OPERATION_FIGURES, **RUN_FIGURES, **OVERHEAD_FIGURES}:
            known = ", ".join((*OPERATION_FIGURES, *RUN_FIGURES, *OVERHEAD_FIGURES))
            raise ValueError(f"figure: there is no {self.figure!r}; accepted: {known}")
        if bool(self.operation) != (self.figure in OPERATION_FIGURES):
            raise ValueError(f"operation: accepted with {', '.join(OPERATION_FIGURES)}, and needed there")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a pairing must be able to do."""

    ledger: frozenset[Ability] = frozenset()
    storage: frozenset[StorageAbility] = frozenset()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole scenario."""

    name: str
    question: str = field(metadata=_help("What it is to answer; the report begins with it."))
    workload: Workload
    load: Load
    seed: int = field(default=1, metadata=_help("Fixes schedule, sizes and order.", min=0))
    repetitions: int = field(default=3, metadata=_help("How often each pairing is measured.", min=1, max=1000))
    warm_up: float = field(default=5.0, metadata=_help("Seconds at the beginning that do not count.", min=0))
    duration: float = field(default=30.0, metadata=_help("Seconds that count.", min=0.5, max=86_400))
    drain: float = field(default=60.0, metadata=_help("Seconds that what is on its way is given at the end.", min=1))
    baseline: bool = field(default=True, metadata=_help("Measure the same without the core, in the same run."))
    capacity: Capacity | None = None
    network_region: str = field(default="", metadata=_help("Where the network itself is."))
    participants: Mapping[str, Participant] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    faults: tuple[Fault, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    needs: Needs = field(default_factory=Needs)
    settings: Mapping[str, dict[str, Any]] = field(
        default_factory=dict, metadata=_help("Options of devnets, by name, e.g. [settings.eth] period = 2.")
    )

    def __post_init__(self) -> None:
        for name, one in self.participants.items():
            if name not in ACTORS:
                raise ValueError(f"participants: there is no {name!r}; accepted: {', '.join(ACTORS)}")
            if one.region and one.region != self.network_region and self.link(one.region) is None:
                raise ValueError(f"links: none is between {one.region!r} ({name}) and {self.network_region!r}")
        if len({one.between for one in self.links}) < len(self.links):
            raise ValueError("links: two are between the same regions; accepted: one")
        if self.capacity is not None and self.workload.kind is Kind.STORAGE:
            raise ValueError('capacity: accepted with workloads that write to a ledger, not with kind "storage"')
        for fault in self.faults:
            if fault.kind is FaultKind.RESTART and fault.target not in ACTORS:
                raise ValueError(f"faults: there is no participant {fault.target!r}; accepted: {', '.join(ACTORS)}")
            if fault.at + fault.seconds > self.warm_up + self.duration:
                raise ValueError(f"faults: the one at {fault.at:g} s ends after warm_up and duration")

    def region(self, actor: str) -> str:
        """Where a participant is."""
        found = self.participants.get(actor)
        return (found.region if found else "") or self.network_region

    def link(self, region: str) -> Link | None:
        """The way from a region to the network; None: there is none to speak of."""
        ends = {region, self.network_region}
        return next((one for one in self.links if set(one.between) == ends), None) if len(ends) == 2 else None


def load_scenario(file: Path) -> Scenario:
    """The scenario in a file. Raises `ConfigError` with a line for each thing that is wrong."""
    return read_table(Scenario, read_file(file), str(file), file.absolute().parent)
