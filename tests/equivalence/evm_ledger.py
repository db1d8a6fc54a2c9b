"""The Solidity contract as a ledger under test, on an Ethereum Virtual Machine in process."""

from collections.abc import Callable, Sequence

from eth_utils.crypto import keccak
from maas_ledger_eth.artifact import load_artifact
from maas_ledger_eth.codec import Codec

from maas_core.protocol.commands import Command
from maas_core.protocol.events import Event
from maas_core.protocol.records import Key, Record
from maas_core.protocol.rejections import Rejection
from tests.equivalence.ledger import Step
from tests.support.evm import Evm, EvmError, Outcome

ADDRESS_SIZE = 20
DEPLOYER = f"0x{0xDE:040x}"

DOUBLE_CREATION = bytes.fromhex("6050 80 6009 3d 39 3d f3")
DOUBLE_BEFORE = bytes.fromhex(
    "36 6040 14 603e 57"  # 64 bytes of call data: go to 3e
    "36 6020 14 6046 57"  # 32 bytes of call data: go to 46
    "36 3d 3d 37 3d 3d 36 3d 73"  # the contract's code, on the storage of this account
)
DOUBLE_AFTER = bytes.fromhex(
    "5a f4 3d 6000 80 3e 3d 6000 91 603b 57 90 fd"  # pass on what it returned
    "5b 90 f3"
    "5b 6020 35 3d 35 55 00"  # 3e: store the second word in the slot that the first one names
    "5b 3d 35 54 3d 52 6020 3d f3"  # 46: return the slot
)
"""An account that runs the contract on its own storage, and besides lets a test read and write that storage.

Call data of 32 or 64 bytes are no call of the contract, so its code can stay as it is.
"""


class EvmLedger:
    """See `LedgerUnderTest`; a sender's address is the end of its 32-byte identity."""

    def __init__(self, evm: Evm) -> None:
        artifact = load_artifact()
        self._codec = Codec(artifact)
        self._evm = evm
        self._time = 0
        contract = evm.deploy(artifact.bytecode, b"", DEPLOYER, self._time)
        self._account = evm.deploy(_double_of(contract), b"", DEPLOYER, self._time)
        self._fresh = self.snapshot()

    def reset(self) -> None:
        self.revert(self._fresh)

    def snapshot(self) -> tuple[int, int]:
        """Name the present state, to go back to."""
        return self._evm.snapshot(), self._time

    def revert(self, snapshot: tuple[int, int]) -> None:
        """Go back to a snapshot; those taken after it are gone."""
        name, self._time = snapshot
        self._evm.revert(name)

    def step(self, command: Command, sender: bytes, time: int, reads: Sequence[Key]) -> Step:
        data = self._codec.encode_command(command)
        outcome = self._evm.call(self._account, data, address_of(sender), time)
        self._time = time
        return Step(self._answer(outcome), {key: self._read(key) for key in reads})

    def overwrite(self, key: Key, field: str, value: int) -> None:
        """Set one stored integer of an existing record directly."""
        slot_of, offset, width = FIELDS[key[0], field]
        slot = slot_of(self, key)
        mask = ((1 << width) - 1) << offset
        changed = self._load(slot) & ~mask | value << offset
        self._evm.call(self._account, _word(slot) + _word(changed), DEPLOYER, self._time)

    def load_party(self, key: Key) -> int:
        """The slot of a party, which is kept under its identity."""
        identity = self._load(_mapped(IDENTITIES, key[1]))
        return _mapped(PARTIES, identity)

    def _load(self, slot: int) -> int:
        return int.from_bytes(self._evm.view(self._account, _word(slot)).output, "big")

    def _answer(self, outcome: Outcome) -> tuple[Event, ...] | Rejection:
        if outcome.ok:
            return tuple(self._event(log.topics, log.data) for log in outcome.logs)
        rejection = self._codec.decode_rejection(outcome.output)
        if rejection is None:
            raise EvmError(f"not a rejection: {outcome.output.hex() or 'nothing'}, {outcome.gas_used} gas")
        return rejection

    def _event(self, topics: Sequence[bytes], data: bytes) -> Event:
        event = self._codec.decode_event(topics, data)
        if event is None:
            raise EvmError(f"not an event of the protocol: {topics}")
        return event

    def _read(self, key: Key) -> Record | None:
        outcome = self._evm.view(self._account, self._codec.encode_read(key))
        if not outcome.ok:
            raise EvmError(f"reading {key} failed: {outcome.output.hex()}")
        return self._codec.decode_record(key, outcome.output)


def address_of(identity: bytes) -> str:
    """The address behind an identity."""
    return f"0x{identity[-ADDRESS_SIZE:].hex()}"


def _double_of(contract: str) -> bytes:
    return DOUBLE_CREATION + DOUBLE_BEFORE + bytes.fromhex(contract.removeprefix("0x")) + DOUBLE_AFTER


# Where `overwrite` writes: the slots of contracts/src/State.sol and the tables of contracts/src/words/

DEPLOYMENT, PARTIES, IDENTITIES, STANDINGS, ACCREDITATIONS, MACHINES, INVOICES = 0, 2, 3, 4, 6, 8, 9
TICKETS = 2
"""The first ticket's slot after a machine's."""


def _mapped(slot: int, key: object) -> int:
    """The slot of a mapping's value; fixed bytes are left-aligned, numbers right-aligned."""
    word = key.ljust(32, b"\0") if isinstance(key, bytes) else _word(int(str(key)))
    return int.from_bytes(keccak(word + _word(slot)), "big")


def _word(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _accreditation(_: EvmLedger, key: Key) -> int:
    return _mapped(ACCREDITATIONS, int(key[1]) << 16 | int(key[2]))


def _ticket(_: EvmLedger, key: Key) -> int:
    return _mapped(MACHINES, key[1]) + TICKETS + 2 * (int(key[2]) - 1)


SlotOf = Callable[[EvmLedger, Key], int]

FIELDS: dict[tuple[object, str], tuple[SlotOf, int, int]] = {
    ("deployment", "parties"): (lambda _, _key: DEPLOYMENT, 194, 16),
    ("party", "version"): (EvmLedger.load_party, 24, 24),
    ("standing", "closed"): (lambda _, key: _mapped(STANDINGS, key[1]), 0, 24),
    ("standing", "misbehaviour"): (lambda _, key: _mapped(STANDINGS, key[1]), 191, 24),
    ("accreditation", "version"): (_accreditation, 0, 32),
    ("machine", "version"): (lambda _, key: _mapped(MACHINES, key[1]), 53, 24),
    ("invoice", "version"): (lambda _, key: _mapped(INVOICES, key[1]), 38, 24),
    ("ticket", "n"): (_ticket, 0, 24),
    ("ticket", "version"): (_ticket, 24, 24),
}
"""(kind, field) -> where its word is, offset and width in bits."""
