"""A maintainer's terms: a small table inside the work document that a ticket names.

    {"currency": "EUR", "price": 25000, "version": 1,
     "response":   [{"within": 3600, "bonus": 500}, {"within": 14400}, {"penalty": 1000}],
     "resolution": [{"within": 86400}, {"penalty": 2000}],
     "repeat": {"days": 90, "penalty": 5000},
     "most": {"bonus": 1000, "penalty": 6000}}

`price` (minor units) is that of a ticket that went to the first who came; one that was bid on costs what was bid. Bonus
and penalty are basis points of the ticket's price, rounded down to a minor unit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from maas_core.errors import UsageError
from maas_core.ports.currency import by_code
from maas_core.protocol.types import MAX_AMOUNT

VERSION = 1
WHOLE = 10_000
"""Basis points of the whole."""
MOST_SECONDS = 2**32 - 1
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Band:
    """What a duration up to `within` seconds brings."""

    within: int | None
    """Inclusive; None: however long."""
    bonus: int = 0
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class ServiceTerms:
    """What a maintainer gets for a ticket."""

    currency: str
    price: int
    response: tuple[Band, ...] = ()
    """Of the time from open to assigned."""
    resolution: tuple[Band, ...] = ()
    """Of the time from open to completed."""
    repeat_days: int = 0
    repeat_penalty: int = 0
    """Owed later, if the machine fails again within `repeat_days`."""
    most_bonus: int = WHOLE
    most_penalty: int = WHOLE
    """Of all penalties of a ticket together, the later one included."""


def read_terms(value: Any, where: str = "service") -> ServiceTerms:
    """Terms from their JSON form. Raises `UsageError`, which names the place, what is wrong and what is accepted."""
    table = _table(value, where, {"version", "currency", "price", "response", "resolution", "repeat", "most"})
    if table.get("version") != VERSION:
        raise UsageError(f"{where}.version: {table.get('version')!r} is not accepted; accepted: {VERSION}")
    repeat = _table(table.get("repeat", {}), f"{where}.repeat", {"days", "penalty"})
    most = _table(table.get("most", {}), f"{where}.most", {"bonus", "penalty"})
    if not isinstance(table.get("currency"), str):
        raise UsageError(f"{where}.currency: missing; accepted: a code of ISO 4217, e.g. EUR")
    return ServiceTerms(
        currency=by_code(table["currency"]).code,
        price=_number(table, "price", where, MAX_AMOUNT, None),
        response=_bands(table.get("response", []), f"{where}.response"),
        resolution=_bands(table.get("resolution", []), f"{where}.resolution"),
        repeat_days=_number(repeat, "days", f"{where}.repeat", MOST_DAYS, 0),
        repeat_penalty=_number(repeat, "penalty", f"{where}.repeat", WHOLE, 0),
        most_bonus=_number(most, "bonus", f"{where}.most", WHOLE, WHOLE),
        most_penalty=_number(most, "penalty", f"{where}.most", WHOLE, WHOLE),
    )


def _table(value: Any, where: str, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UsageError(f"{where}: {value!r} is no table; accepted: a table with {', '.join(sorted(known))}")
    for key in sorted(value.keys() - known):
        raise UsageError(f"{where}.{key}: unknown; accepted: {', '.join(sorted(known))}")
    return value


def _number(table: Mapping[str, Any], key: str, where: str, most: int, default: int | None) -> int:
    value = table.get(key, default)
    if type(value) is not int or not 0 <= value <= most:
        told = "missing" if value is None else f"{value!r} is not accepted"
        raise UsageError(f"{where}.{key}: {told}; accepted: a whole number from 0 to {most}")
    return value


def _bands(value: Any, where: str) -> tuple[Band, ...]:
    if not isinstance(value, list):
        raise UsageError(f"{where}: {value!r} is no list; accepted: a list of bands, the shortest time first")
    bands = tuple(_band(one, f"{where}[{index}]", last=index == len(value) - 1) for index, one in enumerate(value))
    limits = [one.within for one in bands if one.within is not None]
    if any(later <= earlier for earlier, later in pairwise(limits)):
        raise UsageError(f"{where}: `within` does not grow from band to band; accepted: the shortest time first")
    return bands


def _band(value: Any, where: str, *, last: bool) -> Band:
    table = _table(value, where, {"within", "bonus", "penalty"})
    if last == ("within" in table):
        raise UsageError(f"{where}.within: the last band, and only that one, has none: it holds for all longer times")
    band = Band(
        _number(table, "within", where, MOST_SECONDS, None) if "within" in table else None,
        _number(table, "bonus", where, WHOLE, 0),
        _number(table, "penalty", where, WHOLE, 0),
    )
    if band.bonus and band.penalty:
        raise UsageError(f"{where}: a bonus and a penalty for the same time; accepted: one of them")
    return band


def band_of(bands: tuple[Band, ...], seconds: int) -> Band | None:
    """The band that a duration falls into; None if there are no bands."""
    return next((band for band in bands if band.within is None or seconds <= band.within), None)
