"""An OEM, a customer, an auditor and a maintainer as real nodes, and a machine that is billed by energy and use."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from maas_core.billing.terms_file import canonical_terms
from maas_core.config import load_config
from maas_core.config.writing import as_toml
from maas_core.node import Node
from maas_core.node.machines import NewMachine
from maas_core.node.setup import make_node
from maas_core.plugins import build_plugin_manager
from maas_core.ports.readings import Readings
from maas_core.ports.telemetry_source import Signal
from maas_core.proofs import canonical
from maas_core.protocol.states import Role
from maas_core.sealing.devices import create_device

OEM, CUSTOMER, AUDITOR, MAINTAINER = 1, 2, 3, 4
NAMES = {OEM: "oem", CUSTOMER: "customer", AUDITOR: "auditor", MAINTAINER: "maintainer"}
ROLES = {CUSTOMER: Role.CUSTOMER, AUDITOR: Role.AUDITOR, MAINTAINER: Role.MAINTAINER}
IBANS = {OEM: "DE89370400440532013000", CUSTOMER: "GB29NWBK60161331926819", MAINTAINER: "NL91ABNA0417164300"}
CLASS = 7
DEPLOYMENT = b"d" * 32

QUARTER, HOUR, DAY = 900, 3600, 86_400
JANUARY = 1_704_067_200
"""2024-01-01T00:00:00Z."""
FEBRUARY = JANUARY + 31 * DAY
MARCH = FEBRUARY + 29 * DAY
APRIL = MARCH + 31 * DAY

ENERGY = Signal("energy", "kW.h", 1, (), QUARTER)
COUNT = Signal("count", "piece", 0, (), HOUR)
SIGNALS = (ENERGY, COUNT)

GAPS = {"after": 2 * DAY, "then": "nothing"}
TERMS: dict[str, Any] = {
    "format": "maas-terms/1",
    "title": "Furnace by energy",
    "currency": {"code": "EUR", "digits": 2},
    "meters": [
        {"kind": "increments", "name": "energy", "signal": "energy", "unit": "kW.h", "decimals": 1, "gaps": GAPS},
        {"kind": "counter", "name": "pieces", "signal": "count", "unit": "piece", "gaps": GAPS},
        {"kind": "executed", "name": "started"},
    ],
    "tariffs": [
        {
            "kind": "tiered", "name": "energy", "meter": "energy", "mode": "graduated",
            "tiers": [{"above": "0", "up_to": "10000", "price": "0.12"}, {"above": "10000", "price": "0.09"}],
        },
        {"kind": "per_unit", "name": "pieces", "meter": "pieces", "price": "0.005"},
    ],
    "sla": [
        {
            "kind": "availability", "name": "uptime",
            "credits": [{"below": "99", "percent": "5"}, {"below": "95", "percent": "20"}],
        }
    ],
}  # fmt: skip


@dataclass
class Trade:
    """The folders of all nodes, and one open node of each party."""

    folder: Path
    more: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Further tables of a party's config."""
    machine: bytes = b""
    nodes: dict[int, Node] = field(default_factory=dict)

    def make(self, terms: Mapping[str, Any] = TERMS) -> "Trade":
        """Found the consortium, register the machine and start it on the first of January 2024."""
        (self.folder / "shared").mkdir(parents=True)
        for party in NAMES:
            make_node(load_config(self._write(party), build_plugin_manager(), {}))
            self.nodes[party] = self.open(party)
        oem = self.nodes[OEM]
        oem.submissions.wait(oem.parties.found(oem.parties.publish_profile(DEPLOYMENT), DEPLOYMENT))
        oem.submissions.wait(oem.proposals.set_roles(OEM, Role.BOARD | Role.OEM))
        for party, roles in ROLES.items():
            node = self.nodes[party]
            oem.submissions.wait(oem.proposals.invite(party, node.identity, roles))
            node.sync()
            node.submissions.wait(node.parties.join(node.parties.publish_profile()))
            oem.sync()
        self.sync()
        oem.submissions.wait(oem.parties.accredit(MAINTAINER, CLASS))
        self.machine = self._register(terms)
        return self

    def _register(self, terms: Mapping[str, Any]) -> bytes:
        oem, customer = self.nodes[OEM], self.nodes[CUSTOMER]
        device = create_device(customer.config.devices.keys[0], None)
        spec = canonical.dumps({"devices": [{"name": "gateway", "public_key": device.public_key.hex()}]})
        agreed = canonical_terms(json.dumps(terms).encode())
        readers = {OEM, CUSTOMER, AUDITOR}
        digests = [oem.documents.publish(kind, one, readers) for kind, one in (("spec", spec), ("terms", agreed))]
        new = NewMachine(OEM, CUSTOMER, CLASS, digests[0], digests[1], QUARTER, 31 * DAY)
        machine, registered = oem.machines.register(new, b"\x01" * 16)
        oem.submissions.wait(registered)
        customer.sync()
        customer.submissions.wait(customer.machines.accept(machine, digests[1]))
        customer.submissions.wait(customer.machines.start(machine, JANUARY))
        self.sync()
        return machine

    def _write(self, party: int) -> Path:
        home = self.folder / NAMES[party]
        home.mkdir()
        shared = Path("..") / "shared"
        account = {"account": {"iban": IBANS[party]}} if party in IBANS else {}
        tables = {
            "node": {"name": NAMES[party]},
            "party": {"name": NAMES[party].title(), **account},
            "signer": {"backend": "file", "settings": {"key": "key.pem"}},
            "ledger": {"backend": "local", "settings": {"path": str(shared / "ledger.db")}},
            "storage": {"main": {"backend": "local", "settings": {"directory": str(shared / "storage")}}},
            "database": {"url": "sqlite:///node.db"},
            "payments": {"backend": "pain001"},
            **self.more.get(party, {}),
        }
        (home / "maas.toml").write_text(as_toml(tables, {}), encoding="utf-8")
        return home / "maas.toml"

    def config(self, party: int) -> Path:
        """A party's config."""
        return self.folder / NAMES[party] / "maas.toml"

    def open(self, party: int) -> Node:
        """One more open node of a party."""
        return Node.open(load_config(self.config(party), build_plugin_manager(), {}))

    def reopen(self, party: int) -> Node:
        """The party's node, closed and opened again, as by a new process."""
        self.nodes[party].close()
        self.nodes[party] = self.open(party)
        self.nodes[party].sync()
        return self.nodes[party]

    def sync(self) -> None:
        """Bring all nodes up to date."""
        for node in self.nodes.values():
            node.sync()

    def done(self, party: int, sent: Any) -> Any:
        """Wait until what a party sent is final and everybody knows."""
        self.nodes[party].submissions.wait(sent.submission)
        self.sync()
        return sent

    def measure(self, begin: int, end: int, energy: int = 50, pieces: int = 3) -> None:
        """Take in tenths of a kWh for each quarter of an hour, and a count that grows each hour."""
        quarters = np.arange(begin, end, QUARTER, dtype=np.int64)
        hours = np.arange(begin, end, HOUR, dtype=np.int64)
        time = np.concatenate([quarters, hours])
        values = np.concatenate([energy + quarters // QUARTER % 7, (hours - JANUARY) // HOUR * pieces])
        signal = np.repeat(np.arange(2, dtype=np.int32), [len(quarters), len(hours)])
        self.take(Readings(
            (self.machine.hex(),), ("energy", "count"), np.zeros(len(time), np.int32), signal, time, values,
            np.zeros(len(time), np.uint8),
        ))  # fmt: skip

    def take(self, readings: Readings) -> None:
        """Take in readings at the customer's node."""
        self.nodes[CUSTOMER].readings.add("meter", readings, SIGNALS)

    def anchor(self, until: int | None = None) -> None:
        """Anchor what was taken in, a batch for each week."""
        customer = self.nodes[CUSTOMER]
        customer.telemetry.cut(self.machine, until, 7 * DAY)
        customer.telemetry.anchor()
        self.sync()

    def month(self, begin: int, end: int, **how: int) -> None:
        """Measure and anchor a time."""
        self.measure(begin, end, **how)
        self.anchor(end)

    def issue(self, to: int, **how: Any) -> bytes:
        """Bill up to a time, as the OEM."""
        sent = self.nodes[OEM].billing.issue(self.machine, to, **how)
        return bytes(self.done(OEM, sent).invoice)

    def respond(self, invoice: bytes) -> Any:
        """Accept or dispute, as the customer."""
        return self.done(CUSTOMER, self.nodes[CUSTOMER].billing.respond(invoice))

    def close(self) -> None:
        """Close all nodes."""
        for node in self.nodes.values():
            node.close()


@contextmanager
def trade(folder: Path, more: Mapping[int, Mapping[str, Any]] | None = None, **how: Any) -> Iterator[Trade]:
    """A consortium, closed at the end."""
    made = Trade(folder, more or {})
    try:
        yield made.make(**how)
    finally:
        made.close()
