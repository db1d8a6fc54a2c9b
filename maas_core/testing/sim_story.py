"""What the parties of a simulation want to do: plausible commands from what each one sees."""

from collections.abc import Iterator
from itertools import count

from maas_core.protocol import commands as c
from maas_core.protocol.model.overlay import Overlay
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import ActionKind, MachineState, Role, StopCause
from maas_core.protocol.types import ZERO_DIGEST
from maas_core.testing.sim_ledger import SimChain, SimTransaction

BOARD, OEM, CUSTOMER = 1, 2, 3
MACHINES = [number.to_bytes(16, "big") for number in range(1, 4)]
TERMS = b"t" * 32
IDENTITIES = {number: bytes([number]) * 32 for number in (BOARD, OEM, CUSTOMER)}


def founded(chain: SimChain) -> list[tuple[int, bytes]]:
    """Found a deployment with three parties on the first blocks of a chain."""
    rules = Rules(1, 86_400, 100, 3_600, 86_400, 6)
    board = IDENTITIES[BOARD]
    _put(chain, board, c.Found(b"d" * 32, ZERO_DIGEST, b"p" * 32, rules))
    for number, role in ((OEM, Role.OEM), (CUSTOMER, Role.CUSTOMER)):
        action = c.Action(ActionKind.INVITE, number, IDENTITIES[number], role, 0, 0, ZERO_DIGEST)
        _put(chain, board, c.Propose(number.to_bytes(16, "big"), action))
        _put(chain, IDENTITIES[number], c.Join(b"p" * 32))
    return list(IDENTITIES.items())


def _put(chain: SimChain, sender: bytes, command: c.Command) -> None:
    transaction = SimTransaction(b"setup %26d" % len(chain.pool), sender, command, None)
    chain.pool[transaction.id] = transaction
    chain.adopt(chain.mine(chain.head.ref.time + 1))


class Story:
    """One party's wishes."""

    def __init__(self, party: int) -> None:
        self._party = party
        self._ids = count(1)

    def next_id(self) -> bytes:
        """A submission id."""
        return b"%2d%14d" % (self._party, next(self._ids))

    def next_commands(self, seen: Overlay) -> list[c.Command]:
        """At most one command for each machine, by the state that the party sees."""
        return [command for machine in MACHINES for command in self._for_machine(machine, seen)][:2]

    def _for_machine(self, machine: bytes, seen: Overlay) -> Iterator[c.Command]:
        record = seen.get(("machine", machine))
        if record is None:
            if self._party == OEM:
                yield c.RegisterMachine(machine, OEM, CUSTOMER, 1, b"s" * 32, TERMS, 60, 86_400)
        elif self._party == CUSTOMER:
            yield from self._customer(machine, record.state, record.version, record.last_at)

    @staticmethod
    def _customer(machine: bytes, state: int, version: int, at: int) -> Iterator[c.Command]:
        match state:
            case MachineState.REGISTERED:
                yield c.AcceptMachine(machine, version, TERMS)
            case MachineState.ACCEPTED:
                yield c.StartMachine(machine, version, at + 1)
            case MachineState.EXECUTED:
                yield c.StopMachine(machine, version, at + 1, StopCause.OPERATOR, ZERO_DIGEST)
            case MachineState.STOPPED:
                yield c.ResetMachine(machine, version, at + 1)
            case _:
                return
