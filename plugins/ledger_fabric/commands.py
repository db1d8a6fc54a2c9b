"""`maasctl fabric`: what only this ledger has."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import UnavailableError, UsageError

if TYPE_CHECKING:
    from maas_ledger_fabric.settings import Settings

    from maas_core.ports.clock import Deadline
    from maas_core.ports.membership import ConsortiumMembership, Draft, MemberChange
    from maas_core.ports.workflow import Unavailable

T = TypeVar("T")
existing_file = click.Path(path_type=Path, dir_okay=False, exists=True)
new_file = click.Path(path_type=Path, dir_okay=False)
SECONDS = 20.0


@click.group("fabric", cls=Group)
def command() -> None:
    """Hyperledger Fabric: check a connection, package the chaincode, change the channel's organisations."""


@command.command("hfc-setup")
@pass_cli
def hfc_setup(cli: CliContext) -> None:
    """Make the environment of fabric-sdk-py, for nodes with client = "hfc"."""
    from maas_ledger_fabric.hfc.setup import make_environment  # noqa: PLC0415 - only here

    cli.show({"python": make_environment(cli.say)})


@command.command()
@pass_cli
def check(cli: CliContext) -> None:
    """Ask each peer of the node's config whether it knows the channel, the chaincode and this identity."""
    from maas_ledger_fabric.checking import check_peers  # noqa: PLC0415 - brings gRPC with it

    from maas_core.ports.backends import Context  # noqa: PLC0415 - as above

    node = cli.node
    found = check_peers(_settings(cli), Context(node.clock, node.signer, node.config.directory))
    cli.show(found, "Peers", ("peer", "blocks", "identity", "endorsement"))
    if not all(one.fine for one in found):
        raise UnavailableError("not every peer can be worked with; the table says why")


@command.command()
@click.argument("address")
@click.argument("output", type=new_file)
@click.option("--label", default="maas_1", show_default=True, help="Goes into the package's id.")
@click.option("--tls-root", type=existing_file, help="PEM of the CA of the service's certificate.")
@click.option("--tls-certificate", type=existing_file, help="PEM of the certificate that the peer shows.")
@click.option("--tls-key", type=existing_file, help="PEM of its key.")
@pass_cli
def package(
    cli: CliContext,
    address: str,
    output: Path,
    label: str,
    tls_root: Path | None,
    tls_certificate: Path | None,
    tls_key: Path | None,
) -> None:
    """Write the chaincode's package to OUTPUT; its service is at ADDRESS (HOST:PORT)."""
    from maas_ledger_fabric.package import ServiceTls, chaincode_package, package_id  # noqa: PLC0415 - only here

    tls = None
    if tls_root or tls_certificate or tls_key:
        if not (tls_root and tls_certificate and tls_key):
            raise UsageError("--tls-root, --tls-certificate and --tls-key come together")
        tls = ServiceTls(*(file.read_text("utf-8") for file in (tls_root, tls_certificate, tls_key)))
    content = chaincode_package(label, address, tls)
    _write(output, content)
    cli.show({"package": output, "package id": package_id(label, content)})


# Organisations


@command.command("org")
@click.argument("msp_folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("msp_id")
@click.argument("output", type=new_file)
@click.option("--anchor", "anchors", multiple=True, metavar="HOST:PORT", help="How other organisations' peers find it.")
@pass_cli
def org(cli: CliContext, msp_folder: Path, msp_id: str, output: Path, anchors: tuple[str, ...]) -> None:
    """Write the definition of an organisation that wants to be admitted, from its MSP folder."""
    from maas_ledger_fabric.org_definition import definition_from_msp, definition_to_json  # noqa: PLC0415 - only here

    _write(output, definition_to_json(definition_from_msp(msp_folder, msp_id, anchors)))
    cli.show({"definition": output})


@command.command()
@pass_cli
def members(cli: CliContext) -> None:
    """List the channel's organisations."""
    found = _answer(_membership(cli).members(_deadline(cli)))
    cli.show(found, "Organisations", ("name", "identity"))


@command.command()
@click.argument("definition", type=existing_file)
@click.argument("output", type=new_file)
@pass_cli
def admit(cli: CliContext, definition: Path, output: Path) -> None:
    """Draft the admission of the organisation that the file DEFINITION describes."""
    from maas_ledger_fabric.org_definition import definition_from_json  # noqa: PLC0415 - brings protobuf with it

    from maas_core.ports.membership import ChangeKind, Member, MemberChange  # noqa: PLC0415 - as above

    content = definition.read_bytes()
    name = definition_from_json(content).msp_id
    _draft(cli, MemberChange(ChangeKind.ADMIT, Member(name, name), content), output)


@command.command()
@click.argument("msp_id")
@click.argument("output", type=new_file)
@pass_cli
def remove(cli: CliContext, msp_id: str, output: Path) -> None:
    """Draft the removal of an organisation."""
    from maas_core.ports.membership import ChangeKind, Member, MemberChange  # noqa: PLC0415 - only here

    _draft(cli, MemberChange(ChangeKind.REMOVE, Member(msp_id, msp_id)), output)


def _draft(cli: CliContext, change: "MemberChange", output: Path) -> None:
    _save(cli, output, _answer(_membership(cli).draft(change, _deadline(cli))))


def _save(cli: CliContext, file: Path, draft: "Draft") -> None:
    from maas_ledger_fabric.draft_file import write_draft  # noqa: PLC0415 - only here

    write_draft(file, draft)
    cli.show(_answer(_membership(cli).status(draft, _deadline(cli))))


@command.command()
@click.argument("draft", type=existing_file)
@pass_cli
def sign(cli: CliContext, draft: Path) -> None:
    """Add this organisation's signature to a draft, if it does what it says."""
    from maas_ledger_fabric.draft_file import read_draft  # noqa: PLC0415 - only here

    _save(cli, draft, _answer(_membership(cli).sign(read_draft(draft), _deadline(cli))))


@command.command()
@click.argument("draft", type=existing_file)
@pass_cli
def submit(cli: CliContext, draft: Path) -> None:
    """Send a draft with enough signatures to the orderers."""
    from maas_ledger_fabric.draft_file import read_draft  # noqa: PLC0415 - only here

    cli.show(_answer(_membership(cli).submit(read_draft(draft), _deadline(cli))))


@command.command()
@click.argument("draft", type=existing_file)
@pass_cli
def status(cli: CliContext, draft: Path) -> None:
    """Say where a draft stands."""
    from maas_ledger_fabric.draft_file import read_draft  # noqa: PLC0415 - only here

    cli.show(_answer(_membership(cli).status(read_draft(draft), _deadline(cli))))


def _settings(cli: CliContext) -> "Settings":
    from maas_ledger_fabric.settings import Settings  # noqa: PLC0415 - only here

    found = cli.config.ledger.settings
    if not isinstance(found, Settings):
        raise UsageError(f'{cli.config.file}: the ledger of this node is not Fabric: set backend = "fabric"')
    return found


def _membership(cli: CliContext) -> "ConsortiumMembership":
    _settings(cli)
    found = cli.node.ledger.membership
    if found is None:
        raise UsageError(f"{cli.config.file}: organisations are changed by administrators: set [ledger.settings.admin]")
    return found


def _deadline(cli: CliContext) -> "Deadline":
    from maas_core.ports.clock import Deadline  # noqa: PLC0415 - only here

    return Deadline.after(cli.node.clock, SECONDS)


def _answer(answer: "T | Unavailable") -> T:
    """What the ledger said. Raises `UnavailableError`."""
    from maas_core.ports.workflow import Unavailable  # noqa: PLC0415 - brings the protocol with it

    if isinstance(answer, Unavailable):
        raise UnavailableError(answer.reason)
    return answer


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
