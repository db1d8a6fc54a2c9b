"""What the config says about each strategy: table [maintenance.settings]."""

from dataclasses import dataclass, field
from typing import Any

from maas_core.protocol.types import MAX_AMOUNT

MOST_SECONDS = 31_536_000
MOST_METRES = 2**32 - 1
MICRO = 10**6


def _help(text: str, **bounds: Any) -> dict[str, Any]:
    return {"help": text, **bounds}


@dataclass(frozen=True, slots=True)
class AcceptSettings:
    """Takes tickets that go to the first who comes; leaves those that are bid on to others."""

    most_tickets: int = field(
        default=3, metadata=_help("Leave tickets to others while so many are not completed.", min=1, max=10_000)
    )


@dataclass(frozen=True, slots=True)
class FixedSettings:
    """One price for everything. Takes tickets that go to the first who comes, too."""

    price: int = field(metadata=_help("Minor units.", min=0, max=MAX_AMOUNT))
    eta: int = field(default=14_400, metadata=_help("Seconds to the arrival.", min=0, max=MOST_SECONDS))
    distance: int = field(default=0, metadata=_help("Metres, to every machine.", min=0, max=MOST_METRES))
    most_tickets: int = field(
        default=3, metadata=_help("Leave tickets to others while so many are not completed.", min=1, max=10_000)
    )


@dataclass(frozen=True, slots=True)
class CostPlusSettings:
    """Price = (call-out + way) x (1 + margin + load x open tickets); arrival = preparation + way + waiting."""

    call_out: int = field(metadata=_help("For coming and the work, minor units.", min=0, max=10**12))
    latitude: str = field(metadata=_help('Where the way begins, degrees north, e.g. "48.137154".'))
    longitude: str = field(metadata=_help("Degrees east."))
    per_km: int = field(default=100, metadata=_help("Minor units for each kilometre of the way.", min=0, max=10**6))
    margin: int = field(default=2000, metadata=_help("Basis points on top.", min=0, max=100_000))
    load: int = field(
        default=1000, metadata=_help("Basis points on top for each ticket that is not completed.", min=0, max=100_000)
    )
    km_per_hour: int = field(default=60, metadata=_help("How fast the way is.", min=1, max=1000))
    preparation: int = field(default=1800, metadata=_help("Seconds before leaving.", min=0, max=MOST_SECONDS))
    waiting: int = field(
        default=14_400,
        metadata=_help("Seconds of delay for each ticket that is not completed.", min=0, max=MOST_SECONDS),
    )
    distance: int = field(
        default=100_000,
        metadata=_help("Metres to a machine that does not say where it stands.", min=0, max=MOST_METRES),
    )
    most_distance: int = field(
        default=1_000_000, metadata=_help("Leave what is farther away to others; metres.", min=0, max=MOST_METRES)
    )
    most_tickets: int = field(
        default=5, metadata=_help("Leave tickets to others while so many are not completed.", min=1, max=10_000)
    )

    def __post_init__(self) -> None:
        for key, text, most in (("latitude", self.latitude, 90), ("longitude", self.longitude, 180)):
            try:
                fits = abs(float(text)) <= most
            except ValueError:
                fits = False
            if not fits:
                raise ValueError(f"{key}: {text!r} is not accepted; accepted: degrees as text, -{most} to {most}")
