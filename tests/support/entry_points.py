"""Distributions with entry points that exist only in a test."""

from email.message import Message
from importlib.metadata import Distribution, EntryPoint, PackageMetadata
from typing import Any, cast


class FakeDistribution(Distribution):
    """Metadata in memory."""

    def __init__(self, name: str, version: str, requires: tuple[str, ...] = (), extras: tuple[str, ...] = ()) -> None:
        self._message = Message()
        self._message["Name"] = name
        self._message["Version"] = version
        for extra in extras:
            self._message["Provides-Extra"] = extra
        for requirement in requires:
            self._message["Requires-Dist"] = requirement

    @property
    def metadata(self) -> PackageMetadata:
        return cast("PackageMetadata", self._message)

    @property
    def requires(self) -> list[str]:
        return list(self._message.get_all("Requires-Dist") or ())

    def read_text(self, filename: str) -> str | None:
        raise FileNotFoundError(filename)

    def locate_file(self, path: Any) -> Any:
        raise FileNotFoundError(path)


def entry_point(name: str, value: str, distribution: Distribution | None = None) -> EntryPoint:
    """An entry point of the group of plugins."""
    made = EntryPoint(name, value, "maas.plugins")
    if distribution is None:
        return made
    return cast("EntryPoint", made._for(distribution))  # type: ignore[attr-defined]
