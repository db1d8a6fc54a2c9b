"""A chain within this process, by eth-tester: for tests and first steps, gone with the process."""

import re
from ast import literal_eval
from collections.abc import Mapping, Sequence
from functools import cache
from threading import Lock
from typing import Any

from maas_ledger_eth.recursion import recursion_limit_kept
from maas_ledger_eth.transport.rpc import Call, Fault
from maas_ledger_eth.transport.vendor import EthereumTesterProvider, MethodUnavailable, Web3, Web3Exception

from maas_core.errors import PluginError

TRANSFER_GAS = 21_000
FUNDS = 10**21
"""Wei that an account gets which is used for the first time."""


class ChainInProcess:
    """One chain; every transaction becomes a block at once. See `Rpc`."""

    def __init__(self, name: str) -> None:
        try:
            with recursion_limit_kept():
                from eth_tester.exceptions import (  # type: ignore[import-untyped]  # noqa: PLC0415 - an extra
                    TransactionFailed,
                    ValidationError,
                )
                from eth_utils.exceptions import ValidationError as Invalid  # noqa: PLC0415

                provider = EthereumTesterProvider()
        except ImportError:
            raise PluginError("the chain in this process is not installed: install maas-core[eth-tester]") from None
        self.name = name
        self.contract: str | None = None
        """Where `opening` has put the contract."""
        self._errors = (TransactionFailed, ValidationError, Invalid)
        self._lock = Lock()
        self._tester: Any = provider.ethereum_tester
        web3 = Web3(provider)
        web3.middleware_onion.clear()
        self._ask = provider.request_func(web3, web3.middleware_onion)
        self._rich = str(web3.eth.accounts[0])

    def batch(self, calls: Sequence[Call], seconds: float) -> list[Any]:
        """One after the other; nothing else gets in between."""
        with self._lock:
            return [self._call(method, params) for method, params in calls]

    def fund(self, account: str) -> None:
        """Give an account something to pay its transactions with."""
        request = {"from": self._rich, "to": account, "value": hex(FUNDS), "gas": hex(TRANSFER_GAS)}
        self.batch([("eth_sendTransaction", [request])], 1)

    def travel(self, time: int) -> None:
        """Give the next block this time, seconds UTC."""
        with self._lock:
            self._tester.time_travel(time)

    def close(self) -> None:
        """It lives as long as the process."""

    def _call(self, method: str, params: list[Any]) -> Any:
        try:
            if method == "eth_getLogs" and "blockHash" in params[0]:
                params = [self._by_height(params[0])]
            answer = self._ask(method, params)
        except self._errors as error:
            return Fault(3, str(error), _revert_data(str(error)))
        except MethodUnavailable as error:
            return Fault(-32601, str(error))
        except (Web3Exception, ValueError, TypeError) as error:
            return Fault(-32000, str(error))
        if answer.get("error"):
            return Fault(-32000, str(answer["error"]))
        return _as_json(answer.get("result"))

    def _by_height(self, query: dict[str, Any]) -> dict[str, Any]:
        """eth-tester cannot search a block by its digest; here a height is as good, since blocks never change."""
        block = self._call("eth_getBlockByHash", [query["blockHash"], False])
        left = {key: value for key, value in query.items() if key != "blockHash"}
        return left | {"fromBlock": block["number"], "toBlock": block["number"]}


@cache
def chain_in_process(name: str) -> ChainInProcess:
    """The chain of this name: nodes of one process that name the same one share it."""
    return ChainInProcess(name)


def _as_json(value: Any) -> Any:
    match value:
        case bool() | None | str():
            return value
        case int():
            return hex(value)
        case bytes():
            return "0x" + value.hex()
        case Mapping():
            return {str(key): _as_json(one) for key, one in value.items()}
        case Sequence():
            return [_as_json(one) for one in value]
    return str(value)


def _revert_data(message: str) -> str:
    """The bytes that a contract gave back, which the error tells as Python writes them; else empty."""
    written = re.search(r"b(['\"]).*\1", message, re.DOTALL)
    return "" if written is None else "0x" + bytes(literal_eval(written[0])).hex()
