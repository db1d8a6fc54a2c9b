"""Readings from CSV files, by a mapping of their columns."""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl, later

if TYPE_CHECKING:
    from maas_core.ports.telemetry_source import TelemetrySourceBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_telemetry_sources() -> "list[TelemetrySourceBackend]":
    """The source."""
    from maas_source_csv.settings import Settings

    from maas_core.ports.telemetry_source import TelemetrySourceBackend

    return [
        TelemetrySourceBackend("csv", "Readings from a CSV file", Settings, later("maas_source_csv.source:CsvSource"))
    ]
