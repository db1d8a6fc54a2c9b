"""A customer, an OEM and two maintainers, each a real node on one embedded ledger and storage; time is the test's."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from secrets import randbits

import numpy as np

from maas_core.config import load_config
from maas_core.hookspecs import hookimpl
from maas_core.node import Node
from maas_core.node.machines import NewMachine
from maas_core.node.setup import make_node
from maas_core.plugins import Plugins, build_plugin_manager
from maas_core.ports.backends import Context, LedgerBackend, OpenLedger
from maas_core.ports.clock import Deadline
from maas_core.ports.readings import Readings
from maas_core.ports.telemetry_source import Signal
from maas_core.ports.workflow import Attempt, Broadcast
from maas_core.proofs import canonical
from maas_core.protocol.states import Role
from maas_core.sealing.devices import create_device
from maas_core.testing.sim_clock import SimClock
from maas_core.testing.sim_ledger import PROFILE, SimChain, SimLedger

OEM, CUSTOMER, NEAR, FAR, AUDITOR = 1, 2, 3, 4, 5
NAMES = {OEM: "oem", CUSTOMER: "customer", NEAR: "near", FAR: "far", AUDITOR: "auditor"}
ROLES = {CUSTOMER: Role.CUSTOMER, NEAR: Role.MAINTAINER, FAR: Role.MAINTAINER, AUDITOR: Role.AUDITOR}
CLASS = 7
TEMPERATURE = Signal("temperature", "Cel", 8)
DIGEST = b"d" * 32
CONFIG = """
[node]
name = "{name}"

[party]
name = "{name}"

[signer]
backend = "file"
settings = {{ key = "key.pem" }}

[ledger]
{ledger}

[storage.main]
backend = "local"
settings = {{ directory = "../shared/objects" }}

{more}
"""


LOCAL = """backend = "local"
settings = { path = "../shared/ledger.db" }
"""
TREE = """backend = "tree"

[finality.default]
policy = "depth"
blocks = {depth}
"""


@dataclass(frozen=True)
class NoSettings:
    """Nothing to set."""


@dataclass(eq=False)
class Tree:
    """A plugin: a ledger whose blocks may be undone. With `mining`, what is sent is in a block at once."""

    clock: SimClock
    mining: bool = True

    def __post_init__(self) -> None:
        self.chain = SimChain(self.clock.now())

    @hookimpl
    def maas_ledgers(self) -> list[LedgerBackend]:
        """One ledger."""
        return [LedgerBackend("tree", "Blocks that may be undone", NoSettings, lambda _: PROFILE, self._open)]

    def _open(self, _: NoSettings, context: Context) -> OpenLedger:
        assert context.signer is not None
        endpoint = TreeEndpoint(self.chain, sha256(context.signer.public_key).digest(), _salt=randbits(60))
        endpoint.tree = self
        return OpenLedger(endpoint, endpoint)

    def mine(self, blocks: int = 1) -> None:
        """Make blocks with all that was sent."""
        for _ in range(blocks):
            self.chain.adopt(self.chain.mine(self.clock.now()))


class TreeEndpoint(SimLedger):
    """One participant's."""

    tree: Tree

    def broadcast(self, attempts: Sequence[Attempt], deadline: Deadline) -> list[Broadcast]:
        answers = super().broadcast(attempts, deadline)
        if self.tree.mining:
            self.tree.mine()
        return answers


@dataclass
class Shop:
    """The folders of all nodes. A node is opened, used and dropped, as a process would be."""

    folder: Path
    configs: dict[int, str]
    """The table [maintenance] of some parties."""
    clock: SimClock = field(default_factory=SimClock)
    machine: bytes = b""
    tree: Tree | None = None
    """The ledger, instead of the embedded one."""
    depth: int = 0
    """Blocks on top of what is final there."""

    @property
    def plugins(self) -> Plugins:
        """All that are installed, and the tree."""
        return build_plugin_manager([] if self.tree is None else [self.tree])

    def make(self) -> "Shop":
        """Found the consortium and agree on a machine that then runs from business time 0 on."""
        (self.folder / "shared").mkdir(parents=True)
        for party, name in NAMES.items():
            self._write(party)
            make_node(load_config(self.folder / name / "maas.toml", self.plugins, {}))
        with self.node(OEM) as oem:
            deployment = bytes(range(32))
            oem.submissions.wait(oem.parties.found(oem.parties.publish_profile(deployment), deployment))
            oem.submissions.wait(oem.proposals.set_roles(OEM, Role.BOARD | Role.OEM))
            for party, roles in ROLES.items():
                with self.node(party) as node:
                    oem.submissions.wait(oem.proposals.invite(party, node.identity, roles))
                    node.sync()
                    node.submissions.wait(node.parties.join(node.parties.publish_profile()))
            oem.sync()
            for maintainer in (NEAR, FAR):
                oem.submissions.wait(oem.parties.accredit(maintainer, CLASS))
        return self

    def register(self, start: int) -> bytes:
        """A machine that both sides agreed on and that runs since `start`."""
        with self.node(OEM) as oem, self.node(CUSTOMER) as customer:
            [file] = customer.config.devices.keys
            device = {"name": "gateway", "public_key": create_device(file, None).public_key.hex()}
            spec = oem.documents.publish("spec", canonical.dumps({"devices": [device]}), [CUSTOMER, AUDITOR])
            new = NewMachine(OEM, CUSTOMER, CLASS, spec, DIGEST, 60, 86_400)
            self.machine, registered = oem.machines.register(new)
            oem.submissions.wait(registered)
            customer.sync()
            customer.submissions.wait(customer.machines.accept(self.machine, DIGEST))
            customer.submissions.wait(customer.machines.start(self.machine, start))
        return self.machine

    def wait_for(self, depth: int) -> None:
        """From now on, blocks on top are needed; nothing is mined unless told."""
        self.depth = depth
        assert self.tree is not None
        self.tree.mining = False
        for party in NAMES:
            self._write(party)

    def configure(self, party: int, maintenance: str) -> None:
        """Give a node another table [maintenance]."""
        self.configs[party] = maintenance
        self._write(party)

    def _write(self, party: int) -> None:
        file = self.folder / NAMES[party] / "maas.toml"
        file.parent.mkdir(exist_ok=True)
        ledger = LOCAL if self.tree is None else TREE.format(depth=self.depth)
        more = self.configs.get(party, "")
        file.write_text(CONFIG.format(name=NAMES[party], ledger=ledger, more=more), encoding="utf-8")

    @contextmanager
    def node(self, party: int) -> Iterator[Node]:
        """A party's node, as a process of its own would open it."""
        config = load_config(self.folder / NAMES[party] / "maas.toml", self.plugins, {})
        with Node.open(config, self.clock) as node:
            yield node

    def run(self, *parties: int) -> list[str]:
        """Let agents do all that can be done now, one after the other, in the order given."""
        told = []
        for party in parties:
            with self.node(party) as node:
                told += [f"{NAMES[party]}: {line}" for line in node.maintenance.catch_up()]
        return told

    def add_readings(self, pairs: Sequence[tuple[int, int]], signal: Signal = TEMPERATURE) -> None:
        """Take in (time, value) at the customer's node."""
        count = len(pairs)
        readings = Readings(
            machines=(self.machine.hex(),),
            signals=(signal.name,),
            machine=np.zeros(count, np.int32),
            signal=np.zeros(count, np.int32),
            time=np.array([time for time, _ in pairs], np.int64),
            value=np.array([value for _, value in pairs], np.int64),
            quality=np.zeros(count, np.uint8),
        )
        with self.node(CUSTOMER) as customer:
            customer.readings.add("test", readings, [signal])


def temperatures(file: Path) -> list[tuple[int, int]]:
    """The readings of the NAB file, exactly, with as many decimals as `TEMPERATURE` has; later duplicates left out."""
    found: dict[int, int] = {}
    with file.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            time = int(datetime.fromisoformat(row["timestamp"]).replace(tzinfo=UTC).timestamp())
            found.setdefault(time, int((Decimal(row["value"]) * 10**TEMPERATURE.decimals).to_integral_value()))
    return sorted(found.items())
