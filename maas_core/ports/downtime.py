"""Downtime: when a machine stood still, why, and whose matter it was; maintenance records it, billing counts it."""

from dataclasses import dataclass
from enum import StrEnum

from maas_core.protocol.states import StopCause, TicketKind


class Attribution(StrEnum):
    """Whose matter a downtime was; terms say what follows from each."""

    OEM = "oem"
    CUSTOMER = "customer"
    EXTERNAL = "external"
    """Neither side's, e.g. a power cut."""
    UNKNOWN = "unknown"
    """Nobody has said yet."""


@dataclass(frozen=True, slots=True)
class Downtime:
    """A time in which a machine was STOPPED or, after a reset, waited to be started again."""

    time_from: int
    """Business time, seconds UTC."""
    time_to: int
    """Exclusive."""
    cause: StopCause
    attribution: Attribution
    ticket: tuple[TicketKind, int] | None
    """Kind and number of the ticket that dealt with it."""
    ongoing: bool
    """Whether the machine was not started again before `time_to`."""
