"""The consortium of a run: configs, clients, and a deployment with everybody in their roles."""

from collections import Counter
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
from maas_core.bench.opening import open_ledger
from maas_core.bench.operations import Outcome, Row, Session, Step
from maas_core.bench.raw import RawWorker
from maas_core.bench.regions import placed
from maas_core.bench.scenario import Scenario
from maas_core.bench.target import RunClock
from maas_core.bench.topology.messages import Begin
from maas_core.bench.topology.outpost import FarWorker
from maas_core.bench.worker import Notes, Team, Worker
from maas_core.bench.workloads import MACHINE_CLASS, PARTY, ROLES, Workloads
from maas_core.config.sections import NodeConfig
from maas_core.errors import MaasError, UnavailableError, UsageError
from maas_core.node.node import Node
from maas_core.node.parties import FIRST_RULES
from maas_core.objects.access import ObjectAccess
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.storage import ObjectStorage
from maas_core.ports.workflow import Unavailable
from maas_core.protocol import commands as c
from maas_core.protocol.model.state import DEPLOYMENT
from maas_core.protocol.records import Accreditation, Deployment, Key, Party, Record, Ticket
from maas_core.protocol.states import ActionKind, TicketKind
from maas_core.protocol.types import ZERO_DIGEST

SETUP_SECONDS = 300.0
CALL_SECONDS = 10.0
BOARD = "board"
MAINTAINERS = ("maintainer", "rival")
INVITED = ("oem", *MAINTAINERS, "customer", "auditor")
"""In this order, so that maintainers are accredited while the others are invited: each step takes a block."""
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
        opened = open_ledger(self.configs[actor])
        return opened if near else placed(opened, self.scenario.link(self.scenario.region(actor)))

    def open_storage(self) -> ObjectStorage:
        """The customer's connection to the storage."""
        config = self.configs["customer"]
        section = next(iter(config.storages.values()))
        opened: ObjectStorage = section.backend.open(section.settings, Context(CLOCK, None, config.directory))
        return opened

    def raw_team(
        self, actors: Iterable[str], clock: RunClock, stack: ExitStack, *, to_final: bool, near: bool = False
    ) -> Team:
        """Bare clients, at work until the stack ends. `to_final`: they watch until what they sent is final."""
        notes, workers = Notes(), dict[str, Worker]()
        for name in actors:
            config = self.configs[name]
            far = None if near else self._far(name, Begin(False, config.file.absolute(), to_final), notes, clock)
            workers[name] = far or RawWorker(
                lambda name=name: self.open_ledger(name, near=near),  # type: ignore[misc]
                notes,
                clock,
                config.finality if to_final else None,
            )
        return self._team(workers, RawStore(self._storage(stack)), notes, clock, stack)

    def core_team(self, actors: Iterable[str], clock: RunClock, stack: ExitStack, *, to_final: bool) -> Team:
        """Nodes with databases that are new, at work until the stack ends. Not `to_final`: in a block is the end."""
        self._nodes += 1
        notes, workers = Notes(), dict[str, Worker]()
        for name in actors:
            config = self.network.config(name, self.folder / f"nodes-{self._nodes}" / name)
            Node.create(config).close()
            link = self.scenario.link(self.scenario.region(name))
            far = self._far(name, Begin(True, config.file.absolute(), to_final), notes, clock)
            workers[name] = far or CoreWorker(
                lambda config=config: Node(config),  # type: ignore[misc]
                notes,
                clock,
                lambda ledger, link=link: placed(ledger, link),  # type: ignore[misc]
                to_final=to_final,
            )
        store = CoreStore(ObjectAccess([self._storage(stack)]))
        return self._team(workers, store, notes, clock, stack)

    def _far(self, actor: str, begin: Begin, notes: Notes, clock: RunClock) -> FarWorker | None:
        """A worker in the participant's region; None: there are no regions."""
        outpost = self.network.outpost(actor)
        return None if outpost is None else FarWorker(outpost, begin, notes, clock)

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
        steps: list[Step] = []
        if not founded:
            rules = replace(FIRST_RULES, anchor_items=max(FIRST_RULES.anchor_items, self.scenario.workload.items))
            steps.append(_said("found", BOARD, c.Found(token_bytes(32), ZERO_DIGEST, token_bytes(32), rules), ()))
        first, joined = tuple(range(len(steps))), dict[str, int]()
        identities = {name: self._identity(name) for name in ROLES}
        for name, known in parties.items():
            if isinstance(known, Party) and known.identity != identities[name]:
                raise UsageError(f"party {PARTY[name]} of this deployment is not this run's {name}: use a new one")
        for name in INVITED:
            if parties[name] is not None:
                continue
            action = c.Action(ActionKind.INVITE, PARTY[name], identities[name], ROLES[name], 0, 0, ZERO_DIGEST)
            steps.append(_said("invite", BOARD, c.Propose(token_bytes(16), action), first))
            steps.append(_said("join", name, c.Join(token_bytes(32)), (len(steps) - 1,)))
            joined[name] = len(steps) - 1
        return steps + _accreditations(given, joined, len(steps))

    def _identity(self, actor: str) -> bytes:
        ledger = self.open_ledger(actor, near=True)
        try:
            return ledger.workflow.identity().identity
        finally:
            ledger.workflow.close()

    def prepare(self, workloads: Workloads) -> None:
        """Make a fleet ready."""
        self.do(workloads.preparation())

    def awarded(self, workloads: Workloads) -> dict[str, int] | None:
        """Who was awarded the tickets that several bid for, as the ledger has it; None: the fastest took them."""
        if not workloads.contested or workloads.workload.selection == "first-come":
            return None
        names = {number: name for name, number in PARTY.items()}
        counted: Counter[str] = Counter()
        ledger = self.open_ledger(BOARD, near=True)
        try:
            for machine in workloads.contested:
                ticket = _read(ledger, ("ticket", machine, TicketKind.PREVENTIVE))
                if isinstance(ticket, Ticket) and ticket.assignee in names:
                    counted[names[ticket.assignee]] += 1
        finally:
            ledger.workflow.close()
        return dict(counted)

    def do(self, sessions: list[Session]) -> list[Row]:
        """Bring commands into effect by bare clients. Raises `MaasError` naming the first that has none."""
        sessions = [one for one in sessions if one]
        if not sessions:
            return []
        actors = sorted({step.actor for session in sessions for step in session})
        clock = RunClock.start()
        with ExitStack() as stack:
            team = self.raw_team(actors, clock, stack, to_final=False, near=True)
            plan = Plan(lambda index: sessions[index], np.zeros(len(sessions)), 0.0, SETUP_SECONDS + len(sessions))
            rows = Driver(plan, team, clock, CLOCK.now).run().rows
        for row in rows:
            if row.outcome is not Outcome.OK:
                raise _not_ready(row)
        return rows


def _accreditations(given: Record | None, joined: dict[str, int], index: int) -> list[Step]:
    """Of the maintainers that are not accredited; the first of these steps is to have this index."""
    known = given if isinstance(given, Accreditation) else None
    steps: list[Step] = []
    for name in MAINTAINERS:
        if known is None or PARTY[name] not in known.maintainers:
            before = [joined[one] for one in ("oem", name) if one in joined]
            before += [index + len(steps) - 1] if steps else []
            version = (known.version if known else 0) + len(steps)
            command = c.Accredit(PARTY[name], MACHINE_CLASS, version)
            steps.append(_said("accredit", "oem", command, tuple(before)))
    return steps


def _said(operation: str, actor: str, command: c.Command, after: tuple[int, ...]) -> Step:
    """A command that is known beforehand."""
    return Step(operation, actor, lambda _: command, after)


def _not_ready(row: Row) -> MaasError:
    text = f"making ready failed: {row.operation} by {row.actor} is {row.outcome}"
    return UnavailableError(f"{text}: {row.reason}" if row.reason else text)


def _read(ledger: OpenLedger, key: Key) -> Record | None:
    found = ledger.workflow.read_record(key, Deadline.after(CLOCK, CALL_SECONDS))
    if isinstance(found, Unavailable):
        raise UnavailableError(f"the ledger does not answer: {found.reason}")
    return found
