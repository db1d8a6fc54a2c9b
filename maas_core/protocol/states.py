"""Every enumeration of the protocol; each travels and is stored as u8, and 0 is never a member."""

from enum import IntEnum, IntFlag
from typing import Annotated

from maas_core.protocol.types import Uint


class Role(IntFlag):
    """What a party may do; a party may hold several roles."""

    BOARD = 1
    OEM = 2
    CUSTOMER = 4
    MAINTAINER = 8
    AUDITOR = 16


class DeploymentState(IntEnum):
    """A retired deployment takes no more commands."""

    ACTIVE = 1
    RETIRED = 2


class PartyState(IntEnum):
    """SUSPENDED bars new commitments; obligations stay possible."""

    INVITED = 1
    ACTIVE = 2
    SUSPENDED = 3
    REMOVED = 4


class ProposalState(IntEnum):
    """An open proposal past its expiry counts as closed."""

    OPEN = 1
    EXECUTED = 2


class ActionKind(IntEnum):
    """What a proposal does when its last vote arrives."""

    INVITE = 1
    SET_ROLES = 2
    SUSPEND = 3
    REINSTATE = 4
    REMOVE = 5
    REBIND = 6
    SET_RULE = 7
    CLOSE_OUT = 8
    RETIRE = 9


class Rule(IntEnum):
    """The rules that governance can change at run time."""

    QUORUM = 1
    PROPOSAL_LIFETIME = 2
    ANCHOR_ITEMS = 3
    CLOCK_BOUND = 4
    CLOSE_AFTER = 5
    FINALITY_DEPTH = 6


class MachineState(IntEnum):
    """EXECUTED is the only billable state."""

    REGISTERED = 1
    ACCEPTED = 2
    DECLINED = 3
    EXECUTED = 4
    STOPPED = 5
    TERMINATING = 6
    TERMINATED = 7


class StopCause(IntEnum):
    """Why a machine stopped."""

    FAILURE = 1
    QUALITY = 2
    PLANNED = 3
    OPERATOR = 4


class ChangeKind(IntEnum):
    """What an offered change does to the agreement."""

    AMEND = 1
    TERMINATE = 2


class OfferState(IntEnum):
    """The state of a change offer."""

    OFFERED = 1
    ACCEPTED = 2
    WITHDRAWN = 3


class AnchorKind(IntEnum):
    """A CORRECTION adds late data to the window of an earlier anchor."""

    REGULAR = 1
    CORRECTION = 2


class InvoiceKind(IntEnum):
    """PERIOD and FINAL tile a machine's time; SERVICE is any other claim, its subject in the statement."""

    PERIOD = 1
    FINAL = 2
    SERVICE = 3


class InvoiceState(IntEnum):
    """The state of an invoice."""

    ISSUED = 1
    ACCEPTED = 2
    DISPUTED = 3
    SETTLED = 4


class TicketKind(IntEnum):
    """REACTIVE needs a stopped machine."""

    REACTIVE = 1
    PREVENTIVE = 2


class TicketState(IntEnum):
    """OPEN, ASSIGNED and COMPLETED are unfinished."""

    OPEN = 1
    ASSIGNED = 2
    COMPLETED = 3
    CLOSED = 4
    CANCELLED = 5


class SelectionPolicy(IntEnum):
    """How a ticket finds its maintainer."""

    FCFS = 1
    SCORED = 2
    SEALED = 3


class BidState(IntEnum):
    """COMMITTED is a sealed bid that was not revealed yet."""

    COMMITTED = 1
    PLACED = 2


class AttestationKind(IntEnum):
    """What an auditor vouches for."""

    SEAL_INSPECTED = 1
    DEVICE_CALIBRATED = 2
    SITE_VISITED = 3
    DATA_REVIEWED = 4
    OTHER = 5


class Misbehaviour(IntEnum):
    """Why a party's misbehaviour count grew."""

    UNREVEALED_BID = 1
    MISSED_DEADLINE = 2
    LOST_RULING = 3


ALL_ROLES = 31
UNFINISHED = (TicketState.OPEN, TicketState.ASSIGNED, TicketState.COMPLETED)

Roles = Annotated[int, Uint(8, 1, ALL_ROLES)]
"""A non-empty bit mask of `Role`."""
MaybeRoles = Annotated[int, Uint(8, 0, ALL_ROLES)]
ActionKindCode = Annotated[int, Uint(8, 1, 9)]
RuleCode = Annotated[int, Uint(8, 0, 6)]
StopCauseCode = Annotated[int, Uint(8, 1, 4)]
ChangeKindCode = Annotated[int, Uint(8, 1, 2)]
AnchorKindCode = Annotated[int, Uint(8, 1, 2)]
InvoiceKindCode = Annotated[int, Uint(8, 1, 3)]
TicketKindCode = Annotated[int, Uint(8, 1, 2)]
PolicyCode = Annotated[int, Uint(8, 1, 3)]
AttestationKindCode = Annotated[int, Uint(8, 1, 5)]
StateCode = Annotated[int, Uint(8, 1, 7)]
MisbehaviourCode = Annotated[int, Uint(8, 1, 3)]
