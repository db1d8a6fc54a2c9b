"""What tests need of an Ethereum Virtual Machine, and the two machines that offer it.

`revm` runs in process: tens of thousands of steps a second, no server, no Node. It always applies the newest
fork's rules, and its gas figures are not those of a receipt, because slots stay warm from step to step.

`anvil` is a process of its own behind a socket: about a thousand steps a second, the rules of the fork that
it is told, one block for each transaction, and gas as in a real receipt. One exception: under `berlin` it refunds
cleared slots by London's rule (EIP-3529), so gas is compared under `london`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

Fork = Literal["berlin", "london"]
Kind = Literal["revm", "anvil"]

TRANSACTION_GAS = 30_000_000


@dataclass(frozen=True, slots=True)
class Log:
    """One event as the machine recorded it."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one transaction; `output` is the return data, or the revert data when not `ok`."""

    ok: bool
    output: bytes
    logs: tuple[Log, ...]
    gas_used: int


class EvmError(Exception):
    """The machine could not do what the test asked for: a mistake of the test, not a rejection."""


class Evm(Protocol):
    """A fresh chain; addresses are lower-case hex with 0x, times are seconds and never go back."""

    def deploy(self, bytecode: bytes, args: bytes, sender: str, time: int) -> str:
        """Create a contract from `bytecode + args` and return its address."""

    def call(self, to: str, data: bytes, sender: str, time: int) -> Outcome:
        """Run one transaction in a block of that time."""

    def view(self, to: str, data: bytes, sender: str | None = None) -> Outcome:
        """Run without changing anything, at the time of the last transaction."""

    def snapshot(self) -> int:
        """Name the present state; it can be returned to more than once."""

    def revert(self, snapshot: int) -> None:
        """Go back to a snapshot, time included; snapshots taken after it are gone."""


def address(number: int) -> str:
    """Give a sender's address for a small number, far from the precompiled contracts."""
    return f"0x{0xACC0_0000_0000 + number:040x}"


@contextmanager
def open_evm(kind: Kind = "revm", fork: Fork = "london") -> Iterator[Evm]:
    """Open a machine and close it after use."""
    if kind == "anvil":
        from tests.support.evm_anvil import AnvilEvm

        with AnvilEvm(fork) as anvil:
            yield anvil
        return
    from tests.support.evm_revm import RevmEvm

    yield RevmEvm()
