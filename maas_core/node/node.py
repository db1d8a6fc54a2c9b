"""One participant: its database, its ledger, and small services over them."""

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import make_url

from maas_core.config.sections import DatabaseSection, NodeConfig
from maas_core.errors import MaasError, StoreError, UsageError
from maas_core.ledgerio.engine import EngineSettings, Progress
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.node.aliases import Aliases
from maas_core.node.documents import Documents
from maas_core.node.invoices import Invoices
from maas_core.node.keeping import Keeping
from maas_core.node.machines import Machines
from maas_core.node.parties import Parties
from maas_core.node.proposals import Proposals
from maas_core.node.records import Records
from maas_core.node.storages import Storages
from maas_core.node.submissions import Submissions
from maas_core.node.tickets import Tickets
from maas_core.node.uploads import Uploads
from maas_core.node.writer import Writer
from maas_core.objects.blobs import Blobs
from maas_core.ports.backends import Context, LedgerBackend, OpenLedger
from maas_core.ports.clock import Clock, SystemClock
from maas_core.ports.signer import Signer
from maas_core.sealing.keys import KeyRing, read_key
from maas_core.store.database import Database

if TYPE_CHECKING:
    from maas_core.node.billing import Billing
    from maas_core.node.groups import Groups
    from maas_core.node.maintenance import Maintenance
    from maas_core.node.payments import PaymentService
    from maas_core.node.readings import Intake
    from maas_core.node.telemetry import Telemetry


class Node:
    """An open node. Opens its key and its ledger when they are first needed; close it, or use it with `with`.

    Not thread-safe; open one for each thread. Any number of processes may open the same node: one of them sends, the
    others store what is to be sent and read.
    """

    def __init__(self, config: NodeConfig, clock: Clock | None = None) -> None:
        """Raises `StoreError` if the database is missing or of another version.

        Raises `ConfigError` if the config's storages do not keep what an agreement asks for.
        """
        self.config = config
        self.clock = clock or SystemClock()
        self.database = Database(database_url(config.database))
        if self.database.file is not None and not self.database.file.exists():
            raise StoreError(f"there is no database {self.database.file}: run `maasctl init`, or correct database.url")
        self.database.check()
        self.journal = SqlJournal(self.database)
        self.records = Records(self.database, self.journal)
        self.aliases = Aliases(self.database, self.records)
        self.documents = Documents(self)
        self.submissions = Submissions(self)
        self.parties = Parties(self)
        self.proposals = Proposals(self)
        self.machines = Machines(self)
        self.invoices = Invoices(self)
        self.tickets = Tickets(self)
        self.storages = Storages(self)
        self.uploads = Uploads(self)
        self.keeping = Keeping(self)
        try:
            self.keeping.check_config()
        except MaasError:
            self.database.close()
            raise

    @classmethod
    def open(cls, config: NodeConfig, clock: Clock | None = None) -> Self:
        """Open a node that exists."""
        return cls(config, clock)

    @classmethod
    def create(cls, config: NodeConfig, clock: Clock | None = None) -> Self:
        """Open a node whose database is made first, or brought to this version."""
        database = Database(database_url(config.database))
        try:
            database.migrate()
        finally:
            database.close()
        return cls(config, clock)

    @cached_property
    def readings(self) -> "Intake":
        """Readings on their way from sources into batches."""
        from maas_core.node.readings import Intake  # noqa: PLC0415 - only commands that need it pay for its imports

        return Intake(self)

    @cached_property
    def groups(self) -> "Groups":
        """Who reads a machine's telemetry."""
        from maas_core.node.groups import Groups  # noqa: PLC0415 - only commands that need it pay for its imports

        return Groups(self)

    @cached_property
    def telemetry(self) -> "Telemetry":
        """What was anchored, and anchoring."""
        from maas_core.node.telemetry import Telemetry  # noqa: PLC0415 - only commands that need it pay for its imports

        return Telemetry(self)

    @cached_property
    def maintenance(self) -> "Maintenance":
        """Watchdog, agents, performance and downtime."""
        from maas_core.node.maintenance import Maintenance  # noqa: PLC0415 - only commands that need it pay for its imports

        return Maintenance(self)

    @cached_property
    def billing(self) -> "Billing":
        """What machines cost, computed from ledger and storage."""
        from maas_core.node.billing import Billing  # noqa: PLC0415 - only commands that need it pay for its imports

        return Billing(self)

    @cached_property
    def payments(self) -> "PaymentService":
        """How accepted invoices are paid."""
        from maas_core.node.payments import PaymentService  # noqa: PLC0415 - only commands that need it pay for its imports

        return PaymentService(self)

    @cached_property
    def signer(self) -> Signer | None:
        """The party's key; None for a node that only reads. Raises `SignerError`."""
        section = self.config.signer
        return None if section is None else section.backend.open(section.settings, self.config.directory)

    @cached_property
    def keys(self) -> KeyRing:
        """The party's encryption keys. Raises `SignerError`."""
        section = self.config.encryption
        return KeyRing(tuple(read_key(one, section.passphrase) for one in (section.key, *section.previous)))

    @cached_property
    def ledger(self) -> OpenLedger:
        """The open ledger."""
        backend: LedgerBackend = self.config.ledger.backend
        return backend.open(self.config.ledger.settings, Context(self.clock, self.signer, self.config.directory))

    @property
    def blobs(self) -> Blobs:
        """Bytes of any size in the node's storages; the first in the config is asked first."""
        return self.storages.blobs

    @property
    def identity(self) -> bytes:
        """The 32 bytes by which the ledger knows who signs here."""
        if self.signer is None:
            raise UsageError(f"{self.config.file} has no [signer]: this node only reads")
        return self.ledger.workflow.identity().identity

    @property
    def engine_settings(self) -> EngineSettings:
        """How eager the engine is, from the config."""
        section = self.config.submission
        return EngineSettings(section.batch, section.call_seconds, section.resend_seconds, section.page_events)

    def writer(self) -> Writer:
        """Become the process that sends. Raises `BusyError` if another one is."""
        return Writer(self.database, self.ledger, self.config.finality, self.clock, self.engine_settings)

    def sync(self) -> Progress | None:
        """Bring the node up to date with the ledger; None if another process is doing that."""
        return self.submissions.catch_up()

    def close(self) -> None:
        """Give back the ledger and the database."""
        self.submissions.close()
        self.payments.close()
        self.storages.close()
        if "ledger" in self.__dict__:
            self.ledger.workflow.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def database_url(section: DatabaseSection) -> str:
    """The database's address as the store wants it; contains the password."""
    url = make_url(section.url)
    if url.get_backend_name() == "sqlite":
        return section.url
    password = None if section.password is None else section.password.reveal()
    return url.set(drivername="postgresql+psycopg", password=password).render_as_string(hide_password=False)
