"""Where a devnet's processes are, by the region table."""

from collections.abc import Sequence

from maas_core.bench.topology.regions import Regions
from maas_core.bench.topology.table import RegionTable
from maas_core.errors import UsageError
from maas_core.plugins import Plugins
from maas_core.ports.devnet import DevnetProcess, Placement, Site


def placement(regions: Regions, devnet: str) -> Placement:
    """For one devnet."""
    table = regions.table
    told = table.processes.get(devnet, {})
    return Placement(
        {name: _site(regions, region) for name, region in told.items()},
        _site(regions, table.home),
        {name: regions.space(region).address for name, region in table.participants.items()},
    )


def _site(regions: Regions, region: str) -> Site:
    space = regions.space(region)
    return Site(space.address, space.prefix)


def refuse_ledger(plugins: Plugins, ledger: str) -> None:
    """Raises `UsageError` if a ledger's network cannot be placed in regions."""
    able = [name for name in plugins.devnets.names() if plugins.devnets.get(name).open_placed is not None]
    accepted = ", ".join(name for name in able if name in plugins.ledgers.names()) or "none of those installed"
    if plugins.ledgers.get(ledger).embedded is not None:
        raise UsageError(f"ledger {ledger!r} is a file on this machine and in no region; accepted: {accepted}")
    if ledger not in able:
        raise UsageError(f"the devnet of ledger {ledger!r} cannot be placed in regions; accepted: {accepted}")


def refuse_devnets(plugins: Plugins, table: RegionTable) -> None:
    """Raises `UsageError` if the table names a devnet that there is not."""
    for name in table.processes:
        if name not in plugins.devnets.names():
            told = ", ".join(plugins.devnets.names())
            raise UsageError(f"processes.{name}: there is no such devnet; accepted: {told}")


def refuse_processes(table: RegionTable, devnet: str, processes: Sequence[DevnetProcess]) -> None:
    """Raises `UsageError` if the table names a process that this network does not have."""
    known = [one.name for one in processes]
    for name in table.processes.get(devnet, {}):
        if name not in known:
            raise UsageError(f"processes.{devnet}.{name}: there is no such process; accepted: {', '.join(known)}")
