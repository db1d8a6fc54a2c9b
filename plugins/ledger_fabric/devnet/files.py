"""What the processes of a devnet read. Fabric reads YAML, and JSON is YAML."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from maas_ledger_fabric.devnet.config import core_yaml, orderer_yaml
from maas_ledger_fabric.devnet.genesis import configtx_yaml
from maas_ledger_fabric.devnet.plan import CHAINCODE, CHANNEL, DOMAIN, Org, Plan
from maas_ledger_fabric.devnet.settings import Settings
from maas_ledger_fabric.devnet.tools import Tools
from maas_ledger_fabric.package import ServiceTls, chaincode_package, package_id

from maas_core.errors import UnavailableError

SECONDS = 60
NAMES = ("127.0.0.1", "localhost")
BUILDER = Path(__file__).resolve().parent / "builder"


def write_crypto(plan: Plan, tools: Tools, orgs: Sequence[Org]) -> None:
    """Keys and certificates of the orderers and of organisations, by cryptogen."""
    config = {
        "OrdererOrgs": [
            {
                "Name": "Orderer",
                "Domain": f"orderer.{DOMAIN}",
                "EnableNodeOUs": True,
                "Specs": [
                    {"Hostname": f"orderer{number}", "SANS": _names(one.host)}
                    for number, one in enumerate(plan.orderers, 1)
                ],
            }
        ],
        "PeerOrgs": [
            {
                "Name": org.name,
                "Domain": org.domain,
                "EnableNodeOUs": True,
                "Template": {"Count": 1, "SANS": _names(org.ports.host, org.service.host)},
                "Users": {"Count": org.users},
            }
            for org in orgs
        ],
    }
    file = plan.folder / "config" / "crypto.yaml"
    _write_json(file, config)
    run([tools.command("cryptogen"), "extend", f"--config={file}", f"--input={plan.crypto}"])


def _names(*hosts: str) -> list[str]:
    """What a certificate is valid for, besides the name that `cryptogen` gives it."""
    return [*NAMES, *sorted(set(hosts) - set(NAMES))]


def write_genesis(plan: Plan, tools: Tools, settings: Settings) -> None:
    """The channel's first block, by configtxgen."""
    folder = plan.folder / "config"
    _write_json(folder / "configtx.yaml", configtx_yaml(plan, settings))
    command = [tools.command("configtxgen"), "-configPath", folder, "-profile", "Channel", "-channelID", CHANNEL]
    run([*command, "-outputBlock", plan.genesis])


def write_peer(plan: Plan, org: Org) -> None:
    """A peer's configuration."""
    builder = plan.folder / "config" / "builder"
    for name in ("detect", "build", "release"):
        target = builder / "bin" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((BUILDER / name).read_bytes())
        target.chmod(0o755)
    _write_json(plan.config_of(f"peer-{org.name}") / "core.yaml", core_yaml(plan, org, builder))


def write_orderer(plan: Plan, number: int) -> None:
    """An orderer's configuration."""
    _write_json(plan.config_of(f"orderer{number}") / "orderer.yaml", orderer_yaml(plan, number))


def write_package(plan: Plan, org: Org, settings: Settings, label: str = f"{CHAINCODE}_1") -> tuple[Path, str]:
    """The chaincode's package for an organisation, and its id."""
    each = settings.services == "each"
    served_by = org if each else plan.orgs[0]
    certificates = None
    if each:
        tls = plan.peer_crypto(org) / "tls"
        certificates = ServiceTls(
            plan.tls_ca(org).read_text("utf-8"),
            (tls / "server.crt").read_text("utf-8"),
            (tls / "server.key").read_text("utf-8"),
        )
    package = chaincode_package(label, served_by.service.address, certificates)
    file = plan.folder / "config" / f"{label}-{org.name}.tar.gz"
    file.write_bytes(package)
    return file, package_id(label, package)


def service_environment(plan: Plan, org: Org, settings: Settings, package_id: str) -> dict[str, str]:
    """What a chaincode service is told; chaincode/cmd/maas/main.go lists the names."""
    environment = {
        "CORE_CHAINCODE_ID_NAME": package_id,
        "CHAINCODE_SERVER_ADDRESS": org.service.address,
        "MAAS_HEALTH_ADDRESS": f"{org.service.host}:{org.service.health}",
    }
    if settings.services == "each":
        tls = plan.peer_crypto(org) / "tls"
        environment |= {
            "CHAINCODE_TLS_DISABLED": "false",
            "CHAINCODE_TLS_KEY": str(tls / "server.key"),
            "CHAINCODE_TLS_CERT": str(tls / "server.crt"),
            "CHAINCODE_CLIENT_CA_CERT": str(plan.tls_ca(org)),
        }
    return environment


def _write_json(file: Path, content: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def run(command: Sequence[object], environment: Mapping[str, str] | None = None) -> str:
    """Run one of Fabric's commands to its end; returns what it printed. Raises `UnavailableError` if it fails."""
    words = [str(part) for part in command]
    try:
        done = subprocess.run(  # noqa: S603 - commands of the devnet
            words, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS
        )
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"`{' '.join(words[:4])}` does not end within {SECONDS} s") from None
    if done.returncode:
        last = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise UnavailableError(f"`{' '.join(words[:5])}` fails:\n{last}")
    return done.stdout + done.stderr
