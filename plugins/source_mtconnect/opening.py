"""Opens a file of lines, or an adapter."""

from dataclasses import replace

from maas_source_mtconnect.file import ShdrFile
from maas_source_mtconnect.settings import Settings
from maas_source_mtconnect.stream import ShdrStream

from maas_core.ports.backends import Context
from maas_core.ports.telemetry_source import TelemetrySource


def open_source(settings: Settings, context: Context) -> TelemetrySource:
    """The source that the settings name. Raises `UsageError` if `Devices.xml` cannot be used."""
    settings = replace(settings, devices=context.directory / settings.devices)
    if settings.path is None:
        return ShdrStream(settings, context.clock)
    return ShdrFile(settings, context.directory / settings.path)
