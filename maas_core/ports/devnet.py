"""Devnet: a plugin's way to start a real network of its kind on this machine, for development, tests and benchmarks."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol


class DevnetState(StrEnum):
    """How a devnet is."""

    DOWN = "down"
    UP = "up"
    """Everything runs and answers."""
    DEGRADED = "degraded"
    """Some of it runs; the processes tell what does not."""


@dataclass(frozen=True, slots=True)
class DevnetProcess:
    """One process of a devnet."""

    name: str
    pid: int | None
    """None: not running."""
    address: str
    """Where it listens, e.g. "127.0.0.1:8545"."""
    log: Path


@dataclass(frozen=True, slots=True)
class DevnetStatus:
    """How a devnet is, as found by asking its processes."""

    state: DevnetState
    processes: tuple[DevnetProcess, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DevnetAccess:
    """What one participant writes into its node's config to use the devnet."""

    participant: str
    """The role or organisation that it is meant for, e.g. "oem"; empty for anyone."""
    config: dict[str, Any]
    """Tables of a node's config, e.g. {"ledger": {"backend": ..., "settings": {...}}, "signer": {...}}.

    Paths are absolute; secrets are {"file": path}.
    """


class Devnet(Protocol):
    """One network in one folder. All that it must remember is in that folder, so another process can end it."""

    def up(self, progress: Callable[[str], None]) -> tuple[DevnetAccess, ...]:
        """Start it and wait until it answers; one access for each participant. Up already: the same answer again.

        Listens on loopback, on free ports. `progress` gets a line for each step. What fails or is interrupted leaves
        no process behind. Raises `UnavailableError` when it does not come up, `UsageError` when tools are missing.
        """

    def status(self) -> DevnetStatus:
        """How it is."""

    def down(self) -> None:
        """End its processes and no others; logs stay. Down already: nothing to do."""


@dataclass(frozen=True, slots=True)
class DevnetBackend:
    """A network that `maasctl devnet up NAME` starts; the fields of `settings` become its options."""

    name: str
    summary: str
    settings: type[Any]
    open: Callable[[Any, Path], Devnet]
    """From settings and the folder that the network lives in. Starts nothing."""
