"""`maasctl device`: keys of devices and gateways, which sign batches of readings."""

from dataclasses import dataclass
from pathlib import Path

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import UsageError


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device's key as everybody may see it."""

    file: str
    public_key: str


@click.group(cls=Group)
def command() -> None:
    """Keys of devices and gateways that sign readings."""


@command.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)
@click.option("-q", "--quiet", is_flag=True, help="Only the public key, for scripts.")
@pass_cli
def new(cli: CliContext, file: Path | None, quiet: bool) -> None:
    """Make a key in FILE, or in the first file of [devices] keys that does not exist.

    Its public half goes into the specification of the machines that the device is attached to:
    {"devices": [{"name": "gateway", "public_key": "..."}]}.
    """
    from maas_core.sealing.devices import create_device  # noqa: PLC0415 - only here

    section = cli.config.devices
    free = file or next((one for one in section.keys if not one.exists()), None)
    if free is None:
        raise UsageError("all files of [devices] keys exist; name another FILE, and add it there")
    public = create_device(free, section.passphrase).public_key.hex()
    if quiet:
        cli.print_lines([public])
    else:
        cli.show(DeviceView(str(free), public), "Device")


@command.command()
@pass_cli
def show(cli: CliContext) -> None:
    """Show the public halves of this node's device keys."""
    from maas_core.sealing.devices import read_device  # noqa: PLC0415 - only here

    section = cli.config.devices
    there = [one for one in section.keys if one.exists()]
    cli.show([DeviceView(str(one), read_device(one, section.passphrase).public_key.hex()) for one in there], "Devices")
