"""The Ethereum Virtual Machine in process, by pyrevm."""

import re

import pyrevm

from tests.support.evm import TRANSACTION_GAS, EvmError, Log, Outcome

_REVERT = re.compile(r"Revert \{ gas_used: (\d+), output: 0x([0-9a-f]*) \}")
_HALT = re.compile(r"Halt \{ reason: .*, gas_used: (\d+) \}")


class RevmEvm:
    """See `Evm`. Blocks exist only as a number and a time."""

    def __init__(self) -> None:
        self._evm = pyrevm.EVM(gas_limit=TRANSACTION_GAS)
        self._number = 0
        self._time = 0
        self._snapshots: dict[int, tuple[pyrevm.JournalCheckpoint, int]] = {}

    def deploy(self, bytecode: bytes, args: bytes, sender: str, time: int) -> str:
        self._next_block(time)
        try:
            return self._evm.deploy(sender, bytecode + args).lower()
        except RuntimeError as error:
            raise EvmError(f"deployment failed: {error}") from error

    def call(self, to: str, data: bytes, sender: str, time: int) -> Outcome:
        self._next_block(time)
        return self._run(to, data, sender, is_static=False)

    def view(self, to: str, data: bytes, sender: str | None = None) -> Outcome:
        return self._run(to, data, sender or f"0x{0:040x}", is_static=True)

    def snapshot(self) -> int:
        token = len(self._snapshots)
        self._snapshots[token] = (self._evm.snapshot(), self._time)
        return token

    def revert(self, snapshot: int) -> None:
        if snapshot not in self._snapshots:
            raise EvmError(f"no snapshot {snapshot}")
        _, time = self._snapshots[snapshot]
        # Each one is a level of call depth, of which there are 1024: none may be left behind.
        for token in sorted((k for k in self._snapshots if k >= snapshot), reverse=True):
            self._evm.revert(self._snapshots.pop(token)[0])
        self._set_block(time)
        self._snapshots[snapshot] = (self._evm.snapshot(), self._time)

    def _next_block(self, time: int) -> None:
        if time < self._time:
            raise EvmError(f"time {time} is before the last block's, {self._time}")
        self._set_block(time)

    def _set_block(self, time: int) -> None:
        self._number += 1
        self._time = time
        self._evm.set_block_env(pyrevm.BlockEnv(number=self._number, timestamp=time))

    def _run(self, to: str, data: bytes, sender: str, *, is_static: bool) -> Outcome:
        try:
            output = self._evm.message_call(sender, to, calldata=data, is_static=is_static)
        except RuntimeError as error:
            return _failure(str(error))
        result = self._evm.result
        assert result is not None
        logs = tuple(_log(log) for log in result.logs)
        return Outcome(ok=True, output=bytes(output), logs=logs, gas_used=result.gas_used)


def _failure(message: str) -> Outcome:
    if revert := _REVERT.fullmatch(message):
        return Outcome(ok=False, output=bytes.fromhex(revert[2]), logs=(), gas_used=int(revert[1]))
    if halt := _HALT.fullmatch(message):
        return Outcome(ok=False, output=b"", logs=(), gas_used=int(halt[1]))
    raise EvmError(message)


def _log(log: pyrevm.Log) -> Log:
    topics, data = log.data
    return Log(log.address.lower(), tuple(bytes(topic) for topic in topics), bytes(data))
