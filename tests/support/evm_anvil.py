"""The Ethereum Virtual Machine as a process of its own, by Foundry's anvil: true fork rules and receipts."""

import json
import socket
import subprocess
import tempfile
import time as clock
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.evm import TRANSACTION_GAS, EvmError, Fork, Log, Outcome

_MODULES = Path(__file__).resolve().parents[2] / "contracts" / "node_modules"
_START_SECONDS = 10.0
_REPLY_SECONDS = 30.0


def find_anvil() -> Path | None:
    """Return the program that `npm ci` put into contracts/, or None."""
    return next(iter(sorted(_MODULES.glob("@foundry-rs/anvil-*/bin/anvil*"))), None)


class AnvilEvm:
    """See `Evm`. One block for each transaction, gas price 0, any address may send."""

    def __init__(self, fork: Fork) -> None:
        program = find_anvil()
        if program is None:
            raise EvmError("no anvil: run `npm ci` in contracts/")
        self._folder = tempfile.TemporaryDirectory(prefix="maas-anvil-")
        path = Path(self._folder.name) / "rpc"
        self._process = subprocess.Popen(_command(program, fork, path), stdout=subprocess.DEVNULL)
        self._rpc = _Rpc(path, self._process)
        self._time = 0
        self._snapshots: dict[int, tuple[str, int]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rpc.close()
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()

    def deploy(self, bytecode: bytes, args: bytes, sender: str, time: int) -> str:
        receipt = self._transact({"from": sender, "data": _hex(bytecode + args)}, time)
        if receipt["status"] != "0x1":
            raise EvmError("deployment failed")
        return str(receipt["contractAddress"]).lower()

    def call(self, to: str, data: bytes, sender: str, time: int) -> Outcome:
        receipt = self._transact({"from": sender, "to": to, "data": _hex(data)}, time)
        trace = self._rpc.ask("debug_traceTransaction", receipt["transactionHash"], {"tracer": "callTracer"})
        return Outcome(
            ok=receipt["status"] == "0x1",
            output=_bytes(trace.get("output", "0x")),
            logs=tuple(_log(log) for log in receipt["logs"]),
            gas_used=int(receipt["gasUsed"], 16),
        )

    def view(self, to: str, data: bytes, sender: str | None = None) -> Outcome:
        request = {"from": sender or f"0x{0:040x}", "to": to, "data": _hex(data)}
        reply = self._rpc.send("eth_call", request, "latest", {}, {"time": hex(self._time)})
        if "error" not in reply:
            return Outcome(ok=True, output=_bytes(reply["result"]), logs=(), gas_used=0)
        if "data" not in reply["error"]:
            raise EvmError(str(reply["error"]))
        return Outcome(ok=False, output=_bytes(reply["error"]["data"]), logs=(), gas_used=0)

    def snapshot(self) -> int:
        token = len(self._snapshots)
        self._snapshots[token] = (self._rpc.ask("evm_snapshot"), self._time)
        return token

    def revert(self, snapshot: int) -> None:
        if snapshot not in self._snapshots:
            raise EvmError(f"no snapshot {snapshot}")
        name, self._time = self._snapshots[snapshot]
        self._rpc.ask("evm_revert", name)
        self._snapshots = {k: v for k, v in self._snapshots.items() if k < snapshot}
        self._snapshots[snapshot] = (self._rpc.ask("evm_snapshot"), self._time)

    def _transact(self, request: dict[str, str], time: int) -> dict[str, Any]:
        request |= {"gas": hex(TRANSACTION_GAS), "gasPrice": "0x0"}
        sent = self._rpc.ask("eth_sendTransaction", request)
        if time == self._time:
            self._rpc.ask("anvil_setBlockTimestampInterval", 0)
            self._rpc.ask("evm_mine")
            self._rpc.ask("anvil_removeBlockTimestampInterval")
        else:
            self._rpc.ask("evm_mine", time)
        self._time = time
        receipt: dict[str, Any] = self._rpc.ask("eth_getTransactionReceipt", sent)
        return receipt


class _Rpc:
    """JSON-RPC over a Unix socket, one request at a time."""

    def __init__(self, path: Path, process: subprocess.Popen[bytes]) -> None:
        self._socket = _connect(path, process)
        self._buffer = ""
        self._id = 0

    def ask(self, method: str, *params: Any) -> Any:
        reply = self.send(method, *params)
        if "error" in reply:
            raise EvmError(f"{method}: {reply['error']}")
        return reply["result"]

    def send(self, method: str, *params: Any) -> dict[str, Any]:
        self._id += 1
        request = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        self._socket.sendall(json.dumps(request).encode())
        return self._receive()

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> dict[str, Any]:
        while True:
            try:
                reply, end = json.JSONDecoder().raw_decode(self._buffer)
            except ValueError:
                chunk = self._socket.recv(1 << 16)
                if not chunk:
                    raise EvmError("anvil went away") from None
                self._buffer += chunk.decode()
            else:
                self._buffer = self._buffer[end:].lstrip()
                return dict(reply)


def _connect(path: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    end = clock.monotonic() + _START_SECONDS
    while clock.monotonic() < end and process.poll() is None:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            clock.sleep(0.01)
        else:
            connection.settimeout(_REPLY_SECONDS)
            return connection
    process.kill()
    process.wait()
    raise EvmError("anvil did not start")


def _command(program: Path, fork: Fork, path: Path) -> list[str]:
    fees = ["--gas-price", "0", "--block-base-fee-per-gas", "0"]
    chain = ["--hardfork", fork, "--timestamp", "0", "--gas-limit", str(10 * TRANSACTION_GAS), "--no-mining"]
    return [str(program), "--quiet", "--port", "0", "--ipc", str(path), "--auto-impersonate", *fees, *chain]


def _log(log: dict[str, Any]) -> Log:
    return Log(log["address"].lower(), tuple(_bytes(topic) for topic in log["topics"]), _bytes(log["data"]))


def _hex(data: bytes) -> str:
    return "0x" + data.hex()


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))
