"""`maasctl completion`: the script that makes a shell complete commands and options."""

import click

from maas_core.cli.base import Command

INSTALL = {
    "bash": 'eval "$(maasctl completion bash)" in ~/.bashrc',
    "zsh": 'eval "$(maasctl completion zsh)" in ~/.zshrc',
    "fish": "maasctl completion fish > ~/.config/fish/completions/maasctl.fish",
}


@click.command(cls=Command, epilog="  ".join(f"{shell}: {line}." for shell, line in INSTALL.items()))
@click.argument("shell", type=click.Choice(list(INSTALL)))
@click.pass_context
def command(context: click.Context, shell: str) -> None:
    """Print the shell's completion script."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only here

    made_for = get_completion_class(shell)
    assert made_for is not None
    click.echo(made_for(context.find_root().command, {}, "maasctl", "_MAASCTL_COMPLETE").source())
