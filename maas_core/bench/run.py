"""A whole measurement: every pairing, in random order, as often as the scenario says."""

import os
import resource
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np

from maas_core.bench.checks import refuse, refuse_before
from maas_core.bench.core import CoreWorker
from maas_core.bench.driver import Driven, Driver, Plan
from maas_core.bench.faults import FaultMaker
from maas_core.bench.members import Members
from maas_core.bench.network import Network, Pairing, Place, existing_pairing
from maas_core.bench.provenance import config_digests, provenance, round_trips
from maas_core.bench.record import PROVENANCE, RUNS, SCENARIO, HappenedFault, Mode, RunRecord, write_json
from maas_core.bench.rows import write_rows
from maas_core.bench.scenario import Kind, Load, LoadKind, Scenario, load_scenario
from maas_core.bench.schedule import open_loop
from maas_core.bench.target import RunClock
from maas_core.bench.worker import Team
from maas_core.bench.workloads import PARTY, Workloads
from maas_core.errors import UsageError
from maas_core.plugins import Plugins
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.protocol.records import Ticket
from maas_core.protocol.states import TicketKind

CLOCK = SystemClock()


@dataclass(frozen=True, slots=True)
class Options:
    """What the user asked for."""

    scenario: Path
    ledgers: Sequence[str]
    storages: Sequence[str]
    out: Path
    existing: Path | None = None
    repetitions: int | None = None
    command: str = ""


def run(options: Options, plugins: Plugins, progress: Callable[[str], None]) -> None:
    """Measure, and write rows and records.

    Raises `UsageError` if a pairing cannot do what the scenario needs, before anything is started where that is known.
    """
    scenario = load_scenario(options.scenario)
    place = Place(plugins, options.existing, scenario.settings)
    pairings = _pairings(scenario, options, progress)
    for pairing in pairings:
        refuse_before(scenario, pairing, place)
    if options.out.exists() and any(options.out.iterdir()):
        raise UsageError(f"{options.out} is not empty: name a new folder")
    options.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(options.scenario, options.out / SCENARIO)
    told = provenance(options.scenario, plugins, options.command)
    measuring = _Measuring(scenario, place, options.out, told, progress)
    for repetition in range(options.repetitions or scenario.repetitions):
        order = np.random.default_rng([scenario.seed, repetition]).permutation(len(pairings))
        for index in order.tolist():
            measuring.pairing(pairings[index], repetition)


def _pairings(scenario: Scenario, options: Options, progress: Callable[[str], None]) -> list[Pairing]:
    """All that make a difference; of a network that exists, the one that it is."""
    if options.existing is not None:
        return [existing_pairing(options.existing)]
    ledgers, storages = list(options.ledgers), list(options.storages)
    if scenario.workload.kind is Kind.STORAGE and len(ledgers) > 1:
        progress(f"{scenario.name} writes nothing to a ledger: only {ledgers[0]} is used")
        ledgers = ledgers[:1]
    if not scenario.workload.object_bytes and len(storages) > 1:
        progress(f"{scenario.name} stores nothing: only {storages[0]} is used")
        storages = storages[:1]
    return [Pairing(ledger, storage) for ledger in ledgers for storage in storages]


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of one run."""

    driven: Driven
    cpu: float
    network_cpu: float | None
    faults: Sequence[HappenedFault]


@dataclass
class _Measuring:
    scenario: Scenario
    place: Place
    out: Path
    provenance: dict[str, Any]
    progress: Callable[[str], None]

    def __post_init__(self) -> None:
        self._runs: list[RunRecord] = []
        self._digests: dict[str, Any] = {}
        self._write()

    def _write(self) -> None:
        write_json(self.out / RUNS, self._runs)
        write_json(self.out / PROVENANCE, {**self.provenance, "configs": self._digests})

    def pairing(self, pairing: Pairing, repetition: int) -> None:
        """One repetition of one pairing: a network of its own, core and baseline in random order."""
        folder = Path(mkdtemp(prefix="maas-bench-"))
        try:
            with Network(pairing, self.place, folder, self.progress) as network:
                members = Members(network, folder, self.scenario)
                self._refuse(pairing, members)
                if self.scenario.workload.kind is not Kind.STORAGE:
                    members.gather()
                self._digests[str(pairing)] = config_digests(members)
                self._measure(pairing, repetition, members)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _refuse(self, pairing: Pairing, members: Members) -> None:
        config = members.configs["customer"]
        section = next(iter(config.storages.values()))
        refuse(self.scenario, pairing, config.ledger.profile, section.backend.profile(section.settings))

    def _measure(self, pairing: Pairing, repetition: int, members: Members) -> None:
        load = self.scenario.load
        if load.share_of_raw is not None:
            burst = Load(LoadKind.BURST, sessions=load.sessions)
            capacity = self._run(pairing, repetition, members, Mode.CAPACITY, burst, 0.0)
            rate = load.share_of_raw * capacity
        else:
            rate = load.rate or 0.0
        modes = [Mode.CORE, Mode.RAW] if self.scenario.baseline else [Mode.CORE]
        random = np.random.default_rng([self.scenario.seed, repetition, len(self._runs)])
        for index in random.permutation(len(modes)).tolist():
            self._run(pairing, repetition, members, modes[index], load, rate)

    def _run(self, pairing: Pairing, repetition: int, members: Members, mode: Mode, load: Load, rate: float) -> float:
        """Returns sessions a second, from the first begun to the last included."""
        self.progress(f"repetition {repetition + 1}, {pairing}, {mode}" + (f", {rate:.4g}/s" if rate else ""))
        seed = self.scenario.seed + 1000 * repetition
        workloads = self._ready(members, seed)
        before = round_trips(members, workloads.actors)
        plan = self._plan(load, rate, seed, workloads)
        began, load_before = CLOCK.now(), os.getloadavg()[0]
        done = self._drive(plan, mode, members, workloads)
        after, awarded = round_trips(members, workloads.actors), _awarded(members, workloads)
        name = f"{len(self._runs):03d}-{pairing.ledger}-{pairing.storage}-{mode}.parquet"
        driven = done.driven
        write_rows(self.out / name, driven.rows)
        begin, end = self._window(load, driven)
        self._runs.append(
            RunRecord(
                file=name,
                ledger=pairing.ledger,
                storage=pairing.storage,
                mode=str(mode),
                repetition=repetition,
                order=len(self._runs),
                seed=seed,
                began=began,
                begin=begin,
                end=end,
                seconds=driven.seconds,
                planned=0 if load.kind is LoadKind.CLOSED else len(plan.arrivals),
                begun=len({row.session for row in driven.rows}),
                rate=rate,
                is_open=load.kind is LoadKind.OPEN,
                cpu=done.cpu,
                driver_cpu=driven.driver_cpu,
                network_cpu=done.network_cpu,
                load_before=load_before,
                cost_unit=members.configs["customer"].ledger.profile.cost_unit,
                before=before,
                after=after,
                faults=done.faults,
                awarded=awarded,
            )
        )
        self._write()
        return _sessions_a_second(driven) if mode is Mode.CAPACITY else 0.0

    def _ready(self, members: Members, seed: int) -> Workloads:
        """A fleet of its own for each run."""
        workloads = Workloads(self.scenario.workload, np.random.default_rng(seed), CLOCK.now())
        members.prepare(workloads)
        return workloads

    def _drive(self, plan: Plan, mode: Mode, members: Members, workloads: Workloads) -> "_Done":
        faults = self.scenario.faults if mode is not Mode.CAPACITY else ()
        with ExitStack() as stack:
            clock = RunClock.start()
            make = members.core_team if mode is Mode.CORE else members.raw_team
            team = make(workloads.actors, clock, stack)
            clock.restart()
            maker = FaultMaker(faults, members.network, lambda *told: _restart(team, *told), clock)
            cpu, network_cpu = _own_cpu(), _cpu_of(members.network)
            with maker:
                driven = Driver(plan, team, clock, CLOCK.now).run()
            own = _own_cpu() - cpu - driven.driver_cpu
            return _Done(driven, own, _difference(_cpu_of(members.network), network_cpu), maker.happened)

    def _plan(self, load: Load, rate: float, seed: int, workloads: Workloads) -> Plan:
        scenario, seconds = self.scenario, self.scenario.warm_up + self.scenario.duration
        if load.kind is LoadKind.OPEN:
            arrivals = open_loop(rate, seconds, load.arrivals, seed)
        elif load.kind is LoadKind.BURST:
            arrivals = np.zeros(load.sessions or 1)
        else:
            arrivals = np.random.default_rng(seed).uniform(0, load.think_seconds, load.clients)
        is_closed = load.kind is LoadKind.CLOSED
        limit = load.sessions if is_closed else None
        return Plan(workloads.session, arrivals, seconds, scenario.drain, is_closed, limit, load.think_seconds, seed)

    def _window(self, load: Load, driven: Driven) -> tuple[float, float]:
        """What counts. In a burst, and of a counted number of sessions, all of it does."""
        if load.kind is LoadKind.BURST or (load.kind is LoadKind.CLOSED and load.sessions is not None):
            return 0.0, max(driven.seconds, 1e-9)
        return self.scenario.warm_up, self.scenario.warm_up + self.scenario.duration


def _restart(team: Team, actor: str, seconds: float) -> bool:
    """Whether there is a node of that participant in this run."""
    worker = team.workers.get(actor)
    if isinstance(worker, CoreWorker):
        worker.restart(seconds)
    return isinstance(worker, CoreWorker)


def _sessions_a_second(driven: Driven) -> float:
    ended = [row.included for row in driven.rows if row.outcome == "ok"]
    if not ended:
        raise UsageError("nothing took effect in the burst that measures the raw capacity: see its rows")
    sessions = len({row.session for row in driven.rows})
    return sessions / max(ended)


def _awarded(members: Members, workloads: Workloads) -> dict[str, int] | None:
    """Who was awarded the tickets that several bid for, as the ledger has it."""
    if not workloads.contested or workloads.workload.selection == "first-come":
        return None
    names = {number: name for name, number in PARTY.items()}
    counted: dict[str, int] = {}
    ledger = members.open_ledger("board", near=True)
    try:
        for machine in workloads.contested:
            key = ("ticket", machine, TicketKind.PREVENTIVE)
            ticket = ledger.workflow.read_record(key, Deadline.after(CLOCK, 10.0))
            if isinstance(ticket, Ticket) and ticket.assignee in names:
                counted[names[ticket.assignee]] = counted.get(names[ticket.assignee], 0) + 1
    finally:
        ledger.workflow.close()
    return counted


def _own_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _cpu_of(network: Network) -> float | None:
    """Processor time of the network's processes; None if there are none, or it cannot be told."""
    try:
        import psutil  # noqa: PLC0415 - from the extra `bench`, and only here
    except ImportError:
        return None
    found = [process.pid for process in network.processes() if process.pid is not None]
    try:
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in found) if found else None
    except psutil.NoSuchProcess:
        return None


def _difference(after: float | None, before: float | None) -> float | None:
    """A killed process takes its time with it: then it cannot be told."""
    return after - before if after is not None and before is not None and after >= before else None
