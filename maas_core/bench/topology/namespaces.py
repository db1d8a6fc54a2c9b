"""Network namespaces by `ip` and `tc`: made, wired and ended.

A run's namespaces are called `maas-PID-STARTED-TOKEN-NUMBER` by the process that made them, so that what a killed
run left is known by its name. Addresses are of 198.18.0.0/15, which is set aside for measurements (RFC 2544): each run
takes a /24 of it that no route of this machine overlaps. A region's address is on its loopback. To every other region
leads a device of its own: a virtual Ethernet device with netem, or where the kernel has none, a TUN device whose other
end the relay holds. To this machine's own namespace leads a pair of virtual Ethernet devices without any delay, for
making ready and for looking after processes.
"""

import fcntl
import ipaddress
import json
import os
import signal
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from maas_core.bench.topology.needs import TUN
from maas_core.bench.topology.wire import MOST_PACKETS
from maas_core.errors import UnavailableError

if TYPE_CHECKING:
    from maas_core.bench.topology.table import Pair

PREFIX = "maas-"
NETWORK = ipaddress.ip_network("198.18.0.0/15")
HERE = 254
"""The last byte of this machine's own address beside the regions."""
LOCK = Path("/run/maas-regions.lock")
"""In a folder that only root writes to."""
SECONDS = 20.0
END_SECONDS = 5.0
MTU = 1500
SET_TUN = 0x400454CA
"""TUNSETIFF of linux/if_tun.h."""
IS_TUN, NO_HEADER = 0x0001, 0x1000
BURST_SECONDS = 0.01
LEAST_BURST = 32_768
QUEUE = "200ms"
"""How long a packet may wait for the bandwidth before it is dropped."""


def run(*words: str) -> str:
    """Run one command of iproute2; returns what it printed. Raises `UnavailableError` with what it says."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        raise UnavailableError(f"`{' '.join(words)}` does not end within {SECONDS:g} s") from None
    if done.returncode:
        raise UnavailableError(f"`{' '.join(words)}` says: {(done.stderr or done.stdout).strip()}")
    return done.stdout


def started(pid: int) -> int | None:
    """When a process started, in ticks since the machine did; None: there is none."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except OSError:
        return None
    state, *rest = told.rpartition(")")[2].split()
    return None if state in "ZX" else int(rest[18])


def owner(pid: int) -> str:
    """How all namespaces begin that a process makes."""
    return f"{PREFIX}{pid}-{started(pid)}-"


def new_group() -> str:
    """How the namespaces of one run of this process begin."""
    return f"{owner(os.getpid())}{token_hex(4)}-"


def existing(prefix: str = PREFIX) -> list[str]:
    """Namespaces whose names begin so."""
    told = json.loads(run("ip", "-j", "netns", "list") or "[]")
    return [one["name"] for one in told if one["name"].startswith(prefix)]


def remove(prefix: str) -> None:
    """End what runs in namespaces whose names begin so, and the namespaces; their devices end with them."""
    names = existing(prefix)
    for number in (signal.SIGTERM, signal.SIGKILL):
        until = time.monotonic() + END_SECONDS
        for name in names:
            _signal(name, number)
        while any(_inside(name) for name in names) and time.monotonic() < until:
            time.sleep(0.02)
    for name in names:
        for device in _here(name):
            with suppress(UnavailableError):  # the kernel may have been quicker
                run("ip", "link", "del", device)
        with suppress(UnavailableError):  # somebody else clears up too
            run("ip", "netns", "del", name)


def clear_leftovers() -> list[str]:
    """Remove the namespaces of runs that have ended without clearing up; returns their names."""
    left = []
    for name in existing():
        pid, _, rest = name.removeprefix(PREFIX).partition("-")
        if pid.isdigit() and str(started(int(pid))) != rest.partition("-")[0]:
            left.append(name)
    for name in left:
        remove(name)
    return left


def _inside(name: str) -> list[int]:
    with suppress(UnavailableError):
        return [int(pid) for pid in run("ip", "netns", "pids", name).split()]
    return []


def _signal(name: str, number: signal.Signals) -> None:
    for pid in _inside(name):
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _here(name: str) -> list[str]:
    """This namespace's ends of the pairs that lead into another: what its name says is in their alias."""
    told = json.loads(run("ip", "-j", "link", "show") or "[]")
    return [one["ifname"] for one in told if one.get("ifalias") == name]


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two runs that begin at once must not choose the same addresses."""
    with LOCK.open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def free_block() -> ipaddress.IPv4Network:
    """A /24 that no address or route of this machine overlaps. Raises `UnavailableError`."""
    told = json.loads(run("ip", "-j", "-4", "route", "show", "table", "all") or "[]")
    taken = [ipaddress.ip_network(one["dst"], strict=False) for one in told if one.get("dst", "default")[0].isdigit()]
    taken = [one for one in taken if one.prefixlen > 0]
    for block in NETWORK.subnets(new_prefix=24):
        if not any(block.overlaps(one) for one in taken):
            assert isinstance(block, ipaddress.IPv4Network)
            return block
    raise UnavailableError(f"all addresses of {NETWORK} are in use on this machine")


@dataclass(frozen=True, slots=True)
class Namespace:
    """One region's."""

    group: str
    number: int
    block: ipaddress.IPv4Network

    @property
    def name(self) -> str:
        """As `ip netns` knows it."""
        return f"{self.group}{self.number}"

    @property
    def _token(self) -> str:
        return self.group.rstrip("-").rpartition("-")[2]

    @property
    def address(self) -> str:
        """Where everything in it listens."""
        return str(self.block[self.number + 1])

    @property
    def prefix(self) -> tuple[str, ...]:
        """What stands before a command that is to run in it; the command replaces it, so its process id stays."""
        return ("ip", "netns", "exec", self.name)

    def make(self) -> None:
        """Make it, with its address and the way to this machine's own namespace."""
        here, device = str(self.block[HERE]), f"maas{self._token}r{self.number}"
        run("ip", "netns", "add", self.name)
        self.ip("link", "set", "lo", "up")
        self.ip("addr", "add", f"{self.address}/32", "dev", "lo")
        run("ip", "link", "add", device, "type", "veth", "peer", "name", "here", "netns", self.name)
        run("ip", "link", "set", device, "alias", self.name)
        run("ip", "addr", "add", f"{here}/32", "dev", device)
        run("ip", "link", "set", device, "up")
        run("ip", "route", "add", f"{self.address}/32", "dev", device, "src", here)
        self.ip("link", "set", "here", "up")
        self.ip("route", "add", f"{here}/32", "dev", "here", "src", self.address)

    def has_netem(self) -> bool:
        """Whether the kernel can delay packets by itself."""
        try:
            self.limit("lo", "netem", "delay", "1ms")
        except UnavailableError:
            return False
        run("tc", "-n", self.name, "qdisc", "del", "dev", "lo", "root")
        return True

    def join(self, other: "Namespace", pair: "Pair") -> None:
        """A line to another region on which the kernel delays, loses and limits, in both directions.

        With a rate, netem keeps packets in order in spite of jitter.
        """
        here, there = f"to{other.number}", f"to{self.number}"
        ends = ("type", "veth", "peer", "name", there, "netns", other.name)
        run("ip", "link", "add", here, "netns", self.name, *ends)
        delay = [f"{pair.one_way * 1000:g}ms"]
        if pair.jitter_ms:
            delay += [f"{pair.jitter_ms:g}ms", "distribution", "normal"]
        limits = ("loss", f"{100 * pair.loss:g}%", "rate", f"{round(pair.mbit * 1e6)}bit", "limit", str(MOST_PACKETS))
        for one, device, far in ((self, here, other), (other, there, self)):
            one.limit(device, "netem", "delay", *delay, *limits)
            one.ip("link", "set", device, "up")
            one.ip("route", "add", f"{far.address}/32", "dev", device, "src", one.address)

    def limit(self, device: str, *words: str) -> None:
        """Give a device a queue, by the words of `tc qdisc`."""
        run("tc", "-n", self.name, "qdisc", "add", "dev", device, "root", *words)

    def wire(self, other: "Namespace", mbit: float) -> int:
        """A device that leads to another region, limited to a rate; returns the file descriptor of its far end."""
        device = f"to{other.number}"
        far_end = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            name = f"maas{self._token}t"
            request = struct.pack("16sH22x", name.encode(), IS_TUN | NO_HEADER)
            fcntl.ioctl(far_end, SET_TUN, request)
            run("ip", "link", "set", name, "netns", self.name, "name", device)
            self.ip("link", "set", device, "mtu", str(MTU), "up")
            self.ip("route", "add", f"{other.address}/32", "dev", device, "src", self.address)
            rate = round(mbit * 1e6)
            burst = max(LEAST_BURST, round(rate / 8 * BURST_SECONDS))
            self.limit(device, "tbf", "rate", f"{rate}bit", "burst", f"{burst}b", "latency", QUEUE)
        except BaseException:
            os.close(far_end)
            raise
        return far_end

    def ip(self, *words: str) -> str:
        """Run `ip` in it."""
        return run("ip", "-n", self.name, *words)
