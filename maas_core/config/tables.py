"""The tables that name a backend or a policy as they stand in the file, before backends have been looked up."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from maas_core.config.maintenance import MaintenanceTable
from maas_core.config.sections import (
    BillingSection,
    CacheSection,
    DatabaseSection,
    DevicesSection,
    EncryptionSection,
    NodeSection,
    PartySection,
    SubmissionSection,
    TieringSection,
)
from maas_core.ports.storage import StorageAbility
from maas_core.ports.workflow import Ability


@dataclass(frozen=True, slots=True)
class SignerTable:
    """The party's key. Without this table the node only reads."""

    backend: str = field(metadata={"help": "Which kind of key; `maasctl plugins` lists them."})
    settings: dict[str, Any] = field(default_factory=dict, metadata={"help": "What the backend wants to know."})


@dataclass(frozen=True, slots=True)
class LedgerTable:
    """The ledger."""

    backend: str = field(metadata={"help": "Which ledger; `maasctl plugins` lists them."})
    settings: dict[str, Any] = field(default_factory=dict, metadata={"help": "What the backend wants to know."})
    needs: frozenset[Ability] = field(
        default=frozenset(), metadata={"help": "Abilities that this node cannot do without; checked at load."}
    )


@dataclass(frozen=True, slots=True)
class StorageTable:
    """A storage, under a name of your choice; the first in the file is read first."""

    backend: str = field(metadata={"help": "Which storage; `maasctl plugins` lists them."})
    settings: dict[str, Any] = field(default_factory=dict, metadata={"help": "What the backend wants to know."})
    needs: frozenset[StorageAbility] = field(
        default=frozenset(), metadata={"help": "Abilities that this node cannot do without; checked at load."}
    )
    regions: tuple[str, ...] = field(
        default=(), metadata={"help": "Where the bytes may lie; any other region, or none told, fails at load."}
    )
    read_only: bool = field(
        default=False, metadata={"help": "Never write to it, as to a storage that objects have moved away from."}
    )
    machines: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "Ids or aliases: the telemetry of these machines is written here and to no storage without them, "
            "and nothing else is written here."
        },
    )


@dataclass(frozen=True, slots=True)
class TelemetryTable:
    """A source of readings, under a name of your choice."""

    backend: str = field(metadata={"help": "Which source; `maasctl plugins` lists them."})
    settings: dict[str, Any] = field(default_factory=dict, metadata={"help": "What the backend wants to know."})
    machines: dict[str, str] = field(
        default_factory=dict,
        metadata={
            "help": "The alias or id of the machine for each name that the source uses, where they differ; "
            '"" leaves a machine out.'
        },
    )
    interval: int = field(
        default=0,
        metadata={"help": "Seconds between readings, for signals of which the source does not know it.", "min": 0},
    )


@dataclass(frozen=True, slots=True)
class PaymentsTable:
    """How accepted invoices are paid. Without this table an operator settles by `maasctl invoice settle`."""

    backend: str = field(metadata={"help": "Which way of paying; `maasctl plugins` lists them."})
    settings: dict[str, Any] = field(default_factory=dict, metadata={"help": "What the backend wants to know."})


class PolicyName(StrEnum):
    """The ways to wait for finality."""

    NATIVE = "native"
    DEPTH = "depth"
    AGREEMENT = "agreement"


@dataclass(frozen=True, slots=True)
class PolicyTable:
    """When what one command did counts as final."""

    policy: PolicyName = field(
        metadata={
            "help": "`native`: when the ledger says so; `depth`: with blocks on top; `agreement`: when observers agree."
        }
    )
    blocks: int | None = field(
        default=None,
        metadata={
            "help": "Blocks on top. `depth`: the deployment's rule if left out; `agreement`: 0 if left out.",
            "min": 0,
            "max": 1_000_000,
        },
    )
    k: int | None = field(
        default=None,
        metadata={"help": "`agreement`: how many observers, this node's own endpoint included.", "min": 1, "max": 100},
    )
    time_limit: float = field(
        default=86_400.0,
        metadata={"help": "Seconds after which waiting is reported as overdue.", "min": 0.001, "max": 31_536_000},
    )


@dataclass(frozen=True, slots=True)
class FinalityTable:
    """When events count as final."""

    default: PolicyTable | None = field(
        default=None,
        metadata={"help": "For all commands. If left out: `native` where the ledger declares it, else `depth`."},
    )
    actions: dict[str, PolicyTable] = field(
        default_factory=dict, metadata={"help": "For single commands, e.g. `[finality.actions.accept_ticket]`."}
    )


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A node's config file."""

    ledger: LedgerTable
    storage: dict[str, StorageTable]
    signer: SignerTable | None = None
    telemetry: dict[str, TelemetryTable] = field(default_factory=dict)
    node: NodeSection = field(default_factory=NodeSection)
    party: PartySection = field(default_factory=PartySection)
    database: DatabaseSection = field(default_factory=DatabaseSection)
    finality: FinalityTable = field(default_factory=FinalityTable)
    submission: SubmissionSection = field(default_factory=SubmissionSection)
    cache: CacheSection = field(default_factory=CacheSection)
    tiering: TieringSection = field(default_factory=TieringSection)
    encryption: EncryptionSection = field(default_factory=EncryptionSection)
    devices: DevicesSection = field(default_factory=DevicesSection)
    payments: PaymentsTable | None = None
    billing: BillingSection = field(default_factory=BillingSection)
    maintenance: MaintenanceTable = field(default_factory=MaintenanceTable)
