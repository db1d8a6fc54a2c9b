"""The network as a whole: made, started, asked how it is, ended."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coincurve import PrivateKey
from maas_ledger_eth.address import address_of
from maas_ledger_eth.deploying import deploy
from maas_ledger_eth.devnet import geth, peering
from maas_ledger_eth.devnet.genesis import clique_genesis
from maas_ledger_eth.devnet.layout import PARTICIPANTS, PASSPHRASE, Layout, NetworkPlan, SignerPlace
from maas_ledger_eth.devnet.settings import DevnetSettings
from maas_ledger_eth.keystore import LIGHT, new_secret, read, signer_of, write
from maas_ledger_eth.settings import ChainKind, Settings
from maas_ledger_eth.transport.rpc import NoAnswer

from maas_core.devnets.ports import free_ports
from maas_core.devnets.processes import POLL, all_or_none, stop_all
from maas_core.errors import UnavailableError
from maas_core.ports.clock import SystemClock
from maas_core.ports.devnet import ON_LOOPBACK, DevnetAccess, DevnetState, DevnetStatus, Placement
from maas_core.ports.secret import Secret
from maas_core.sealing.private_file import write_private

Progress = Callable[[str], None]
DEVNET_DEPTH = 2
"""Blocks until nodes of a devnet take something for final: nobody attacks a network on one machine."""
CHAIN_ID = 20_220
FUNDS = 10**24
"""Wei of each participant where gas costs something."""
HEAD_START = 5
"""Seconds from making the first block to the time that stands in it: signers must be peers before they seal."""
START_SECONDS, SEAL_SECONDS = 30.0, 60.0
WATCHDOG = "watchdog"


@dataclass(frozen=True, slots=True)
class CliqueDevnet:
    """See `Devnet`."""

    settings: DevnetSettings
    folder: Path
    placement: Placement = ON_LOOPBACK

    @property
    def layout(self) -> Layout:
        """What lies where."""
        return Layout(self.folder)

    def up(self, progress: Progress) -> tuple[DevnetAccess, ...]:
        """Make it if there is none, start what does not run, wait until it seals, deploy the contract."""
        binary = geth.find_geth(self.settings.geth, progress)
        with all_or_none(self.down):
            plan = self.layout.load() or self._make(binary, progress)
            self._start(binary, plan, progress)
            if not plan.contract:
                progress("deploying the contract")
                plan = replace(plan, contract=self._deploy(plan))
                self.layout.save(plan)
        pace = f"a block every {plan.period} s" if plan.period else "a block as transactions come"
        progress(f"up: {len(plan.signers)} signers, {pace}, contract {plan.contract}")
        return tuple(self._access(plan, name) for name in PARTICIPANTS)

    def status(self) -> DevnetStatus:
        """Asked of each process."""
        plan = self.layout.load()
        if plan is None:
            return DevnetStatus(DevnetState.DOWN)
        names = [one.name for one in plan.signers] + ([WATCHDOG] if self.settings.watchdog else [])
        processes = tuple(self.layout.process(name).describe() for name in names)
        if all(one.pid is None for one in processes):
            return DevnetStatus(DevnetState.DOWN, processes)
        silent = [one.name for one in plan.signers if not geth.answers(one)]
        well = not silent and all(one.pid is not None for one in processes)
        detail = f"no answer from {', '.join(silent)}" if silent else f"block {max(self._heights(plan), default=0)}"
        return DevnetStatus(DevnetState.UP if well else DevnetState.DEGRADED, processes, detail)

    def down(self) -> None:
        """End the watchdog, then the signers."""
        plan = self.layout.load()
        self.layout.process(WATCHDOG).stop()
        if plan is not None:
            stop_all([self.layout.process(one.name) for one in plan.signers], patience=20)

    def start_signer(self, name: str) -> None:
        """Start one signer again after it was ended or killed. Raises `UnavailableError`."""
        plan = self.layout.load()
        assert plan is not None
        [signer] = [one for one in plan.signers if one.name == name]
        self._launch(geth.find_geth(self.settings.geth, lambda _: None), plan, signer)
        self._ready(plan, signer)
        self._peered(plan, [signer])

    # Making

    def _make(self, binary: Path, progress: Progress) -> NetworkPlan:
        progress("making keys and the first block")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.layout.passphrase.write_text(PASSPHRASE, "utf-8")
        (self.folder / "keys").mkdir(exist_ok=True)
        for name in PARTICIPANTS:
            if not self.layout.key(name).exists():
                write(self.layout.key(name), new_secret(), PASSPHRASE, LIGHT)
        signers = tuple(self._new_signers())
        price = 0 if self.settings.free_gas else None
        plan = NetworkPlan(CHAIN_ID, self.settings.period, price, signers)
        self._write_genesis(plan)
        for signer in signers:
            geth.initialise(binary, self.layout, signer.name)
        self.layout.save(plan)
        return plan

    def _new_signers(self) -> Iterator[SignerPlace]:
        ports = iter(free_ports(4 * self.settings.signers))
        for number in range(1, self.settings.signers + 1):
            name = f"signer{number}"
            data = self.layout.data(name)
            (data / "keystore").mkdir(parents=True, exist_ok=True)
            secret, node = new_secret(), PrivateKey()
            address = address_of(signer_of(secret).public_key)
            write(data / "keystore" / f"{address.hex()}.json", secret, PASSPHRASE, LIGHT)
            write_private(data / "nodekey", node.secret.hex().encode())
            http, ws, p2p, auth = (next(ports) for _ in range(4))
            node_id = node.public_key.format(compressed=False)[1:].hex()
            host = self.placement.site(name).address
            enode = f"enode://{node_id}@{host}:{p2p}?discport=0"
            yield SignerPlace(name, "0x" + address.hex(), enode, http, ws, p2p, auth, host)

    def _write_genesis(self, plan: NetworkPlan) -> None:
        import json  # noqa: PLC0415 - only here

        balances = {} if self.settings.free_gas else {self._address(name): FUNDS for name in PARTICIPANTS}
        content = clique_genesis(
            [bytes.fromhex(one.address[2:]) for one in plan.signers],
            chain_id=plan.chain_id,
            period=plan.period,
            free_gas=self.settings.free_gas,
            gas_limit=self.settings.gas_limit,
            time=int(time.time()) + HEAD_START,
            balances=balances,
        )
        self.layout.genesis.write_text(json.dumps(content, indent=2) + "\n", "utf-8")

    def _address(self, participant: str) -> bytes:
        secret = read(self.layout.key(participant), Secret(PASSPHRASE))
        return address_of(signer_of(secret).public_key)

    # Starting

    def _start(self, binary: Path, plan: NetworkPlan, progress: Progress) -> None:
        asleep = [one for one in plan.signers if self.layout.process(one.name).pid() is None]
        if asleep:
            progress(f"starting {len(asleep)} signers")
        for signer in asleep:
            self._launch(binary, plan, signer)
        for signer in plan.signers:
            self._ready(plan, signer)
        self._peered(plan, asleep)
        if self.settings.watchdog:
            self._watch()
        if not plan.period:
            return  # it seals when there is a transaction: the deployment is one
        before = max(self._heights(plan), default=-1)

        def seals() -> bool:
            """After kill -9 a signer may be on a branch of its own for some seconds: nobody should find it there."""
            heights = self._heights(plan)
            return bool(heights) and max(heights) > before and max(heights) - min(heights) <= 1

        _wait(seals, SEAL_SECONDS, "no block is sealed", self.layout)

    def _launch(self, binary: Path, plan: NetworkPlan, signer: SignerPlace) -> None:
        command = geth.command_line(binary, self.layout, plan, signer)
        prefix = self.placement.site(signer.name).prefix
        self.layout.process(signer.name).start([*prefix, *command], f"{signer.host}:{signer.http}")

    def _ready(self, plan: NetworkPlan, signer: SignerPlace) -> None:
        self.layout.process(signer.name).wait_ready(lambda: geth.answers(signer), START_SECONDS)
        if plan.gas_price == 0:
            geth.make_free(signer)

    def _peered(self, plan: NetworkPlan, new: Sequence[SignerPlace]) -> None:
        begun = time.monotonic()

        def are_met() -> bool:
            awake = [one for one in plan.signers if self.layout.process(one.name).pid() is not None]
            return peering.are_met(awake, time.monotonic() - begun, new)

        _wait(are_met, peering.LONG_ENOUGH, "the signers do not find each other", self.layout)

    def _heights(self, plan: NetworkPlan) -> list[int]:
        """The newest blocks of all nodes that answer."""
        heights = []
        for one in plan.signers:
            try:
                answer = geth.ask(one, [("eth_blockNumber", [])], 1.0)[0]
            except NoAnswer:
                continue
            heights += [int(answer, 16)] if isinstance(answer, str) else []
        return heights

    def _deploy(self, plan: NetworkPlan) -> str:
        signer = signer_of(read(self.layout.key("board"), Secret(PASSPHRASE)))
        return deploy(self._chain(plan), signer, SystemClock(), SEAL_SECONDS).contract

    def _watch(self) -> None:
        command: list[str | Path] = [*self.placement.site(WATCHDOG).prefix]
        command += [sys.executable, "-m", "maas_ledger_eth.devnet.watchdog", self.folder]
        self.layout.process(WATCHDOG).start(command)

    # Using

    def _chain(self, plan: NetworkPlan) -> Settings:
        """The ledger's settings; `contract` is made up while there is none."""
        return Settings(
            endpoints=tuple(f"http://{one.host}:{one.http}" for one in plan.signers),
            contract=plan.contract or "0x" + "00" * 20,
            chain=ChainKind.CLIQUE,
            chain_id=plan.chain_id,
            gas_price=plan.gas_price,
            fees="legacy" if plan.gas_price == 0 else "auto",
        )

    def _access(self, plan: NetworkPlan, participant: str) -> DevnetAccess:
        """Participants use different signers as their first endpoint: one that is near them, if any is."""
        first = PARTICIPANTS.index(participant) % len(plan.signers)
        near = self.placement.participants.get(participant)
        signers = sorted(plan.signers[first:] + plan.signers[:first], key=lambda one: one.host != near)
        ledger: dict[str, Any] = {
            "endpoints": [f"http://{one.host}:{one.http}" for one in signers],
            "contract": plan.contract,
            "chain": "clique",
            "chain_id": plan.chain_id,
        }
        if plan.gas_price is not None:
            ledger |= {"gas_price": plan.gas_price, "fees": "legacy"}
        signer = {"key": str(self.layout.key(participant)), "passphrase": {"file": str(self.layout.passphrase)}}
        return DevnetAccess(
            participant,
            {
                "ledger": {"backend": "eth", "settings": ledger},
                "signer": {"backend": "keystore", "settings": signer},
                "finality": {"default": {"policy": "depth", "blocks": DEVNET_DEPTH}},
            },
        )


def _wait(holds: Callable[[], bool], seconds: float, otherwise: str, layout: Layout) -> None:
    """Wait until something holds; nodes that do not answer yet count as no. Raises `UnavailableError`."""
    until = time.monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except NoAnswer:
            pass
        if time.monotonic() > until:
            raise UnavailableError(f"{otherwise} after {seconds:g} s; logs are in {layout.folder}")
        time.sleep(POLL)
