"""The devnet: up, status, down, and single processes, for tests that make trouble."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from maas_ledger_fabric.devnet import files
from maas_ledger_fabric.devnet.access import access_of
from maas_ledger_fabric.devnet.lifecycle import Definition, Lifecycle
from maas_ledger_fabric.devnet.plan import CHAINCODE, FILE, Org, PeerPorts, Plan, ServicePorts, plan_of, remember
from maas_ledger_fabric.devnet.ready import wait_until_endorsing
from maas_ledger_fabric.devnet.settings import Settings
from maas_ledger_fabric.devnet.tools import Tools, find_tools

from maas_core.devnets.ports import free_ports, is_listening
from maas_core.devnets.processes import Supervised, all_or_none, stop_all
from maas_core.ports.devnet import ON_LOOPBACK, DevnetAccess, DevnetState, DevnetStatus, Placement

PATIENCE = 30.0
FINDING_PATIENCE = 60.0
"""Until peers have found each other, who may be far away."""
COMMITTED = "committed"
"""In the folder once the chaincode is on the channel."""
QUIET = {"FABRIC_LOGGING_SPEC": "WARNING"}


class FabricDevnet:
    """A network in a folder."""

    def __init__(self, settings: Settings, folder: Path, placement: Placement = ON_LOOPBACK) -> None:
        self._settings = settings
        self._folder = folder
        self._placement = placement

    @cached_property
    def plan(self) -> Plan:
        """Who takes part where."""
        return plan_of(self._folder, self._settings, self._placement)

    @cached_property
    def tools(self) -> Tools:
        """Fabric's commands."""
        return find_tools(self._settings, lambda _: None)

    @property
    def lifecycle(self) -> Lifecycle:
        """The organisations' administrators."""
        return Lifecycle(self.plan, self.tools)

    def up(self, progress: Callable[[str], None]) -> tuple[DevnetAccess, ...]:
        """Make it if it is not there, start it, and wait until every peer's gateway endorses."""
        with all_or_none(self.down):
            self.__dict__["tools"] = find_tools(self._settings, progress)
            if not (self._folder / FILE).exists():
                progress("making keys, certificates and the channel's first block")
                self._make()
            progress("starting orderers, peers and the chaincode")
            for name in self.process_names:
                self.start(name)
            for name in self.process_names:
                self.wait_ready(name)
            if not (self._folder / COMMITTED).exists():
                progress("joining the channel; installing, approving and committing the chaincode")
                self._join_and_commit()
            wait_until_endorsing(self.plan, FINDING_PATIENCE)
        return access_of(self.plan, self._placement)

    def _make(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        plan = self.plan
        files.write_crypto(plan, self.tools, plan.orgs)
        files.write_genesis(plan, self.tools, self._settings)
        for number in range(1, 1 + len(plan.orderers)):
            files.write_orderer(plan, number)
        for org in plan.orgs:
            files.write_peer(plan, org)
        remember(plan)

    def _join_and_commit(self) -> None:
        orgs = self.plan.orgs
        self.lifecycle.join_orderers()
        self.lifecycle.join_peers(orgs)
        packages = [files.write_package(self.plan, org, self._settings) for org in orgs]
        self.lifecycle.install(orgs, [file for file, _ in packages])
        self.define(CHAINCODE, [package for _, package in packages])
        (self._folder / COMMITTED).touch()

    def define(self, name: str, packages: list[str], version: str = "1", sequence: int = 1) -> None:
        """Let all organisations approve a chaincode definition, and commit it."""
        definition = Definition(name, version, sequence)
        self.lifecycle.approve(self.plan.orgs, packages, definition)
        self.lifecycle.commit(self.plan.orgs[0], definition, self.plan.orgs)

    def package_ids(self) -> list[str]:
        """The id of the chaincode's package for each organisation."""
        return [files.write_package(self.plan, org, self._settings)[1] for org in self.plan.orgs]

    def add_org(self, name: str, users: int = 1) -> Org:
        """Make an organisation that is not on the channel yet, and start its peer; the channel must admit it."""
        peer, chaincode, operations, service, health = free_ports(5)
        org = Org(name, PeerPorts(peer, chaincode, operations), ServicePorts(service, health), users)
        plan = self.plan
        self.__dict__["plan"] = replace(
            plan, orgs=(*plan.orgs, org), people=(*plan.people, *((f"{name}{n}", name, n) for n in range(1, users + 1)))
        )
        files.write_crypto(self.plan, self.tools, self.plan.orgs)
        files.write_peer(self.plan, org)
        remember(self.plan)
        self.start(f"peer-{name}")
        self.wait_ready(f"peer-{name}")
        return org

    def take_part(self, org: Org, definition: Definition) -> None:
        """Let the peer of an organisation that the channel has admitted follow it and run the chaincode."""
        self.lifecycle.join_peers([org])
        file, package = files.write_package(self.plan, org, self._settings)
        self.lifecycle.install([org], [file])
        self.lifecycle.approve([org], [package], definition)

    # Processes

    @property
    def process_names(self) -> tuple[str, ...]:
        """All processes in the order in which they are started."""
        orderers = [f"orderer{number}" for number in range(1, 1 + len(self.plan.orderers))]
        served = self.plan.orgs if self._settings.services == "each" else self.plan.orgs[:1]
        services = [f"chaincode-{org.name}" for org in served]
        return (*orderers, *services, *(f"peer-{org.name}" for org in self.plan.orgs))

    def process(self, name: str) -> Supervised:
        """One process: orderer1, peer-oem, chaincode-oem, ..."""
        return Supervised(self.plan.run, name)

    def start(self, name: str) -> None:
        """Start one process, if it does not run."""
        kind, _, which = name.partition("-")
        environment = {**QUIET, "FABRIC_CFG_PATH": str(self.plan.config_of(name))}
        command: list[str | Path] = [self.tools.command("orderer")]
        if kind == "peer":
            command = [self.tools.command("peer"), "node", "start"]
        elif kind == "chaincode":
            org = self.plan.org(which)
            package = files.write_package(self.plan, org, self._settings)[1]
            command = [self.tools.service]
            environment = files.service_environment(self.plan, org, self._settings, package)
        prefix, address = self._placement.site(name).prefix, f"{self.host(name)}:{self.port(name)}"
        self.process(name).start([*prefix, *command], address, environment, self._folder)

    def port(self, name: str) -> int:
        """Where a process listens."""
        kind, _, which = name.partition("-")
        if kind == "peer":
            return self.plan.org(which).ports.peer
        if kind == "chaincode":
            return self.plan.org(which).service.chaincode
        return self.plan.orderers[int(name.removeprefix("orderer")) - 1].orderer

    def host(self, name: str) -> str:
        """The address at which a process listens."""
        kind, _, which = name.partition("-")
        if kind == "peer":
            return self.plan.org(which).ports.host
        if kind == "chaincode":
            return self.plan.org(which).service.host
        return self.plan.orderers[int(name.removeprefix("orderer")) - 1].host

    def wait_ready(self, name: str) -> None:
        """Wait until a process answers."""
        self.process(name).wait_ready(lambda: self._answers(name), PATIENCE)

    def _answers(self, name: str) -> bool:
        host = self.host(name)
        return is_listening(self.port(name), host=host) and _is_healthy(host, self._health_port(name))

    def _health_port(self, name: str) -> int:
        kind, _, which = name.partition("-")
        if kind == "peer":
            return self.plan.org(which).ports.operations
        if kind == "chaincode":
            return self.plan.org(which).service.health
        return self.plan.orderers[int(name.removeprefix("orderer")) - 1].operations

    def status(self) -> DevnetStatus:
        """As its processes say."""
        if not (self._folder / FILE).exists():
            return DevnetStatus(DevnetState.DOWN)
        processes = tuple(self.process(name).describe() for name in self.process_names)
        if all(one.pid is None for one in processes):
            return DevnetStatus(DevnetState.DOWN, processes)
        silent = [name for name in self.process_names if self.process(name).pid() is None or not self._answers(name)]
        if silent:
            return DevnetStatus(DevnetState.DEGRADED, processes, f"no answer: {', '.join(silent)}")
        return DevnetStatus(DevnetState.UP, processes)

    def down(self) -> None:
        """End all of it; peers first, so that they do not look for orderers."""
        if (self._folder / FILE).exists():
            stop_all([self.process(name) for name in self.process_names])


def _is_healthy(host: str, port: int) -> bool:
    try:
        with urlopen(f"http://{host}:{port}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def open_placed(settings: Settings, folder: Path, placement: Placement) -> FabricDevnet:
    """With each process where it is told to be, and a chaincode service beside each peer."""
    return FabricDevnet(replace(settings, services="each"), folder, placement)
