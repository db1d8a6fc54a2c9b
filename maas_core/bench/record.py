"""What is written down of a run beside its rows, and where everything lies in a run's folder."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from maas_core.errors import UsageError

SCENARIO, RUNS, PROVENANCE, SUMMARY, REPORT = (
    "scenario.toml", "runs.json", "provenance.json", "summary.json", "report.html",
)  # fmt: skip


class Mode(StrEnum):
    """What was driven."""

    CORE = "core"
    RAW = "raw"
    """The same without the core."""
    TRIAL = "trial"
    """A first burst of the raw client, by which the size of the others is chosen; it counts for nothing else."""
    CAPACITY = "capacity"
    """A burst of the raw client: what `share_of_raw` and `[capacity]` are measured by."""
    BURST = "burst"
    """The same burst with the core."""
    SHARE = "share"
    """A share of raw capacity with the core."""
    SHARE_RAW = "share-raw"
    """The same without the core."""

    @property
    def has_core(self) -> bool:
        """Whether nodes with the core were driven."""
        return self in (Mode.CORE, Mode.BURST, Mode.SHARE)

    @property
    def is_main(self) -> bool:
        """Whether it is the scenario's own load; operations of others end once they are in a block."""
        return self in (Mode.CORE, Mode.RAW)


@dataclass(frozen=True, slots=True)
class HappenedFault:
    """A fault as it happened; seconds since the run began."""

    kind: str
    target: str
    begun: float
    ended: float


@dataclass(frozen=True, slots=True)
class RoundTrips:
    """How far it is to a network: median seconds of small calls."""

    ledger: Mapping[str, float]
    """Reading the deployment's record, by participant."""
    storage: float
    """Asking for a small object that is there, by the customer."""
    endpoints: Mapping[str, float | None] = field(default_factory=dict)
    """Connecting to each process of the devnets from this machine, by name; None: it did not answer."""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run of one pairing."""

    file: str
    """Its rows."""
    ledger: str
    storage: str
    mode: str
    repetition: int
    order: int
    """The so manieth run of all."""
    seed: int
    began: int
    """Seconds UTC."""
    begin: float
    """Rows that were intended from here, seconds since the run began,"""
    end: float
    """to here count."""
    seconds: float
    planned: int
    """Sessions that were to begin by the schedule; 0 in a closed loop."""
    begun: int
    """Sessions that did begin."""
    rate: float
    """Sessions a second that were asked for; 0: as fast as it went."""
    is_open: bool
    cpu: float
    """Seconds of processor time of clients (with the core or without), the driver's own left out."""
    driver_cpu: float
    network_cpu: float | None
    """Seconds of processor time of the devnets' processes; None where there are none, or one was ended meanwhile."""
    load_before: float
    """The machine's load average of a minute, before the run."""
    cost_unit: str
    before: RoundTrips
    after: RoundTrips
    faults: Sequence[HappenedFault] = ()
    awarded: Mapping[str, int] | None = None
    """Of tickets that several wanted and the ledger awarded: who got how many."""

    @property
    def pairing(self) -> str:
        """Ledger and storage."""
        return f"{self.ledger} + {self.storage}"


def write_json(file: Path, value: Any) -> None:
    """Write JSON that people can read too."""
    file.write_text(json.dumps(value, indent=2, sort_keys=False, default=_plain) + "\n", encoding="utf-8")


def _plain(value: Any) -> Any:
    return asdict(value) if hasattr(value, "__dataclass_fields__") else str(value)


def read_runs(folder: Path) -> list[RunRecord]:
    """All runs of a folder. Raises `UsageError` for one that `bench run` has not written."""
    runs = []
    for one in read_json(folder / RUNS):
        one["before"], one["after"] = RoundTrips(**one["before"]), RoundTrips(**one["after"])
        one["faults"] = tuple(HappenedFault(**fault) for fault in one["faults"])
        runs.append(RunRecord(**one))
    return runs


def read_json(file: Path) -> Any:
    """What is in a file. Raises `UsageError`."""
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(
            f"{file.parent}: holds no {file.name}; accepted: a folder that `maasctl bench run` wrote"
        ) from None
    except (OSError, ValueError) as error:
        raise UsageError(f"{file}: cannot be read: {type(error).__name__}") from None
