"""What terms must have in themselves to be computed with: names that are unique and lead somewhere."""

from collections import Counter as Tally
from collections.abc import Iterator

from maas_core.billing.meter_terms import Counter, Decrease, Executed, Running
from maas_core.billing.sla_terms import Availability, GoodShare, Performance, Sla
from maas_core.billing.tariff_terms import Flat, Minimum, PerHour
from maas_core.billing.terms import Terms


def reference_problems(terms: Terms) -> list[str]:
    """Every problem with its path; empty when there is none."""
    return [*_doubles(terms), *_meters(terms), *_tariffs(terms), *_levels(terms), *_oee(terms)]


def _doubles(terms: Terms) -> Iterator[str]:
    named = {"meters": terms.meters, "tariffs and sla": (*terms.tariffs, *terms.sla)}
    for where, entries in named.items():
        for name, count in Tally(one.name for one in entries).items():
            if count > 1:
                yield f"{where}: {count} entries are called {name}; accepted: a name of its own for each"


def _meters(terms: Terms) -> Iterator[str]:
    for number, meter in enumerate(terms.meters):
        if not isinstance(meter, Counter):
            continue
        if (meter.decrease is Decrease.ROLLOVER) != (meter.modulus is not None):
            yield f"meters[{number}].modulus: goes with decrease rollover, and only with it"
        elif meter.modulus is not None and (meter.modulus * 10**meter.decimals).denominator > 1:
            yield f"meters[{number}].modulus: has more decimals than the signal"


def _tariffs(terms: Terms) -> Iterator[str]:
    for number, tariff in enumerate(terms.tariffs):
        path = f"tariffs[{number}]"
        if isinstance(tariff, Minimum):
            yield from _names(terms, tariff.of, f"{path}.of", tariff.name)
        elif isinstance(tariff, PerHour):
            yield from _of_time(terms, tariff.meter, f"{path}.meter")
        elif not isinstance(tariff, Flat):
            yield from _meter(terms, tariff.meter, f"{path}.meter")


def _levels(terms: Terms) -> Iterator[str]:
    for number, sla in enumerate(terms.sla):
        path = f"sla[{number}]"
        yield from _names(terms, sla.of, f"{path}.of", sla.name)
        yield from _measured(terms, sla, path)


def _measured(terms: Terms, sla: Sla, path: str) -> Iterator[str]:
    match sla:
        case Performance():
            yield from _meter(terms, sla.made, f"{path}.made")
            yield from _of_time(terms, sla.time, f"{path}.time")
        case GoodShare():
            yield from _meter(terms, sla.made, f"{path}.made")
            yield from _meter(terms, sla.good, f"{path}.good")
        case Availability():
            return


def _oee(terms: Terms) -> Iterator[str]:
    for key in ("made", "good"):
        meter = getattr(terms.oee, key, None)
        if meter is not None:
            yield from _meter(terms, meter, f"oee.{key}")


def _names(terms: Terms, names: tuple[str, ...], path: str, own: str) -> Iterator[str]:
    tariffs = [one.name for one in terms.tariffs if one.name != own]
    for number, name in enumerate(names):
        if name not in tariffs:
            yield f"{path}[{number}]: there is no tariff {name}; accepted: {', '.join(tariffs) or 'none'}"


def _meter(terms: Terms, name: str, path: str) -> Iterator[str]:
    meters = [one.name for one in terms.meters]
    if name not in meters:
        yield f"{path}: there is no meter {name}; accepted: {', '.join(meters) or 'none'}"


def _of_time(terms: Terms, name: str, path: str) -> Iterator[str]:
    meters = [one.name for one in terms.meters if isinstance(one, Running | Executed)]
    if name not in meters:
        yield f"{path}: {name} counts no time; accepted: {', '.join(meters) or 'a running or executed meter'}"
