"""What is wrong or doubtful with terms that can be read: told before anybody signs."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from maas_core.billing.data_terms import Guard
from maas_core.billing.exact import decimal_text
from maas_core.billing.examples import worked
from maas_core.billing.meter_terms import Executed, Level, Running
from maas_core.billing.sla_terms import Availability, Cap, Capped, GoodShare, Once, Sla
from maas_core.billing.tariff_terms import Flat, Minimum, PerHour, Tier, Tiered
from maas_core.billing.terms import Terms
from maas_core.errors import UsageError
from maas_core.ports.currency import by_code
from maas_core.ports.downtime import Attribution

FULL = 100


class Severity(StrEnum):
    """Terms with an error are not to be signed."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the parties should look at."""

    severity: Severity
    path: str
    text: str


def lint(terms: Terms) -> tuple[Finding, ...]:
    """All findings, errors first. Examples are worked only if nothing else is wrong."""
    found = [
        *_currency(terms),
        *_calendar(terms),
        *_meters(terms),
        *_tariffs(terms),
        *_levels(terms),
        *_caps(terms),
        *_planned(terms),
        *_effectiveness(terms),
        *_data(terms),
    ]
    if not any(one.severity is Severity.ERROR for one in found):
        found += _examples(terms)
    return tuple(sorted(found, key=lambda one: one.severity is not Severity.ERROR))


def signable(terms: Terms) -> bool:
    """Whether the linter finds no error: all examples reproduce."""
    return not any(one.severity is Severity.ERROR for one in lint(terms))


def _error(path: str, text: str) -> Finding:
    return Finding(Severity.ERROR, path, text)


def _warning(path: str, text: str) -> Finding:
    return Finding(Severity.WARNING, path, text)


def _currency(terms: Terms) -> Iterator[Finding]:
    try:
        known = by_code(terms.currency.code)
    except UsageError as error:
        yield _error("currency.code", str(error))
        return
    if terms.currency.digits is None:
        yield _error("currency.digits", f"the minor unit is not named; ISO 4217 has {known.digits} digits for it")
    elif terms.currency.digits != known.digits:
        yield _error("currency.digits", f"ISO 4217 has {known.digits} digits for {known.code}; the ledger counts so")


def _calendar(terms: Terms) -> Iterator[Finding]:
    offsets = terms.calendar.offsets
    for number, (one, after) in enumerate(pairwise(offsets), 1):
        if after.at <= one.at:
            yield _error(f"calendar.offsets[{number}].at", "offsets ascend, each later than the one before")
    if not offsets and terms.calendar.zone != "UTC":
        yield _error("calendar.offsets", f"the offsets of {terms.calendar.zone} are not named; without them it is UTC")


def _meters(terms: Terms) -> Iterator[Finding]:
    used = _used_meters(terms)
    for number, meter in enumerate(terms.meters):
        path = f"meters[{number}]"
        if meter.name not in used:
            yield _warning(path, f"no tariff, service level or figure uses the meter {meter.name}")
        if not isinstance(meter, Executed) and meter.gaps is None:
            yield _error(f"{path}.gaps", f"what a gap in {meter.signal} counts as is not named")
        if isinstance(meter, Level):
            yield from _level(meter, path)


def _level(meter: Level, path: str) -> Iterator[Finding]:
    if meter.refill == 0:
        yield _error(f"{path}.refill", "every rise would be a refill, also the sensor's noise")
    if meter.gaps and meter.gaps.after < 2 * meter.every:
        yield _warning(
            f"{path}.gaps.after", f"less than two comparisons ({2 * meter.every} s) make a gap of each pause"
        )


def _used_meters(terms: Terms) -> set[str]:
    keys = ("meter", "made", "good", "time")
    owners = (*terms.tariffs, *terms.sla, *([terms.oee] if terms.oee else []))
    return {getattr(one, key) for one in owners for key in keys if getattr(one, key, None)}


def _tariffs(terms: Terms) -> Iterator[Finding]:
    units = {meter.name: meter for meter in terms.meters}
    for number, tariff in enumerate(terms.tariffs):
        path = f"tariffs[{number}]"
        match tariff:
            case Tiered():
                yield from _tiers(tariff, path)
            case Minimum() if not tariff.amount:
                yield _warning(f"{path}.amount", "a minimum of 0 does nothing")
            case Minimum() if _only_flat(terms, tariff):
                yield _warning(path, "it counts only fees for time, so it is a fee itself")
            case PerHour() if isinstance(units.get(tariff.meter), Executed | Running) and not tariff.price:
                yield _warning(f"{path}.price", "costs nothing")


def _only_flat(terms: Terms, minimum: Minimum) -> bool:
    names = minimum.of or tuple(one.name for one in terms.tariffs if one.name != minimum.name)
    return all(isinstance(one, Flat) for one in terms.tariffs if one.name in names)


def _tiers(tariff: Tiered, path: str) -> Iterator[Finding]:
    if [one.above for one in tariff.tiers] != sorted(one.above for one in tariff.tiers):
        yield _error(f"{path}.tiers", "tiers ascend")
        return
    if tariff.tiers[0].above:
        yield _error(f"{path}.tiers[0].above", f"nothing has a price up to {decimal_text(tariff.tiers[0].above, 9)}")
    for number, (one, after) in enumerate(pairwise(tariff.tiers)):
        yield from _joint(one, after, f"{path}.tiers[{number}].up_to")
    if tariff.tiers[-1].up_to is not None:
        upper = decimal_text(tariff.tiers[-1].up_to, 9)
        yield _error(f"{path}.tiers[{len(tariff.tiers) - 1}].up_to", f"nothing has a price above {upper}")


def _joint(one: Tier, after: Tier, path: str) -> Iterator[Finding]:
    begin = decimal_text(after.above, 9)
    if one.up_to is None or one.up_to > after.above:
        yield _error(path, f"overlaps the next tier, which begins at {begin}")
    elif one.up_to < after.above:
        yield _error(path, f"leaves a gap to the next tier, which begins at {begin}")
    elif one.up_to <= one.above:
        yield _error(path, "ends where it begins")


def _levels(terms: Terms) -> Iterator[Finding]:
    for number, sla in enumerate(terms.sla):
        path = f"sla[{number}]"
        yield from _bands(sla, path)
        if isinstance(sla, Availability):
            yield from _attribution(sla, path)
        elif not isinstance(sla, GoodShare) and not sla.ideal:
            yield _error(f"{path}.ideal", "nothing could be made at full speed, so nothing can be measured")


def _bands(sla: Sla, path: str) -> Iterator[Finding]:
    if not sla.credits and not sla.bonuses:
        yield _warning(path, f"nothing follows from {sla.name}")
    limited = not hasattr(sla, "ideal")
    for number, band in enumerate(sla.credits):
        if limited and band.below > FULL:
            text = f"can never be kept: not even 100 % is enough for {decimal_text(band.below, 9)}"
            yield _error(f"{path}.credits[{number}].below", text)
        if not band.below:
            yield _error(f"{path}.credits[{number}].below", "can never apply")
    for number, bonus in enumerate(sla.bonuses):
        if limited and bonus.at_least > FULL:
            yield _error(f"{path}.bonuses[{number}].at_least", "can never be reached: more than 100 %")
        if any(bonus.at_least < band.below for band in sla.credits):
            yield _error(f"{path}.bonuses[{number}].at_least", "lies within a band that gives a credit")
    yield from _ordered_bands(sla, path)


def _ordered_bands(sla: Sla, path: str) -> Iterator[Finding]:
    by_threshold = sorted(sla.credits, key=lambda one: one.below)
    for worse, better in pairwise(by_threshold):
        if worse.below == better.below:
            yield _error(f"{path}.credits", f"two bands begin below {decimal_text(worse.below, 9)} %")
        elif worse.percent < better.percent:
            yield _warning(f"{path}.credits", "a worse figure gives a smaller credit")


def _attribution(sla: Availability, path: str) -> Iterator[Finding]:
    causes = (sla.causes.failure, sla.causes.quality, sla.causes.planned, sla.causes.operator)
    if Attribution.CUSTOMER in sla.counts:
        yield _warning(f"{path}.counts", "the OEM answers for downtime that the customer causes")
    if Attribution.OEM not in sla.counts and not set(sla.counts) & set(causes):
        yield _error(f"{path}.counts", "no downtime can ever count")


def _caps(terms: Terms) -> Iterator[Finding]:
    for number, cap in enumerate(terms.caps):
        path = f"caps[{number}]"
        if cap.percent is None and cap.amount is None:
            yield _error(path, "names neither a percent nor an amount")
        bands = [_highest(sla, cap) for sla in terms.sla]
        if not any(bands):
            yield _warning(path, f"there are no {cap.on} that it could limit")
        elif cap.percent is not None and all(sla.per is cap.per for sla in terms.sla) and sum(bands) <= cap.percent:
            yield _warning(f"{path}.percent", f"can never be reached: all bands together give {sum(bands)} %")


def _highest(sla: Sla, cap: Cap) -> int:
    bands = sla.credits if cap.on is Capped.CREDITS else sla.bonuses
    return max((int(-(-band.percent // 1)) for band in bands), default=0)


def _planned(terms: Terms) -> Iterator[Finding]:
    first = min((one.at for one in terms.calendar.offsets), default=0)
    availability = any(isinstance(one, Availability) for one in terms.sla)
    for number, one in enumerate(terms.planned):
        if isinstance(one, Once):
            if one.end <= one.begin:
                yield _error(f"planned[{number}].end", "ends before it begins")
            if one.end <= first:
                yield _error(f"planned[{number}]", "lies before the first offset of the calendar")
        if not availability:
            yield _warning(f"planned[{number}]", "no availability is promised, so it changes nothing")


def _effectiveness(terms: Terms) -> Iterator[Finding]:
    oee = terms.oee
    if oee is None:
        return
    if oee.signal is not None and oee.gaps is None:
        yield _error("oee.gaps", "after how long without a reading the status is unknown is not named")
    values = [
        value
        for each in (
            oee.statuses.production,
            oee.statuses.setup,
            oee.statuses.idle,
            oee.statuses.down,
            oee.statuses.planned,
        )
        for value in each
    ]
    if len(set(values)) != len(values):
        yield _error("oee.statuses", "a value means two things")
    if oee.signal is not None and not oee.statuses.production:
        yield _error("oee.statuses.production", "no value means production")
    if oee.made and not oee.ideal:
        yield _warning("oee.ideal", "effectiveness cannot be told without the ideal rate")


def _data(terms: Terms) -> Iterator[Finding]:
    data = terms.data
    if data is None:
        return
    if not data.retains and not data.places:
        yield _warning("data", "asks for nothing")
    if data.lock is Guard.COMPLIANCE and not data.retains:
        yield _error("data.lock", "guards nothing: neither batches nor documents are kept for any days")
    if data.regions and not any(data.allows(one) for one in data.regions):
        yield _error("data.forbidden_regions", "forbids every region that is allowed")
    elif data.regions and data.forbidden_regions:
        yield _warning("data.forbidden_regions", "says nothing more: bytes may lie in `regions` alone")


def _examples(terms: Terms) -> Iterator[Finding]:
    if not terms.examples:
        yield _error("examples", "there is no worked example, so nobody can see that the terms mean what they should")
    for number, example in enumerate(terms.examples):
        path = f"examples[{number}]"
        try:
            outcome = worked(terms, example)
        except UsageError as error:
            yield _error(path, str(error))
            continue
        for difference in outcome.differences:
            yield _error(path, f"{example.name!r} is not reproduced: {difference}")
