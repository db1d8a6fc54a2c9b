"""Processor time of clients and of a network's processes."""

import resource
from collections.abc import Iterable

from maas_core.bench.network import Network


def own_cpu() -> float:
    """Seconds of processor time that this process has taken."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def client_cpu(network: Network) -> float:
    """Seconds of processor time of all clients: in this process, and in those of participants in regions."""
    return own_cpu() + (_cpu_of(one.pid for one in network.outposts) or 0.0)


def cpu_of(network: Network) -> float | None:
    """Seconds of processor time of the network's processes; None if there are none, or it cannot be told."""
    return _cpu_of(process.pid for process in network.processes() if process.pid is not None)


def _cpu_of(pids: Iterable[int]) -> float | None:
    try:
        import psutil  # noqa: PLC0415 - from the extra `bench`, and only here
    except ImportError:
        return None
    found = list(pids)
    try:
        return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in found) if found else None
    except psutil.NoSuchProcess:
        return None


def difference(after: float | None, before: float | None) -> float | None:
    """A killed process takes its time with it: then it cannot be told."""
    return after - before if after is not None and before is not None and after >= before else None
