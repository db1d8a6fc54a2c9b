"""What terms say of data: how long storages keep them, and where the bytes may lie. Money does not depend on it."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from maas_core.billing.shapes import key

DAY = 86_400
REGION_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
CENTURY = 36_525
"""Days; longer than anything that is rented."""


class Guard(StrEnum):
    """Whom a storage keeps from deleting what is retained."""

    GOVERNANCE = "governance"
    """All but who has a special permission."""
    COMPLIANCE = "compliance"
    """Everybody, the storage's owner included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """How long data are kept, and where they may lie. What is left out is not asked for."""

    batches_days: int = key(
        "Days, from when it is stored, for which a batch of telemetry and what is needed to read it cannot be deleted.",
        default=0,
        low=0,
        high=CENTURY,
    )
    documents_days: int = key(
        "Days, from when it is stored, for which a document of the agreement cannot be deleted: specification, terms, "
        "statements, evidence, rulings, reports.",
        default=0,
        low=0,
        high=CENTURY,
    )
    lock: Guard = key(
        "Against whom: `governance` lets who has a special permission delete, `compliance` nobody.",
        default=Guard.GOVERNANCE,
    )
    regions: tuple[str, ...] = key(
        "Where alone bytes may lie, as storages call their regions; empty: anywhere.",
        default=(),
        most=64,
        pattern=REGION_PATTERN,
    )
    forbidden_regions: tuple[str, ...] = key("Where bytes must not lie.", default=(), most=64, pattern=REGION_PATTERN)

    @property
    def retains(self) -> bool:
        """Whether anything is to be kept from deletion."""
        return bool(self.batches_days or self.documents_days)

    @property
    def places(self) -> bool:
        """Whether it matters where bytes lie."""
        return bool(self.regions or self.forbidden_regions)

    def allows(self, region: str) -> bool:
        """Whether bytes may lie in a region; one that is not told (empty) is none that may be."""
        if not self.places:
            return True
        return bool(region) and region not in self.forbidden_regions and (not self.regions or region in self.regions)


def kept_until(days: int, now: int) -> int | None:
    """The end of a retention that begins now, seconds UTC: that of its last day, so that a day's objects end together.

    None if nothing is to be retained.
    """
    return -(-(now + days * DAY) // DAY) * DAY if days else None


def longest(demands: Collection[Data]) -> Data:
    """The retention that fulfils all of several terms; regions are left out, for each has its own."""
    return Data(
        batches_days=max((one.batches_days for one in demands), default=0),
        documents_days=max((one.documents_days for one in demands), default=0),
    )
