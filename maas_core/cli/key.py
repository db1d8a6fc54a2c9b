"""`maasctl key`: the party's signing key, as the config names it."""

from dataclasses import dataclass

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import UsageError


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key as everybody may see it."""

    backend: str
    scheme: str
    public_key: bytes


@click.group(cls=Group)
def command() -> None:
    """The party's signing key."""


@command.command("show")
@pass_cli
def show(cli: CliContext) -> None:
    """Show the public half."""
    section = cli.config.signer
    if section is None:
        raise UsageError(f"{cli.config.file} has no table [signer]: this node only reads")
    signer = section.backend.open(section.settings, cli.config.directory)
    cli.show(KeyRow(section.backend.name, signer.scheme, signer.public_key), "Key")


@command.command("create")
@click.option("--encryption", is_flag=True, help="The key of [encryption], by which others seal for this party.")
@click.pass_context
@pass_cli
def create(cli: CliContext, context: click.Context, encryption: bool) -> None:
    """Make the key that the config names, with the passphrase that it gives; replaces none."""
    if encryption:
        from maas_core.sealing.keys import create_key, read_key  # noqa: PLC0415 - only here

        own = cli.config.encryption
        create_key(own.key, own.passphrase)
        cli.show(KeyRow("encryption", "x25519", read_key(own.key, own.passphrase).public), "Key")
        return
    section = cli.config.signer
    if section is None:
        raise UsageError(f"{cli.config.file} has no table [signer] that would name a key")
    if section.backend.create is None:
        raise UsageError(f"signer {section.backend.name!r} makes no keys; they come from elsewhere")
    section.backend.create(section.settings, cli.config.directory)
    if not cli.config.encryption.key.exists():
        from maas_core.sealing.keys import create_key  # noqa: PLC0415 - only here

        create_key(cli.config.encryption.key, cli.config.encryption.passphrase)
    context.invoke(show)
