"""Why a ledger refuses a command: the same word on every ledger."""

from dataclasses import dataclass
from enum import IntEnum


class Code(IntEnum):
    """Rejection codes; `docs/protocol.md` tells at which step of the checks each one arises."""

    NOT_AUTHORISED = 1
    """The sender is unknown, or is not the one who may do this (now)."""
    NOT_ACTIVE = 2
    """The sender, or a party that the command names, is not in a state that allows this."""
    UNKNOWN_RECORD = 3
    """A record that the command names does not exist."""
    ALREADY_EXISTS = 4
    """The record that the command would create, or the vote, exists."""
    WRONG_STATE = 5
    """The record (or the deployment, if retired) is in a state that does not allow this."""
    STALE_VERSION = 6
    """The record has changed since the sender saw it."""
    TERMS_MISMATCH = 7
    """The terms named are not the ones registered."""
    SEQUENCE_GAP = 8
    """A number does not follow the last one of its chain."""
    WINDOW_OVERLAP = 9
    """A business time or window begins before the last one of its chain ended."""
    PERIOD_MISMATCH = 10
    """A billing period does not continue where the last one ended, or bills anchors that are not there."""
    NOT_ACCREDITED = 11
    """The maintainer is not accredited by the machine's OEM for its class."""
    BIDDING_OPEN = 12
    """Too early: bids may still come in."""
    BIDDING_CLOSED = 13
    """Too late: bids (or commitments, or reveals) are closed."""
    BAD_REVEAL = 14
    """What was revealed is not what was committed to."""
    INVALID_ARGUMENT = 15
    """An argument is outside its domain, or contradicts another one, the rules or the time."""
    LIMIT_EXCEEDED = 16
    """A bound of the protocol or of the rules is reached."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """The answer to a refused command; `item` is the index of the offending item of a list, else 0."""

    code: Code
    item: int = 0


class Rejected(Exception):
    """Raised within the model by a failed check; `decide` turns it into a `Rejection`."""

    def __init__(self, code: Code, item: int = 0) -> None:
        super().__init__(code.name, item)
        self.rejection = Rejection(code, item)


def require(condition: bool, code: Code, item: int = 0) -> None:
    """Refuse the command with `code` unless `condition` holds."""
    if not condition:
        raise Rejected(code, item)
