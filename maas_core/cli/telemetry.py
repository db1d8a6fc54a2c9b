"""`maasctl telemetry`: readings, from their sources into anchored batches."""

import click

from maas_core.cli import telemetry_batches, telemetry_intake
from maas_core.cli.base import Group


@click.group(cls=Group)
def command() -> None:
    """Readings: take them in, anchor them, verify and export what others anchored."""


for one in (*telemetry_intake.COMMANDS, *telemetry_batches.COMMANDS):
    command.add_command(one)
