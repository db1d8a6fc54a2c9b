"""Units of MTConnect part 2 as UCUM units, and exact factors between those that adapters mix."""

from fractions import Fraction

UCUM = {
    "AMPERE": "A", "CELSIUS": "Cel", "COUNT": "1", "CUBIC_MILLIMETER": "mm3", "DECIBEL": "dB", "DEGREE": "deg",
    "DEGREE/MINUTE": "deg/min", "DEGREE/SECOND": "deg/s", "DEGREE/SECOND^2": "deg/s2", "DEGREE_3D": "deg",
    "FAHRENHEIT": "[degF]", "FOOT": "[ft_i]", "FOOT/MINUTE": "[ft_i]/min", "GRAM": "g", "HERTZ": "Hz", "HOUR": "h",
    "INCH": "[in_i]", "INCH/MINUTE": "[in_i]/min", "INCH/SECOND": "[in_i]/s", "INCH_3D": "[in_i]", "JOULE": "J",
    "KILOGRAM": "kg", "KILOPASCAL": "kPa", "KILOWATT": "kW", "KILOWATT_HOUR": "kW.h", "LITER": "L",
    "LITER/MINUTE": "L/min", "LITER/SECOND": "L/s", "METER": "m", "METER/SECOND": "m/s", "MICRO_RADIAN": "urad",
    "MILLIMETER": "mm", "MILLIMETER/MINUTE": "mm/min", "MILLIMETER/REVOLUTION": "mm/{rev}",
    "MILLIMETER/SECOND": "mm/s", "MILLIMETER/SECOND^2": "mm/s2", "MILLIMETER_3D": "mm", "MINUTE": "min",
    "NEWTON": "N", "NEWTON_METER": "N.m", "OHM": "Ohm", "PASCAL": "Pa", "PERCENT": "%", "PH": "[pH]",
    "REVOLUTION/MINUTE": "{rev}/min", "REVOLUTION/SECOND": "{rev}/s", "SECOND": "s", "VOLT": "V",
    "VOLT_AMPERE": "V.A", "VOLT_AMPERE_REACTIVE": "V.A", "WATT": "W", "WATT_SECOND": "W.s",
}  # fmt: skip

INCH = Fraction(254, 10)
BASE = {
    "DEGREE/MINUTE": ("DEGREE/SECOND", Fraction(1, 60)),
    "FOOT": ("MILLIMETER", INCH * 12),
    "FOOT/MINUTE": ("MILLIMETER/SECOND", INCH * 12 / 60),
    "GRAM": ("KILOGRAM", Fraction(1, 1000)),
    "HOUR": ("SECOND", Fraction(3600)),
    "INCH": ("MILLIMETER", INCH),
    "INCH/MINUTE": ("MILLIMETER/SECOND", INCH / 60),
    "INCH/SECOND": ("MILLIMETER/SECOND", INCH),
    "INCH_3D": ("MILLIMETER_3D", INCH),
    "KILOPASCAL": ("PASCAL", Fraction(1000)),
    "KILOWATT": ("WATT", Fraction(1000)),
    "KILOWATT_HOUR": ("WATT_SECOND", Fraction(3_600_000)),
    "LITER/MINUTE": ("LITER/SECOND", Fraction(1, 60)),
    "METER": ("MILLIMETER", Fraction(1000)),
    "METER/SECOND": ("MILLIMETER/SECOND", Fraction(1000)),
    "MILLIMETER/MINUTE": ("MILLIMETER/SECOND", Fraction(1, 60)),
    "MINUTE": ("SECOND", Fraction(60)),
    "REVOLUTION/MINUTE": ("REVOLUTION/SECOND", Fraction(1, 60)),
}
"""Unit -> (another one, how many of it)."""


def ucum(unit: str) -> str:
    """The UCUM unit; one that is not listed stays as an annotation, none at all is unity."""
    return UCUM.get(unit, f"{{{unit.lower()}}}") if unit else "1"


def factor(native: str, unit: str) -> Fraction | None:
    """What a value in `native` is multiplied by to be in `unit`; None if that is not known."""
    ours, theirs = BASE.get(native, (native, Fraction(1))), BASE.get(unit, (unit, Fraction(1)))
    return ours[1] / theirs[1] if ours[0] == theirs[0] else None
