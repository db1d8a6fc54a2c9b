"""Readings from MTConnect adapters: from a file of their lines, or from the adapter itself."""

from typing import TYPE_CHECKING

from maas_core.hookspecs import hookimpl, later

if TYPE_CHECKING:
    from maas_core.ports.telemetry_source import TelemetrySourceBackend

PROTOCOLS = ("maas/1",)


@hookimpl
def maas_telemetry_sources() -> "list[TelemetrySourceBackend]":
    """The source."""
    from maas_source_mtconnect.settings import Settings

    from maas_core.ports.telemetry_source import TelemetrySourceBackend

    return [
        TelemetrySourceBackend(
            "mtconnect",
            "Readings from an MTConnect adapter",
            Settings,
            later("maas_source_mtconnect.opening:open_source"),
        )
    ]
