"""Values and moments as people write them."""

from datetime import UTC, datetime

from maas_core.ports.readings import Quality
from maas_core.ports.telemetry_source import Signal
from maas_core.telemetry.rows import LATEST


def shown(signal: Signal, value: int, quality: int = Quality.GOOD) -> str:
    """A value with its point or as a word, and a remark if it is not good; without its unit."""
    if quality == Quality.UNAVAILABLE:
        return "no value"
    doubt = "" if quality == Quality.GOOD else f" ({Quality(quality).name.lower()})"
    if 0 <= value < len(signal.states):
        return f"{signal.states[value]}{doubt}"
    digits = str(abs(value)).rjust(signal.decimals + 1, "0")
    whole, part = digits[: len(digits) - signal.decimals], digits[len(digits) - signal.decimals :]
    return f"{'-' if value < 0 else ''}{whole}{'.' if part else ''}{part}{doubt}"


def moment(seconds: int) -> str:
    """Seconds UTC as ISO 8601; what is no time as the number."""
    if not 0 <= seconds < LATEST:
        return f"{seconds} s"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
