"""Telemetry for the watchdog: what this node took in itself or, where it takes in nothing, what others anchored."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from maas_core.ports.readings import Series
from maas_core.ports.telemetry_source import Signal
from maas_core.protocol.states import AnchorKind

if TYPE_CHECKING:
    from maas_core.node.node import Node

STEP = 7 * 86_400
"""Seconds of a machine's own readings that are looked at in one go; bounds the memory."""


class Feed:
    """Reads series by machine, ascending in time."""

    def __init__(self, node: "Node") -> None:
        self._node = node
        self._anchored_signals: dict[bytes, tuple[int, Mapping[str, Signal]]] = {}
        """By machine, as of the anchor of this number; opening a batch is dear."""

    def signals(self, machine: bytes) -> Mapping[str, Signal]:
        """What the machine's signals mean; empty before there is any telemetry."""
        if machine in self._node.readings.machines():
            return self._node.readings.signals(machine)
        anchors = self._node.telemetry.anchors(machine)
        if not anchors:
            return {}
        known = self._anchored_signals.get(machine)
        if known is None or known[0] != anchors[-1].seq:
            known = (anchors[-1].seq, self._node.telemetry.open(anchors[-1]).signals)
            self._anchored_signals[machine] = known
        return known[1]

    def chunks(self, machine: bytes, time_from: int) -> Iterator[Mapping[str, Series]]:
        """All that is known from `time_from` on, by signal; one chunk's readings are later than the one's before.

        Raises `IntegrityError` for a batch that is not what its anchor says, `UnavailableError`.
        """
        if machine in self._node.readings.machines():
            yield from self._own(machine, time_from)
        else:
            yield from self._anchored(machine, time_from)

    def _own(self, machine: bytes, time_from: int) -> Iterator[Mapping[str, Series]]:
        standing = self._node.readings.standing(machine)
        end = max(standing.pending_to, standing.batched_to)
        for start in range(time_from, end, STEP):
            yield self._node.readings.all(machine, start, min(start + STEP, end))

    def _anchored(self, machine: bytes, time_from: int) -> Iterator[Mapping[str, Series]]:
        anchors = self._node.telemetry.anchors(machine)
        later = [one.seq for one in anchors if one.kind == AnchorKind.REGULAR and one.time_to > time_from]
        if later:
            for batch in self._node.telemetry.batches(machine, later[0]):
                if batch.anchor.kind == AnchorKind.REGULAR:
                    yield batch.series()
