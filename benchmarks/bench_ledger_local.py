"""The embedded ledger: appends with fsync, in groups and one by one; the model over a long log; an audit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from maas_ledger_local.log import LocalLog, Settings, open_log

from benchmarks.figures import Figure
from maas_core.ledgerio.ordered import OrderedLedger
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.signer import Scheme
from maas_core.ports.workflow import Attempt, BroadcastStatus, Pending, Prepared
from maas_core.protocol import commands as c
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, Role
from maas_core.protocol.types import ZERO_DIGEST

CLOCK = SystemClock()
MACHINES = 500
ROUNDS = 16
BATCH = 100
SINGLES = 300
TERMS = b"t" * 32


class _Signer:
    scheme = Scheme.ED25519

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self.public_key = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


@contextmanager
def _opened(folder: Path) -> Iterator[LocalLog]:
    log = open_log(Settings(), Context(CLOCK, _Signer(), folder))
    try:
        yield log
    finally:
        log.close()


def _soon() -> Deadline:
    return Deadline.after(CLOCK, 600)


def _prepared(ledger: OrderedLedger, command: c.Command) -> Attempt:
    answer = ledger.prepare(command, Pending(), _soon())
    assert isinstance(answer, Prepared)
    return answer.attempt


def _setting(oem: bytes) -> list[c.Command]:
    """The board is the customer of all machines."""
    action = c.Action(ActionKind.INVITE, 2, oem, Role.OEM, 0, 0, ZERO_DIGEST)
    roles = c.Action(ActionKind.SET_ROLES, 1, bytes(32), Role.BOARD | Role.CUSTOMER, 0, 0, ZERO_DIGEST)
    rules = Rules(1, 86_400, 100, 3_600, 86_400, 6)
    return [
        c.Found(b"d" * 32, ZERO_DIGEST, b"p" * 32, rules),
        c.Propose(b"1" * 16, action),
        c.Propose(b"2" * 16, roles),
    ]


def _daily_life(machine: bytes, step: int) -> c.Command:
    """Half of all commands are anchors, a quarter each starts and stops."""
    if step % 2:
        seq = step // 2 + 1
        item = c.AnchorItem(machine, seq, 1, 0, seq * 60, seq * 60 + 60, 60, b"m" * 32, bytes(120))
        return c.AnchorTelemetry((item,))
    if step % 4 == 0:
        return c.StartMachine(machine, 2 + step // 2, 1_000 + step)
    return c.StopMachine(machine, 2 + step // 2, 1_000 + step, 1, ZERO_DIGEST)


def _commands(customer: OrderedLedger, oem: OrderedLedger) -> list[Attempt]:
    """A history in which every command is accepted."""
    customer.broadcast([_prepared(customer, one) for one in _setting(oem.identity().identity)], _soon())
    machines = [os.urandom(16) for _ in range(MACHINES)]
    registrations = [c.RegisterMachine(one, 2, 1, 1, b"s" * 32, TERMS, 60, 86_400) for one in machines]
    life = [_daily_life(machine, step) for step in range(ROUNDS) for machine in machines]
    accepts = [c.AcceptMachine(one, 1, TERMS) for one in machines]
    return [
        _prepared(oem, c.Join(b"p" * 32)),
        *(_prepared(oem, one) for one in registrations),
        *(_prepared(customer, one) for one in [*accepts, *life]),
    ]


def _append(log: LocalLog, attempts: list[Attempt], size: int) -> list[float]:
    """Seconds of each append of `size` transactions."""
    seconds = []
    for start in range(0, len(attempts), size):
        begun = perf_counter()
        outcomes = log.append(attempts[start : start + size], _soon())
        seconds.append(perf_counter() - begun)
        assert all(one.status is BroadcastStatus.ACCEPTED for one in outcomes)
    return seconds


def _replay(log: LocalLog) -> float:
    """Seconds of one core until a ledger that has just been opened knows the state."""
    ledger = OrderedLedger(log)
    begun = process_time()
    ledger.head(_soon())
    return process_time() - begun


def run() -> list[Figure]:
    """Measure."""
    with TemporaryDirectory(dir=Path.cwd()) as name, _opened(Path(name)) as log, _opened(Path(name)) as other:
        begun = perf_counter()
        attempts = _commands(OrderedLedger(log), OrderedLedger(other))
        preparing = perf_counter() - begun
        grouped = sum(_append(log, attempts, BATCH))
        total = len(attempts) + 3
        replay = min(_replay(log) for _ in range(3))
        begun = perf_counter()
        audited = sum(1 for _ in log.audit())
        audit = perf_counter() - begun
        assert audited == total
        singles = _append(log, [log.seal(os.urandom(400)) for _ in range(SINGLES)], 1)
    return [
        Figure("local ledger: prepared", len(attempts) / preparing, "commands/s"),
        Figure(f"local ledger: appended, {BATCH} a group", len(attempts) / grouped, "commands/s", target=2_000),
        Figure("local ledger: one append, median", median(singles) * 1000, "ms"),
        Figure("local ledger: one append, p95", sorted(singles)[int(0.95 * SINGLES)] * 1000, "ms"),
        Figure("local ledger: replayed", total / replay, "entries/s of one core", target=50_000),
        Figure("local ledger: audited", total / audit, "entries/s"),
    ]
