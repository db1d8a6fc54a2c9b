"""A real network of Fabric: the core against the same commands sent by the peers' gateways alone, in the same run.

Both use one identity, one connection to the same peer, and as many requests at once. Raw: endorse, submit, commit
status, as Fabric's own clients do. The network, the clients and whatever else runs share this machine's cores, so the
two take turns, several times, and medians are compared.
"""

import json
import resource
import secrets
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import psutil
from maas_ledger_fabric.devnet.access import access_of
from maas_ledger_fabric.devnet.network import FabricDevnet
from maas_ledger_fabric.devnet.plan import CHAINCODE, CHANNEL
from maas_ledger_fabric.devnet.ready import user_identity
from maas_ledger_fabric.devnet.settings import Settings as DevnetSettings
from maas_ledger_fabric.devnet.tools import find_tools
from maas_ledger_fabric.endpoint import Endpoint, Server
from maas_ledger_fabric.envelopes import NONCE_SIZE, propose, sign_transaction
from maas_ledger_fabric.identity import Identity
from maas_ledger_fabric.opening import open_ledger
from maas_ledger_fabric.pem_signer import read_signer
from maas_ledger_fabric.protos import gateway, transaction
from maas_ledger_fabric.settings import Peer, Settings

from benchmarks.figures import Figure
from maas_core.ledgerio.engine import EngineSettings
from maas_core.ledgerio.journal import NewSubmission
from maas_core.ledgerio.policy import FinalityPolicies, Native
from maas_core.ledgerio.sql.journal import SqlJournal
from maas_core.ledgerio.submission import SubmissionState
from maas_core.node.writer import Writer
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import SystemClock
from maas_core.protocol import commands as c
from maas_core.protocol.states import InvoiceKind
from maas_core.protocol.types import ZERO_ID
from maas_core.protocol.wire import command_to_json
from maas_core.store.database import Database
from maas_core.testing.ledger_cast import EURO, NUMBER, cast_of, fresh_digest, fresh_id
from maas_core.testing.ledger_network import PARTICIPANTS, Network

CLOCK = SystemClock()
AT_ONCE = 32
BURST = 800
ROUNDS = 3
STEADY_SECONDS = 6.0
LONE = 9
BATCH_TIMEOUT = 0.2
SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """One measurement."""

    done: int
    seconds: float
    cpu: float
    """Seconds of this process."""
    network_cpu: float
    """Seconds of the network's processes."""
    delays: Sequence[float] = ()
    """Seconds from the intended moment to final."""

    @property
    def rate(self) -> float:
        """Per second."""
        return self.done / self.seconds


def command() -> c.Command:
    """Half registrations, half invoices; none touches a record of another."""
    if secrets.randbelow(2):
        sides = (NUMBER["oem"], NUMBER["customer"])
        return c.RegisterMachine(fresh_id(), *sides, 1, fresh_digest(), fresh_digest(), 60, 86_400)
    respond_by = CLOCK.now() + 7 * 86_400
    place = (fresh_id(), NUMBER["customer"], ZERO_ID, InvoiceKind.SERVICE, 0)
    return c.IssueInvoice(*place, 0, 0, 0, 0, 9_900, EURO, fresh_digest(), respond_by)


class Raw:
    """Fabric's own way: three calls for each command."""

    def __init__(self, devnet: FabricDevnet) -> None:
        org = devnet.plan.org("oem")
        self._identity: Identity = user_identity(devnet.plan, org, "User1")
        self._endpoint = Endpoint(Server(org.address, devnet.plan.tls_ca(org).read_bytes()), None)

    def send(self, wanted: c.Command) -> float:
        """When it was committed."""
        text = json.dumps(command_to_json(wanted)).encode()
        nonce = secrets.token_bytes(NONCE_SIZE)
        proposal = propose(self._identity, CHANNEL, CHAINCODE, (b"submit", text), nonce, CLOCK.now())
        name = proposal.transaction.hex()
        stub = self._endpoint.gateway
        request = gateway.EndorseRequest(transaction_id=name, channel_id=CHANNEL, proposed_transaction=proposal.signed)
        prepared = stub.Endorse(request, timeout=SECONDS).prepared_transaction
        sign_transaction(self._identity, prepared)
        submit = gateway.SubmitRequest(transaction_id=name, channel_id=CHANNEL, prepared_transaction=prepared)
        stub.Submit(submit, timeout=SECONDS)
        asked = gateway.CommitStatusRequest(
            transaction_id=name, channel_id=CHANNEL, identity=self._identity.serialized
        ).SerializeToString()
        signed = gateway.SignedCommitStatusRequest(request=asked, signature=self._identity.sign(asked))
        assert stub.CommitStatus(signed, timeout=SECONDS).result == transaction.VALID
        return time.perf_counter()

    def close(self) -> None:
        """End the connection."""
        self._endpoint.close()


def raw_burst(raw: Raw, meter: "Meter", count: int) -> Run:
    """As many as it can."""
    with ThreadPoolExecutor(AT_ONCE * 3) as pool:
        meter.start()
        list(pool.map(raw.send, [command() for _ in range(count)]))
        return meter.stop(count)


def raw_steady(raw: Raw, meter: "Meter", rate: float, seconds: float) -> Run:
    """At an even rate, each at its moment whatever became of those before."""
    count = int(rate * seconds)
    with ThreadPoolExecutor(AT_ONCE * 4) as pool:
        meter.start()
        begin = time.perf_counter()
        waiting = []
        for place in range(count):
            moment = begin + place / rate
            time.sleep(max(0.0, moment - time.perf_counter()))
            waiting.append((moment, pool.submit(raw.send, command())))
        delays = [future.result() - moment for moment, future in waiting]
        return meter.stop(count, delays)


class Core:
    """A node's engine over its database."""

    def __init__(self, ledger: OpenLedger, folder: Path) -> None:
        self._database = Database(f"sqlite:///{folder / 'node.db'}")
        self._database.migrate()
        self._writer = Writer(self._database, ledger, FinalityPolicies(Native()), CLOCK, EngineSettings())
        self._journal = SqlJournal(self._database)
        self._writer.catch_up()

    def burst(self, meter: "Meter", count: int) -> Run:
        """As many as it can."""
        meter.start()
        ids = self._submit(count)
        while self._step():
            pass
        run = meter.stop(count)
        self._check(ids)
        return run

    def steady(self, meter: "Meter", rate: float, seconds: float) -> Run:
        """At an even rate; a command is handed over at its moment, or as soon as the engine comes to it."""
        count = int(rate * seconds)
        moments: dict[bytes, float] = {}
        final: dict[bytes, float] = {}
        meter.start()
        begin = time.perf_counter()
        while len(final) < count:
            due = min(count, int((time.perf_counter() - begin) * rate) + 1)
            for place, name in zip(range(len(moments), due), self._submit(due - len(moments)), strict=True):
                moments[name] = begin + place / rate
            self._step()
            now = time.perf_counter()
            unfinished = {one.id for one in self._writer.engine.unfinished()}
            final.update((name, now) for name in moments.keys() - unfinished - final.keys())
        run = meter.stop(count, [final[name] - moments[name] for name in moments])
        self._check(list(moments))
        return run

    def _submit(self, count: int) -> list[bytes]:
        ids = [fresh_id() for _ in range(count)]
        if ids:
            self._writer.engine.submit([NewSubmission(one, command(), CLOCK.now()) for one in ids])
        return ids

    def _step(self) -> int:
        progress = self._writer.step()
        if not progress.moved:
            time.sleep(0.005)
        return progress.unfinished

    def _check(self, ids: Sequence[bytes]) -> None:
        found = [self._journal.find(one) for one in ids]
        assert all(one is not None and one.state is SubmissionState.FINAL for one in found)

    def close(self) -> None:
        """Close the database."""
        self._writer.close()
        self._database.close()


class Meter:
    """Time and CPU of this process and of the network."""

    def __init__(self, devnet: FabricDevnet) -> None:
        pids = [devnet.process(name).pid() for name in devnet.process_names]
        self._processes = [psutil.Process(pid) for pid in pids if pid is not None]
        self._began = (0.0, 0.0, 0.0)

    def start(self) -> None:
        """From now on."""
        self._began = self._now()

    def stop(self, done: int, delays: Sequence[float] = ()) -> Run:
        """Until now."""
        seconds, own, network = (now - then for now, then in zip(self._now(), self._began, strict=True))
        return Run(done, seconds, own, network, tuple(delays))

    def _now(self) -> tuple[float, float, float]:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        network = sum(sum(one.cpu_times()[:2]) for one in self._processes)
        return time.perf_counter(), usage.ru_utime + usage.ru_stime, network


@contextmanager
def network() -> Iterator[tuple[FabricDevnet, Path, float]]:
    """A devnet on which everybody is in their roles, a folder, and in how many seconds it came up."""
    with TemporaryDirectory(prefix="bench-fabric-") as name:
        devnet = FabricDevnet(DevnetSettings(), Path(name, "net"))
        find_tools(DevnetSettings(), lambda _: None)
        begin = time.perf_counter()
        devnet.up(lambda _: None)
        up = time.perf_counter() - begin
        try:
            ledgers = {one.participant: _ledger(one.config) for one in access_of(devnet.plan)}
            cast_of(Network({name: ledgers[name] for name in PARTICIPANTS}, patience=30))
            for ledger in ledgers.values():
                ledger.workflow.close()
            yield devnet, Path(name), up
        finally:
            devnet.down()


def _ledger(tables: dict[str, dict[str, object]]) -> OpenLedger:
    said = tables["ledger"]["settings"]
    signing = tables["signer"]["settings"]
    assert isinstance(said, dict)
    assert isinstance(signing, dict)
    peers = tuple(Peer(one["address"], Path(one["tls_ca"])) for one in said["gateways"][:1])
    settings = Settings(
        msp_id=said["msp_id"], certificate=Path(said["certificate"]), gateways=peers, concurrency=AT_ONCE
    )
    return open_ledger(settings, Context(CLOCK, read_signer(Path(signing["key"])), Path.cwd()))


def run() -> list[Figure]:
    """Measure."""
    with network() as (devnet, folder, up):
        meter, raw = Meter(devnet), Raw(devnet)
        [access] = [one for one in access_of(devnet.plan) if one.participant == "oem"]
        ledger = _ledger(access.config)
        core = Core(ledger, folder)
        try:
            return [Figure("fabric: devnet up", up, "s", 10, "lower"), *_figures(raw, core, meter)]
        finally:
            core.close()
            ledger.workflow.close()
            raw.close()


def _figures(raw: Raw, core: Core, meter: Meter) -> list[Figure]:
    raw_burst(raw, meter, BURST // 4)
    core.burst(meter, BURST // 4)
    bursts = [(raw_burst(raw, meter, BURST), core.burst(meter, BURST)) for _ in range(ROUNDS)]
    capacity = median(one.rate for one, _ in bursts)
    reached = median(one.rate for _, one in bursts)
    half = capacity / 2
    steady = [
        (raw_steady(raw, meter, half, STEADY_SECONDS), core.steady(meter, half, STEADY_SECONDS)) for _ in range(ROUNDS)
    ]
    raw_delays = [delay for one, _ in steady for delay in one.delays]
    core_delays = [delay for _, one in steady for delay in one.delays]
    lone = [core.steady(meter, 1.0, 1.0).delays[0] for _ in range(LONE)]
    added = median(median(mine.delays) - median(bare.delays) for bare, mine in steady) * 1000
    goodput = median(one.done / (one.seconds - median(one.delays)) for _, one in steady) / half
    return [
        Figure("fabric: raw, at saturation", capacity, "commands/s"),
        Figure("fabric: core, at saturation", reached, "commands/s"),
        Figure("fabric: core of raw, at saturation", 100 * reached / capacity, "%", target=65),
        Figure("fabric: raw, own CPU", _each([one.cpu for one, _ in bursts]), "ms a command"),
        Figure("fabric: core, own CPU", _each([one.cpu for _, one in bursts]), "ms a command"),
        Figure("fabric: network's CPU under raw", _each([one.network_cpu for one, _ in bursts]), "ms a command"),
        Figure("fabric: network's CPU under core", _each([one.network_cpu for _, one in bursts]), "ms a command"),
        Figure("fabric: offered at half of raw", half, "commands/s"),
        Figure("fabric: core, goodput of that", 100 * goodput, "%", target=98),
        Figure("fabric: raw at half, median", median(raw_delays) * 1000, "ms"),
        Figure("fabric: core at half, median", median(core_delays) * 1000, "ms"),
        Figure("fabric: core at half, p95", _p95(core_delays) * 1000, "ms"),
        Figure("fabric: added by the core at half, median", added, "ms", 100, "lower"),
        Figure("fabric: a lone command, median", median(lone) * 1000, "ms", BATCH_TIMEOUT * 1000 + 150, "lower"),
    ]


def _each(seconds: Sequence[float]) -> float:
    return median(seconds) / BURST * 1000


def _p95(delays: Sequence[float]) -> float:
    return sorted(delays)[int(0.95 * len(delays))]
