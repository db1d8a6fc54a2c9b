"""Whether all is there that the ledger names, and how it comes back if not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from maas_core.node.named_objects import Named, NamedObjects
from maas_core.objects.retry import Patience
from maas_core.objects.tiers import Tier
from maas_core.objects.upkeep import HAS_BYTES, Condition, Look, copy_to, good_bytes, look, spread
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import StorageAbility

if TYPE_CHECKING:
    from maas_core.node.node import Node

OBJECT_SECONDS = 60.0
"""How long one object may take in all storages."""

TiersFor = Callable[[bytes | None], tuple[Tier, ...]]
"""All storages, those marked as written that take what belongs to a machine, or to none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An object that is not whole in all storages that should have it."""

    digest: bytes
    what: str
    looks: tuple[Look, ...]


@dataclass(slots=True)
class Report:
    """What an audit or a repair found."""

    objects: int = 0
    by_storage: dict[str, dict[str, int]] = field(default_factory=dict)
    """How many objects are how in each storage."""
    findings: list[Finding] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    """What this party could not look into."""
    repaired: int = 0
    """Copies that were made."""
    failed: list[str] = field(default_factory=list)
    """Copies that could not be made, and why."""

    @property
    def lost(self) -> int:
        """Objects that no storage has whole, nor cold, as far as all storages answered."""
        gone = {Condition.ABSENT, Condition.DAMAGED}
        return sum(1 for one in self.findings if {look.condition for look in one.looks} <= gone)

    def add(self, named: Named, looks: Sequence[Look], expected: frozenset[str]) -> None:
        """Count one object. What a storage does not have that need not have it is not worth a word."""
        told = tuple(one for one in looks if one.storage in expected or one.condition is not Condition.ABSENT)
        self.objects += 1
        for one in told:
            counts = self.by_storage.setdefault(one.storage, {})
            counts[one.condition.value] = counts.get(one.condition.value, 0) + 1
        if not_whole(told, expected):
            self.findings.append(Finding(named.digest, named.what, told))


class Audit:
    """One run over all objects."""

    def __init__(self, node: "Node", tiers_for: TiersFor) -> None:
        self._node = node
        self._tiers_for = tiers_for
        self._patience = Patience()
        self._report = Report()

    def run(self, progress: Callable[[int], None], *, deep: bool, repair: bool) -> Report:
        """Look at every object in every storage, and mend what can be mended if that is wanted."""
        objects = NamedObjects(self._node)
        for done, named in enumerate(objects.all(), start=1):
            tiers = self._tiers_for(named.machine)
            expected = frozenset(tier.name for tier in tiers if tier.written)
            looks = self._looks(tiers, named, deep=deep)
            if repair and not_whole(looks, expected):
                looks = self._mend(tiers, named, looks, deep=deep)
            self._report.add(named, looks, expected)
            progress(done)
        self._report.closed = objects.closed
        return self._report

    def _looks(self, tiers: Sequence[Tier], named: Named, *, deep: bool) -> tuple[Look, ...]:
        until = self._soon()
        return tuple(look(tier, named.digest, self._patience, until, deep=deep) for tier in tiers)

    def _mend(self, tiers: Sequence[Tier], named: Named, looks: Sequence[Look], *, deep: bool) -> tuple[Look, ...]:
        mended = {Condition.DAMAGED, *({Condition.ABSENT} if named.may_be_restored else ())}
        found = good_bytes(_best_first(tiers, looks), named.digest, self._patience, self._soon())
        if found is not None:
            source, data = found
            until = max((one.retained_until or 0 for one in looks), default=0) or None
            for tier, one in zip(tiers, looks, strict=True):
                if tier.written and one.condition in mended:
                    reason = copy_to(tier, source, named.digest, data, until, self._patience, self._soon())
                    self._note(tier, named, reason)
        after = self._looks(tiers, named, deep=deep)
        return tuple(self._spread(tier, named, one) for tier, one in zip(tiers, after, strict=True))

    def _spread(self, tier: Tier, named: Named, one: Look) -> Look:
        """To all places of a storage that can hold several."""
        able = StorageAbility.REPLICAS in tier.storage.profile.abilities
        if one.condition is not Condition.FEWER or not (able and tier.written and named.may_be_restored):
            return one
        after = spread(tier, named.digest, self._patience, self._soon())
        self._report.repaired += max(0, after.places - one.places)
        return one if after.condition is Condition.UNKNOWN else after

    def _note(self, tier: Tier, named: Named, reason: str) -> None:
        if reason:
            self._report.failed.append(f"{named.what} ({named.digest.hex()}) to {tier.name}: {reason}")
        else:
            self._report.repaired += 1

    def _soon(self) -> Deadline:
        return Deadline.after(self._node.clock, OBJECT_SECONDS)


def not_whole(looks: Sequence[Look], expected: frozenset[str]) -> bool:
    """Whether an object is not as it should be in a storage that should have it."""
    return any(one.condition is not Condition.WHOLE for one in looks if one.storage in expected)


def _best_first(tiers: Sequence[Tier], looks: Sequence[Look]) -> list[Tier]:
    by_name = {one.storage: one.condition in HAS_BYTES for one in looks}
    return sorted(tiers, key=lambda tier: not by_name[tier.name])
