"""What blocks that come and go mean for the submissions on their way."""

from collections.abc import Sequence

from maas_core.ledgerio import outbox
from maas_core.ledgerio.queue import Queue
from maas_core.ledgerio.submission import Submission
from maas_core.ports.workflow import EventBlock


def tracked(queue: Queue, drop_above: int | None, blocks: Sequence[EventBlock]) -> dict[int, Submission]:
    """The submissions that are concerned, as they are after blocks above a height were dropped and others added."""
    changed: dict[int, Submission] = {}
    if drop_above is not None:
        changed = {one.seq: outbox.undone(one, drop_above) for one in queue.all()}
    for entry in blocks:
        for one in entry.events:
            seq = queue.seq_of(one.transaction)
            if seq is not None:
                changed[seq] = outbox.included(changed.get(seq, queue[seq]), one.transaction, entry.block)
    return changed
