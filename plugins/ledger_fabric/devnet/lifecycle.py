"""Onto the channel, and the chaincode onto the peers: what an administrator does with `osnadmin` and `peer`."""

import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from maas_ledger_fabric.devnet.files import run
from maas_ledger_fabric.devnet.plan import CHANNEL, Org, Plan
from maas_ledger_fabric.devnet.tools import Tools

from maas_core.errors import UnavailableError

PATIENCE = 30.0
PAUSE = 0.1
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Definition:
    """A chaincode as organisations agree on it."""

    name: str
    version: str
    sequence: int


class Lifecycle:
    """An administrator of each organisation at work."""

    def __init__(self, plan: Plan, tools: Tools) -> None:
        self._plan = plan
        self._tools = tools

    def join_orderers(self) -> None:
        """Let all orderers serve the channel. Raises `UnavailableError`."""
        numbers = range(1, 1 + len(self._plan.orderers))
        self._for_each(numbers, lambda number: until_done(lambda: self._join_orderer(number)))

    def _join_orderer(self, number: int) -> None:
        tls = self._plan.orderer_crypto(number) / "tls"
        orderer = self._plan.orderers[number - 1]
        access = ["-o", f"{orderer.host}:{orderer.admin}", "--ca-file", tls / "ca.crt"]
        access += ["--client-cert", tls / "server.crt", "--client-key", tls / "server.key"]
        command = [self._tools.command("osnadmin"), "channel", "join", "--channelID", CHANNEL]
        said = run([*command, "--config-block", self._plan.genesis, *access])
        if "Status: 201" not in said and "already exists" not in said:
            raise UnavailableError(f"orderer{number} does not join the channel: {said.strip()}")

    def join_peers(self, orgs: Sequence[Org]) -> None:
        """Let peers follow the channel."""
        self._for_each(orgs, lambda org: until_done(lambda: self._join_peer(org)))

    def _join_peer(self, org: Org) -> None:
        if CHANNEL not in self.peer(org, "channel", "list").split():
            self.peer(org, "channel", "join", "-b", self._plan.genesis)

    def install(self, orgs: Sequence[Org], packages: Sequence[Path]) -> None:
        """Put packages onto peers."""
        pairs = list(zip(orgs, packages, strict=True))
        self._for_each(pairs, lambda pair: self._install(*pair))

    def _install(self, org: Org, package: Path) -> None:
        try:
            self.peer(org, "lifecycle", "chaincode", "install", package)
        except UnavailableError as error:
            if "already successfully installed" not in str(error):
                raise

    def approve(self, orgs: Sequence[Org], packages: Sequence[str], definition: Definition) -> None:
        """Let organisations agree to a definition, each with the package that its peer has."""
        pairs = list(zip(orgs, packages, strict=True))
        self._for_each(pairs, lambda pair: until_done(lambda: self._approve(*pair, definition)))

    def _approve(self, org: Org, package: str, definition: Definition) -> None:
        try:
            self._define(org, "approveformyorg", definition, "--package-id", package)
        except UnavailableError as error:
            if "unchanged content" not in str(error):
                raise

    def commit(self, org: Org, definition: Definition, endorsers: Sequence[Org]) -> None:
        """Put an agreed definition into force."""
        peers: list[str | Path] = []
        for one in endorsers:
            peers += ["--peerAddresses", one.address, "--tlsRootCertFiles", self._plan.tls_ca(one)]

        def commit() -> None:
            if definition.sequence > self.committed(org, definition.name):
                self._define(org, "commit", definition, *peers)

        until_done(commit)

    def committed(self, org: Org, name: str) -> int:
        """The sequence that is in force, 0 if there is none."""
        try:
            said = self.peer(
                org, "lifecycle", "chaincode", "querycommitted", "-C", CHANNEL, "-n", name, "--output", "json"
            )
        except UnavailableError as error:
            if "is not defined" in str(error):
                return 0
            raise
        sequence: int = json.loads(said[said.index("{") :])["sequence"]
        return sequence

    def _define(self, org: Org, action: str, definition: Definition, *more: str | Path) -> None:
        orderer = f"{self._plan.orderers[0].host}:{self._plan.orderers[0].orderer}"
        access: list[str | Path] = ["-o", orderer, "--tls", "--cafile", self._plan.orderer_tls_ca]
        named = ["-C", CHANNEL, "-n", definition.name, "-v", definition.version]
        self.peer(org, "lifecycle", "chaincode", action, *access, *named, "--sequence", str(definition.sequence), *more)

    def peer(self, org: Org, *arguments: str | Path) -> str:
        """Run `peer` as an organisation's administrator against its peer. Raises `UnavailableError`."""
        environment = {
            **os.environ,
            "FABRIC_CFG_PATH": str(self._plan.config_of(f"peer-{org.name}")),
            "FABRIC_LOGGING_SPEC": "ERROR",
            "CORE_PEER_LOCALMSPID": org.msp_id,
            "CORE_PEER_MSPCONFIGPATH": str(self._plan.user_msp(org, "Admin")),
            "CORE_PEER_ADDRESS": org.address,
            "CORE_PEER_TLS_ENABLED": "true",
            "CORE_PEER_TLS_ROOTCERT_FILE": str(self._plan.tls_ca(org)),
        }
        return run([self._tools.command("peer"), *arguments], environment)

    @staticmethod
    def _for_each(items: Sequence[T], act: Callable[[T], None]) -> None:
        with ThreadPoolExecutor(max_workers=max(1, len(items))) as pool:
            for _ in pool.map(act, items):
                pass


def until_done(act: Callable[[], None], patience: float = PATIENCE) -> None:
    """Try again while a network finds itself: no leader yet, a peer not known yet. Raises the last failure."""
    until = time.monotonic() + patience
    while True:
        try:
            act()
        except UnavailableError:
            if time.monotonic() > until:
                raise
            time.sleep(PAUSE)
        else:
            return
