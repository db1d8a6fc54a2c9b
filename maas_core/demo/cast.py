"""Who takes part in the demo."""

from dataclasses import dataclass
from enum import StrEnum

from maas_core.protocol.states import Role


class Name(StrEnum):
    """The participants; each has a node with a database and keys of its own."""

    BOARD = "board"
    OEM = "oem"
    CUSTOMER = "customer"
    NORTH = "maintainer-1"
    SOUTH = "maintainer-2"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class Part:
    """What a participant is on the ledger."""

    party: int
    role: Role
    title: str
    devnet: str
    """What devnets call it."""
    iban: str
    """Where it is paid; made-up accounts with valid check digits."""


CAST: dict[Name, Part] = {
    Name.BOARD: Part(1, Role.BOARD, "Board of the consortium", "board", "DE75512108001245126199"),
    Name.OEM: Part(2, Role.OEM, "Rolling Mills OEM", "oem", "DE89370400440532013000"),
    Name.CUSTOMER: Part(3, Role.CUSTOMER, "Steel plant", "customer", "GB29NWBK60161331926819"),
    Name.NORTH: Part(4, Role.MAINTAINER, "North Maintenance", "maintainer", "FR1420041010050500013M02606"),
    Name.SOUTH: Part(5, Role.MAINTAINER, "South Maintenance", "rival", "NL91ABNA0417164300"),
    Name.AUDITOR: Part(6, Role.AUDITOR, "Independent auditor", "auditor", "BE68539007547034"),
}
