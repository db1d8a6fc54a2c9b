"""Where figures come from: versions, configs, machine, and how far everybody is from the network."""

import hashlib
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from secrets import token_bytes
from statistics import median
from typing import Any

from packaging.requirements import Requirement

from maas_core.bench.members import Members
from maas_core.bench.record import RoundTrips
from maas_core.plugins import Plugins
from maas_core.ports.clock import Deadline, SystemClock

PROBES = 9
DISTRIBUTION = "maas-core"


def provenance(scenario: Path, plugins: Plugins, command: str) -> dict[str, Any]:
    """All that is known before the first run."""
    return {
        "command": command,
        "scenario_sha256": hashlib.sha256(scenario.read_bytes()).hexdigest(),
        "python": sys.version.split()[0],
        "libraries": dict(_versions(_libraries())),
        "plugins": {one.name: one.distribution for one in plugins.reports},
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count() or 0,
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "began": int(time.time()),
    }


def _libraries() -> list[str]:
    """What the distribution and its extras name, itself first."""
    return [DISTRIBUTION, *sorted({Requirement(one).name for one in requires(DISTRIBUTION) or ()} - {DISTRIBUTION})]


def _versions(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, version(name)
        except PackageNotFoundError:
            continue


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def config_digests(members: Members) -> Mapping[str, str]:
    """SHA-256 of each participant's config."""
    return {name: hashlib.sha256(one.file.read_bytes()).hexdigest() for name, one in members.configs.items()}


def round_trips(members: Members, actors: Iterable[str]) -> RoundTrips:
    """Measure them now."""
    ledger = {}
    for name in actors:
        opened = members.open_ledger(name)
        try:
            ledger[name] = _median_seconds(lambda opened=opened: opened.finality.head(_soon()))
        finally:
            opened.workflow.close()
    storage = members.open_storage()
    try:
        return RoundTrips(ledger, _median_seconds(lambda: storage.stat(token_bytes(32), _soon())))
    finally:
        storage.close()


def _median_seconds(call: Any) -> float:
    call()
    took = []
    for _ in range(PROBES):
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)
    return median(took)


def _soon() -> Deadline:
    return Deadline.after(SystemClock(), 5.0)
