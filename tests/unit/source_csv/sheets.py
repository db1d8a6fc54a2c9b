"""CSV files for tests, and what a source makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maas_source_csv.settings import Settings
from maas_source_csv.source import CsvSource

from maas_core.config.problems import Problems
from maas_core.config.reading import FAILED, Reader
from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline, SystemClock
from maas_core.ports.telemetry_source import Dropped, ReadingPage

CLOCK = SystemClock()
POWER = {"power": {"column": "power", "unit": "kW", "decimals": 1}}


def settings(folder: Path, **given: Any) -> Settings:
    """Settings as a config gives them; a test names only what it is about."""
    table = {"path": "sheet.csv", "machine": "press", "time": {"columns": ["time"]}, "signals": POWER, **given}
    if "machine_column" in table:
        del table["machine"]
    problems = Problems("maas.toml")
    made = Reader(folder, {}, problems).table(Settings, table, ())
    assert made is not FAILED, problems.lines
    assert isinstance(made, Settings)
    return made


def problems(**given: Any) -> list[str]:
    """What is wrong with settings."""
    table = {"path": "sheet.csv", "machine": "press", "time": {"columns": ["time"]}, "signals": POWER, **given}
    found = Problems("maas.toml")
    Reader(Path(), {}, found).table(Settings, {key: one for key, one in table.items() if one is not None}, ())
    return found.lines


@dataclass
class Sheet:
    """What came of a file."""

    pages: list[ReadingPage]

    @property
    def dropped(self) -> list[Dropped]:
        """All that did not become a reading."""
        return [one for page in self.pages for one in page.dropped]

    @property
    def reasons(self) -> dict[str, str]:
        """Reason by place."""
        return {one.place: one.reason for one in self.dropped}

    @property
    def readings(self) -> list[tuple[str, str, int, int, int]]:
        """(machine, signal, time, value, quality)."""
        found = []
        for one in (page.readings for page in self.pages):
            columns = (one.machine.tolist(), one.signal.tolist(), one.time.tolist(), one.value.tolist())
            for machine, signal, time, value, quality in zip(*columns, one.quality.tolist(), strict=True):
                found.append((one.machines[machine], one.signals[signal], time, value, quality))
        return found

    @property
    def values(self) -> list[int]:
        """Only the values."""
        return [one[3] for one in self.readings]

    @property
    def times(self) -> list[int]:
        """Only the times."""
        return [one[2] for one in self.readings]


def opened(folder: Path, content: str | bytes | None = None, **given: Any) -> CsvSource:
    """A source over a file with this content."""
    if content is not None:
        (folder / "sheet.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    return CsvSource(settings(folder, **given), Context(CLOCK, None, folder))


def read(folder: Path, content: str | bytes | None = None, limit: int = 1000, **given: Any) -> Sheet:
    """All pages of a file."""
    return read_on(opened(folder, content, **given), limit)


def read_on(source: CsvSource, limit: int = 1000, after: str = "") -> Sheet:
    """All pages after a place."""
    pages: list[ReadingPage] = []
    while not pages or not pages[-1].ended:
        page = source.read(after, limit, Deadline.after(CLOCK, 60))
        pages.append(page)
        if page.through == after and not page.ended:
            break
        after = page.through
    return Sheet(pages)


def signal(**given: Any) -> Mapping[str, Any]:
    """A signal `power` of column `power`."""
    return {"power": {"column": "power", **given}}
