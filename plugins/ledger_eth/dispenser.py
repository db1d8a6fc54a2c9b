"""Keeps the accounts of parties able to pay, on chains where gas costs something, out of what the board put aside."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from eth_abi.abi import default_codec
from maas_ledger_eth.account import Account
from maas_ledger_eth.address import checksummed, created_address, parse_address, signer_address
from maas_ledger_eth.deploying import included, send
from maas_ledger_eth.ledger import ChainId
from maas_ledger_eth.opening import open_rpc, plain_endpoints
from maas_ledger_eth.settings import Settings
from maas_ledger_eth.transaction import Draft, sign
from maas_ledger_eth.transport.endpoints import Endpoints
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.errors import UnavailableError, UsageError
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.signer import Signer

TOP_UP = "topUp(uint16,address[],uint256)"
CREATION_GAS, BASE_GAS, ACCOUNT_GAS = 1_000_000, 100_000, 60_000
MOST_ACCOUNTS = 100
"""That are topped up by one transaction."""


@dataclass(frozen=True, slots=True)
class ToppedUp:
    """What one look at the accounts led to."""

    low: list[str]
    """Accounts that had less than half of the level, and now have all of it."""
    transaction: bytes = b""


def create_dispenser(settings: Settings, signer: Signer, clock: Clock, seconds: float) -> str:
    """A dispenser for the deployment at `settings.contract`; returns its address. Raises `UnavailableError`."""
    artifact = _artifact()
    code = bytes.fromhex(artifact["bytecode"].removeprefix("0x"))
    code += default_codec.encode(["address"], [settings.contract])
    return checksummed(_transact(settings, signer, clock, seconds, b"", code, CREATION_GAS)[1])


def top_up(
    settings: Settings,
    signer: Signer,
    clock: Clock,
    seconds: float,
    dispenser: str,
    party: int,
    accounts: Sequence[bytes],
    level: int,
) -> ToppedUp:
    """Have the dispenser bring accounts with less than half of `level` wei up to it; `party` is the board's number.

    Raises `UnavailableError`, and `UsageError` if the dispenser refuses: it holds too little, or this is not the board.
    """
    with closing(_endpoints(settings, clock)) as endpoints:
        low = _low(endpoints, accounts, level // 2, Deadline.after(clock, seconds))[:MOST_ACCOUNTS]
    if not low:
        return ToppedUp([])
    selector = bytes.fromhex(_artifact()["functions"][TOP_UP].removeprefix("0x"))
    data = selector + default_codec.encode(["uint16", "address[]", "uint256"], [party, low, level])
    gas = BASE_GAS + ACCOUNT_GAS * len(low)
    transaction, _ = _transact(settings, signer, clock, seconds, parse_address(dispenser), data, gas)
    return ToppedUp([checksummed(one) for one in low], transaction)


def run_periodically(every: float, once: Callable[[], None], stop: Callable[[float], bool]) -> None:
    """Call `once` now and then again every so many seconds, until `stop`, which waits for so long, says so."""
    while True:
        begun = time.monotonic()
        once()
        if stop(max(0.0, every - (time.monotonic() - begun))):
            return


def _transact(
    settings: Settings, signer: Signer, clock: Clock, seconds: float, to: bytes, data: bytes, gas: int
) -> tuple[bytes, bytes]:
    """A transaction in a block: its id, and the address of what it creates. Raises `UnavailableError`, `UsageError`."""
    address, deadline = signer_address(signer), Deadline.after(clock, seconds)
    with closing(_endpoints(settings, clock)) as endpoints:
        try:
            account = Account(address, endpoints, settings, clock)
            market = account.market(deadline)
            if to:
                _require_effect(endpoints, address, to, data, deadline)
            chain_id = ChainId(endpoints, settings.chain_id).value(deadline)
            attempt = sign(Draft(market.nonce, account.offer(market, None), gas, to, data), chain_id, signer)
            send(endpoints, [attempt], deadline)
            included(endpoints, attempt, deadline)
        except NoAnswer as reason:
            raise UnavailableError(str(reason)) from None
    return attempt.transaction, created_address(address, market.nonce)


def _require_effect(endpoints: Endpoints, sender: bytes, to: bytes, data: bytes, deadline: Deadline) -> None:
    call = {"from": "0x" + sender.hex(), "to": "0x" + to.hex(), "data": "0x" + data.hex()}
    answer = endpoints.ask([("eth_call", [call, "latest"])], deadline)[0]
    if not isinstance(answer, Fault):
        return
    names = {selector: name.partition("(")[0] for name, selector in _artifact()["errors"].items()}
    raise UsageError(f"the dispenser refuses: {names.get(answer.data[:10], answer.message)}")


def _low(endpoints: Endpoints, wanted: Sequence[bytes], least: int, deadline: Deadline) -> list[bytes]:
    try:
        found = endpoints.ask([("eth_getBalance", ["0x" + one.hex(), "latest"]) for one in wanted], deadline)
    except NoAnswer as reason:
        raise UnavailableError(str(reason)) from None
    return [one for one, held in zip(wanted, found, strict=True) if isinstance(held, str) and int(held, 16) < least]


def _endpoints(settings: Settings, clock: Clock) -> Endpoints:
    return plain_endpoints([open_rpc(url) for url in settings.endpoints], settings, clock)


def _artifact() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(files(__package__).joinpath("artifacts", "Dispenser.json").read_text("utf-8"))
    return content
