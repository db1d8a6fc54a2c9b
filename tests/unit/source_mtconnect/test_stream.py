"""MTConnect adapters over a real connection."""

from pathlib import Path
from threading import Thread
from typing import Any

from maas_source_mtconnect.opening import open_source

from maas_core.ports.backends import Context
from maas_core.ports.clock import Deadline
from maas_core.ports.telemetry_source import ReadingPage, TelemetrySource
from maas_core.ports.workflow import Unavailable
from tests.unit.source_mtconnect.adapter import CLOCK, Adapter, listed, settings

AT = "2024-01-01T00:00:"
T0 = 1_704_067_200


def connected(folder: Path, adapter: Adapter, **given: Any) -> TelemetrySource:
    return open_source(settings(folder, host="127.0.0.1", port=adapter.port, **given), Context(CLOCK, None, folder))


def page_of(source: TelemetrySource, lines: int, after: str = "", seconds: float = 60.0) -> ReadingPage:
    """A page that ends after so many lines, which the source takes to be of four observations each."""
    page = source.read(after, 4 * lines, Deadline.after(CLOCK, seconds))
    assert isinstance(page, ReadingPage), page
    return page


def test_lines_are_readings_as_soon_as_the_stream_has_gone_past_their_second(tmp_path: Path) -> None:
    with Adapter(heartbeat=0) as adapter:
        source = connected(tmp_path, adapter)
        thread = Thread(target=adapter.accept, args=(f"{AT}01.5Z|pos|1", f"{AT}04Z|pos|2|parts|7"))
        thread.start()
        first = page_of(source, 2)
        thread.join()
        adapter.say(f"{AT}09Z|exec|ACTIVE")
        second = page_of(source, 1, first.through)
        source.close()

    assert listed([first.readings]) == [("pos", T0 + 1, 10_000, 0)]
    assert listed([second.readings]) == [("parts", T0 + 4, 7, 0), ("pos", T0 + 4, 20_000, 0)]
    assert not second.ended


def test_a_quiet_stream_gives_an_empty_page_at_the_deadline_and_stays_where_it_is(tmp_path: Path) -> None:
    with Adapter(heartbeat=0) as adapter:
        source = connected(tmp_path, adapter)
        thread = Thread(target=adapter.accept, args=(f"{AT}01Z|pos|1",))
        thread.start()
        through = page_of(source, 1).through
        thread.join()
        quiet = page_of(source, 1, through, 0.1)
        source.close()

    assert (len(quiet.readings), quiet.through, quiet.ended) == (0, through, False)


def test_after_a_lost_connection_what_nobody_heard_is_unavailable(tmp_path: Path) -> None:
    with Adapter(heartbeat=0) as adapter:
        source = connected(tmp_path, adapter)
        thread = Thread(target=adapter.accept, args=(f"{AT}01Z|pos|1|parts|7", f"{AT}05Z|exec|ACTIVE"))
        thread.start()
        first = page_of(source, 2)
        thread.join()
        adapter.hang_up()
        thread = Thread(target=adapter.accept, args=(f"{AT}30Z|pos|3", f"{AT}05Z|exec|ACTIVE", f"{AT}40Z|pos|4"))
        thread.start()
        second = page_of(source, 3, first.through)
        thread.join()
        source.close()

    assert listed([first.readings]) == [("parts", T0 + 1, 7, 0), ("pos", T0 + 1, 10_000, 0)]
    assert listed([second.readings]) == [
        ("exec", T0 + 5, 1, 0),
        ("exec", T0 + 5, 1, 0),
        ("parts", T0 + 5, 0, 3),
        ("pos", T0 + 5, 0, 3),
        ("pos", T0 + 30, 30_000, 0),
    ]


def test_an_adapter_that_falls_silent_is_left_and_called_again(tmp_path: Path) -> None:
    with Adapter(heartbeat=0) as adapter:
        source = connected(tmp_path, adapter, heartbeat_seconds=0.1)

        def twice() -> None:
            adapter.accept()
            adapter.accept(f"{AT}01Z|pos|1", f"{AT}09Z|pos|1")

        thread = Thread(target=twice)
        thread.start()
        page = page_of(source, 2)
        thread.join()
        source.close()

    assert listed([page.readings]) == [("pos", T0 + 1, 10_000, 0)]


def test_an_adapter_that_cannot_be_reached_is_unavailable(tmp_path: Path) -> None:
    with Adapter() as adapter:
        port = adapter.port
    source = open_source(settings(tmp_path, host="127.0.0.1", port=port), Context(CLOCK, None, tmp_path))

    found = source.read("", 10, Deadline.after(CLOCK, 0.3))

    assert isinstance(found, Unavailable)
    assert found.reason == f"adapter 127.0.0.1:{port} cannot be reached: Connection refused"


def test_an_adapter_is_asked_at_the_pace_that_it_names(tmp_path: Path) -> None:
    with Adapter(heartbeat=50) as adapter:
        source = connected(tmp_path, adapter, heartbeat_seconds=3600)
        thread = Thread(target=adapter.accept)
        thread.start()
        page = page_of(source, 3)
        thread.join()
        source.close()

    assert len(page.readings) == 0
    assert page.dropped == ()
