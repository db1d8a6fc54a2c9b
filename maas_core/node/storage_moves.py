"""Copies that are made later, and objects that move from one storage to another."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING

from maas_core.errors import UsageError
from maas_core.node.copies import Copies, Due
from maas_core.node.named_objects import Named, NamedObjects
from maas_core.node.storage_audit import OBJECT_SECONDS
from maas_core.objects.retry import Patience
from maas_core.objects.tiers import Tier
from maas_core.objects.upkeep import HAS_BYTES, Condition, copy_to, good_bytes, look
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import ReleaseStatus

if TYPE_CHECKING:
    from maas_core.node.node import Node

PAGE = 256
FORGET_AFTER = 3600
"""Seconds after which an object that the first storage lacks needs no copies: it was not stored, or is released."""


@dataclass(slots=True)
class Moved:
    """What a migration or a copying did."""

    copied: int = 0
    there: int = 0
    """Already."""
    released: int = 0
    left: int = 0
    """Still to be done: a later run does it."""
    failed: list[str] = field(default_factory=list)


class Moves:
    """Brings objects from storage to storage."""

    def __init__(self, node: "Node", tiers: Sequence[Tier], copies: Copies) -> None:
        self._node = node
        self._tiers = tiers
        self._copies = copies
        self._patience = Patience()

    def replicate(self, progress: Callable[[int], None], stop: Event | None) -> Moved:
        """Make all copies that are due, or until `stop` is set."""
        moved, after, done = Moved(), b"", 0
        while page := self._copies.due(PAGE, after):
            for one in page:
                if stop is not None and stop.is_set():
                    return moved
                self._copy_due(one, moved)
                done += 1
                progress(done)
            after = page[-1].digest
        moved.left = self._copies.count()
        return moved

    def migrate(self, source: str, target: str, progress: Callable[[int], None], *, release: bool) -> Moved:
        """Copy every object that the ledger names. Raises `UsageError`."""
        one, other = self._named(source), self._named(target)
        if one is other:
            raise UsageError("objects move between two different storages")
        moved = Moved()
        for done, named in enumerate(NamedObjects(self._node).all(), start=1):
            self._move(named, one, other, moved, release=release)
            progress(done)
        return moved

    def _copy_due(self, one: Due, moved: Moved) -> None:
        """From the storage that was written to first, to all others that were named when it was put."""
        tiers = {tier.name: tier for tier in self._tiers}
        first, others = tiers.get(one.first), [tiers[name] for name in one.others if name in tiers]
        if first is None:
            self._copies.done(one)  # the config no longer has it
            return
        found = good_bytes([first], one.digest, self._patience, self._soon())
        if found is None:
            if self._is_given_up(first, one):
                self._copies.done(one)
            return
        reasons = [self._copy_one(one, first, tier, found[1], moved) for tier in others if tier.written]
        if not any(reasons):
            self._copies.done(one)

    def _copy_one(self, one: Due, first: Tier, tier: Tier, data: bytes, moved: Moved) -> str:
        there = look(tier, one.digest, self._patience, self._soon(), deep=False)
        if there.condition in HAS_BYTES and (there.retained_until or 0) >= (one.retain_until or 0):
            moved.there += 1
            return ""
        reason = copy_to(tier, first, one.digest, data, one.retain_until, self._patience, self._soon())
        moved.copied += not reason
        if reason:
            moved.failed.append(f"{one.digest.hex()} to {tier.name}: {reason}")
        return reason

    def _is_given_up(self, first: Tier, one: Due) -> bool:
        """Whether the first storage does not have, nor soon will have, an object that was to be copied."""
        found = look(first, one.digest, self._patience, self._soon(), deep=False)
        return found.condition is Condition.ABSENT and self._node.clock.now() - one.added > FORGET_AFTER

    def _move(self, named: Named, source: Tier, target: Tier, moved: Moved, *, release: bool) -> None:
        at_target = look(target, named.digest, self._patience, self._soon(), deep=False)
        at_source = look(source, named.digest, self._patience, self._soon(), deep=False)
        if at_target.condition in HAS_BYTES:
            moved.there += 1
        elif not self._bring(named, source, target, at_source.retained_until, moved):
            return
        if release and at_source.condition in HAS_BYTES:
            self._let_go(named, source, target, moved)

    def _bring(self, named: Named, source: Tier, target: Tier, until: int | None, moved: Moved) -> bool:
        """Whether the target has it now. An envelope that may be destroyed comes from the source or not at all."""
        others = self._tiers if named.may_be_restored else ()
        found = good_bytes([source, *others], named.digest, self._patience, self._soon())
        reason = "no storage has it whole"
        if found is not None:
            reason = copy_to(target, found[0], named.digest, found[1], until, self._patience, self._soon())
        if reason:
            moved.failed.append(f"{named.what} ({named.digest.hex()}): {reason}")
            return False
        moved.copied += 1
        return True

    def _let_go(self, named: Named, source: Tier, target: Tier, moved: Moved) -> None:
        """Release at the source what the target gives back whole."""
        if look(target, named.digest, self._patience, self._soon(), deep=True).condition not in HAS_BYTES:
            moved.failed.append(f"{named.what} ({named.digest.hex()}): {target.name} does not give it back; kept")
            return
        status = source.storage.release(named.digest, self._soon())
        if status is ReleaseStatus.RELEASED:
            moved.released += 1
        elif status is not ReleaseStatus.ABSENT:
            moved.left += 1

    def _named(self, name: str) -> Tier:
        for tier in self._tiers:
            if tier.name == name:
                return tier
        raise UsageError(f"there is no storage {name!r}; the config has {', '.join(t.name for t in self._tiers)}")

    def _soon(self) -> Deadline:
        return Deadline.after(self._node.clock, OBJECT_SECONDS)
