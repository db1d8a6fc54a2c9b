"""`maasctl machine`: agreements on machines."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from maas_core.cli.base import CliContext, Group, pass_cli, quiet_option
from maas_core.cli.documents import content_of, document, json_of
from maas_core.cli.sending import finish, wait_option
from maas_core.cli.terms import signable_terms
from maas_core.cli.views import history_view, machine_view, seconds
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_core.cli.views import MachineView
    from maas_core.node import Node

at_option = click.option("--at", default="", help="When it happened (ISO 8601, UTC), if not just now.")


@click.group(cls=Group)
def command() -> None:
    """Machines and their agreements."""


def _id(node: "Node", machine: str) -> bytes:
    return node.aliases.resolve("machine", machine)


def _view(node: "Node", machine: bytes) -> "MachineView":
    anchors, billing = node.machines.heads(machine)
    return machine_view(node.machines.get(machine), node.aliases.name_of("machine", machine), anchors, billing)


def _when(text: str) -> int | None:
    return seconds(text) if text else None


@command.command("list")
@quiet_option
@pass_cli
def list_machines(cli: CliContext, quiet: bool) -> None:
    """List all machines that this node knows."""
    node = cli.synced_node
    if quiet:
        cli.print_lines(seen.record.machine.hex() for seen in node.machines.all())
        return
    views = [_view(node, seen.record.machine) for seen in node.machines.all()]
    columns = ("machine", "alias", "state", "oem", "customer", "machine_class", "last_at", "provisional")
    cli.show(views, "Machines", columns)


@command.command()
@click.argument("machine")
@pass_cli
def show(cli: CliContext, machine: str) -> None:
    """Show a machine, its anchors and its billing."""
    node = cli.synced_node
    cli.show(_view(node, _id(node, machine)))


@command.command()
@click.argument("machine")
@pass_cli
def history(cli: CliContext, machine: str) -> None:
    """Show the final events of a machine."""
    node = cli.synced_node
    cli.show([history_view(one) for one in node.machines.history(_id(node, machine))], "History")


@command.command()
@click.argument("machine")
@click.argument("name")
@pass_cli
def alias(cli: CliContext, machine: str, name: str) -> None:
    """Give a machine a name on this node."""
    node = cli.synced_node
    node.aliases.set(name, "machine", _id(node, machine))
    cli.say(f"{machine} is {name} from now on")


@command.command()
@click.option("--oem", type=int, required=True, help="The OEM's party number.")
@click.option("--customer", type=int, required=True, help="The customer's party number.")
@click.option("--class", "machine_class", type=click.IntRange(0, 65_535), default=1, help="The OEM's class number.")
@click.option("--spec", type=document, required=True, help="The specification document.")
@click.option("--terms", type=document, required=True, help="The terms document.")
@click.option("--telemetry-interval", type=int, default=60, help="Seconds between readings.")
@click.option("--invoice-period", type=int, default=2_592_000, help="Seconds between invoices.")
@click.option("--alias", "name", default="", help="A name for it on this node.")
@wait_option
@pass_cli
def register(
    cli: CliContext, oem: int, customer: int, machine_class: int, spec: Path, terms: Path, telemetry_interval: int,
    invoice_period: int, name: str, wait: bool,
) -> None:  # fmt: skip
    """Register a machine, as its OEM or its customer."""
    from maas_core.node.machines import NewMachine  # noqa: PLC0415 - brings the store with it
    from maas_core.protocol.states import Role  # noqa: PLC0415

    contents = {"spec": _spec(spec), "terms": signable_terms(terms)}
    node = cli.synced_node
    readers = {oem, customer} | node.parties.active(Role.AUDITOR)
    until = node.keeping.terms_until(contents["terms"])
    published = {
        kind: node.documents.publish(kind, content, readers, until=until) for kind, content in contents.items()
    }
    new = NewMachine(
        oem,
        customer,
        machine_class,
        published["spec"],
        published["terms"],
        telemetry_interval,
        invoice_period,
    )
    machine, submission = node.machines.register(new)
    if name:
        node.aliases.set(name, "machine", machine)
    finish(cli, submission, wait, machine=machine.hex())


def _spec(file: Path) -> bytes:
    """A specification whose devices can be read. Raises `UsageError`."""
    from maas_core.errors import IntegrityError  # noqa: PLC0415 - only here
    from maas_core.sealing.devices import devices_of  # noqa: PLC0415

    content = json_of(file)
    try:
        devices_of(content)
    except IntegrityError as error:
        raise UsageError(f"{file}: {error}") from None
    return content


@command.command()
@click.argument("machine")
@click.option("--terms", type=document, required=True, help="The terms document, as the other side gave it to you.")
@wait_option
@pass_cli
def accept(cli: CliContext, machine: str, terms: Path, wait: bool) -> None:
    """Accept an agreement with exactly these terms."""
    node = cli.synced_node
    machine_id, content = _id(node, machine), json_of(terms)
    registered = node.machines.get(machine_id).record.terms
    if node.documents.read(registered, "terms") != content:
        raise UsageError(f"{terms}: is not the document that was registered; `maasctl document show` prints that one")
    signable_terms(terms)
    finish(cli, node.machines.accept(machine_id, registered), wait)


@command.command()
@click.argument("machine")
@wait_option
@pass_cli
def decline(cli: CliContext, machine: str, wait: bool) -> None:
    """Decline an agreement."""
    node = cli.synced_node
    finish(cli, node.machines.decline(_id(node, machine)), wait)


@command.command()
@click.argument("machine")
@at_option
@wait_option
@pass_cli
def start(cli: CliContext, machine: str, at: str, wait: bool) -> None:
    """Record the start of billable use."""
    node = cli.synced_node
    finish(cli, node.machines.start(_id(node, machine), _when(at)), wait)


@command.command()
@click.argument("machine")
@click.option("--cause", type=click.Choice(["failure", "quality", "planned", "operator"]), required=True)
@click.option("--evidence", type=document, default=None, help="A document that shows why.")
@at_option
@wait_option
@pass_cli
def stop(cli: CliContext, machine: str, cause: str, evidence: Path | None, at: str, wait: bool) -> None:
    """Record the end of billable use."""
    from maas_core.protocol.states import StopCause  # noqa: PLC0415 - brings the protocol with it

    node = cli.synced_node
    machine_id = _id(node, machine)
    readers = node.machines.readers(machine_id)
    shown = node.documents.publish("evidence", content_of(evidence), readers, machine_id) if evidence else bytes(32)
    finish(cli, node.machines.stop(machine_id, StopCause[cause.upper()], _when(at), shown), wait)


@command.command()
@click.argument("machine")
@at_option
@wait_option
@pass_cli
def reset(cli: CliContext, machine: str, at: str, wait: bool) -> None:
    """Record that a stopped machine is as good as new."""
    node = cli.synced_node
    finish(cli, node.machines.reset(_id(node, machine), _when(at)), wait)


@command.command()
@click.argument("machine")
@pass_cli
def offers(cli: CliContext, machine: str) -> None:
    """List the changes that were offered."""
    node = cli.synced_node
    cli.show([seen.record for seen in node.machines.offers(_id(node, machine))], "Offers")


@command.command()
@click.argument("machine")
@click.option("--terms", type=document, required=True, help="The new terms document.")
@click.option("--from", "effective", required=True, help="From when they are to hold (ISO 8601, UTC).")
@wait_option
@pass_cli
def amend(cli: CliContext, machine: str, terms: Path, effective: str, wait: bool) -> None:
    """Offer new terms."""
    node = cli.synced_node
    machine_id = _id(node, machine)
    signable = signable_terms(terms)
    until, readers = node.keeping.terms_until(signable), node.machines.readers(machine_id)
    content = node.documents.publish("terms", signable, readers, machine_id, until)
    n, submission = node.machines.offer_amendment(machine_id, content, seconds(effective))
    finish(cli, submission, wait, offer=str(n))


@command.command()
@click.argument("machine")
@click.option("--from", "effective", default="", help="When it is to end (ISO 8601, UTC); now if left out.")
@wait_option
@pass_cli
def terminate(cli: CliContext, machine: str, effective: str, wait: bool) -> None:
    """Offer to end the agreement."""
    node = cli.synced_node
    end = seconds(effective) if effective else node.clock.now()
    n, submission = node.machines.offer_termination(_id(node, machine), end)
    finish(cli, submission, wait, offer=str(n))


@command.command("accept-change")
@click.argument("machine")
@click.argument("offer", type=int)
@click.option("--terms", type=document, default=None, help="The new terms document; needed for an amendment.")
@wait_option
@pass_cli
def accept_change(cli: CliContext, machine: str, offer: int, terms: Path | None, wait: bool) -> None:
    """Accept an offered change."""
    node = cli.synced_node
    machine_id = _id(node, machine)
    offered = node.machines.offer(machine_id, offer).terms
    if terms is None and any(offered):
        raise UsageError(f"offer {offer} has new terms: give the document that you agree to with --terms")
    if terms is not None and (not any(offered) or node.documents.read(offered, "terms") != json_of(terms)):
        raise UsageError(f"{terms}: is not the document that offer {offer} names")
    if terms is not None:
        signable_terms(terms)
    finish(cli, node.machines.accept_change(machine_id, offer, offered), wait)


@command.command("withdraw-change")
@click.argument("machine")
@click.argument("offer", type=int)
@wait_option
@pass_cli
def withdraw_change(cli: CliContext, machine: str, offer: int, wait: bool) -> None:
    """Take an offered change back."""
    node = cli.synced_node
    finish(cli, node.machines.withdraw_change(_id(node, machine), offer), wait)
