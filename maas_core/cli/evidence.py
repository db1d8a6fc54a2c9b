"""`maasctl evidence`: proofs that a statement is false, checked with no access to either node."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.cli.bills import verdict_view
from maas_core.cli.documents import document
from maas_core.errors import IntegrityError

if TYPE_CHECKING:
    from maas_core.evidence.file import Evidence


@click.group(cls=Group)
def command() -> None:
    """Proofs that a statement is false."""


@command.command()
@click.argument("file", type=document)
@click.option("--ledger", is_flag=True, help="Also look the ledger's facts up in this node's copy of the ledger.")
@pass_cli
def check(cli: CliContext, file: Path, ledger: bool) -> None:
    """Check an evidence file: what it proves, by whose signatures, and on which facts of the ledger it relies.

    Needs no node unless --ledger is given. Exit code 30 if the file is false or proves nothing.
    """
    from maas_core.evidence.checking import check as checked  # noqa: PLC0415 - brings the engine with it
    from maas_core.evidence.file import Evidence  # noqa: PLC0415

    evidence = Evidence.loads(file.read_bytes())
    verdict = checked(evidence)
    looked_up = "not looked up"
    if ledger:
        _look_up(cli, evidence)
        looked_up = f"all {len(evidence.facts)} are on the ledger, and none that counts is left out"
    view = verdict_view(verdict, looked_up)
    if cli.json:
        cli.show(view)
        return
    cli.say(f"{'PROVEN' if view.proven else 'NOT PROVEN BY ITSELF'}: party {view.by}: {view.text}")
    cli.say(f"invoice {view.invoice}, claimed {view.claimed} minor units, fault: {view.fault}")
    cli.show(view.signatures, "Signed by")
    cli.show([{"device": one} for one in view.devices], "Readings signed by devices")
    cli.show([{"fact": one} for one in view.relies_on], f"Facts of the ledger that it relies on ({view.ledger})")


def _look_up(cli: CliContext, evidence: "Evidence") -> None:
    node: Any = cli.synced_node
    from maas_core.node.billing.lookup import left_out, missing_facts  # noqa: PLC0415 - brings the store with it

    if evidence.deployment != node.parties.deployment().record.deployment:
        raise IntegrityError("the evidence is about another deployment than this node's")
    missing = missing_facts(node, evidence.facts)
    if missing:
        raise IntegrityError(f"this node's ledger does not have what the file relies on: {missing[0]}")
    forgotten = left_out(node, evidence)
    if forgotten is not None:
        name = type(forgotten.event).__name__
        raise IntegrityError(f"the file leaves out {name} of transaction {forgotten.transaction.hex()}, which counts")
