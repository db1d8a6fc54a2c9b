"""A Clique network for tests: made, opened as participants, harmed, and surely ended."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from secrets import token_bytes
from types import TracebackType
from typing import Any, Self

from maas_ledger_eth.devnet import geth, peering
from maas_ledger_eth.devnet.layout import PASSPHRASE, NetworkPlan, SignerPlace
from maas_ledger_eth.devnet.network import CliqueDevnet
from maas_ledger_eth.devnet.settings import DevnetSettings
from maas_ledger_eth.keystore import read, signer_of
from maas_ledger_eth.opening import open_ledger
from maas_ledger_eth.settings import ChainKind, Settings
from maas_ledger_eth.transport.rpc import Call

from maas_core.ledgerio.engine import Engine, EngineSettings, Progress
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import SystemClock
from maas_core.ports.devnet import DevnetAccess
from maas_core.ports.secret import Secret
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Attempt, BroadcastStatus, Pending, Prepared, Receipt, ReceiptStatus
from maas_core.protocol.commands import Accredit, Command, Found, Join
from maas_core.protocol.states import ActionKind, PartyState
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.store.database import Database
from maas_core.testing.ledger_cast import NUMBER, ROLES, RULES, Cast, fresh_digest
from maas_core.testing.ledger_network import PARTICIPANTS, WAITED_FOR, Network
from tests.support.eth import Settled, context_of

ACTIVE = PartyState.ACTIVE
KEYS = {"stranger": "newcomer"}
"""Participants of the suite whose key has another name in the devnet."""


class EthNetwork:
    """A devnet in a folder; use it with `with`."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.devnet = CliqueDevnet(DevnetSettings(**options), folder)
        self.accesses: tuple[DevnetAccess, ...] = ()
        self._opened: list[OpenLedger] = []

    def __enter__(self) -> Self:
        self.accesses = self.devnet.up(lambda _: None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for ledger in self._opened:
            ledger.workflow.close()
        self.devnet.down()

    @property
    def plan(self) -> NetworkPlan:
        """Ports, addresses, contract."""
        plan = self.devnet.layout.load()
        assert plan is not None
        return plan

    @property
    def signers(self) -> tuple[SignerPlace, ...]:
        """The nodes."""
        return self.plan.signers

    def signer_of(self, participant: str) -> Signer:
        """A participant's key."""
        file = self.devnet.layout.key(KEYS.get(participant, participant))
        return signer_of(read(file, Secret(PASSPHRASE)))

    def settings(self, participant: str = "board", **changes: Any) -> Settings:
        """The ledger's settings as a participant's config has them."""
        [access] = [one for one in self.accesses if one.participant == KEYS.get(participant, participant)]
        told = dict(access.config["ledger"]["settings"])
        told["endpoints"] = tuple(told["endpoints"])
        told["chain"] = ChainKind(told["chain"])
        return replace(Settings(**told), **changes)

    def open(self, participant: str, **changes: Any) -> OpenLedger:
        """The ledger as a participant sees it; closed with the network."""
        ledger = open_ledger(self.settings(participant, **changes), context_of(self.signer_of(participant)))
        self._opened.append(ledger)
        return ledger

    def suite(self) -> Network:
        """All participants, each with an endpoint of its own first; of several signers, blocks that stood a moment."""
        opened = {name: self.open(name) for name in PARTICIPANTS}
        if len(self.signers) == 1:
            return Network(opened, patience=20, moment=10, poll=0.02)
        return Network(
            {name: Settled(one).opened() for name, one in opened.items()}, patience=20, moment=24, depth=2, poll=0.1
        )

    def only(self, *signers: int) -> tuple[str, ...]:
        """Endpoints of some signers, for `open`."""
        return tuple(f"http://127.0.0.1:{self.signers[place].http}" for place in signers)

    def split(self, *sides: Sequence[int]) -> None:
        """Let signers of different sides know nothing of each other."""
        for side in sides:
            others = [place for other in sides if other is not side for place in other]
            for one in side:
                peering.part(self.signers[one], [self.signers[place] for place in others])

    def heal(self, *signers: int) -> None:
        """Let all know each other again, or some of them."""
        some = [self.signers[place] for place in signers] or self.signers
        begun = time.monotonic()
        wait(lambda: peering.are_met(some, time.monotonic() - begun), peering.LONG_ENOUGH)

    def height(self, signer: int) -> int:
        """A signer's newest block."""
        return int(self.ask(signer, ("eth_blockNumber", []))[0], 16)

    def ask(self, signer: int, *calls: Call) -> list[Any]:
        """Ask a signer by its place."""
        return geth.ask(self.signers[signer], calls)

    def kill(self, signer: int) -> None:
        """End it as kill -9 does."""
        self.devnet.layout.process(self.signers[signer].name).kill()

    def start(self, signer: int) -> None:
        """Start one again."""
        self.devnet.start_signer(self.signers[signer].name)

    def each(self, do: Callable[[int], object]) -> None:
        """Do something to every signer."""
        for place in range(len(self.signers)):
            do(place)


def gather(network: Network) -> Cast:
    """Everybody in their roles, in three blocks: the suite's own way would take a block for each command."""
    cast = Cast(network)
    if cast.board.reads("deployment") is None:
        proposals = [
            cast.proposal(ActionKind.INVITE, name, identity=network.actor(name).identity, roles=roles)
            for name, roles in ROLES.items()
        ]
        found = Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), RULES)
        together(network, "board", [found, *proposals])
        joins = {name: send(network, name, [Join(fresh_digest())]) for name in ROLES}
        for name, [attempt] in joins.items():
            assert network.actor(name).receipt(attempt.transaction).status is ReceiptStatus.INCLUDED
        numbers = (NUMBER["maintainer"], NUMBER["rival"])
        together(network, "oem", [Accredit(one, cast.machine_class, place) for place, one in enumerate(numbers)])
    network.cast = cast
    return cast


def send(network: Network, name: str, commands: Sequence[Command]) -> list[Attempt]:
    """Sign and send commands of one participant one after the other, waiting for nothing."""
    workflow, attempts = network.ledgers[name].workflow, list[Attempt]()
    for command in commands:
        prepared = workflow.prepare(command, Pending(tuple(attempts)), network.soon())
        assert isinstance(prepared, Prepared), prepared
        attempts.append(prepared.attempt)
    for outcome in workflow.broadcast(attempts, network.soon()):
        assert outcome.status is BroadcastStatus.ACCEPTED, outcome
    return attempts


def together(network: Network, name: str, commands: Sequence[Command]) -> None:
    """Send commands and wait until all took effect."""
    sent = [one.transaction for one in send(network, name, commands)]

    def receipts() -> list[Receipt]:
        return network.ledgers[name].workflow.receipts(sent, network.soon())

    wait(lambda: not WAITED_FOR & {one.status for one in receipts()}, network.patience)
    found = receipts()
    assert {one.status for one in found} == {ReceiptStatus.INCLUDED}, found
    network.spread(max((one.block for one in found if one.block), key=lambda block: block.height))


def wait(holds: Callable[[], bool], seconds: float) -> None:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not within {seconds} s"
        time.sleep(0.05)


class EthNode:
    """The engine of a participant over a database of its own, as in a node's process."""

    def __init__(self, network: EthNetwork, name: str, file: Path, depth: int = 6, **changes: Any) -> None:
        self.name = name
        self.ledger = network.open(name, **changes)
        self.database = Database(f"sqlite:///{file}")
        self.database.migrate()
        self._policies = FinalityPolicies(Depth(depth))
        self._lease: WriterLease | None = None
        self.restart()

    def restart(self) -> None:
        """As a new process on the same database, the old one having been killed."""
        if self._lease is not None:
            self._lease.release()
        self._lease = WriterLease(self.database)
        self.journal = SqlJournal(self.database, self._lease.epoch)
        settings = EngineSettings(call_seconds=3, resend_seconds=2)
        self.engine = Engine(self.ledger, self.journal, self._policies, SystemClock(), settings)

    def submit(self, *commands: Command) -> list[bytes]:
        """Store commands; returns the submissions' ids."""
        now = SystemClock().now()
        return [one.id for one in self.engine.submit([NewSubmission(token_bytes(16), one, now) for one in commands])]

    def found(self, submission: bytes) -> Submission:
        """A submission as it is stored."""
        found = self.journal.find(submission)
        assert found is not None
        return found

    def states(self, submissions: Sequence[bytes]) -> set[SubmissionState]:
        """Where they stand."""
        return {self.found(one).state for one in submissions}

    def run(self, until: Callable[[], bool], seconds: float = 60) -> None:
        """Step until something holds."""
        run([self], until, seconds)

    def close(self) -> None:
        """Let go of the database."""
        if self._lease is not None:
            self._lease.release()
        self.database.close()


def run(nodes: Sequence[EthNode], until: Callable[[], bool], seconds: float = 60) -> None:
    """Step nodes in turn until something holds."""
    end = time.monotonic() + seconds
    while True:
        steps = [(node, node.engine.step()) for node in nodes]
        if until():
            return
        if time.monotonic() >= end:
            raise AssertionError(f"not within {seconds} s: {[_told(*one) for one in steps]}")
        if not any(step.moved for _, step in steps):
            time.sleep(0.05)


def _told(node: EthNode, step: Progress) -> object:
    """What a test that waited in vain should say of a node."""
    return node.name, step.trouble, [(one.state, one.reason) for one in node.engine.unfinished()][:3]
