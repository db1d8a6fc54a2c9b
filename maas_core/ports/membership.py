"""ConsortiumMembership: who runs the ledger (its signers, its organisations), as opposed to who is a party."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from maas_core.ports.clock import Deadline
from maas_core.ports.workflow import Unavailable


@dataclass(frozen=True, slots=True)
class Member:
    """One of those who run the ledger."""

    name: str
    identity: str
    """The ledger's own way of naming it: an address, an MSP id."""


class ChangeKind(StrEnum):
    """What a draft does."""

    ADMIT = "admit"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class MemberChange:
    """A wanted change of the members."""

    kind: ChangeKind
    member: Member
    material: bytes = b""
    """What the ledger needs to admit the member, e.g. its MSP definition."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A change on its way: a file that members hand round until enough have signed."""

    change: MemberChange
    payload: bytes
    signatures: tuple[tuple[str, bytes], ...] = ()
    """(member identity, signature), one for each member that agreed."""


class DraftState(StrEnum):
    """Where a change stands."""

    COLLECTING = "collecting"
    """More members have to sign."""
    SUBMITTED = "submitted"
    EFFECTIVE = "effective"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DraftStatus:
    """Where a change stands, and what is missing."""

    state: DraftState
    signed_by: tuple[str, ...]
    needed: int
    detail: str = ""


class ConsortiumMembership(Protocol):
    """Who runs the ledger, and how that changes."""

    def members(self, deadline: Deadline) -> Sequence[Member] | Unavailable:
        """All members now."""

    def draft(self, change: MemberChange, deadline: Deadline) -> Draft | Unavailable:
        """Begin a change. Raises `MembershipError` for a change that cannot be or should not be made."""

    def sign(self, draft: Draft, deadline: Deadline) -> Draft | Unavailable:
        """The draft with this member's agreement."""

    def submit(self, draft: Draft, deadline: Deadline) -> DraftStatus | Unavailable:
        """Put a draft with enough agreement into effect."""

    def status(self, draft: Draft, deadline: Deadline) -> DraftStatus | Unavailable:
        """Where a draft stands."""
