"""Where figures come from: versions, configs, machine, and how far everybody is from the network."""

import hashlib
import os
import platform
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement

from maas_core.bench.members import Members
from maas_core.bench.opening import PROBES, median_seconds, read_seconds, soon
from maas_core.bench.record import RoundTrips, RunRecord
from maas_core.bench.topology import probe
from maas_core.plugins import Plugins

DISTRIBUTION = "maas-core"
PROBE = b"how far away is this storage?"


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
    names = list(actors)
    far = {name: outpost for name in names if (outpost := members.network.outpost(name)) is not None}
    ledger = {
        name: far[name].ask_trip(members.configs[name].file.absolute())
        if name in far
        else read_seconds(members.open_ledger(name))
        for name in names
    }
    processes = {one.address: one.name for one in members.network.processes() if one.address}
    endpoints = {processes[address]: took for address, took in probe.round_trips(PROBES, list(processes)).items()}
    return RoundTrips(ledger, _storage_seconds(members), endpoints)


def _storage_seconds(members: Members) -> float:
    """Of an object that is there, since a storage may look for others in many places, for seconds."""
    storage, digest = members.open_storage(), hashlib.sha256(PROBE).digest()
    try:
        storage.put(digest, PROBE, None, soon())
        return median_seconds(lambda: storage.stat(digest, soon()))
    finally:
        storage.close()


def trips(runs: Sequence[RunRecord]) -> list[dict[str, Any]]:
    """Participants by ledger and storage, and processes, before and after each run; seconds."""
    return [
        {
            "pairing": one.pairing,
            "mode": one.mode,
            "repetition": one.repetition,
            "before": one.before,
            "after": one.after,
        }
        for one in runs
    ]
