"""How far it is from one place on earth to another."""

from math import asin, cos, radians, sin, sqrt

EARTH = 6_371_009
"""Mean radius in metres (IUGG)."""


def metres(here: tuple[float, float], there: tuple[float, float]) -> int:
    """The great circle between two places in degrees (latitude, longitude), by the haversine formula."""
    (lat_1, lon_1), (lat_2, lon_2) = ((radians(north), radians(east)) for north, east in (here, there))
    half = sin((lat_2 - lat_1) / 2) ** 2 + cos(lat_1) * cos(lat_2) * sin((lon_2 - lon_1) / 2) ** 2
    return round(2 * EARTH * asin(sqrt(min(1.0, half))))
