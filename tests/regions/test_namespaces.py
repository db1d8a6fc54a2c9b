"""Regions as they are: measured between namespaces, and gone when whoever made them has ended, however that was."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from maas_core.bench.topology import namespaces, probe
from maas_core.bench.topology.needs import lacking
from maas_core.bench.topology.regions import NOBODY, Regions
from maas_core.bench.topology.table import load_table
from maas_core.errors import UnavailableError

TABLE = Path(__file__).with_name("table.toml")
HOLDER = Path(__file__).with_name("holder.py")
PATIENCE = 30.0
DATAGRAMS = 800
MANY = 2_000_000

LISTEN = """
import socket, sys
heard = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
heard.bind((sys.argv[1], 9999))
print("ready", flush=True)
heard.settimeout(20)
count = 0
while heard.recv(100) != b"end":
    count += 1
print(count)
"""
TALK = """
import socket, sys, time
said = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(int(sys.argv[2])):
    said.sendto(b"word", (sys.argv[1], 9999))
    time.sleep(0.001)
for _ in range(40):
    said.sendto(b"end", (sys.argv[1], 9999))
    time.sleep(0.01)
"""
TAKE = """
import socket, sys, time
listener = socket.create_server((sys.argv[1], 9998))
print("ready", flush=True)
taken, _ = listener.accept()
size, begun = len(taken.recv(65536)), time.monotonic()
while more := taken.recv(65536):
    size += len(more)
print(8 * size / (time.monotonic() - begun))
"""
GIVE = """
import socket, sys
with socket.create_connection((sys.argv[1], 9998)) as given:
    given.sendall(bytes(int(sys.argv[2])))
"""


@pytest.fixture(scope="module")
def regions() -> Iterator[Regions]:
    if lacking():
        pytest.skip(f"regions need {lacking()}")
    with Regions(load_table(TABLE)) as made:
        yield made


def between(regions: Regions, first: str, other: str, scripts: tuple[str, str], amount: int) -> float:
    """Run the first script at `other`, the second at `first` towards it; what the first one prints at its end."""
    address = regions.space(other).address
    command = [*regions.space(other).prefix, sys.executable, "-c", scripts[0], address]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as there:
        assert there.stdout is not None
        assert there.stdout.readline() == "ready\n"
        here = [*regions.space(first).prefix, sys.executable, "-c", scripts[1], address, str(amount)]
        subprocess.run(here, check=True, timeout=PATIENCE)
        return float(there.stdout.read())


def trip(regions: Regions, first: str, other: str) -> float:
    target = f"{regions.space(other).address}:{NOBODY}"
    seconds = regions.measure({first: [target]})[first][target]
    assert seconds is not None
    return seconds


@pytest.mark.parametrize(
    ("first", "other", "rtt"), [("near", "far", 0.12), ("far", "near", 0.12), ("bad", "far", 0.04)]
)
def test_the_round_trip_is_the_tables_and_a_little_more(regions: Regions, first: str, other: str, rtt: float) -> None:
    assert rtt <= trip(regions, first, other) < rtt + 0.08


def test_within_a_region_and_from_this_machine_there_is_no_delay(regions: Regions) -> None:
    assert trip(regions, "far", "far") < 0.06
    beside = [probe.round_trip(f"{regions.space('far').address}:{NOBODY}") for _ in range(5)]
    assert min(one for one in beside if one is not None) < 0.06


def test_the_share_that_is_lost_is_the_tables(regions: Regions) -> None:
    arrived = between(regions, "near", "bad", (LISTEN, TALK), DATAGRAMS)
    assert 0.72 < arrived / DATAGRAMS < 0.88  # 0.8, more than five standard deviations of 0.014 to each side


def test_a_line_carries_what_the_table_allows_and_not_more(regions: Regions) -> None:
    assert 2e6 < between(regions, "far", "bad", (TAKE, GIVE), MANY) < 4.4e6
    assert between(regions, "near", "far", (TAKE, GIVE), MANY) > 8e6


def test_a_run_whose_relay_has_ended_does_not_go_on_as_if_it_had_a_network() -> None:
    with Regions(load_table(TABLE)) as made:
        assert made._relay is not None
        made._relay.kill()
        made._relay.wait()
        with pytest.raises(UnavailableError, match="the relay between the regions has ended"):
            made.measure({"near": []})


# What is left


@pytest.fixture
def holder() -> Iterator[tuple["subprocess.Popen[str]", int, int]]:
    """A process that holds regions, its relay, and what runs in them."""
    with subprocess.Popen([sys.executable, str(HOLDER), str(TABLE)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        relay, inside = process.stdout.readline().split()
        assert len(namespaces.existing(f"{namespaces.PREFIX}{process.pid}-")) == 3
        yield process, int(relay), int(inside)
        process.kill()


def wait(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + PATIENCE
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)
    return holds()


def nothing_is_left(pid: int, *processes: int) -> bool:
    is_gone = not namespaces.existing(f"{namespaces.PREFIX}{pid}-")
    return is_gone and all(namespaces.started(one) is None for one in processes)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_of_a_run_that_was_ended(
    holder: tuple["subprocess.Popen[str]", int, int], number: signal.Signals
) -> None:
    process, relay, inside = holder
    process.send_signal(number)
    process.wait(PATIENCE)
    assert wait(lambda: nothing_is_left(process.pid, relay, inside))


def test_what_a_run_left_whose_relay_was_killed_too_is_cleared_by_the_next(
    holder: tuple["subprocess.Popen[str]", int, int],
) -> None:
    process, relay, inside = holder
    names = namespaces.existing(f"{namespaces.PREFIX}{process.pid}-")
    os.kill(relay, signal.SIGKILL)
    process.kill()
    process.wait(PATIENCE)
    assert namespaces.existing(f"{namespaces.PREFIX}{process.pid}-") == names
    assert namespaces.started(inside)
    with Regions(load_table(TABLE)):
        assert nothing_is_left(process.pid, relay, inside)


def test_regions_of_a_run_that_goes_on_are_left_alone(holder: tuple["subprocess.Popen[str]", int, int]) -> None:
    process, relay, inside = holder
    with Regions(load_table(TABLE)) as made:
        assert not [one for one in made.cleared if one.startswith(f"{namespaces.PREFIX}{process.pid}-")]
        ours = {made.space(name).address for name in made.table.regions}
        assert len(ours) == 3
    assert len(namespaces.existing(f"{namespaces.PREFIX}{process.pid}-")) == 3
    assert namespaces.started(relay)
    assert namespaces.started(inside)
