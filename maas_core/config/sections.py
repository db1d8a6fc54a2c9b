"""What a node's config holds. Each class is a table of the file; `docs/configuration.md` is made from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

from maas_core.config.maintenance import MaintenanceSection
from maas_core.ledgerio.policy import FinalityPolicies
from maas_core.ports.backends import LedgerBackend, SignerBackend, StorageBackend
from maas_core.ports.payments import PaymentsBackend
from maas_core.ports.secret import Secret, safe_text
from maas_core.ports.storage import StorageAbility
from maas_core.ports.telemetry_source import TelemetrySourceBackend
from maas_core.ports.workflow import Ability, LedgerProfile
from maas_core.protocol.types import PartyId, Uint

SQLITE = "sqlite"
POSTGRESQL = ("postgresql", "postgresql+psycopg")
PARTY_BOUNDS: Uint = get_args(PartyId)[1]


class LogLevel(StrEnum):
    """How much a node tells in its log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def _help(text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": text, **bounds}


@dataclass(frozen=True, slots=True)
class NodeSection:
    """The node itself."""

    name: str = field(default="", metadata=_help("How the node calls itself; the name of its folder if left out."))
    log_level: LogLevel = field(default=LogLevel.INFO, metadata=_help("The least that goes into the log."))


@dataclass(frozen=True, slots=True)
class PartySection:
    """The party that the node acts for; goes into the profile document that other parties read."""

    id: int | None = field(
        default=None,
        metadata=_help("Its number on the ledger; found by the signing key if left out.", min=1, max=PARTY_BOUNDS.high),
    )
    name: str = field(default="", metadata=_help("Its name, for other parties."))
    contact: str = field(default="", metadata=_help("How other parties reach it, e.g. an e-mail address."))
    account: Mapping[str, str] = field(
        default_factory=dict, metadata=_help('Where it is paid, e.g. { iban = "...", bic = "..." }.')
    )


@dataclass(frozen=True, slots=True)
class DatabaseSection:
    """The node's database."""

    url: str = field(
        default="sqlite:///node.db",
        metadata=_help("`sqlite:///PATH`, or `postgresql://USER@HOST:PORT/NAME` without a password."),
    )
    password: Secret | None = field(default=None, metadata=_help("PostgreSQL's password."))

    def __post_init__(self) -> None:
        accepted = "accepted: sqlite:///PATH or postgresql://USER@HOST:PORT/NAME"
        try:
            parts = urlsplit(self.url)
            password = parts.password
        except ValueError:
            raise ValueError(f"url: {safe_text(repr(self.url))} is not a URL; {accepted}") from None
        if parts.scheme not in (SQLITE, *POSTGRESQL) or (parts.scheme == SQLITE and parts.netloc):
            raise ValueError(f"url: {safe_text(repr(self.url))} is not accepted; {accepted}")
        if password is not None:
            raise ValueError(f"url: a password does not stand in the URL but in `password`; {accepted}")


@dataclass(frozen=True, slots=True)
class SubmissionSection:
    """How eagerly commands are sent and the ledger is followed."""

    batch: int = field(default=256, metadata=_help("Submissions that one step takes on.", min=1, max=10_000))
    page_events: int = field(
        default=2_000, metadata=_help("Events that one look at the ledger asks for.", min=1, max=1_000_000)
    )
    call_seconds: float = field(
        default=5.0, metadata=_help("The deadline of one call to the ledger or a storage.", min=0.01, max=3600)
    )
    resend_seconds: float = field(
        default=3.0,
        metadata=_help("How long a transaction that the ledger does not know is given.", min=0.01, max=86_400),
    )
    give_up_seconds: int | None = field(
        default=None,
        metadata=_help("After how long a command that was never included is given up; never if left out.", min=1),
    )


@dataclass(frozen=True, slots=True)
class CacheSection:
    """Copies of what was fetched from storages."""

    directory: Path = field(default=Path("cache"), metadata=_help("Where they lie."))
    max_mib: int = field(default=1024, metadata=_help("How much they may take, in MiB; 0: no cache.", min=0))


@dataclass(frozen=True, slots=True)
class BillingSection:
    """What `maasctl billing run` does by itself. Limits are minor units of the invoice's currency."""

    respond: bool = field(
        default=False, metadata=_help("As payer: dispute an invoice that does not recompute, with evidence.")
    )
    accept_up_to: int = field(
        default=0, metadata=_help("As payer: accept what recomputes up to this amount; 0: none.", min=0)
    )
    pay_up_to: int = field(
        default=0, metadata=_help("As debtor: order payment of what is accepted up to this amount; 0: none.", min=0)
    )
    settle: bool = field(default=False, metadata=_help("As creditor: settle what the bank says was paid."))
    accept_overdue: bool = field(
        default=False, metadata=_help("As issuer: accept what was not answered, once the consortium's rules allow it.")
    )
    pay_days: int = field(
        default=30, metadata=_help("As debtor: days from acceptance to payment of a service.", min=0, max=3650)
    )


@dataclass(frozen=True, slots=True)
class PaymentsSection:
    """How accepted invoices are paid."""

    backend: PaymentsBackend
    settings: Any


class WritePolicy(StrEnum):
    """Which of several storages have an object before it counts as stored."""

    ALL = "all"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class TieringSection:
    """How several storages work together."""

    write: WritePolicy = field(
        default=WritePolicy.ALL,
        metadata=_help(
            "`all`: an object is stored when every storage has it; `background`: when the first has it, and "
            "`maasctl node run` or `maasctl storage replicate` copies it to the others."
        ),
    )
    rest_seconds: float = field(
        default=30.0,
        metadata=_help("How long a storage that did not answer is asked last.", min=0, max=86_400),
    )


@dataclass(frozen=True, slots=True)
class SignerSection:
    """The party's key. Without this table the node only reads."""

    backend: SignerBackend
    settings: Any


@dataclass(frozen=True, slots=True)
class EncryptionSection:
    """The key by which others seal documents and telemetry for this party; its public half goes into the profile."""

    key: Path = field(default=Path("encryption.key"), metadata=_help("X25519, PKCS#8 in PEM; `maasctl init` makes it."))
    passphrase: Secret | None = field(default=None, metadata=_help("Opens the key, and earlier ones, if encrypted."))
    previous: tuple[Path, ...] = field(
        default=(), metadata=_help("Earlier keys, which still open what was sealed for them.")
    )


@dataclass(frozen=True, slots=True)
class DevicesSection:
    """The keys of devices or gateways that sign batches here; a machine's specification names their public halves."""

    keys: tuple[Path, ...] = field(
        default=(Path("device.key"),), metadata=_help("Ed25519, PKCS#8 in PEM; `maasctl device new` makes one.")
    )
    passphrase: Secret | None = field(default=None, metadata=_help("Opens them if they are encrypted."))


@dataclass(frozen=True, slots=True)
class LedgerSection:
    """The ledger."""

    backend: LedgerBackend
    settings: Any
    profile: LedgerProfile
    needs: frozenset[Ability]


@dataclass(frozen=True, slots=True)
class StorageSection:
    """One storage; the first in the file is read first."""

    backend: StorageBackend
    settings: Any
    needs: frozenset[StorageAbility]
    regions: tuple[str, ...]
    read_only: bool = False
    machines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TelemetrySection:
    """A source of readings."""

    backend: TelemetrySourceBackend
    settings: Any
    machines: Mapping[str, str]
    interval: int


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """All that a node is told before it starts; checked, complete, paths absolute."""

    file: Path
    directory: Path
    """The node's folder: the config file's."""
    node: NodeSection
    party: PartySection
    signer: SignerSection | None
    ledger: LedgerSection
    storages: Mapping[str, StorageSection]
    telemetry: Mapping[str, TelemetrySection]
    database: DatabaseSection
    finality: FinalityPolicies
    submission: SubmissionSection
    cache: CacheSection
    tiering: TieringSection
    encryption: EncryptionSection
    devices: DevicesSection
    payments: PaymentsSection | None
    billing: BillingSection
    maintenance: MaintenanceSection
