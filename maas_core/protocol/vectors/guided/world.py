"""The state as the generator looks at it: records by kind, in an order that does not depend on hashing."""

from functools import cached_property
from typing import Any

from maas_core.protocol.commands import Selection
from maas_core.protocol.records import (
    Accreditation,
    BidRecord,
    ChangeOffer,
    Deployment,
    Invoice,
    Machine,
    Party,
    Proposal,
    Record,
    Ticket,
)
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import MachineState, PartyState, Role, TicketState
from maas_core.protocol.types import FOUNDER, ZERO_DIGEST, ZERO_ID
from maas_core.protocol.vectors.cast import digest, identity, name
from maas_core.protocol.vectors.story import Records, sort_key

LABELS = tuple(f"p{number}" for number in range(1, 101))
"""Whoever may send; the first founds the deployment."""
LABEL_OF = {identity(label): label for label in LABELS}
NOBODY = 60_000
"""A party that does not exist."""
BITS = tuple((role, int(role)) for role in Role)
GHOST_MACHINE = Machine(name("ghost"), 2, 3, 2, 1, MachineState.REGISTERED, 1, digest("ghost"), 0, ZERO_DIGEST, 0, 0)
NO_SELECTION = Selection(1, 0, 0, 0, 0, 0, 0, 0, 0)
GHOST_TICKET = Ticket(name("ghost"), 1, 1, 2, 1, 3, 4, TicketState.OPEN, 1, NO_SELECTION, 0, 0, 0, 0, ZERO_DIGEST, 0)
GHOST_OFFER = ChangeOffer(name("ghost"), 1, 2, 1, 1, ZERO_DIGEST, 0)
GHOST_INVOICE = Invoice(name("ghost"), 2, 3, 1, 0, 1, 1, 0, 0, 0, 0, ZERO_ID, ZERO_ID, 0, 0, 0, 0, 1, ZERO_DIGEST)
GHOST_PARTY = Party(NOBODY, identity("nobody"), PartyState.INVITED, Role.MAINTAINER, 1, ZERO_DIGEST)


class World:
    """What is there at a moment."""

    def __init__(self, state: Records, now: int) -> None:
        self.state = state
        self.now = now
        found: dict[type[Any], list[tuple[tuple[str, ...], Any]]] = {}
        for key, record in state.items():
            if isinstance(record, Record):
                found.setdefault(type(record), []).append((sort_key(key), record))
        self._records = {kind: [one for _, one in sorted(entries)] for kind, entries in found.items()}

    def all(self, kind: type[Any]) -> list[Any]:
        """All records of a kind, by key."""
        return self._records.get(kind, [])

    @property
    def deployment(self) -> Deployment:
        """The deployment, once it is founded."""
        found: Deployment = self.state["deployment",]
        return found

    @property
    def rules(self) -> Rules:
        """The rules in force."""
        return self.deployment.rules

    @cached_property
    def parties(self) -> list[Party]:
        """All parties."""
        return self.all(Party)

    @cached_property
    def machines(self) -> list[Machine]:
        """All machines."""
        return self.all(Machine)

    @cached_property
    def offers(self) -> list[ChangeOffer]:
        """All change offers."""
        return self.all(ChangeOffer)

    @cached_property
    def invoices(self) -> list[Invoice]:
        """All invoices."""
        return self.all(Invoice)

    @cached_property
    def tickets(self) -> list[Ticket]:
        """The last ticket of each kind on each machine."""
        return self.all(Ticket)

    @cached_property
    def proposals(self) -> list[Proposal]:
        """All proposals."""
        return self.all(Proposal)

    @cached_property
    def _active(self) -> dict[Role, list[int]]:
        active = [party for party in self.parties if party.state == PartyState.ACTIVE]
        return {role: [party.party for party in active if int(party.roles) & bit] for role, bit in BITS}

    def active(self, role: Role) -> list[int]:
        """The active parties with a role."""
        return self._active[role]

    def is_active(self, party: int) -> bool:
        """Whether a party may enter commitments."""
        record = self.state.get(("party", party))
        return record is not None and record.state == PartyState.ACTIVE

    def is_engaged(self, party: int) -> bool:
        """Whether a party may fulfil obligations."""
        record = self.state.get(("party", party))
        return record is not None and record.state in (PartyState.ACTIVE, PartyState.SUSPENDED)

    def engaged(self, *parties: int) -> list[int]:
        """Those of the parties that may fulfil obligations."""
        return [party for party in parties if self.is_engaged(party)]

    def label(self, party: int) -> str:
        """How a party signs; the label of nobody if it does not exist or its identity is made up."""
        record = self.state.get(("party", party))
        if record is None:
            return LABELS[0] if party == FOUNDER else LABELS[-1]
        return LABEL_OF.get(record.identity, LABELS[-1])

    def machine(self, machine: bytes) -> Machine:
        """A machine, or the ghost under another name."""
        found: Machine = self.state.get(("machine", machine), GHOST_MACHINE)
        return found

    def accreditation(self, oem: int, machine_class: int) -> Accreditation:
        """An accreditation, empty if there is none."""
        none = Accreditation(oem, machine_class, 0, ())
        found: Accreditation = self.state.get(("accreditation", oem, machine_class), none)
        return found

    def may_serve(self, ticket: Ticket) -> list[int]:
        """The accredited maintainers of a ticket that are active."""
        maintainers = self.accreditation(ticket.oem, ticket.machine_class).maintainers
        return [party for party in maintainers if party in self.active(Role.MAINTAINER)]

    def bid(self, ticket: Ticket, party: int) -> BidRecord | None:
        """A party's bid on a ticket."""
        found: BidRecord | None = self.state.get(("bid", ticket.machine, ticket.kind, ticket.n, party))
        return found
