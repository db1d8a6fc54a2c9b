"""An OEM and a customer with a machine, its documents and its anchored batches, over whatever storages a test names."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from maas_core.config import load_config
from maas_core.config.writing import as_toml
from maas_core.node import Node
from maas_core.node.machines import NewMachine
from maas_core.node.setup import make_node
from maas_core.plugins import build_plugin_manager
from maas_core.ports.clock import SystemClock
from maas_core.ports.readings import Readings
from maas_core.ports.telemetry_source import Signal
from maas_core.proofs import canonical
from maas_core.protocol.states import Role
from maas_core.sealing.devices import create_device

OEM, CUSTOMER = 1, 2
NAMES = {OEM: "oem", CUSTOMER: "customer"}
POWER = Signal("power", "W", 1)
DAY = 86_400
EXAMPLES = Path(__file__).parents[2] / "examples"
CANARY = b"canary in a gold mine"
"""Plain text that must never be found in a storage."""

Tables = Mapping[str, Any]


def terms_with(data: Mapping[str, Any]) -> dict[str, Any]:
    """Terms of the examples that ask something of storages, too."""
    terms: dict[str, Any] = json.loads((EXAMPLES / "terms" / "furnace.json").read_text("utf-8"))
    return terms | {"data": dict(data)}


@dataclass
class Agreement:
    """Two nodes; each is opened, used and dropped."""

    folder: Path
    storages: dict[int, Tables]
    """Tables of the config by party: `storage`, `tiering`."""
    machine: bytes = b""
    data: Mapping[str, Any] | None = None
    """What the terms ask of storages; without it they are a large document of no known format."""

    def make(self, days: int = 2) -> "Agreement":
        """Found, register, accept, start, and anchor a batch for each day."""
        (self.folder / "shared").mkdir(parents=True)
        for party in NAMES:
            self.configure(party, self.storages[party])
            make_node(load_config(self.config(party), build_plugin_manager(), {}))
        with self.node(OEM) as oem, self.node(CUSTOMER) as customer:
            self._found(oem, customer)
            self._register(oem, customer)
            if days:
                self.anchor(customer, days)
        return self

    def config(self, party: int) -> Path:
        return self.folder / NAMES[party] / "maas.toml"

    def configure(self, party: int, tables: Tables) -> None:
        """Write the node's config."""
        self.storages[party] = tables
        base = {
            "node": {"name": NAMES[party]},
            "party": {"name": NAMES[party], "contact": CANARY.decode()},
            "signer": {"backend": "file", "settings": {"key": "key.pem"}},
            "ledger": {"backend": "local", "settings": {"path": "../shared/ledger.db"}},
            "cache": {"max_mib": 0},
        }
        self.config(party).parent.mkdir(exist_ok=True)
        self.config(party).write_text(as_toml({**base, **tables}, {}), "utf-8")

    @contextmanager
    def node(self, party: int) -> Iterator[Node]:
        """A party's node, up to date."""
        with Node.open(load_config(self.config(party), build_plugin_manager(), {})) as node:
            node.sync()
            yield node

    def batches(self, party: int) -> list[int]:
        """Readings of each batch that a party can read whole."""
        with self.node(party) as node:
            return [batch.manifest.readings for batch in node.telemetry.batches(self.machine)]

    def anchors(self) -> list[bytes]:
        """What stands on the ledger of the batches."""
        with self.node(CUSTOMER) as node:
            return [one.manifest + one.locator for one in node.telemetry.anchors(self.machine)]

    def amend(self, data: Mapping[str, Any]) -> None:
        """The OEM offers terms that ask for other things from now on, and the customer accepts."""
        with self.node(OEM) as oem, self.node(CUSTOMER) as customer:
            content = canonical.dumps(terms_with(data))
            terms = oem.documents.publish("terms", content, [CUSTOMER], self.machine)
            n, offered = oem.machines.offer_amendment(self.machine, terms, SystemClock().now())
            oem.submissions.wait(offered)
            customer.sync()
            customer.submissions.wait(customer.machines.accept_change(self.machine, n))

    def _found(self, oem: Node, customer: Node) -> None:
        name = os.urandom(32)
        oem.submissions.wait(oem.parties.found(oem.parties.publish_profile(name), name))
        oem.submissions.wait(oem.proposals.set_roles(OEM, Role.BOARD | Role.OEM))
        oem.submissions.wait(oem.proposals.invite(CUSTOMER, customer.identity, Role.CUSTOMER))
        customer.sync()
        customer.submissions.wait(customer.parties.join(customer.parties.publish_profile()))
        oem.sync()

    def _register(self, oem: Node, customer: Node) -> None:
        device = create_device(self.config(CUSTOMER).with_name("device.key"), None)
        named = {"devices": [{"name": CANARY.decode(), "public_key": device.public_key.hex()}]}
        large = {"note": CANARY.decode(), "annex": os.urandom(1_500_000).hex()}
        content = canonical.dumps(large if self.data is None else terms_with(self.data))
        until = oem.keeping.terms_until(content)
        spec = oem.documents.publish("spec", canonical.dumps(named), [CUSTOMER], until=until)
        terms = oem.documents.publish("terms", content, [CUSTOMER], until=until)
        self.machine, registered = oem.machines.register(NewMachine(OEM, CUSTOMER, 7, spec, terms, 60, DAY))
        oem.submissions.wait(registered)
        customer.sync()
        customer.submissions.wait(customer.machines.accept(self.machine, terms))

    def anchor(self, customer: Node, days: int) -> None:
        """A batch for each day, anchored."""
        start = SystemClock().now() // DAY * DAY - (days + 1) * DAY
        customer.submissions.wait(customer.machines.start(self.machine, start))
        times = np.arange(start, start + days * DAY, 60, dtype=np.int64)
        readings = Readings(
            machines=(self.machine.hex(),),
            signals=(POWER.name,),
            machine=np.zeros(len(times), np.int32),
            signal=np.zeros(len(times), np.int32),
            time=times,
            value=np.arange(len(times), dtype=np.int64),
            quality=np.zeros(len(times), np.uint8),
        )
        customer.readings.add("test", readings, [POWER])
        customer.telemetry.cut(self.machine, start + days * DAY)
        customer.telemetry.anchor([self.machine])
