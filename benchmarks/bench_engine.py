"""The engine: commands from intent to final in the node's SQLite file, and schedules of the simulation."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from maas_ledger_local.log import Settings, open_log

from benchmarks.figures import Figure
from maas_core.ledgerio.engine import Engine
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.ordered import OrderedLedger
from maas_core.ledgerio.policy import Depth, FinalityPolicies, Native
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ledgerio.submission import SubmissionState
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import Clock, Deadline, SystemClock
from maas_core.ports.signer import Scheme
from maas_core.ports.workflow import Pending, Prepared
from maas_core.protocol import commands as c
from maas_core.protocol.commands import Command
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, Role
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.store.database import Database
from maas_core.testing.sim_clock import SimClock
from maas_core.testing.sim_ledger import SimChain, SimLedger
from maas_core.testing.sim_story import CUSTOMER, IDENTITIES, OEM, founded
from maas_core.testing.simulate import run_schedules

COMMANDS = 2_000
SCHEDULES = 200
ROUNDS = 3
TERMS = b"t" * 32


class _Signer:
    scheme = Scheme.ED25519

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


@contextmanager
def _engine(folder: Path, ledger: OpenLedger, policies: FinalityPolicies, clock: Clock) -> Iterator[Engine]:
    database = Database(f"sqlite:///{folder / 'node.db'}")
    database.migrate()
    with WriterLease(database) as lease:
        yield Engine(ledger, SqlJournal(database, lease.epoch), policies, clock)
    database.close()


def _registrations(oem: int, customer: int) -> list[Command]:
    ids = [number.to_bytes(16, "big") for number in range(1_000, 1_000 + COMMANDS)]
    return [c.RegisterMachine(one, oem, customer, 1, b"s" * 32, TERMS, 60, 86_400) for one in ids]


def _until_final(engine: Engine, commands: list[Command], chain: SimChain | None) -> float:
    """Commands per second from the first intent to the last final event."""
    new = [NewSubmission(number.to_bytes(16, "big"), one, 0) for number, one in enumerate(commands)]
    started = perf_counter()
    engine.submit(new)
    engine.step()
    while engine.unfinished():
        if chain is not None:
            chain.adopt(chain.mine(chain.head.ref.time + 1))
        engine.step()
    seconds = perf_counter() - started
    ends = Counter(one.state for one in engine.submit(new))
    if ends != {SubmissionState.FINAL: len(commands)}:
        raise RuntimeError(f"not all submissions are final: {ends}")
    return len(commands) / seconds


def _over_the_embedded_ledger() -> float:
    clock = SystemClock()
    with TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        customer, oem = (OrderedLedger(open_log(Settings(), Context(clock, _Signer(), folder))) for _ in range(2))
        _found(customer, oem, Deadline.after(clock, 600))
        ledger = OpenLedger(customer, customer)
        with _engine(folder, ledger, FinalityPolicies(Native()), clock) as engine:
            rate = _until_final(engine, _registrations(2, 1), None)
        customer.close()
        oem.close()
        return rate


def _found(customer: OrderedLedger, oem: OrderedLedger, deadline: Deadline) -> None:
    """The board is the customer of all machines."""
    rules = Rules(1, 86_400, 100, 600, 86_400, 0)
    invite = c.Action(ActionKind.INVITE, 2, oem.identity().identity, Role.OEM, 0, 0, ZERO_DIGEST)
    roles = c.Action(ActionKind.SET_ROLES, 1, ZERO_DIGEST, Role.BOARD | Role.CUSTOMER, 0, 0, ZERO_DIGEST)
    steps: list[tuple[OrderedLedger, Command]] = [
        (customer, c.Found(b"d" * 32, ZERO_DIGEST, b"p" * 32, rules)),
        (customer, c.Propose(b"i" * 16, invite)),
        (customer, c.Propose(b"r" * 16, roles)),
        (oem, c.Join(b"p" * 32)),
    ]
    for ledger, command in steps:
        prepared = ledger.prepare(command, Pending(), deadline)
        assert isinstance(prepared, Prepared)
        ledger.broadcast([prepared.attempt], deadline)


def _over_the_simulated_ledger() -> float:
    clock = SimClock()
    chain = founded(clock.now())
    endpoint = SimLedger(chain, IDENTITIES[OEM])
    with TemporaryDirectory(dir=Path.cwd()) as name:
        ledger = OpenLedger(endpoint, endpoint)
        with _engine(Path(name), ledger, FinalityPolicies(Depth(2)), clock) as engine:
            return _until_final(engine, _registrations(OEM, CUSTOMER), chain)


def _schedules() -> float:
    """Schedules per second of one core's time."""
    started = process_time()
    run_schedules(1, SCHEDULES)
    return SCHEDULES / (process_time() - started)


def run() -> list[Figure]:
    """Measure."""
    embedded = median(_over_the_embedded_ledger() for _ in range(ROUNDS))
    simulated = median(_over_the_simulated_ledger() for _ in range(ROUNDS))
    schedules = median(_schedules() for _ in range(ROUNDS))
    return [
        Figure("engine: intent to final, embedded ledger", embedded, "commands/s", target=500),
        Figure("engine: intent to final, simulated ledger", simulated, "commands/s", target=500),
        Figure("simulation: small profile", schedules, "schedules/s of one core", target=200),
    ]
