"""Real nodes on the embedded ledger and storage, with a machine whose telemetry is anchored."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from maas_core.config import load_config
from maas_core.config.writing import as_toml
from maas_core.node import Node
from maas_core.node.machines import NewMachine
from maas_core.node.setup import make_node
from maas_core.plugins import build_plugin_manager
from maas_core.ports.readings import Integers, Readings
from maas_core.ports.telemetry_source import Signal
from maas_core.proofs import canonical
from maas_core.protocol.states import Role
from maas_core.sealing.devices import create_device, read_device

HOUR, DAY = 3600, 86_400
START = 1_750_032_000
"""Midnight of a day in the past, seconds UTC."""
DEPLOYMENT = b"d" * 32
SIGNALS = (Signal("power", "W", 1, (), 60), Signal("state", "", 0, ("idle", "running"), 0))
BOARD, CUSTOMER, AUDITOR, OUTSIDER = 1, 2, 3, 4


def make_config(folder: Path, name: str) -> Path:
    """A node's folder beside others that share one ledger and storage."""
    home = folder / name
    home.mkdir(parents=True)
    (folder / "shared").mkdir(exist_ok=True)
    file = home / "maas.toml"
    shared = Path("..") / "shared"
    tables = {
        "node": {"name": name},
        "party": {"name": name},
        "signer": {"backend": "file", "settings": {"key": "key.pem"}},
        "ledger": {"backend": "local", "settings": {"path": str(shared / "ledger.db")}},
        "storage": {"main": {"backend": "local", "settings": {"directory": str(shared / "storage")}}},
        "database": {"url": "sqlite:///node.db"},
    }
    file.write_text(as_toml(tables, {}), encoding="utf-8")
    return file


def opened(file: Path) -> Node:
    """The node of a config."""
    return Node.open(load_config(file, build_plugin_manager(), {}))


@dataclass
class Consortium:
    """An OEM that is the board too, a customer, an auditor, and a party that has no part in the machine."""

    folder: Path
    oem: Node
    customer: Node
    auditor: Node
    outsider: Node
    machine: bytes

    def sync(self) -> None:
        """Bring all nodes up to date."""
        for node in self.nodes:
            node.sync()

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All of them."""
        return self.oem, self.customer, self.auditor, self.outsider

    def add(self, time: Integers, machine: bytes | None = None) -> None:
        """Take in a power reading for each time, and a state for every hundredth."""
        readings = some_readings((machine or self.machine).hex(), time)
        self.customer.readings.add("meter", readings, SIGNALS)

    def anchored(self, days: int = 1, first_day: int = 0) -> None:
        """Take in minutely readings of some days and anchor them."""
        self.add(np.arange(START + first_day * DAY, START + (first_day + days) * DAY, 60))
        self.customer.telemetry.cut(self.machine)
        self.customer.telemetry.anchor()
        self.sync()

    def close(self) -> None:
        """Close all nodes."""
        for node in self.nodes:
            node.close()


def some_readings(machine: str, time: Integers) -> Readings:
    """Power at each time, and a state at every hundredth."""
    rare = time[::100]
    both = np.concatenate([time, rare])
    return Readings(
        machines=(machine,),
        signals=("power", "state"),
        machine=np.zeros(len(both), np.int32),
        signal=np.repeat(np.arange(2, dtype=np.int32), [len(time), len(rare)]),
        time=both,
        value=np.concatenate([time % 977 + 1000, rare // 100 % 2]),
        quality=np.zeros(len(both), np.uint8),
    )


def make_consortium(folder: Path) -> Consortium:
    """Four active parties and one accepted machine."""
    files = {name: make_config(folder, name) for name in ("oem", "customer", "auditor", "outsider")}
    for file in files.values():
        make_node(load_config(file, build_plugin_manager(), {}))
    oem, customer, auditor, outsider = (opened(file) for file in files.values())
    oem.submissions.wait(oem.parties.found(oem.parties.publish_profile(DEPLOYMENT), DEPLOYMENT))
    oem.submissions.wait(oem.proposals.set_roles(BOARD, Role.BOARD | Role.OEM))
    for number, node, role in (
        (CUSTOMER, customer, Role.CUSTOMER),
        (AUDITOR, auditor, Role.AUDITOR),
        (OUTSIDER, outsider, Role.MAINTAINER),
    ):
        oem.submissions.wait(oem.proposals.invite(number, node.identity, role))
        node.sync()
        node.submissions.wait(node.parties.join(node.parties.publish_profile()))
        oem.sync()
    consortium = Consortium(folder, oem, customer, auditor, outsider, b"")
    consortium.sync()
    consortium.machine = add_machine(consortium, b"\x01" * 16)
    return consortium


def add_machine(parts: Consortium, machine: bytes) -> bytes:
    """Register and accept a machine whose device key the customer has."""
    oem, customer = parts.oem, parts.customer
    [file] = customer.config.devices.keys
    device = read_device(file, None) if file.exists() else create_device(file, None)
    spec = canonical.dumps({"devices": [{"name": "gateway", "public_key": device.public_key.hex()}]})
    readers = {BOARD, CUSTOMER, AUDITOR}
    named = oem.documents.publish("spec", spec, readers)
    terms = oem.documents.publish("terms", b"{}", readers)
    _, submission = oem.machines.register(NewMachine(BOARD, CUSTOMER, 7, named, terms, 60, 86_400), machine)
    oem.submissions.wait(submission)
    customer.sync()
    customer.submissions.wait(customer.machines.accept(machine, terms))
    parts.sync()
    return machine
