"""A whole measurement: every pairing, in random order, as often as the scenario says."""

import math
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maas_core.bench.checks import refuse, refuse_before
from maas_core.bench.core import CoreWorker
from maas_core.bench.driver import Driven, Driver
from maas_core.bench.faults import FaultMaker
from maas_core.bench.leftovers import clear_leftovers, run_folder
from maas_core.bench.members import Members
from maas_core.bench.network import Network, Pairing, Place, existing_pairing
from maas_core.bench.phases import Phase, burst_phase, capacity_workload, main_phase, sessions_a_second, share_phase
from maas_core.bench.processor import client_cpu, cpu_of, difference
from maas_core.bench.provenance import config_digests, provenance, round_trips, trips
from maas_core.bench.record import PROVENANCE, RUNS, SCENARIO, HappenedFault, Mode, RoundTrips, RunRecord, write_json
from maas_core.bench.rows import write_rows
from maas_core.bench.scenario import Capacity, Kind, LoadKind, Scenario, Workload, load_scenario
from maas_core.bench.target import RunClock
from maas_core.bench.topology.log import RegionLog
from maas_core.bench.topology.needs import require
from maas_core.bench.topology.outpost import FarWorker
from maas_core.bench.topology.placed import without_links
from maas_core.bench.topology.regions import Regions
from maas_core.bench.topology.table import load_table
from maas_core.bench.worker import Team
from maas_core.bench.workloads import Workloads
from maas_core.errors import UsageError
from maas_core.plugins import Plugins
from maas_core.ports.clock import SystemClock

CLOCK = SystemClock()
TRIAL = 400
"""Commands of the burst that sizes the others."""


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
    table: Path | None = None
    """A region table: ledger and participants are placed as it says."""


def run(options: Options, plugins: Plugins, progress: Callable[[str], None]) -> None:
    """Measure, and write rows and records.

    Raises `UsageError` if a pairing cannot do what the scenario needs, before anything is started where that is known.
    """
    scenario = load_scenario(options.scenario)
    regions = None if options.table is None else Regions(load_table(options.table))
    if regions is not None:
        require()
        scenario = without_links(scenario)
    place = Place(plugins, options.existing, scenario.settings, regions)
    pairings = _pairings(scenario, options, progress)
    for pairing in pairings:
        refuse_before(scenario, pairing, place)
    if options.out.exists() and any(options.out.iterdir()):
        raise UsageError(f"{options.out} is not empty: name a new folder")
    options.out.mkdir(parents=True, exist_ok=True)
    clear_leftovers(place, progress)
    shutil.copyfile(options.scenario, options.out / SCENARIO)
    told = provenance(options.scenario, plugins, options.command)
    measuring = _Measuring(scenario, place, options.out, told, progress, RegionLog(regions, options.table))
    with regions or nullcontext():
        for repetition in range(options.repetitions or scenario.repetitions):
            order = np.random.default_rng([scenario.seed, repetition]).permutation(len(pairings))
            for index in order.tolist():
                measuring.pairing(pairings[index], repetition)
    measuring.write()


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
    began: int
    """Seconds UTC."""
    load_before: float
    before: RoundTrips
    after: RoundTrips


@dataclass
class _Measuring:
    scenario: Scenario
    place: Place
    out: Path
    provenance: dict[str, Any]
    progress: Callable[[str], None]
    regions: RegionLog

    def __post_init__(self) -> None:
        self._runs: list[RunRecord] = []
        self._digests: dict[str, Any] = {}
        self._capacities: set[tuple[str, int]] = set()
        """Ledger and repetition of which the capacity was measured."""
        self.write()

    def write(self) -> None:
        """Write down all that is known by now."""
        write_json(self.out / RUNS, self._runs)
        told = {"configs": self._digests, "round_trips": trips(self._runs), **self.regions.told()}
        write_json(self.out / PROVENANCE, self.provenance | told)

    def pairing(self, pairing: Pairing, repetition: int) -> None:
        """One repetition of one pairing: a network of its own, core and baseline in random order."""
        with run_folder() as folder, Network(pairing, self.place, folder, self.progress) as network:
            members = Members(network, folder, self.scenario)
            self._refuse(pairing, members)
            if self.scenario.workload.kind is not Kind.STORAGE:
                members.gather()
            self._digests[str(pairing)] = config_digests(members)
            with self.regions.around(pairing, repetition, network):
                self._measure(_Runs(self, pairing, repetition, members))

    def _measure(self, runs: "_Runs") -> None:
        runs.main()
        capacity, place = self.scenario.capacity, (runs.pairing.ledger, runs.repetition)
        if capacity is not None and place not in self._capacities:
            self._capacities.add(place)
            runs.capacity(capacity)

    def _refuse(self, pairing: Pairing, members: Members) -> None:
        config = members.configs["customer"]
        section = next(iter(config.storages.values()))
        refuse(self.scenario, pairing, config.ledger.profile, section.backend.profile(section.settings))

    @property
    def count(self) -> int:
        """Runs until now."""
        return len(self._runs)

    def add(self, run: RunRecord) -> None:
        """Write a run down."""
        self._runs.append(run)
        self.write()


@dataclass
class _Runs:
    """The runs of one repetition of one pairing, on its network."""

    measuring: _Measuring
    pairing: Pairing
    repetition: int
    members: Members

    def __post_init__(self) -> None:
        self._scenario = self.measuring.scenario
        self._seed = self._scenario.seed + 1000 * self.repetition
        self._random = np.random.default_rng([self._scenario.seed, self.repetition, self.measuring.count])

    def main(self) -> None:
        """The scenario's own load, with the core and without."""
        scenario, load = self._scenario, self._scenario.load
        rate = load.rate or 0.0
        if load.share_of_raw is not None:
            burst = burst_phase(scenario, Mode.CAPACITY, load.sessions or 1)
            rate = load.share_of_raw * sessions_a_second(self._run(burst, self._ready(scenario.workload)))
        for mode in self._shuffled(Mode.CORE, *([Mode.RAW] if scenario.baseline else [])):
            self._run(main_phase(scenario, mode, rate, self.pairing.ledger), self._ready(scenario.workload))

    def capacity(self, capacity: Capacity) -> None:
        """What the ledger takes, and what of that is left with the core."""
        workloads = self._ready(capacity_workload(self._scenario, capacity))
        trial = self._run(burst_phase(self._scenario, Mode.TRIAL, min(TRIAL, capacity.machines)), workloads)
        commands = math.ceil(capacity.seconds * sessions_a_second(trial))
        bursts = {
            mode: self._run(burst_phase(self._scenario, mode, commands), workloads)
            for mode in self._shuffled(Mode.CAPACITY, Mode.BURST)
        }
        reached = sessions_a_second(bursts[Mode.CAPACITY])
        for mode in self._shuffled(Mode.SHARE, Mode.SHARE_RAW):
            self._run(share_phase(self._scenario, capacity, mode, reached), workloads)

    def _shuffled(self, *modes: Mode) -> list[Mode]:
        return [modes[index] for index in self._random.permutation(len(modes)).tolist()]

    def _ready(self, workload: Workload) -> Workloads:
        """A fleet of its own."""
        workloads = Workloads(workload, np.random.default_rng(self._seed), CLOCK.now())
        self.members.prepare(workloads)
        return workloads

    def _run(self, phase: Phase, workloads: Workloads) -> Driven:
        self.measuring.progress(f"repetition {self.repetition + 1}, {self.pairing}, {phase.told}")
        done = self._drive(phase, workloads)
        name = f"{self.measuring.count:03d}-{self.pairing.ledger}-{self.pairing.storage}-{phase.mode}.parquet"
        write_rows(self.measuring.out / name, done.driven.rows)
        self.measuring.add(self._record(name, phase, done, workloads))
        return done.driven

    def _drive(self, phase: Phase, workloads: Workloads) -> _Done:
        members, before = self.members, round_trips(self.members, workloads.actors)
        began, load_before = CLOCK.now(), os.getloadavg()[0]
        with ExitStack() as stack:
            clock = RunClock.start()
            make = members.core_team if phase.mode.has_core else members.raw_team
            team = make(workloads.actors, clock, stack, to_final=phase.mode.is_main)
            plan = phase.plan(workloads, self._seed)
            maker = FaultMaker(phase.faults, members.network, lambda *told: _restart(team, *told), clock)
            cpu, network_cpu = client_cpu(members.network), cpu_of(members.network)
            clock.restart()  # last of all: asking for the processes' time takes long
            with maker:
                driven = Driver(plan, team, clock, CLOCK.now).run()
            own = client_cpu(members.network) - cpu - driven.driver_cpu
            network_cpu = difference(cpu_of(members.network), network_cpu)
        after = round_trips(members, workloads.actors)
        return _Done(driven, own, network_cpu, maker.happened, began, load_before, before, after)

    def _record(self, file: str, phase: Phase, done: _Done, workloads: Workloads) -> RunRecord:
        driven, kind = done.driven, phase.load.kind
        begin, end = phase.window(driven)
        return RunRecord(
            file=file,
            ledger=self.pairing.ledger,
            storage=self.pairing.storage,
            mode=str(phase.mode),
            repetition=self.repetition,
            order=self.measuring.count,
            seed=self._seed,
            began=done.began,
            begin=begin,
            end=end,
            seconds=driven.seconds,
            planned=0 if kind is LoadKind.CLOSED else len(phase.arrivals(self._seed)),
            begun=len({row.session for row in driven.rows}),
            rate=phase.rate,
            is_open=kind is LoadKind.OPEN,
            cpu=done.cpu,
            driver_cpu=driven.driver_cpu,
            network_cpu=done.network_cpu,
            load_before=done.load_before,
            cost_unit=self.members.configs["customer"].ledger.profile.cost_unit,
            before=done.before,
            after=done.after,
            faults=done.faults,
            awarded=self.members.awarded(workloads),
        )


def _restart(team: Team, actor: str, seconds: float) -> bool:
    """Whether there is a node of that participant in this run."""
    worker = team.workers.get(actor)
    if not isinstance(worker, CoreWorker | FarWorker) or not worker.has_core:
        return False
    worker.restart(seconds)
    return True
