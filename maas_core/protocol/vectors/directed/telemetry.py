"""Telemetry: chains of anchors, one and many machines in a command."""

from dataclasses import replace

from maas_core.protocol import commands as c
from maas_core.protocol.rejections import Code
from maas_core.protocol.states import ActionKind, Rule
from maas_core.protocol.types import MAX_ANCHOR_ITEMS
from maas_core.protocol.vectors.cast import DAY, START, name
from maas_core.protocol.vectors.directed.setting import (
    NUMBER,
    RULES,
    accept,
    agreed,
    anchors,
    consortium,
    item,
    register,
)
from maas_core.protocol.vectors.probes import BOARD, probe, propose
from maas_core.protocol.vectors.story import Story

HOUR = 3_600


def stories() -> list[Story]:
    """The roots of this room's vectors."""
    root = consortium()
    ready = agreed(root)
    probe(ready, "customer", anchors(item(1, START - HOUR, START)))
    _chain(ready)
    _corrections(ready)
    _many(ready)
    _limits(ready)
    return [root]


def _chain(ready: Story) -> None:
    story = ready.then("a chain of anchors")
    first = item(1, START - HOUR, START)
    story.refused(Code.NOT_AUTHORISED, "oem", anchors(first), "from the OEM")
    story.refused(Code.SEQUENCE_GAP, "customer", anchors(replace(first, seq=2)), "that skips the first")
    story.refused(Code.SEQUENCE_GAP, "customer", anchors(replace(first, seq=0)), "before the first")
    empty = replace(first, window_to=first.window_from)
    story.refused(Code.INVALID_ARGUMENT, "customer", anchors(empty), "with an empty window")
    back = replace(first, window_from=START, window_to=START - 1)
    story.refused(Code.INVALID_ARGUMENT, "customer", anchors(back), "with a window that runs back")
    regular = replace(first, corrects=1)
    story.refused(Code.INVALID_ARGUMENT, "customer", anchors(regular), "of a regular anchor that corrects")
    story.did("customer", anchors(first))
    story.refused(Code.SEQUENCE_GAP, "customer", anchors(first), "a second time")
    overlap = item(2, START - 1, START + HOUR)
    story.refused(Code.WINDOW_OVERLAP, "customer", anchors(overlap), "with a window that overlaps the last")
    ahead = item(2, START, story.clock + RULES.clock_bound + 1)
    story.refused(Code.LIMIT_EXCEEDED, "customer", anchors(ahead), "further ahead than the clock bound")
    story.did("customer", anchors(item(2, START, START + 1)), "with the next second")
    gap = item(3, START + 100, story.clock + RULES.clock_bound, locator=b"", readings=0)
    story.did("customer", anchors(gap), "after a gap, up to the clock bound, empty")


def _corrections(ready: Story) -> None:
    story = ready.then("corrections")
    early = item(1, START - HOUR, START, kind=2, corrects=1)
    story.refused(Code.INVALID_ARGUMENT, "customer", anchors(early), "that corrects itself")
    story.did("customer", anchors(item(1, START - HOUR, START))).did("customer", anchors(item(2, START, START + 60)))
    late = item(3, START - HOUR, START, kind=2, corrects=1)
    for corrects in (0, 3, 4):
        odd = replace(late, corrects=corrects)
        story.refused(Code.INVALID_ARGUMENT, "customer", anchors(odd), f"as the third that corrects {corrects}")
    beyond = replace(late, window_to=START + 61)
    story.refused(Code.WINDOW_OVERLAP, "customer", anchors(beyond), "of data after the chain's end")
    story.refused(Code.SEQUENCE_GAP, "customer", anchors(replace(late, seq=4)), "of a gap")
    story.did("customer", anchors(late))
    story.did("customer", anchors(replace(late, seq=4, corrects=3, window_to=START + 60)), "of a correction")
    story.did("customer", anchors(item(5, START + 60, START + 61)), "where the last regular one ended")


def _several(ready: Story, *labels: str) -> Story:
    story = ready.then("several machines")
    for label in labels:
        story.did("oem", register(label)).did("customer", accept(label))
    return story


def _many(ready: Story) -> None:
    story = _several(ready, "second", "third")
    story.did("oem", register("not accepted"))
    story.did("trader", register("of another", customer=NUMBER["trader"], oem=NUMBER["oem"]))
    story.did("oem", accept("of another"))
    labels = sorted(("machine", "second", "third"), key=name)
    items = [item(1, START - HOUR, START, label) for label in labels]
    probe(story, "customer", anchors(*items))
    end = story.then("one bad item among three")
    _bad_items(end, items)
    for label, code in (("not accepted", Code.UNKNOWN_RECORD), ("of another", Code.NOT_AUTHORISED)):
        mixed = anchors(*items, item(1, START - HOUR, START, label))
        index = [one.machine for one in mixed.items].index(name(label))
        end.refused(code, "customer", mixed, f"with a machine that is {label}", index)
    end.did("customer", anchors(*items))
    end.refused(Code.SEQUENCE_GAP, "customer", anchors(*items), "a second time")
    end.did("customer", anchors(replace(items[2], seq=2, window_from=START, window_to=START + 1)), "of one")


def _bad_items(story: Story, items: list[c.AnchorItem]) -> None:
    first, second, third = items
    unsorted = c.AnchorTelemetry((first, third, second))
    story.refused(Code.INVALID_ARGUMENT, "customer", unsorted, "with machines out of order", 2)
    twice = c.AnchorTelemetry((first, second, replace(second, seq=2)))
    story.refused(Code.INVALID_ARGUMENT, "customer", twice, "with a machine twice", 2)
    for index, bad in enumerate(items):
        others = list(items)
        others[index] = replace(bad, seq=7)
        story.refused(Code.SEQUENCE_GAP, "customer", c.AnchorTelemetry(tuple(others)), f"with item {index} bad", index)
        others[index] = replace(bad, window_to=story.clock + RULES.clock_bound + 1)
        why = f"with item {index} ahead"
        story.refused(Code.LIMIT_EXCEEDED, "customer", c.AnchorTelemetry(tuple(others)), why, index)
        others[index] = replace(bad, manifest=bytes(32))
        why = f"with item {index} without a manifest"
        story.refused(Code.INVALID_ARGUMENT, "customer", c.AnchorTelemetry(tuple(others)), why, index)
    two_bad = c.AnchorTelemetry((first, replace(second, seq=5), replace(third, kind=3)))
    story.refused(Code.INVALID_ARGUMENT, "customer", two_bad, "for arguments before all records", 2)
    story.refused(Code.NOT_AUTHORISED, "oem", c.AnchorTelemetry((first, replace(second, seq=5))), "from the OEM")


def _limits(ready: Story) -> None:
    first = item(1, START - HOUR, START)
    too_many = c.AnchorTelemetry(
        tuple(replace(first, machine=number.to_bytes(16, "big")) for number in range(1, RULES.anchor_items + 2))
    )
    story = ready.then("as many anchors as the rule allows")
    story.refused(Code.LIMIT_EXCEEDED, "customer", too_many, "with more items than the rule allows")
    most = replace(too_many, items=too_many.items[:-1])
    story.refused(Code.UNKNOWN_RECORD, "customer", most, "with unknown machines")
    rule = propose("one item", ActionKind.SET_RULE, rule=Rule.ANCHOR_ITEMS, value=1)
    story.did(BOARD, rule)
    two = replace(too_many, items=too_many.items[:2])
    story.refused(Code.LIMIT_EXCEEDED, "customer", two, "with two items where the rule allows one")
    story.did("customer", anchors(first))
    bound = propose("an hour", ActionKind.SET_RULE, rule=Rule.CLOCK_BOUND, value=HOUR)
    story.did(BOARD, bound)
    story.did("customer", anchors(item(2, START, story.clock + HOUR)), "as far ahead as the new bound")
    _full_list(ready)


def _full_list(ready: Story) -> None:
    """The longest list that there is, once, on as many machines."""
    story = ready.then("the longest list")
    story.did(BOARD, propose("200 items", ActionKind.SET_RULE, rule=Rule.ANCHOR_ITEMS, value=MAX_ANCHOR_ITEMS))
    labels = sorted((f"unit {number}" for number in range(6)), key=name)
    for label in labels:
        story.did("oem", register(label)).did("customer", accept(label))
    story.wait(DAY)
    items = tuple(item(1, START, START + HOUR, label, locator=bytes(256)) for label in labels)
    story.did("customer", c.AnchorTelemetry(items), "with the longest locators")
