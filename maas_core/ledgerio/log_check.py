"""Check a whole ordered log: its chain and signatures by the log, what its payloads mean by the model."""

from collections.abc import Iterator
from dataclasses import dataclass

from maas_core.errors import UnavailableError
from maas_core.ledgerio.replay import MALFORMED, Replay
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.ordered_log import Auditable, BrokenEntry, LogEntry, OrderedLog
from maas_core.ports.workflow import BlockRef, Unavailable
from maas_core.protocol.rejections import Rejection

PAGE = 512


@dataclass(frozen=True, slots=True)
class Fault:
    """The first place that does not hold, and why."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True)
class LogReport:
    """What a check of a log found; counts, head and digest are of the entries before the fault, if there is one."""

    accepted: int
    rejected: int
    """Commands that the protocol refused."""
    malformed: int
    """Payloads that hold no command of this deployment."""
    head: BlockRef
    deployment: bytes
    state_digest: bytes
    audited: bool
    """Whether the log proved its chain and signatures; else only the model was run."""
    fault: Fault | None


def check_log(log: OrderedLog, clock: Clock, patience: float = 10.0) -> LogReport:
    """Replay everything. Raises `UnavailableError` if the log does not answer within `patience` seconds."""
    entries = log.audit() if isinstance(log, Auditable) else _all_entries(log, clock, patience)
    replay = Replay()
    accepted = rejected = malformed = 0
    fault: Fault | None = None
    try:
        for entry in entries:
            outcome = replay.take(entry).outcome
            accepted += not isinstance(outcome, Rejection)
            malformed += outcome is MALFORMED
            rejected += isinstance(outcome, Rejection) and outcome is not MALFORMED
    except BrokenEntry as broken:
        fault = Fault(broken.position, broken.reason)
    audited = isinstance(log, Auditable)
    return LogReport(accepted, rejected, malformed, replay.block, replay.deployment, replay.digest(), audited, fault)


def _all_entries(log: OrderedLog, clock: Clock, patience: float) -> Iterator[LogEntry]:
    last = 0
    while entries := log.read(last, PAGE, Deadline.after(clock, patience)):
        if isinstance(entries, Unavailable):
            raise UnavailableError(f"the log was read up to entry {last}: {entries.reason}")
        yield from entries
        last = entries[-1].position
