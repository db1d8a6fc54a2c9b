"""What the answers of several storages mean together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maas_core.errors import IntegrityError, StoreError, UnavailableError
from maas_core.ports.storage import Missing, ObjectStat
from maas_core.ports.workflow import Unavailable

WRONG_READS = 3
"""How often wrong bytes are fetched again: a bit may have flipped on the way, not on the disk."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A storage gave bytes of another digest."""


Answer = bytes | Missing | Unavailable | StoreError | Wrong
ASK_AGAIN: Literal["ask again"] = "ask again"


def judge(digest: bytes, answers: Sequence[Answer], reads: int) -> Missing | Literal["ask again"]:
    """What answers of all storages mean together when none gave the right bytes.

    Absent is only what every storage says is absent. Raises `IntegrityError` or `StoreError` when asking again would
    not help.
    """
    if any(isinstance(answer, Unavailable) for answer in answers):
        return ASK_AGAIN
    if Missing.NOT_YET in answers:
        return Missing.NOT_YET
    if any(isinstance(answer, Wrong) for answer in answers):
        if reads < WRONG_READS:
            return ASK_AGAIN
        raise damaged(digest)
    for answer in answers:
        if isinstance(answer, StoreError):
            raise answer
    return Missing.ABSENT


def combine(stats: Sequence[tuple[str, ObjectStat]]) -> ObjectStat:
    """One object in several storages, each with its name."""
    places = tuple(f"{name}:{place}" for name, stat in stats for place in stat.locations)
    retained = [stat.retained_until for _, stat in stats if stat.retained_until is not None]
    replicas = sum(stat.replicas for _, stat in stats)
    return ObjectStat(stats[0][1].size, replicas, max(retained, default=None), places)


def damaged(digest: bytes) -> IntegrityError:
    """None of the storages has the right bytes."""
    return IntegrityError(f"object {digest.hex()}: no storage has the right bytes, and at least one has wrong bytes")


def too_late(what: str, digest: bytes, answers: Sequence[Answer]) -> UnavailableError | IntegrityError:
    """The deadline has passed, and these were the last answers."""
    reasons = [answer.reason for answer in answers if isinstance(answer, Unavailable)]
    if not reasons and any(isinstance(answer, Wrong) for answer in answers):
        return damaged(digest)
    detail = "; ".join(reasons) or "the deadline had passed"
    return UnavailableError(f"{what} of object {digest.hex()}: no storage answered in time: {detail}")
