"""Looking at single objects in each storage, and bringing good copies to where there are none.

Nothing is brought back that was released meanwhile: after every copy its source is looked at again.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from maas_core.errors import StoreError, UsageError
from maas_core.objects.retry import Patience
from maas_core.objects.tiers import Tier
from maas_core.ports.clock import Deadline
from maas_core.ports.storage import Missing, ObjectStat, StorageAbility, Stored
from maas_core.ports.workflow import Unavailable


class Condition(StrEnum):
    """How an object is in one storage."""

    WHOLE = "whole"
    """There; its bytes were checked if that was asked for."""
    FEWER = "fewer copies"
    """Whole, in fewer places than the storage is configured with."""
    ABSENT = "absent"
    DAMAGED = "damaged"
    COLD = "cold"
    """There, and it was asked for: bytes can be had later."""
    UNKNOWN = "unknown"
    """The storage did not say."""


HAS_BYTES = (Condition.WHOLE, Condition.FEWER)


@dataclass(frozen=True, slots=True)
class Look:
    """One object in one storage."""

    storage: str
    condition: Condition
    places: int = 0
    retained_until: int | None = None
    """Seconds UTC."""
    detail: str = ""


def look(tier: Tier, digest: bytes, patience: Patience, deadline: Deadline, *, deep: bool) -> Look:
    """How an object is in a storage; `deep` fetches its bytes and checks them, else the storage's word is taken."""
    try:
        if deep:
            data = _bytes(tier, digest, patience, deadline)
            if not isinstance(data, bytes):
                return _without_bytes(tier, data)
            if hashlib.sha256(data).digest() != digest:
                return Look(tier.name, Condition.DAMAGED)
        return _stated(tier, _stat(tier, digest, patience, deadline))
    except StoreError as error:
        return Look(tier.name, Condition.UNKNOWN, detail=str(error))


def good_bytes(
    tiers: Sequence[Tier], digest: bytes, patience: Patience, deadline: Deadline
) -> tuple[Tier, bytes] | None:
    """The right bytes and the first storage that gave them; None if none did."""
    for tier in tiers:
        try:
            data = _bytes(tier, digest, patience, deadline)
        except StoreError:
            continue
        if isinstance(data, bytes) and hashlib.sha256(data).digest() == digest:
            return tier, data
    return None


def copy_to(
    target: Tier, source: Tier, digest: bytes, data: bytes, until: int | None, patience: Patience, deadline: Deadline
) -> str:
    """Bring right bytes to a storage and see that they are there; returns why that cannot be, empty if done.

    `until`: retain them there, if the storage can. If the source has them no longer, they were released: then the
    copy is taken back.
    """
    retain = until if StorageAbility.RETENTION in target.storage.profile.abilities else None
    try:
        stored = _ask_put(target, digest, data, retain, patience, deadline)
        if isinstance(stored, Unavailable):
            return stored.reason
        if source is not target and _stat(source, digest, patience, deadline) is Missing.ABSENT:
            target.storage.release(digest, patience.call_deadline(deadline))
            return "released meanwhile"
        back = _bytes(target, digest, patience, deadline)
    except (StoreError, UsageError) as error:
        return str(error)
    if isinstance(back, bytes):
        return "" if back == data else "it stores other bytes than it is sent"
    return "" if back is Missing.NOT_YET else "it does not have what it took"


def spread(tier: Tier, digest: bytes, patience: Patience, deadline: Deadline) -> Look:
    """Bring an object to all places of a storage that has it."""
    try:
        return _stated(tier, tier.storage.replicate(digest, (), patience.call_deadline(deadline)))
    except (StoreError, UsageError) as error:
        return Look(tier.name, Condition.UNKNOWN, detail=str(error))


def _stat(tier: Tier, digest: bytes, patience: Patience, deadline: Deadline) -> ObjectStat | Missing | Unavailable:
    answer: ObjectStat | Missing | Unavailable = Unavailable("the deadline had passed")
    for number in patience.attempts(deadline):
        answer = tier.storage.stat(digest, patience.call_deadline(deadline))
        if not isinstance(answer, Unavailable) or number == _TRIES:
            break
    return answer


def _bytes(tier: Tier, digest: bytes, patience: Patience, deadline: Deadline) -> bytes | Missing | Unavailable:
    """As the storage gives them; wrong ones are asked for again, for they may have been hurt on the way."""
    answer: bytes | Missing | Unavailable = Unavailable("the deadline had passed")
    for number in patience.attempts(deadline):
        answer = tier.storage.get(digest, patience.call_deadline(deadline))
        right = isinstance(answer, bytes) and hashlib.sha256(answer).digest() == digest
        if right or isinstance(answer, Missing) or number == _TRIES:
            break
    return answer


def _ask_put(
    tier: Tier, digest: bytes, data: bytes, until: int | None, patience: Patience, deadline: Deadline
) -> Stored | Unavailable:
    answer: Stored | Unavailable = Unavailable("the deadline had passed")
    for number in patience.attempts(deadline):
        answer = tier.storage.put(digest, data, until, patience.call_deadline(deadline))
        if isinstance(answer, Stored) or number == _TRIES:
            break
    return answer


_TRIES = 3


def _without_bytes(tier: Tier, answer: Missing | Unavailable) -> Look:
    if isinstance(answer, Unavailable):
        return Look(tier.name, Condition.UNKNOWN, detail=answer.reason)
    return Look(tier.name, Condition.COLD if answer is Missing.NOT_YET else Condition.ABSENT)


def _stated(tier: Tier, stat: ObjectStat | Missing | Unavailable) -> Look:
    if not isinstance(stat, ObjectStat):
        return _without_bytes(tier, stat)
    fewer = stat.replicas < tier.storage.profile.places
    condition = Condition.FEWER if fewer else Condition.WHOLE
    return Look(tier.name, condition, stat.replicas, stat.retained_until)
