"""Overall equipment effectiveness as in ISO 22400-2, from the seconds of each status.

availability = actual production time / planned busy time; effectiveness = planned run time per item x produced
quantity / actual production time; quality ratio = good quantity / produced quantity. Planned busy time is production,
setup, idle and down. Time of unknown status is told apart and takes part in no ratio.
"""

from collections.abc import Mapping
from fractions import Fraction

from maas_core.billing.meter_terms import Scale
from maas_core.billing.sla_terms import Oee, Statuses
from maas_core.billing.statement import OeeResult

UNKNOWN = "unknown"
BUSY = ("production", "setup", "idle", "down")
STATUSES = (*BUSY, "planned", UNKNOWN)


def status_values(statuses: Statuses) -> dict[str, tuple[int, ...]]:
    """The signal's values of each status that it can tell."""
    return {
        "production": statuses.production,
        "setup": statuses.setup,
        "idle": statuses.idle,
        "down": statuses.down,
        "planned": statuses.planned,
    }


def effectiveness(
    oee: Oee, seconds: Mapping[str, int], quantities: Mapping[str, int], scales: Mapping[str, Scale]
) -> OeeResult:
    """The figures of a window."""
    producing = seconds.get("production", 0)
    busy = sum(seconds.get(name, 0) for name in BUSY)
    made = _units(oee.made, quantities, scales)
    good = _units(oee.good, quantities, scales)
    possible = None if oee.ideal is None else oee.ideal * Fraction(producing, 3600)
    return OeeResult(
        {name: seconds.get(name, 0) for name in STATUSES},
        _ratio(Fraction(producing), Fraction(busy)),
        _ratio(made, possible),
        _ratio(good, made),
    )


def _units(meter: str | None, quantities: Mapping[str, int], scales: Mapping[str, Scale]) -> Fraction | None:
    return None if meter is None else Fraction(quantities.get(meter, 0), scales[meter].whole)


def _ratio(part: Fraction | None, whole: Fraction | None) -> Fraction | None:
    return None if part is None or whole is None or whole <= 0 else part / whole
