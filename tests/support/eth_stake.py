"""geth as its makers start it for development: rules of proof of stake, with a beacon that geth imitates by itself.

It seals once a second, and calls every thirty-second block final, and all below it.
"""

import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from maas_ledger_eth.address import signer_address
from maas_ledger_eth.deploying import deploy
from maas_ledger_eth.devnet import geth
from maas_ledger_eth.keystore import new_secret, signer_of
from maas_ledger_eth.opening import open_ledger
from maas_ledger_eth.settings import ChainKind, Settings
from maas_ledger_eth.transport.http import HttpRpc
from maas_ledger_eth.transport.rpc import NoAnswer

from maas_core.devnets.ports import free_ports
from maas_core.ports.backends import OpenLedger
from maas_core.ports.clock import SystemClock
from maas_core.ports.signer import Signer
from tests.support.eth import context_of
from tests.support.eth_network import wait

ETHER = 10**18
EPOCH = 32
"""Blocks from one that is called final to the next."""


class Stake:
    """Use it with `with`."""

    def __init__(self) -> None:
        self._port, authority = free_ports(2)
        interfaces = ("--http", "--http.port", str(self._port), "--http.api", "eth,net,web3,debug")
        apart = ("--nodiscover", "--maxpeers", "0", "--port", "0", "--ipcdisable", "--authrpc.port", str(authority))
        command = [
            str(geth.find_geth(None, lambda _: None)),
            "--dev",
            "--dev.period",
            "1",
            *interfaces,
            *apart,
            "--verbosity",
            "1",
        ]
        self._opened = ExitStack()
        self._rpc = HttpRpc(f"http://127.0.0.1:{self._port}")
        self._opened.callback(self._rpc.close)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._opened.callback(process.wait)
        self._opened.callback(process.kill)
        self.contract = "0x" + "00" * 20

    def __enter__(self) -> Self:
        with ExitStack() as unless_it_starts:
            unless_it_starts.push(self._opened)
            wait(self._answers, 30)
            board = signer_of(new_secret())
            self.fund([board])
            self.contract = deploy(self.settings(), board, SystemClock(), 30).contract
            unless_it_starts.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def settings(self) -> Settings:
        """As a config has them: fees as the chain suggests."""
        return Settings((f"http://127.0.0.1:{self._port}",), self.contract, ChainKind.POS, chain_id=1337)

    def open(self, signer: Signer) -> OpenLedger:
        """The ledger as somebody sees it."""
        ledger = open_ledger(self.settings(), context_of(signer))
        self._opened.callback(ledger.workflow.close)
        return ledger

    def fund(self, signers: Sequence[Signer]) -> None:
        """Give keys something to pay with."""
        [rich] = self.ask("eth_accounts")
        for one in signers:
            self.ask("eth_sendTransaction", {"from": rich, "to": "0x" + signer_address(one).hex(), "value": hex(ETHER)})
        last = "0x" + signer_address(signers[-1]).hex()
        wait(lambda: int(self.ask("eth_getBalance", last, "latest"), 16) == ETHER, 20)

    def height(self, tag: str) -> int:
        """Of the block that the chain calls so."""
        return int(self.ask("eth_getBlockByNumber", tag, False)["number"], 16)

    def ask(self, method: str, *params: Any) -> Any:
        """One call."""
        return self._rpc.batch([(method, list(params))], 10)[0]

    def _answers(self) -> bool:
        try:
            return isinstance(self.ask("eth_chainId"), str)
        except NoAnswer:
            return False
