"""Data items of a device, from its `Devices.xml`."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

from maas_source_mtconnect.settings import Settings
from maas_source_mtconnect.units import factor, ucum
from maas_source_mtconnect.vocabulary import CONDITION, NUMERIC, WORDS

from maas_core.errors import UsageError
from maas_core.ports.telemetry_source import Signal

AXES = (".x", ".y", ".z")


class Kind(Enum):
    """How a data item's values are read."""

    NUMBER = "number"
    VECTOR = "vector"
    """Three numbers with spaces between them."""
    STATE = "state"
    CONDITION = "condition"
    TEXT = "text"
    """Not a reading."""
    MESSAGE = "message"
    """Not a reading, and of two fields."""
    SERIES = "series"
    """Not a reading, and of three fields."""


@dataclass(frozen=True, slots=True)
class Item:
    """One data item."""

    name: str
    """As the adapter calls it: its name, else its id."""
    kind: Kind
    unit: str
    decimals: int
    words: tuple[str, ...]
    factor: Fraction
    """What a value is multiplied by."""
    wanted: bool

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The signals that it gives: none for text, three for a vector."""
        if self.kind is Kind.VECTOR:
            return tuple(Signal(f"{self.name}{axis}", self.unit, self.decimals) for axis in AXES)
        if self.kind in {Kind.NUMBER, Kind.STATE, Kind.CONDITION}:
            return (Signal(self.name, self.unit, self.decimals, self.words),)
        return ()


@dataclass(frozen=True, slots=True)
class Device:
    """A device and its data items."""

    name: str
    uuid: str
    items: dict[str, Item]
    """By every name that an adapter may use: name, id and source."""

    def signals(self) -> tuple[Signal, ...]:
        """All signals that readings may name."""
        wanted = {one.name: one for one in self.items.values() if one.wanted}
        return tuple(signal for one in wanted.values() for signal in one.signals)


def read_device(settings: Settings) -> Device:
    """The device that the settings name. Raises `UsageError`."""
    found = [one for one in _root(settings.devices).iter() if _tag(one) == "Device"]
    chosen = [one for one in found if settings.device in {"", one.get("name"), one.get("uuid"), one.get("id")}]
    if len(chosen) != 1:
        told = ", ".join(str(one.get("name")) for one in found) or "none"
        raise UsageError(f"{settings.devices.name}: `device` {settings.device!r} has to name one of: {told}")
    items: dict[str, Item] = {}
    for element in chosen[0].iter():
        if _tag(element) == "DataItem":
            item = _item(element, settings)
            for name in (element.get("id"), _source(element), element.get("name")):
                if name:
                    items[name] = item
    if unknown := sorted({*settings.items, *settings.decimals_of} - {one.name for one in items.values()}):
        raise UsageError(f"{settings.devices.name}: device {chosen[0].get('name')!r} has no data item {unknown[0]!r}")
    return Device(str(chosen[0].get("name")), str(chosen[0].get("uuid")), items)


def _root(file: Path) -> ET.Element:
    try:
        return ET.parse(file).getroot()  # noqa: S314 - the operator's own file; expat bounds its expansion
    except OSError as error:
        raise UsageError(f"{file}: cannot be read: {error.strerror or type(error).__name__}") from None
    except ET.ParseError as error:
        raise UsageError(f"{file}: is no XML: {error}") from None


def _item(element: ET.Element, settings: Settings) -> Item:
    name = element.get("name") or str(element.get("id"))
    native, unit = element.get("nativeUnits") or element.get("units") or "", element.get("units") or ""
    multiplied = Fraction(1)
    if scale := element.get("nativeScale"):
        multiplied /= Fraction(scale)
    told = native
    if settings.convert and (known := factor(native, unit)) is not None:
        multiplied, told = multiplied * known, unit
    words = _words(element, name, settings)
    kind = _kind(element, words)
    measured = kind in {Kind.NUMBER, Kind.VECTOR}
    usual = 0 if element.get("category") == "EVENT" else settings.decimals
    return Item(
        name=name,
        kind=kind,
        unit=ucum(told) if measured else "",
        decimals=settings.decimals_of.get(name, usual) if measured else 0,
        words=words if kind in {Kind.STATE, Kind.CONDITION} else (),
        factor=multiplied,
        wanted=not settings.items or name in settings.items,
    )


def _kind(element: ET.Element, words: tuple[str, ...]) -> Kind:
    category, kind = element.get("category"), element.get("type", "")
    representation = element.get("representation", "VALUE")
    if category == "CONDITION":
        return Kind.CONDITION
    if representation == "TIME_SERIES":
        return Kind.SERIES
    if kind == "MESSAGE":
        return Kind.MESSAGE
    if representation in {"DATA_SET", "TABLE"}:
        return Kind.TEXT
    units = element.get("units", "")
    if units.endswith("_3D"):
        return Kind.VECTOR
    if category == "SAMPLE" or units or kind in NUMERIC:
        return Kind.NUMBER
    return Kind.STATE if words else Kind.TEXT


def _words(element: ET.Element, name: str, settings: Settings) -> tuple[str, ...]:
    """The standard's words, then those of the description, then those of the settings."""
    if element.get("category") == "CONDITION":
        return CONDITION
    kind = element.get("type", "")
    own = [value.text.strip() for value in element.iter() if _tag(value) == "Value" and value.text]
    told = settings.states.get(name, settings.states.get(kind, ()))
    return tuple(dict.fromkeys([*WORDS.get(kind, ()), *own, *told]))


def _source(element: ET.Element) -> str:
    return next((one.text.strip() for one in element if _tag(one) == "Source" and one.text), "")


def _tag(element: ET.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
