"""anvil as an endpoint over HTTP: a development chain whose blocks and time a test holds in its hand."""

import subprocess
import time
from types import TracebackType
from typing import Any, Self

from maas_ledger_eth.address import signer_address
from maas_ledger_eth.deploying import deploy
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
from tests.support.evm_anvil import find_anvil

START_SECONDS = 20


class Anvil:
    """Use it with `with`; it makes a block of each transaction until it is told otherwise. See `Clock` for its time."""

    def __init__(self, *options: str, gas_price: int = 0) -> None:
        program = find_anvil()
        assert program is not None, "no anvil: run `npm ci` in contracts/"
        [port] = free_ports(1)
        self.url = f"http://127.0.0.1:{port}"
        fees = ("--gas-price", str(gas_price), "--block-base-fee-per-gas", "0", "--hardfork", "london")
        command = [str(program), "--silent", "--port", str(port), *fees, *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._rpc = HttpRpc(self.url)
        self._opened: list[OpenLedger] = []
        self._gas_price = gas_price
        self.contract = ""

    def __enter__(self) -> Self:
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            assert time.monotonic() < until, "anvil does not start"
            time.sleep(0.02)
        board = self.new_signer()
        self.ask("anvil_setBalance", "0x" + signer_address(board).hex(), hex(10**20))
        self.contract = deploy(self.settings(contract="0x" + "00" * 20), board, SystemClock(), 20).contract
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for ledger in self._opened:
            ledger.workflow.close()
        self._rpc.close()
        self._process.kill()
        self._process.wait()

    def settings(self, **changes: Any) -> Settings:
        """As a config has them."""
        told: dict[str, Any] = {
            "endpoints": (self.url,),
            "contract": self.contract,
            "chain": ChainKind.ANVIL,
            "gas_price": self._gas_price,
        }
        return Settings(**(told | {"fees": "legacy"} | changes))

    @staticmethod
    def new_signer() -> Signer:
        """A key of its own."""
        return signer_of(new_secret())

    def open(self, signer: Signer | None = None, **changes: Any) -> OpenLedger:
        """The ledger as somebody sees it; closed with anvil."""
        ledger = open_ledger(self.settings(**changes), context_of(signer or self.new_signer()))
        self._opened.append(ledger)
        return ledger

    def ask(self, method: str, *params: Any) -> Any:
        """One call."""
        return self._rpc.batch([(method, list(params))], 10)[0]

    def mined(self) -> None:
        """Wait until all that was sent is in blocks: that is a moment after it was taken."""
        until = time.monotonic() + START_SECONDS
        while int(self.ask("txpool_status")["pending"], 16):
            assert time.monotonic() < until, "anvil makes no blocks"
            time.sleep(0.005)

    def now(self) -> int:
        """The newest block's time."""
        return int(self.ask("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def monotonic(self) -> float:
        """As the machine has it."""
        return time.monotonic()

    def let_pass(self, seconds: int) -> None:
        """Move its time, and make a block there."""
        self.ask("evm_increaseTime", seconds)
        self.ask("evm_mine")

    def _answers(self) -> bool:
        assert self._process.poll() is None, "anvil ended at once"
        try:
            return isinstance(self._rpc.batch([("eth_chainId", [])], 1)[0], str)
        except NoAnswer:
            return False
