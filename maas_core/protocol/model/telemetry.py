"""Telemetry: each machine's gapless chain of anchors."""

from dataclasses import replace

from maas_core.protocol.commands import AnchorItem, AnchorTelemetry
from maas_core.protocol.events import TelemetryAnchored
from maas_core.protocol.model.state import State, engaged_party, existing, rules
from maas_core.protocol.records import AnchorHead
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.schema import domain_check
from maas_core.protocol.states import AnchorKind


def anchor_telemetry(state: State, command: AnchorTelemetry, sender: bytes, time: int) -> tuple[TelemetryAnchored, ...]:
    _require_valid_items(command.items)
    customer = engaged_party(state, sender)
    require(len(command.items) <= rules(state).anchor_items, Code.LIMIT_EXCEEDED)
    latest = time + rules(state).clock_bound
    for index, item in enumerate(command.items):
        _require_next(state, customer.party, item, index, latest)
    return tuple(
        TelemetryAnchored(
            item.machine,
            item.seq,
            item.kind,
            item.corrects,
            item.window_from,
            item.window_to,
            item.readings,
            item.manifest,
            item.locator,
        )
        for item in command.items
    )


def _require_valid_items(items: tuple[AnchorItem, ...]) -> None:
    in_domain = domain_check(AnchorItem)
    previous: bytes | None = None
    for index, item in enumerate(items):
        valid = in_domain(item) and item.window_from < item.window_to and _corrects_validly(item)
        require(valid and (previous is None or previous < item.machine), Code.INVALID_ARGUMENT, index)
        previous = item.machine


def _corrects_validly(item: AnchorItem) -> bool:
    if item.kind == AnchorKind.REGULAR:
        return item.corrects == 0
    return 0 < item.corrects < item.seq


def _require_next(state: State, customer: int, item: AnchorItem, index: int, latest: int) -> None:
    head = existing(state, AnchorHead, ("anchor_head", item.machine), index)
    require(customer == head.customer, Code.NOT_AUTHORISED, index)
    require(not head.closed, Code.WRONG_STATE, index)
    require(item.seq == head.seq + 1, Code.SEQUENCE_GAP, index)
    if item.kind == AnchorKind.REGULAR:
        require(item.window_from >= head.window_to, Code.WINDOW_OVERLAP, index)
        require(item.window_to <= latest, Code.LIMIT_EXCEEDED, index)
    else:
        require(item.window_to <= head.window_to, Code.WINDOW_OVERLAP, index)


# Folds


def telemetry_anchored(state: State, event: TelemetryAnchored) -> State:
    head = state["anchor_head", event.machine]
    window_to = event.window_to if event.kind == AnchorKind.REGULAR else head.window_to
    return state.set(("anchor_head", event.machine), replace(head, seq=event.seq, window_to=window_to))
