"""The consortium of a run: configs, clients, and a deployment with everybody in their roles."""

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_bytes

import numpy as np

from maas_core.bench.core import CoreWorker
from maas_core.bench.driver import Driver, Plan
from maas_core.bench.network import Network
from maas_core.bench.objects import CoreStore, ObjectTeam, RawStore, Store
from maas_core.bench.operations import Outcome, Row, Session, Step
from maas_core.bench.raw import RawWorker
from maas_core.bench.regions import placed
from maas_core.bench.scenario import Scenario
from maas_core.bench.target import RunClock
from maas_core.bench.worker import Notes, Team, Worker
from maas_core.bench.workloads import MACHINE_CLASS, PARTY, ROLES, Workloads
from maas_core.config.sections import NodeConfig
from maas_core.errors import MaasError, UnavailableError, UsageError
from maas_core.node.node import Node
from maas_core.node.parties import FIRST_RULES
from maas_core.objects.access import ObjectAccess
from maas_core.ports.backends import Context, LedgerBackend, OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import ObjectStorage
from maas_core.ports.workflow import Unavailable
from maas_core.protocol import commands as c
from maas_core.protocol.model.state import DEPLOYMENT
from maas_core.protocol.records import Accreditation, Deployment, Key, Party, Record
from maas_core.protocol.states import ActionKind
from maas_core.protocol.types import ZERO_DIGEST

SETUP_SECONDS = 300.0
CALL_SECONDS = 10.0
BOARD = "board"
CLOCK = SystemClock()


@dataclass
class Members:
    """Everybody's configs and how their clients are opened."""

    network: Network
    folder: Path
    scenario: Scenario
    configs: dict[str, NodeConfig] = field(init=False)
    _nodes: int = 0

    def __post_init__(self) -> None:
        self.configs = {name: self.network.config(name, self.folder / "clients" / name) for name in ROLES}

    def open_ledger(self, actor: str, *, near: bool = False) -> OpenLedger:
        """A connection of its own, as far away as the participant is."""
        config = self.configs[actor]
        backend: LedgerBackend = config.ledger.backend
        signer = None if config.signer is None else config.signer.backend.open(config.signer.settings, config.directory)
        opened = backend.open(config.ledger.settings, Context(CLOCK, signer, config.directory))
        return opened if near else placed(opened, self.scenario.link(self.scenario.region(actor)))

    def open_storage(self) -> ObjectStorage:
        """The customer's connection to the storage."""
        config = self.configs["customer"]
        section = next(iter(config.storages.values()))
        opened: ObjectStorage = section.backend.open(section.settings, Context(CLOCK, None, config.directory))
        return opened

    def raw_team(self, actors: Iterable[str], clock: RunClock, stack: ExitStack) -> Team:
        """Bare clients, at work until the stack ends."""
        notes = Notes()
        workers: dict[str, Worker] = {
            name: RawWorker(lambda name=name: self.open_ledger(name), notes, clock)  # type: ignore[misc]
            for name in actors
        }
        return self._team(workers, RawStore(self._storage(stack)), notes, clock, stack)

    def core_team(self, actors: Iterable[str], clock: RunClock, stack: ExitStack) -> Team:
        """Nodes with databases that are new, at work until the stack ends."""
        self._nodes += 1
        notes, workers = Notes(), dict[str, Worker]()
        for name in actors:
            config = self.network.config(name, self.folder / f"nodes-{self._nodes}" / name)
            Node.create(config).close()
            link = self.scenario.link(self.scenario.region(name))
            workers[name] = CoreWorker(
                lambda config=config: Node(config),  # type: ignore[misc]
                notes,
                clock,
                lambda ledger, link=link: placed(ledger, link),  # type: ignore[misc]
            )
        store = CoreStore(ObjectAccess([self._storage(stack)]))
        return self._team(workers, store, notes, clock, stack)

    def _storage(self, stack: ExitStack) -> ObjectStorage:
        storage = self.open_storage()
        stack.callback(storage.close)
        return storage

    @staticmethod
    def _team(workers: dict[str, Worker], store: Store, notes: Notes, clock: RunClock, stack: ExitStack) -> Team:
        return stack.enter_context(Team(workers, ObjectTeam(store, notes, clock), notes))

    # Making ready

    def gather(self) -> None:
        """Found the deployment and let everybody join, unless that was done before. Raises `MaasError`."""
        ledger = self.open_ledger(BOARD, near=True)
        try:
            known = _read(ledger, DEPLOYMENT)
            parties = {name: _read(ledger, ("party", number)) for name, number in PARTY.items()}
            given = _read(ledger, ("accreditation", PARTY["oem"], MACHINE_CLASS))
        finally:
            ledger.workflow.close()
        items = self.scenario.workload.items
        if isinstance(known, Deployment) and known.rules.anchor_items < items:
            raise UsageError(f"this deployment takes {known.rules.anchor_items} anchors in one command, not {items}")
        self.do([self._founding(known is not None, parties, given)])

    def _founding(self, founded: bool, parties: dict[str, Record | None], given: Record | None) -> list[Step]:
        steps = []
        if not founded:
            rules = replace(FIRST_RULES, anchor_items=max(FIRST_RULES.anchor_items, self.scenario.workload.items))
            steps.append(_said("found", BOARD, c.Found(token_bytes(32), ZERO_DIGEST, token_bytes(32), rules)))
        for name, role in ROLES.items():
            identity = self._identity(name)
            known = parties[name]
            if isinstance(known, Party) and known.identity != identity:
                raise UsageError(f"party {PARTY[name]} of this deployment is not this run's {name}: use a new one")
            if name == BOARD or known is not None:
                continue
            action = c.Action(ActionKind.INVITE, PARTY[name], identity, role, 0, 0, ZERO_DIGEST)
            invite, join = c.Propose(token_bytes(16), action), c.Join(token_bytes(32))
            steps.append(_said("invite", BOARD, invite))
            steps.append(_said("join", name, join))
        accredited = set(given.maintainers) if isinstance(given, Accreditation) else set()
        version = given.version if isinstance(given, Accreditation) else 0
        for name in ("maintainer", "rival"):
            if PARTY[name] not in accredited:
                steps.append(_said("accredit", "oem", c.Accredit(PARTY[name], MACHINE_CLASS, version)))
                version += 1
        return steps

    def _identity(self, actor: str) -> bytes:
        ledger = self.open_ledger(actor, near=True)
        try:
            return ledger.workflow.identity().identity
        finally:
            ledger.workflow.close()

    def prepare(self, workloads: Workloads) -> None:
        """Make a fleet ready."""
        self.do(workloads.preparation())

    def do(self, sessions: list[Session]) -> list[Row]:
        """Bring commands into effect by bare clients. Raises `MaasError` naming the first that has none."""
        sessions = [one for one in sessions if one]
        if not sessions:
            return []
        actors = sorted({step.actor for session in sessions for step in session})
        clock = RunClock.start()
        with ExitStack() as stack:
            team = self.raw_team(actors, clock, stack)
            plan = Plan(lambda index: sessions[index], np.zeros(len(sessions)), 0.0, SETUP_SECONDS + len(sessions))
            rows = Driver(plan, team, clock, CLOCK.now).run().rows
        for row in rows:
            if row.outcome is not Outcome.OK:
                raise _not_ready(row)
        return rows


def _said(operation: str, actor: str, command: c.Command) -> Step:
    """A command that is known beforehand."""
    return Step(operation, actor, lambda _: command)


def _not_ready(row: Row) -> MaasError:
    text = f"making ready failed: {row.operation} by {row.actor} is {row.outcome}"
    return UnavailableError(f"{text}: {row.reason}" if row.reason else text)


def _read(ledger: OpenLedger, key: Key) -> Record | None:
    found = ledger.workflow.read_record(key, Deadline.after(CLOCK, CALL_SECONDS))
    if isinstance(found, Unavailable):
        raise UnavailableError(f"the ledger does not answer: {found.reason}")
    return found
