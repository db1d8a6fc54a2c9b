"""A real network of Clique signers: the core against the same commands sent bare, in the same run.

Three signers, a block a second, one key and one endpoint. Raw: signed, sent in batches of the same size over one
connection, done when in a block. Anchors of one machine each, on machines prepared before; raw and core take turns on
the same machines. Signers and client share this machine's cores.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_bytes
from statistics import median
from tempfile import TemporaryDirectory

from maas_ledger_eth.blocks import from_hex
from maas_ledger_eth.devnet.layout import PASSPHRASE
from maas_ledger_eth.devnet.network import CliqueDevnet
from maas_ledger_eth.devnet.settings import DevnetSettings
from maas_ledger_eth.keystore import read, signer_of
from maas_ledger_eth.opening import open_ledger, open_rpc
from maas_ledger_eth.settings import ChainKind, Settings
from maas_ledger_eth.transport.rpc import Rpc

from benchmarks.figures import Figure
from maas_core.bench.core import ObservedJournal
from maas_core.ledgerio.engine import Engine, EngineSettings
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import Depth, FinalityPolicies
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.sql.lease import WriterLease
from maas_core.ledgerio.submission import Submission, SubmissionState
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import SystemClock
from maas_core.ports.devnet import DevnetAccess
from maas_core.ports.secret import Secret
from maas_core.ports.workflow import Attempt, Pending, Prepared, ReceiptStatus
from maas_core.protocol import commands as c
from maas_core.protocol.states import ActionKind
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.store.database import Database
from maas_core.testing.ledger_cast import ROLES, RULES, Cast, fresh_digest, fresh_id
from maas_core.testing.ledger_network import Network

MACHINES = 1_200
ROUNDS = 3
BURST = 3
"""Anchors of each machine in a burst: it must last for some blocks, since the first one takes a period and a half."""
BATCH = 100
HALF_SECONDS = 12
IDLE = 0.02
DEPTH = 2
REPLACED = 4
"""Blocks below the newest that may just have been replaced by others."""
PARTICIPANTS = ("board", "oem", "customer", "maintainer", "rival", "auditor")


@dataclass
class Run:
    """One measured run."""

    rate: float
    """Commands per second, from the first intended to the last included."""
    cpu: float = 0.0
    """Seconds of our own processor time for each command."""
    delays: list[float] = field(default_factory=list)
    """Seconds from intended to seen in a block, of each command."""


@dataclass
class Bench:
    """The network with its machines."""

    cast: Cast
    network: Network
    rpc: Rpc
    machines: list[bytes]
    seq: int = 0

    def anchors(self, count: int) -> list[c.Command]:
        """The next anchor of so many machines."""
        self.seq += 1
        return [c.AnchorTelemetry((self.cast.anchor(one, self.seq, self.seq),)) for one in self.machines[:count]]

    def burst(self) -> list[c.Command]:
        """Several of each machine, in the order in which they can take effect."""
        return [one for _ in range(BURST) for one in self.anchors(MACHINES)]


@contextmanager
def _network() -> Iterator[Bench]:
    with TemporaryDirectory() as folder:
        devnet = CliqueDevnet(DevnetSettings(), Path(folder))
        try:
            accesses = {one.participant: one for one in devnet.up(lambda _: None)}
            ledgers = {name: _opened(devnet, accesses[name]) for name in PARTICIPANTS}
            network = Network(ledgers | {"stranger": ledgers["board"]}, patience=30, poll=0.05)
            cast = Cast(network)
            _gather(cast, network)
            machines = sorted(fresh_id() for _ in range(MACHINES))
            _send_all(network, "oem", [cast.registration(one) for one in machines])
            _send_all(network, "customer", [c.AcceptMachine(one, 1, cast.terms) for one in machines])
            with closing(open_rpc(accesses["customer"].config["ledger"]["settings"]["endpoints"][0])) as rpc:
                yield Bench(cast, network, rpc, machines)
            for ledger in ledgers.values():
                ledger.workflow.close()
        finally:
            devnet.down()


def _opened(devnet: CliqueDevnet, access: DevnetAccess) -> OpenLedger:
    told = dict(access.config["ledger"]["settings"])
    told |= {"endpoints": tuple(told["endpoints"][:1]), "chain": ChainKind(told["chain"]), "batch": BATCH}
    signer = signer_of(read(devnet.layout.key(access.participant), Secret(PASSPHRASE)))
    return open_ledger(Settings(**told), Context(SystemClock(), signer, Path()))


def _gather(cast: Cast, network: Network) -> None:
    proposals = [
        cast.proposal(ActionKind.INVITE, name, identity=network.actor(name).identity, roles=roles)
        for name, roles in ROLES.items()
    ]
    _send_all(network, "board", [c.Found(fresh_digest(), ZERO_DIGEST, fresh_digest(), RULES), *proposals])
    for name in ROLES:
        _send_all(network, name, [c.Join(fresh_digest())])


def _send_all(network: Network, name: str, commands: Sequence[c.Command]) -> None:
    workflow = network.ledgers[name].workflow
    attempts = _sign_in_a_row(network, name, commands)
    for start in range(0, len(attempts), BATCH):
        workflow.broadcast(attempts[start : start + BATCH], network.soon())
    left = [one.transaction for one in attempts]
    while left:
        told = workflow.receipts(left[:BATCH], network.soon())
        assert all(one.status is not ReceiptStatus.REJECTED for one in told), told
        done = {one.transaction for one in told if one.status is ReceiptStatus.INCLUDED}
        left = [one for one in left if one not in done]
        time.sleep(0.1)


def _sign_in_a_row(network: Network, name: str, commands: Sequence[c.Command]) -> list[Attempt]:
    """Attempts with nonces one after the other, the nonce asked for once: as a bare client would."""
    attempts: list[Attempt] = []
    for command in commands:
        prepared = network.ledgers[name].workflow.prepare(command, Pending(tuple(attempts)), network.soon())
        assert isinstance(prepared, Prepared), prepared
        attempts.append(prepared.attempt)
    return attempts


class _Blocks:
    """Sees transactions appear in blocks, by asking for the newest block again and again."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        self._height = self._head()
        self.seen: dict[bytes, float] = {}

    def look(self) -> None:
        """Note the transactions of new blocks."""
        head = self._head()
        if head <= self._height:
            return
        first = max(self._height - REPLACED, 0)
        asked = [("eth_getBlockByNumber", [hex(one), False]) for one in range(first, head + 1)]
        now = time.perf_counter()
        for block in self._rpc.batch(asked, 5):
            for one in block["transactions"]:
                self.seen.setdefault(from_hex(one), now)
        self._height = head

    def _head(self) -> int:
        return int(self._rpc.batch([("eth_blockNumber", [])], 5)[0], 16)


def _raw(bench: Bench, commands: Sequence[c.Command], due: Callable[[int], float]) -> Run:
    """Send bare; `due` says when a command is to be sent, seconds from the beginning."""
    workflow = bench.network.ledgers["customer"].workflow
    blocks, begun, cpu = _Blocks(bench.rpc), time.perf_counter(), time.process_time()
    attempts: list[Attempt] = []
    sent = 0
    while len(blocks.seen.keys() & {one.transaction for one in attempts}) < len(commands):
        now = time.perf_counter() - begun
        ready = [one for place, one in enumerate(commands[sent : sent + BATCH], sent) if due(place) <= now]
        for command in ready:
            prepared = workflow.prepare(command, Pending(tuple(attempts)), bench.network.soon())
            assert isinstance(prepared, Prepared), prepared
            attempts.append(prepared.attempt)
        if ready:
            workflow.broadcast(attempts[sent:], bench.network.soon())
            sent = len(attempts)
        else:
            time.sleep(IDLE)
        blocks.look()
    delays = [blocks.seen[one.transaction] - begun - due(place) for place, one in enumerate(attempts)]
    ended = max(blocks.seen[one.transaction] for one in attempts)
    return Run(len(commands) / (ended - begun), (time.process_time() - cpu) / len(commands), delays)


def _core(bench: Bench, commands: Sequence[c.Command], due: Callable[[int], float]) -> Run:
    """The same by an engine with a database on disk, until all are final."""
    with TemporaryDirectory(dir=Path.cwd()) as folder:
        database = Database(f"sqlite:///{Path(folder) / 'node.db'}")
        database.migrate()
        with WriterLease(database) as lease:
            seen = _Stored()
            engine = Engine(
                bench.network.ledgers["customer"],
                ObservedJournal(SqlJournal(database, lease.epoch), seen.told),
                FinalityPolicies(Depth(DEPTH)),
                SystemClock(),
                EngineSettings(),
            )
            while engine.step().moved:
                pass
            run = _driven(engine, seen, commands, due)
        database.close()
    return run


class _Stored:
    """When the node had stored that a submission is in a block, and which ones have ended."""

    def __init__(self) -> None:
        self.included: dict[bytes, float] = {}
        self.ended: set[bytes] = set()

    def told(self, submission: Submission) -> None:
        """Take note of a submission as it is stored."""
        if submission.state in (SubmissionState.INCLUDED, SubmissionState.FINAL):
            self.included.setdefault(submission.id, time.perf_counter())
        if submission.finished:
            self.ended.add(submission.id)


def _driven(engine: Engine, seen: _Stored, commands: Sequence[c.Command], due: Callable[[int], float]) -> Run:
    begun, cpu = time.perf_counter(), time.process_time()
    sent: list[bytes] = []
    while len(seen.ended) < len(commands):
        now = time.perf_counter() - begun
        ready = [one for place, one in enumerate(commands[len(sent) :], len(sent)) if due(place) <= now]
        if ready:
            new = [NewSubmission(token_bytes(16), one, 0) for one in ready]
            engine.submit(new)
            sent += [one.id for one in new]
        if not engine.step().moved:
            time.sleep(IDLE)
    included = [seen.included[one] - begun for one in sent]
    delays = [one - due(place) for place, one in enumerate(included)]
    return Run(len(commands) / max(included), (time.process_time() - cpu) / len(commands), delays)


def _at_once(_: int) -> float:
    return 0.0


def run() -> list[Figure]:
    """Measure."""
    with _network() as bench:
        raw, core = [], []
        for _ in range(ROUNDS):
            raw.append(_raw(bench, bench.burst(), _at_once))
            core.append(_core(bench, bench.burst(), _at_once))
        capacity = median(one.rate for one in raw)
        half = capacity / 2
        count = min(int(half * HALF_SECONDS), MACHINES)
        slow_raw, slow_core = [], []
        for _ in range(ROUNDS):
            slow_raw.append(_raw(bench, bench.anchors(count), lambda place: place / half))
            slow_core.append(_core(bench, bench.anchors(count), lambda place: place / half))
    raw_delay, core_delay = (median(delay for run in runs for delay in run.delays) for runs in (slow_raw, slow_core))
    kept_up = median(ours.rate / bare.rate for ours, bare in zip(slow_core, slow_raw, strict=True))
    added = (core_delay - raw_delay) * 1000
    rate = median(one.rate for one in core)
    return [
        Figure("clique: raw, saturated", capacity, "commands/s"),
        Figure("clique: core, saturated", rate, "commands/s", target=380),
        Figure("clique: core against raw, saturated", rate / capacity, "", target=0.65),
        Figure("clique: core's CPU", median(one.cpu for one in core) * 1000, "ms/command", target=2.5, better="lower"),
        Figure("clique: raw client's CPU", median(one.cpu for one in raw) * 1000, "ms/command"),
        Figure("clique: half of raw, offered", half, "commands/s"),
        Figure("clique: half of raw, core", kept_up * half, "commands/s"),
        Figure("clique: half of raw, raw median", raw_delay, "s"),
        Figure("clique: half of raw, core median", core_delay, "s"),
        Figure("clique: half of raw, added at the median", added, "ms", target=100, better="lower"),
    ]
