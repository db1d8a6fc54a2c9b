"""A node under load while a test makes trouble, and what must hold afterwards."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from maas_ledger_fabric.devnet.network import FabricDevnet

from maas_core.ledgerio.engine import Engine, EngineSettings
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import FinalityPolicies, Native
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import SystemClock
from maas_core.protocol import events as e
from maas_core.protocol.commands import RegisterMachine
from maas_core.testing.ledger_cast import Cast, fresh_id
from maas_core.testing.memory_journal import MemoryJournal

RATE = 20.0
"""Commands a second."""
PATIENCE = 90.0
Action = Callable[[], None]


@dataclass
class Load:
    """The OEM's engine; registers machines."""

    cast: Cast
    ledger: OpenLedger
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    sent: list[RegisterMachine] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.engine = self._engine()

    def _engine(self) -> Engine:
        settings = EngineSettings(call_seconds=5.0, resend_seconds=1.0)
        return Engine(self.ledger, self.journal, FinalityPolicies(Native()), SystemClock(), settings)

    def restart(self, ledger: OpenLedger) -> None:
        """As after a crash of the node: only what the journal holds is left."""
        self.ledger = ledger
        self.engine = self._engine()

    def run(self, seconds: float, actions: Sequence[tuple[float, Action]] = ()) -> None:
        """Send at an even rate; each action has its moment, in seconds from the beginning."""
        begin, left = time.monotonic(), sorted(actions, key=lambda pair: pair[0])
        first = len(self.sent)
        while (passed := time.monotonic() - begin) < seconds or left:
            while left and left[0][0] <= passed:
                left.pop(0)[1]()
            due = int(min(passed, seconds) * RATE) - (len(self.sent) - first)
            self._send(max(0, due))
            self._step()

    def _send(self, count: int) -> None:
        commands = [self.cast.registration(fresh_id()) for _ in range(count)]
        now = SystemClock().now()
        self.engine.submit([NewSubmission(fresh_id(), command, now) for command in commands])
        self.sent += commands

    def _step(self) -> None:
        progress = self.engine.step()
        if progress.trouble and (not self.troubles or self.troubles[-1] != progress.trouble):
            self.troubles.append(progress.trouble)
        if not progress.moved:
            time.sleep(0.02)

    def finish(self) -> None:
        """Until nothing is on its way."""
        until = time.monotonic() + PATIENCE
        while self.engine.unfinished():
            states = {one.state for one in self.engine.unfinished()}
            assert time.monotonic() < until, (
                f"{len(self.engine.unfinished())} unfinished, {states}: {self.troubles[-3:]}"
            )
            self._step()

    def check(self) -> None:
        """Each intent applied exactly once, or visibly rejected; what the engine says is what the chain says."""
        submissions = self._submissions()
        registered = [
            one.event.machine
            for block in self.cast.customer.blocks()
            for one in block.events
            if isinstance(one.event, e.MachineRegistered)
        ]
        wanted = {command.machine for command in self.sent}
        applied = [machine for machine in registered if machine in wanted]
        assert len(applied) == len(set(applied))
        final = {_machine(one) for one in submissions if one.state is SubmissionState.FINAL}
        assert final == set(applied)
        others = [one for one in submissions if one.state is not SubmissionState.FINAL]
        assert all(one.finished and (one.reason or one.rejection) for one in others)
        assert len(submissions) == len(self.sent)

    def rejected(self) -> list[Submission]:
        """Those that had no effect."""
        return [one for one in self._submissions() if one.state is not SubmissionState.FINAL]

    def _submissions(self) -> list[Submission]:
        return list(self.journal.submissions.values())


def _machine(submission: Submission) -> bytes:
    assert isinstance(submission.command, RegisterMachine)
    return submission.command.machine


def killed(devnet: FabricDevnet, name: str) -> Action:
    """Kill -9."""
    return lambda: devnet.process(name).kill()


def started(devnet: FabricDevnet, name: str) -> Action:
    """Started again, as a supervisor would."""
    return lambda: devnet.start(name)


def signalled(devnet: FabricDevnet, name: str, number: signal.Signals) -> Action:
    """A signal, e.g. SIGSTOP."""

    def send() -> None:
        pid = devnet.process(name).pid()
        assert pid is not None
        os.kill(pid, number)

    return send
