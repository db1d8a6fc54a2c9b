"""Devnet: a plugin's way to start a real network of its kind on this machine, for development, tests and benchmarks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from maas_core.ports.storage import StorageProfile
from maas_core.ports.workflow import LedgerProfile


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


LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Site:
    """Where a process of a devnet runs, and where others reach it."""

    address: str = LOOPBACK
    """It listens there, and on its own loopback where nobody but itself asks."""
    prefix: tuple[str, ...] = ()
    """What stands before its command, e.g. ("ip", "netns", "exec", "NAME"). The command keeps the process id."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where all processes of a devnet are; without anything said, on loopback.

    This process reaches every site's address at once; between sites there is a network with delays.
    """

    sites: Mapping[str, Site] = field(default_factory=dict)
    """By the process's name, as `Devnet.status` tells it."""
    home: Site = field(default_factory=Site)
    """Of all other processes."""
    participants: Mapping[str, str] = field(default_factory=dict)
    """The address of the site that a participant is at; its access names what is there first."""

    def site(self, process: str) -> Site:
        """A process's."""
        return self.sites.get(process, self.home)


ON_LOOPBACK = Placement()
"""Where a devnet is that was told nothing."""


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
    open_placed: Callable[[Any, Path, Placement], Devnet] | None = None
    """As `open`, with each process where it is told to be; None: it stands on loopback only."""
    profile: Callable[[Any], LedgerProfile | StorageProfile] | None = None
    """From settings, what the ledger or storage of its participants will declare, so that what needs more is refused
    before anything starts; where participants differ, that of the one named "customer". None: known once it is up.
    """
