"""What `[telemetry.NAME.settings]` says about an MTConnect adapter's data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Rounding(StrEnum):
    """What becomes of a value with more digits than kept."""

    DROP = "drop"
    HALF_EVEN = "half even"


def _help(text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": text, **bounds}


@dataclass(frozen=True, slots=True)
class Settings:
    """Table `[telemetry.NAME.settings]`."""

    devices: Path = field(metadata=_help("The `Devices.xml` that describes the data items."))
    path: Path | None = field(default=None, metadata=_help("A file of SHDR lines, as an adapter sends them."))
    host: str = field(default="", metadata=_help("The adapter's host, to read from it directly instead."))
    port: int = field(default=7878, metadata=_help("The adapter's port.", min=1, max=65_535))
    device: str = field(default="", metadata=_help("The device's name or uuid, if the file describes several."))
    items: tuple[str, ...] = field(
        default=(), metadata=_help("Names of the data items to take in; all that can be readings if left out.")
    )
    decimals: int = field(default=4, metadata=_help("Digits after the point that are kept.", min=0, max=18))
    decimals_of: Mapping[str, int] = field(
        default_factory=dict, metadata=_help("Others for single data items, e.g. { Xload = 0 }.", min=0, max=18)
    )
    rounding: Rounding = field(
        default=Rounding.HALF_EVEN, metadata=_help("A value with more digits; `drop` lists it instead.")
    )
    convert: bool = field(
        default=False,
        metadata=_help("Convert native units into the units that the description names; else values stay as sent."),
    )
    states: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata=_help("Words of an event that the standard leaves open, by the data item's name or its type."),
    )
    connect_seconds: float = field(
        default=5.0, metadata=_help("How long one attempt to connect may take.", min=0.01, max=600)
    )
    heartbeat_seconds: float = field(
        default=10.0,
        metadata=_help("How often the adapter is asked whether it is there; twice as long a silence cuts.", min=0.1),
    )

    def __post_init__(self) -> None:
        if (self.path is None) == (not self.host):
            raise ValueError("path: accepted is either `path`, a file, or `host`, an adapter")
