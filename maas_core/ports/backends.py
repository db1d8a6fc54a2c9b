"""How a backend presents itself to the core: a name, its settings, its profile, and how to open it.

`settings` is a frozen dataclass. The core fills it from the config's table, checking types and naming what is wrong; a
field's metadata may hold {"help": ..., "min": ..., "max": ...}; what must never be shown is of type `Secret`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maas_core.ports.clock import Clock
from maas_core.ports.finality import FinalityWaiting
from maas_core.ports.membership import ConsortiumMembership
from maas_core.ports.ordered_log import OrderedLog
from maas_core.ports.signer import Signer
from maas_core.ports.storage import ObjectStorage, StorageProfile
from maas_core.ports.workflow import LedgerProfile, WorkflowLedger


@dataclass(frozen=True, slots=True)
class Context:
    """What the core hands to a backend that it opens."""

    clock: Clock
    signer: Signer | None
    """The party's key; None for a node that only reads."""
    directory: Path
    """The node's folder, against which relative paths in settings count."""


@dataclass(frozen=True, slots=True)
class OpenLedger:
    """An open ledger: the three interfaces that the project is about."""

    workflow: WorkflowLedger
    finality: FinalityWaiting
    membership: ConsortiumMembership | None = None


@dataclass(frozen=True, slots=True)
class LedgerBackend:
    """A ledger that can be chosen by `[ledger] backend = name`."""

    name: str
    summary: str
    settings: type[Any]
    profile: Callable[[Any], LedgerProfile]
    """The profile that the backend has with these settings; opens nothing."""
    open: Callable[[Any, Context], OpenLedger]
    embedded: Callable[[Path], dict[str, Any]] | None = None
    """From a folder (as it is to stand in the config, relative or not), settings with which all nodes of one machine
    share one ledger in it; `maasctl init` writes them. None: it needs a server of its own.
    """


@dataclass(frozen=True, slots=True)
class OrderedLogBackend:
    """A ledger that only orders; the core checks the protocol's rules over it."""

    name: str
    summary: str
    settings: type[Any]
    open: Callable[[Any, Context], OrderedLog]
    embedded: Callable[[Path], dict[str, Any]] | None = None
    """As `LedgerBackend.embedded`."""


@dataclass(frozen=True, slots=True)
class StorageBackend:
    """A storage that can be chosen by `[storage.NAME] backend = name`."""

    name: str
    summary: str
    settings: type[Any]
    profile: Callable[[Any], StorageProfile]
    open: Callable[[Any, Context], ObjectStorage]
    embedded: Callable[[Path], dict[str, Any]] | None = None
    """As `LedgerBackend.embedded`."""


@dataclass(frozen=True, slots=True)
class SignerBackend:
    """A way to hold keys that can be chosen by `[signer] backend = name`."""

    name: str
    summary: str
    settings: type[Any]
    open: Callable[[Any, Path], Signer]
    """From settings and the node's folder. Raises `SignerError`."""
    embedded: Callable[[Path], dict[str, Any]] | None = None
    """From the node's folder (as it is to stand in the config), settings for a key of its own."""
    create: Callable[[Any, Path], None] | None = None
    """Make the key that these settings name; None: keys are made elsewhere. Raises `SignerError` if there is one."""
