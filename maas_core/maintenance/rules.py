"""What a watchdog looks for in one signal of one machine.

All limits are integers in the signal's own scale, so comparing them is exact. `scaled` brings a decimal limit there.
"""

import json
from dataclasses import asdict, dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from hashlib import sha256

from maas_core.errors import UsageError
from maas_core.ports.readings import Quality
from maas_core.protocol.states import StopCause

LARGEST = 2**63 - 1
FOREVER = 2**40
"""Seconds; longer than any time on a ledger."""


@dataclass(frozen=True, slots=True)
class Above:
    """Bad from a value above `limit` on, until one is not above `clear` (hysteresis: `clear` <= `limit`)."""

    limit: int
    clear: int


@dataclass(frozen=True, slots=True)
class Below:
    """Bad from a value below `limit` on, until one is not below `clear` (hysteresis: `clear` >= `limit`)."""

    limit: int
    clear: int


@dataclass(frozen=True, slots=True)
class Among:
    """Bad while the value is one of these, as for a status."""

    values: tuple[int, ...]
    """Ascending."""


@dataclass(frozen=True, slots=True)
class Silent:
    """Bad while no reading stands: `Rule.valid` seconds after the last one."""


Test = Above | Below | Among | Silent


@dataclass(frozen=True, slots=True)
class Rule:
    """When there is an alarm, and when it is over."""

    name: str
    signal: str
    test: Test
    hold: int = 0
    """Seconds that it has to be bad without interruption before there is an alarm."""
    recover: int = 0
    """Seconds that it has to be good without interruption before the alarm is over."""
    valid: int = 3600
    """Seconds that a reading stands if no other follows; then nothing is known, which neither holds nor recovers."""
    worst: Quality = Quality.UNCERTAIN
    """Readings of a worse quality count as if they were not there."""
    cause: StopCause = StopCause.FAILURE

    def digest(self) -> str:
        """Names the rule by all that it says: a watch that was begun with another one cannot go on."""
        said = json.dumps([type(self.test).__name__, asdict(self)], sort_keys=True)
        return sha256(said.encode()).hexdigest()


def scaled(text: str, decimals: int, *, up: bool) -> int:
    """A decimal limit in units of 10**-decimals; what lies between two units is rounded up or down.

    For integers v and any limit x, v > x is v > floor(x) and v < x is v < ceil(x): so the comparison stays exact.
    Raises `UsageError` for what is no decimal number or too large.
    """
    try:
        exact = Decimal(text).scaleb(decimals)
    except InvalidOperation:
        raise UsageError(f"{text!r} is no limit; accepted: a decimal number as text, e.g. '85.5'") from None
    if not exact.is_finite() or abs(exact) > LARGEST:
        raise UsageError(f"{text!r} is no limit; accepted: a decimal number of up to 18 digits")
    return int(exact.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR))


def above(limit: str, clear: str, decimals: int) -> Above:
    """Bad above `limit`, good again at `clear` (empty: at the limit). Raises `UsageError`."""
    made = Above(scaled(limit, decimals, up=False), scaled(clear or limit, decimals, up=False))
    if made.clear > made.limit:
        raise UsageError(f"clear {clear!r} lies above the limit {limit!r}: an alarm would be over before it begins")
    return made


def below(limit: str, clear: str, decimals: int) -> Below:
    """Bad below `limit`, good again at `clear` (empty: at the limit). Raises `UsageError`."""
    made = Below(scaled(limit, decimals, up=True), scaled(clear or limit, decimals, up=True))
    if made.clear < made.limit:
        raise UsageError(f"clear {clear!r} lies below the limit {limit!r}: an alarm would be over before it begins")
    return made


def among(words: tuple[str, ...], states: tuple[str, ...]) -> Among:
    """Bad in these states of a status, by their words or numbers. Raises `UsageError`."""
    values = set()
    for word in words:
        if word in states:
            values.add(states.index(word))
        elif word.isdecimal():
            values.add(int(word))
        else:
            raise UsageError(f"{word!r} is no state; accepted: {', '.join(states) or 'whole numbers'}")
    return Among(tuple(sorted(values)))
