"""Who takes part in a devnet, on which ports and in which files; kept in `network.json` of its folder."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from maas_ledger_fabric.devnet.settings import Settings

from maas_core.devnets.ports import LOOPBACK, free_ports
from maas_core.errors import UsageError
from maas_core.ports.devnet import ON_LOOPBACK, Placement

FILE = "network.json"
DOMAIN = "maas.test"
"""A domain that never exists (RFC 2606)."""
CHANNEL = "maas"
CHAINCODE = "maas"
ORDERER_MSP = "OrdererMSP"


@dataclass(frozen=True, slots=True)
class PeerPorts:
    """Where a peer listens."""

    peer: int
    chaincode: int
    operations: int
    host: str = LOOPBACK


@dataclass(frozen=True, slots=True)
class OrdererPorts:
    """Where an orderer listens."""

    orderer: int
    admin: int
    operations: int
    host: str = LOOPBACK


@dataclass(frozen=True, slots=True)
class ServicePorts:
    """Where a chaincode service listens."""

    chaincode: int
    health: int
    host: str = LOOPBACK

    @property
    def address(self) -> str:
        """Where peers call it."""
        return f"{self.host}:{self.chaincode}"


@dataclass(frozen=True, slots=True)
class Org:
    """An organisation: its peer, its chaincode service, and how many identities it has."""

    name: str
    ports: PeerPorts
    service: ServicePorts
    users: int

    @property
    def msp_id(self) -> str:
        """Its MSP id."""
        return f"{self.name.capitalize()}MSP"

    @property
    def domain(self) -> str:
        """Its domain."""
        return f"{self.name}.{DOMAIN}"

    @property
    def address(self) -> str:
        """Its peer's address."""
        return f"{self.ports.host}:{self.ports.peer}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A network in a folder."""

    folder: Path
    orgs: tuple[Org, ...]
    orderers: tuple[OrdererPorts, ...]
    people: tuple[tuple[str, str, int], ...]
    """(participant, organisation, which of its users)."""

    # Files

    @property
    def crypto(self) -> Path:
        """Keys and certificates."""
        return self.folder / "crypto"

    @property
    def run(self) -> Path:
        """Logs and process ids."""
        return self.folder / "run"

    @property
    def genesis(self) -> Path:
        """The channel's first block."""
        return self.folder / "config" / "genesis.block"

    def config_of(self, process: str) -> Path:
        """The folder of a process's configuration."""
        return self.folder / "config" / process

    def data_of(self, process: str) -> Path:
        """The folder of a process's data."""
        return self.folder / "data" / process

    def org_crypto(self, org: Org) -> Path:
        """Keys and certificates of an organisation."""
        return self.crypto / "peerOrganizations" / org.domain

    def peer_crypto(self, org: Org) -> Path:
        """Keys and certificates of an organisation's peer."""
        return self.org_crypto(org) / "peers" / f"peer0.{org.domain}"

    def user_msp(self, org: Org, user: str) -> Path:
        """MSP folder of a user: "Admin", "User1", "User2"."""
        return self.org_crypto(org) / "users" / f"{user}@{org.domain}" / "msp"

    def user_certificate(self, org: Org, user: str) -> Path:
        """A user's certificate."""
        return self.user_msp(org, user) / "signcerts" / f"{user}@{org.domain}-cert.pem"

    def user_key(self, org: Org, user: str) -> Path:
        """A user's key."""
        return self.user_msp(org, user) / "keystore" / "priv_sk"

    def tls_ca(self, org: Org) -> Path:
        """The CA of an organisation's TLS certificates."""
        return self.org_crypto(org) / "tlsca" / f"tlsca.{org.domain}-cert.pem"

    def orderer_crypto(self, number: int) -> Path:
        """Keys and certificates of an orderer, numbered from 1."""
        domain = f"orderer.{DOMAIN}"
        return self.crypto / "ordererOrganizations" / domain / "orderers" / f"orderer{number}.{domain}"

    @property
    def orderer_tls_ca(self) -> Path:
        """The CA of the orderers' TLS certificates."""
        domain = f"orderer.{DOMAIN}"
        return self.crypto / "ordererOrganizations" / domain / "tlsca" / f"tlsca.{domain}-cert.pem"

    @property
    def orderer_org_msp(self) -> Path:
        """MSP folder of the orderers' organisation."""
        return self.crypto / "ordererOrganizations" / f"orderer.{DOMAIN}" / "msp"

    def org(self, name: str) -> Org:
        """An organisation by its name."""
        return next(one for one in self.orgs if one.name == name)


def plan_of(folder: Path, settings: Settings, placement: Placement = ON_LOOPBACK) -> Plan:
    """The plan that the folder remembers, else a new one on free ports of where its processes are to be."""
    file = folder / FILE
    if file.exists():
        return _remembered(folder, file)
    names, people = settings.org_names, settings.people_names
    placed = [(name, name, 1) for name in names]
    placed += [(name, names[place % len(names)], 2 + place // len(names)) for place, name in enumerate(people)]
    count = int(settings.orderers)
    ports = iter(free_ports(5 * len(names) + 3 * count))
    orgs = tuple(
        Org(
            name,
            PeerPorts(next(ports), next(ports), next(ports)),
            ServicePorts(next(ports), next(ports)),
            max(number for _, org, number in placed if org == name),
        )
        for name in names
    )
    orderers = tuple(OrdererPorts(next(ports), next(ports), next(ports)) for _ in range(count))
    return _placed(Plan(folder, orgs, orderers, tuple(placed)), placement)


def _placed(plan: Plan, placement: Placement) -> Plan:
    def host(process: str) -> str:
        return placement.site(process).address

    orgs = [
        replace(
            one,
            ports=replace(one.ports, host=host(f"peer-{one.name}")),
            service=replace(one.service, host=host(f"chaincode-{one.name}")),
        )
        for one in plan.orgs
    ]
    orderers = [replace(one, host=host(f"orderer{number}")) for number, one in enumerate(plan.orderers, 1)]
    return replace(plan, orgs=tuple(orgs), orderers=tuple(orderers))


def remember(plan: Plan) -> None:
    """Write a plan into its folder."""
    content = {name: value for name, value in asdict(plan).items() if name != "folder"}
    (plan.folder / FILE).write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def _remembered(folder: Path, file: Path) -> Plan:
    try:
        content = json.loads(file.read_text("utf-8"))
        orgs = tuple(
            Org(one["name"], PeerPorts(**one["ports"]), ServicePorts(**one["service"]), one["users"])
            for one in content["orgs"]
        )
        orderers = tuple(OrdererPorts(**one) for one in content["orderers"])
        people = tuple((str(name), str(org), int(number)) for name, org, number in content["people"])
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{file} cannot be read: remove the folder, or name another") from None
    return Plan(folder, orgs, orderers, people)
