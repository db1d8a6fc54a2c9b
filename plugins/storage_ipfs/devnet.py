"""A private IPFS swarm on this machine: Kubo daemons that know each other and nobody else.

In the folder: `swarm.key`, `ports.json`, a repository `node-N` for each daemon, and log and PID file of each process.
"""

import json
import os
import secrets
import subprocess
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from maas_storage_ipfs.settings import Settings as NodeSettings
from maas_storage_ipfs.settings import profile_of

from maas_core.devnets.building import fitting_binary, go_tool
from maas_core.devnets.ports import LOOPBACK, free_ports, is_listening
from maas_core.devnets.processes import Supervised, all_or_none, stop_all
from maas_core.errors import UnavailableError
from maas_core.ports.devnet import DevnetAccess, DevnetState, DevnetStatus
from maas_core.ports.storage import StorageProfile

PACKAGE = "github.com/ipfs/kubo/cmd/ipfs"
TOOLS = Path(__file__).resolve().parent / "tools"
WANTED = "Kubo 0.42"
START_SECONDS = 30.0
ASK_SECONDS = 5.0
GO_THREADS = 8
"""At least so many goroutines run at once. Go's default, one for each core, counts those that wait for the disk."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Options of `maasctl devnet up ipfs`."""

    nodes: int = field(default=3, metadata={"help": "How many daemons.", "min": 1, "max": 16})
    ipfs: Path | None = field(default=None, metadata={"help": "Kubo's command; else the one on the PATH, else built."})


def profile_in(_: Settings) -> StorageProfile:
    """What a daemon's node declares."""
    return profile_of(NodeSettings())


@dataclass(frozen=True, slots=True)
class Daemon:
    """One daemon of the swarm."""

    folder: Path
    """Of the devnet."""
    number: int
    api: int
    """Its ports."""
    swarm: int
    gateway: int

    @property
    def name(self) -> str:
        """Of its process, its repository and its participant."""
        return f"node-{self.number}"

    @property
    def repository(self) -> Path:
        """Where its blocks lie."""
        return self.folder / self.name

    @property
    def process(self) -> Supervised:
        """Its process."""
        return Supervised(self.folder, self.name)

    @property
    def url(self) -> str:
        """Its RPC API."""
        return f"http://{LOOPBACK}:{self.api}"

    @property
    def gateway_url(self) -> str:
        """Where it gives its own blocks."""
        return f"http://{LOOPBACK}:{self.gateway}"

    @property
    def peer(self) -> str:
        """Its multiaddr, as soon as its repository is made."""
        config = json.loads((self.repository / "config").read_text("utf-8"))
        return f"/ip4/{LOOPBACK}/tcp/{self.swarm}/p2p/{config['Identity']['PeerID']}"

    def start(self, program: Path) -> None:
        """Make the repository if there is none, and start the daemon."""
        environment = {
            "IPFS_PATH": str(self.repository),
            "LIBP2P_FORCE_PNET": "1",
            "IPFS_TELEMETRY": "off",
            "GOMAXPROCS": os.environ.get("GOMAXPROCS") or str(max(GO_THREADS, os.cpu_count() or 1)),
        }
        if not (self.repository / "config").exists():
            self._make(program, environment)
        if self.process.pid() is None:
            command: list[str | Path] = [program, "daemon", "--enable-gc=false", "--migrate=false"]
            self.process.start(command, f"{LOOPBACK}:{self.api}", environment, self.folder)

    def configure(self, change: Callable[[dict[str, Any]], object]) -> None:
        """Change the configuration of its repository; it counts from the next start on."""
        file = self.repository / "config"
        config = json.loads(file.read_text("utf-8"))
        change(config)
        draft = file.with_suffix(".new")
        draft.touch(0o600)
        draft.write_text(json.dumps(config, indent=2), "utf-8")
        draft.replace(file)

    def answers(self) -> bool:
        """Whether its API does."""
        from maas_storage_ipfs.kubo import FAILURES, HttpKubo  # noqa: PLC0415 - this module is read at every start

        if not is_listening(self.api):
            return False
        with closing(HttpKubo(self.url, None, 1)) as kubo, suppress(*FAILURES):
            kubo.peers(ASK_SECONDS)
            return True
        return False

    def _make(self, program: Path, environment: dict[str, str]) -> None:
        command: list[str | Path] = [program, "init", "--empty-repo"]
        done = subprocess.run(  # noqa: S603 - Kubo, as named or built
            command, env={**os.environ, **environment}, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise UnavailableError(f"{self.name}: Kubo cannot make a repository: {done.stderr.strip()[-300:]}")
        (self.repository / "swarm.key").write_bytes((self.folder / "swarm.key").read_bytes())
        self.configure(self._adapt)

    def _adapt(self, config: dict[str, Any]) -> None:
        """Change a new repository's configuration: on loopback, alone, and every block is written and synced."""
        config["Addresses"] |= {
            "API": f"/ip4/{LOOPBACK}/tcp/{self.api}",
            "Gateway": f"/ip4/{LOOPBACK}/tcp/{self.gateway}",
            "Swarm": [f"/ip4/{LOOPBACK}/tcp/{self.swarm}"],
        }
        config["Gateway"] |= {"NoFetch": True, "DeserializedResponses": False}
        make_private(config)
        config["Datastore"]["BlockKeyCacheSize"] = 0
        for mount in config["Datastore"]["Spec"]["mounts"]:
            if mount["type"] == "flatfs":
                mount["sync"] = True


class IpfsDevnet:
    """One swarm in one folder."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._settings = settings
        self._folder = folder.absolute()

    def up(self, progress: Callable[[str], None]) -> tuple[DevnetAccess, ...]:
        """Start the daemons, connect each to all, and say how to reach them."""
        program = kubo(self._settings.ipfs, progress)
        self._lay_out()
        daemons = self.daemons()
        with all_or_none(self.down):
            progress(f"starting {len(daemons)} Kubo daemons")
            for daemon in daemons:
                daemon.start(program)
            for daemon in daemons:
                daemon.process.wait_ready(daemon.answers, START_SECONDS)
            _connect(daemons)
        return tuple(DevnetAccess(one.name, {"storage": {"ipfs": _table(one, daemons)}}) for one in daemons)

    def status(self) -> DevnetStatus:
        """Up if all answer."""
        daemons = self.daemons()
        described = tuple(daemon.process.describe() for daemon in daemons)
        if all(one.pid is None for one in described):
            return DevnetStatus(DevnetState.DOWN, described)
        up = all(daemon.answers() for daemon in daemons)
        return DevnetStatus(DevnetState.UP if up else DevnetState.DEGRADED, described)

    def down(self) -> None:
        """End the daemons."""
        stop_all([daemon.process for daemon in self.daemons()])

    def daemons(self) -> list[Daemon]:
        """All of them, once their ports are chosen."""
        file = self._folder / "ports.json"
        if not file.exists():
            return []
        ports = json.loads(file.read_text("utf-8"))
        return [Daemon(self._folder, number, *three) for number, three in enumerate(ports, start=1)]

    def _lay_out(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        key = self._folder / "swarm.key"
        if not key.exists():
            key.touch(0o600)
            key.write_text(new_swarm_key(), "ascii")
        file = self._folder / "ports.json"
        if not file.exists():
            ports = free_ports(3 * self._settings.nodes)
            file.write_text(json.dumps([ports[first : first + 3] for first in range(0, len(ports), 3)]), "utf-8")


def kubo(named: Path | None, progress: Callable[[str], None]) -> Path:
    """Kubo's command: the one named, on the PATH, or built."""
    found = fitting_binary("ipfs", named, ["version", "--number"], lambda text: text.startswith("0."), WANTED)
    return found or go_tool("kubo", TOOLS, [PACKAGE], progress=progress) / "ipfs"


def new_swarm_key() -> str:
    """A swarm key: daemons with another one, or none, cannot even speak to those that have it."""
    return f"/key/swarm/psk/1.0.0/\n/base16/\n{secrets.token_hex(32)}\n"


def make_private(config: dict[str, Any]) -> None:
    """Change a configuration: nothing is told to or asked from the public network."""
    config["Bootstrap"] = []
    config["Routing"] = {"Type": "none"}
    config["DNS"] = {"Resolvers": {}}
    config["Ipns"] |= {"DelegatedPublishers": []}
    config["Discovery"] = {"MDNS": {"Enabled": False}}
    for service in ("AutoTLS", "AutoConf", "Provide", "HTTPRetrieval"):
        config[service] = {"Enabled": False}
    config["Plugins"] = {"Plugins": {"telemetry": {"Disabled": True}}}
    config["Version"] = {"SwarmCheckEnabled": False}
    config["Swarm"] |= {
        "DisableNatPortMap": True,
        "RelayClient": {"Enabled": False},
        "RelayService": {"Enabled": False},
    }
    transports = ("QUIC", "WebTransport", "WebRTCDirect", "Websocket", "Relay")
    config["Swarm"]["Transports"]["Network"] = dict.fromkeys(transports, False)


def _connect(daemons: Sequence[Daemon]) -> None:
    """Explicitly, for what is left to peering takes ten seconds and more."""
    from maas_storage_ipfs.kubo import HttpKubo  # noqa: PLC0415 - this module is read at every start

    for daemon in daemons:
        with closing(HttpKubo(daemon.url, None, 1)) as api:
            for other in daemons[daemon.number :]:
                api.connect(other.peer, ASK_SECONDS)


def _table(daemon: Daemon, daemons: Sequence[Daemon]) -> dict[str, Any]:
    """As it stands in a node's config."""
    peers = [other.peer for other in daemons if other is not daemon]
    settings = {"api": daemon.url, "gateway": daemon.gateway_url, "peers": peers}
    return {"backend": "ipfs", "settings": settings}
