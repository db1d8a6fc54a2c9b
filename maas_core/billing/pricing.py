"""What a quantity costs: each tariff as a pure function. Amounts are exact, in minor units."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from maas_core.billing.facts import Span
from maas_core.billing.meter_terms import Scale
from maas_core.billing.tariff_terms import Flat, PerHour, PerUnit, Tier, Tiered, TierMode


@dataclass(frozen=True, slots=True)
class Charge:
    """A part of what a tariff charges; charges of one `tier` make one line."""

    tier: int
    quantity: Fraction
    """In the meter's integers, or seconds for a fee for time."""
    rate: Fraction
    """Major units for one unit."""
    amount: Fraction
    repricing: bool = False


def flat_charge(tariff: Flat, seconds: int, period: Span, minor: int) -> Charge:
    """A fee for a part of a calendar period: its share by seconds."""
    return Charge(0, Fraction(seconds), tariff.amount, tariff.amount * minor * Fraction(seconds, period.seconds))


def unit_charge(tariff: PerUnit | PerHour, quantity: int, scale: Scale, minor: int) -> Charge:
    """Quantity times price."""
    return Charge(0, Fraction(quantity), tariff.price, tariff.price * minor * Fraction(quantity, scale.whole))


@dataclass(frozen=True, slots=True)
class TierTable:
    """Tiers of one tariff, in the meter's integers."""

    mode: TierMode
    tiers: tuple[Tier, ...]
    uppers: tuple[Fraction, ...]
    """Where each tier but the last ends, inclusive."""
    scale: Scale
    minor: int

    @staticmethod
    def of(tariff: Tiered, scale: Scale, minor: int) -> "TierTable":
        """From the terms; the tiers' order in the document does not matter."""
        tiers = tuple(sorted(tariff.tiers, key=lambda tier: tier.above))
        uppers = tuple(tier.above * scale.whole for tier in tiers[1:])
        return TierTable(tariff.mode, tiers, uppers, scale, minor)

    def charges(self, before: int, quantity: int) -> Iterator[Charge]:
        """What `quantity` more costs after `before` in the same calendar period; either may be negative."""
        after = before + quantity
        if self.mode is TierMode.VOLUME:
            yield from self._volume(before, after)
        elif quantity >= 0:
            yield from self._graduated(before, after, 1)
        else:
            yield from self._graduated(after, before, -1)

    def _volume(self, before: int, after: int) -> Iterator[Charge]:
        old, new = self._tier(before), self._tier(after)
        yield self._charge(new, Fraction(after - before))
        if old != new and before:
            change = self.tiers[new].price - self.tiers[old].price
            yield Charge(new, Fraction(before), change, self._cost(change, Fraction(before)), repricing=True)

    def _graduated(self, low: int, high: int, sign: int) -> Iterator[Charge]:
        at = Fraction(low)
        first, last = self._tier(low), self._tier(high)
        for tier in range(first, last):
            yield self._charge(tier, sign * (self.uppers[tier] - at))
            at = self.uppers[tier]
        yield self._charge(last, sign * (high - at))

    def _tier(self, quantity: int) -> int:
        """The tier whose end is the first not below a quantity."""
        return bisect_left(self.uppers, quantity)

    def _charge(self, tier: int, quantity: Fraction) -> Charge:
        price = self.tiers[tier].price
        return Charge(tier, quantity, price, self._cost(price, quantity))

    def _cost(self, price: Fraction, quantity: Fraction) -> Fraction:
        return price * self.minor * quantity / self.scale.whole
