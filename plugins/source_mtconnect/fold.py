"""Lines of an adapter as readings. Pure: what one page has to tell the next is in `State`.

A reading has the time of a whole second. Of several observations of one data item within a second the last one is the
reading, since it is what holds from then on; the others are told as dropped. So the latest observation of each item is
held back until one of another second follows, or until the input ends.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

import numpy as np
from maas_source_mtconnect.devices import Device, Item, Kind
from maas_source_mtconnect.settings import Rounding
from maas_source_mtconnect.shdr import MULTILINE, NOT_READINGS, TICKS, Field, number, parts_of, split
from maas_source_mtconnect.vocabulary import CONDITION

from maas_core.ports.readings import Quality, Readings
from maas_core.ports.telemetry_source import Dropped

UNAVAILABLE = "UNAVAILABLE"
HOLD = 2 * TICKS
"""How far the stream has to be past a second before what is held back of it is given out."""
LONGEST_SHOWN = 40

SILENCE = ""
"""The place of what no line told."""

Held = tuple[int, int, int, str]
"""Ticks, value, quality, place."""


@dataclass(slots=True)
class State:
    """What was read and is not told yet."""

    held: dict[str, Held] = field(default_factory=dict)
    """By signal."""
    active: dict[str, dict[str, int]] = field(default_factory=dict)
    """The levels above normal of each condition, by native code."""
    latest: int = 0
    """The latest time that was seen, in ticks."""
    asset: str = ""
    """What ends the asset that is being read."""
    seen: list[str] = field(default_factory=list)
    """Signals that had a value."""

    def text(self) -> str:
        """For the next page."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> "State":
        """What `text` gave; the beginning if it is empty."""
        if not text:
            return cls()
        told = json.loads(text)
        held = {name: (int(one[0]), int(one[1]), int(one[2]), str(one[3])) for name, one in told.pop("held").items()}
        return cls(held=held, **told)


@dataclass(slots=True)
class Fold:
    """Takes lines one by one."""

    device: Device
    rounding: Rounding
    state: State
    _rows: list[tuple[int, int, int, int]] = field(default_factory=list)
    _dropped: list[Dropped] = field(default_factory=list)
    _numbers: dict[str, int] = field(default_factory=dict)

    def line(self, text: str, place: str) -> None:
        """One line without its end."""
        state = self.state
        if state.asset:
            state.asset = "" if text.strip() == state.asset else state.asset
            return
        if not text.strip() or text.startswith("*"):
            return
        _, _, rest = text.partition("|")
        if rest.startswith("@"):
            last = text.rsplit("|", 1)[-1].strip()
            state.asset = last if last.startswith(MULTILINE) else ""
            self._drop(place, "is about an asset, which is no reading", rest.split("|")[0])
            return
        self._observations(text, place)

    def _observations(self, text: str, place: str) -> None:
        line = split(text, self._kind)
        if line.ticks is None:
            count = max(1, len(line.fields))
            self._drop(place, "has no time that can be read", text, count)
            return
        self.state.latest = max(self.state.latest, line.ticks)
        for one in line.fields:
            self._observation(one, line.ticks, f"{place} {one.key}")
        for stray in line.stray:
            self._drop(place, "is a key without a value", stray)

    def _kind(self, key: str) -> Kind | None:
        item = self._item(key)
        return None if item is None else item.kind

    def _item(self, key: str) -> Item | None:
        device, colon, name = key.partition(":")
        if colon and device in {self.device.name, self.device.uuid}:
            return self.device.items.get(name)
        return self.device.items.get(key)

    def _observation(self, one: Field, ticks: int, place: str) -> None:
        item = self._item(one.key)
        text = one.values[0].strip()
        if item is None:
            self._drop(place, "is no data item of the device", text)
        elif not item.wanted:
            self._drop(place, "is not among the items of the settings", text, max(1, len(item.signals)))
        elif item.kind in NOT_READINGS:
            self._drop(place, NOT_READINGS[item.kind], text)
        elif item.kind is Kind.CONDITION:
            self._condition(item, one, ticks, place)
        elif text.upper() == UNAVAILABLE:
            for signal in item.signals:
                self._hold(signal.name, (ticks, 0, Quality.UNAVAILABLE, place + signal.name.removeprefix(item.name)))
        elif item.kind is Kind.STATE:
            self._state(item, text, ticks, place)
        else:
            self._measured(item, text, ticks, place)

    def _condition(self, item: Item, one: Field, ticks: int, place: str) -> None:
        """The level of a condition is the worst of those that are active under any native code."""
        level, code = one.values[0].strip().upper(), one.values[1].strip() if len(one.values) > 1 else ""
        active = self.state.active.setdefault(item.name, {})
        if level == UNAVAILABLE:
            active.clear()
            self._hold(item.name, (ticks, 0, Quality.UNAVAILABLE, place))
            return
        if level not in CONDITION:
            self._drop(place, f"is none of {', '.join(CONDITION)}", level)
            return
        if level == CONDITION[0] and not code:
            active.clear()
        elif level == CONDITION[0]:
            active.pop(code, None)
        else:
            active[code] = CONDITION.index(level)
        self._hold(item.name, (ticks, max(active.values(), default=0), Quality.GOOD, place))

    def _state(self, item: Item, text: str, ticks: int, place: str) -> None:
        if text in item.words:
            self._hold(item.name, (ticks, item.words.index(text), Quality.GOOD, place))
        else:
            self._drop(place, "is empty" if not text else f"is none of {', '.join(item.words)}", text)

    def _measured(self, item: Item, text: str, ticks: int, place: str) -> None:
        signals = item.signals
        values = [number(part, item, self.rounding) for part in parts_of(item, text)] if text else []
        wrong = next((one for one in values if isinstance(one, str)), "" if text else "is empty")
        if not wrong and len(values) != len(signals):
            wrong = f"has {len(values)} numbers, not {len(signals)}"
        if wrong:
            self._drop(place, wrong, text, len(signals))
            return
        for signal, value in zip(signals, values, strict=True):
            assert isinstance(value, int)
            self._hold(signal.name, (ticks, value, Quality.GOOD, place + signal.name.removeprefix(item.name)))

    def _hold(self, signal: str, new: Held) -> None:
        old = self.state.held.get(signal)
        same = old is not None and old[0] // TICKS == new[0] // TICKS
        if old is None or (old[3] == SILENCE and (same or new[0] <= old[0])):
            self.state.held[signal] = new
            return
        if same:
            new, old = (new, old) if new[0] >= old[0] else (old, new)
            self._drop(old[3], "another value follows in the same second", "")
        else:
            self._give(signal, old)
        self.state.held[signal] = new

    def _give(self, signal: str, one: Held) -> None:
        number = self._numbers.setdefault(signal, len(self._numbers))
        self._rows.append((number, one[0] // TICKS, one[1], one[2]))

    def _drop(self, place: str, reason: str, text: str, values: int = 1) -> None:
        self._dropped.append(Dropped(place, reason, values, self.device.name, text[:LONGEST_SHOWN]))

    def silence(self) -> None:
        """Nobody listened for a while: what had a value has none, unless the adapter says that it still holds."""
        known = {*self.state.seen, *self.state.held}
        self.flush()
        for signal in known:
            self.state.held[signal] = (self.state.latest + 1, 0, Quality.UNAVAILABLE, SILENCE)
        self.state.active.clear()

    def settle(self) -> None:
        """Give out what the stream has gone past."""
        self._release([name for name, one in self.state.held.items() if one[0] + HOLD <= self.state.latest])

    def flush(self) -> None:
        """Give out all that is held back: nothing follows."""
        self._release(list(self.state.held))

    def _release(self, names: Iterable[str]) -> None:
        for name in names:
            self._give(name, self.state.held.pop(name))

    def taken(self) -> tuple[Readings, tuple[Dropped, ...]]:
        """What has been given out since the beginning, and what was dropped."""
        self.state.seen = sorted({*self.state.seen, *self._numbers})
        columns = np.array(self._rows, np.int64).reshape(-1, 4)
        found = Readings(
            machines=(self.device.name,),
            signals=tuple(self._numbers),
            machine=np.zeros(len(columns), np.int32),
            signal=columns[:, 0].astype(np.int32),
            time=columns[:, 1],
            value=columns[:, 2],
            quality=columns[:, 3].astype(np.uint8),
        )
        return found, tuple(self._dropped)
