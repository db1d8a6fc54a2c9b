"""`maasctl telemetry` anchor, verify, export, prove, check-proof and destroy-key: batches and their anchors."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from maas_core.cli.base import CliContext, Command, pass_cli
from maas_core.cli.documents import document
from maas_core.cli.views import moment, seconds
from maas_core.errors import UsageError

if TYPE_CHECKING:
    from maas_core.node import Node
    from maas_core.telemetry.anchors import Anchor
    from maas_core.telemetry.manifest import Manifest

target = click.Path(path_type=Path, dir_okay=False)
seq_from_option = click.option("--from", "seq_from", type=click.IntRange(1), default=1, help="The first anchor.")
seq_to_option = click.option("--to", "seq_to", type=click.IntRange(1), default=None, help="The last anchor.")


@dataclass(frozen=True, slots=True)
class AnchoredRow:
    """A batch that became final."""

    machine: str
    seq: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    """What an anchor stands for, as far as this party may see it."""

    seq: int
    kind: str
    time_from: str
    time_to: str
    readings: int
    gaps: int
    dropped: int
    device: str
    verified: str


def _machine(node: "Node", machine: str) -> bytes:
    return node.aliases.resolve("machine", machine)


@click.command(cls=Command)
@click.argument("machines", nargs=-1)
@click.option("--until", default="", help="Up to when (ISO 8601, UTC); all windows that are over if left out.")
@click.option("--every", type=click.IntRange(60), default=86_400, show_default=True, help="Seconds of one batch.")
@click.option("--cut-only", is_flag=True, help="Make and store the batches; anchor them later.")
@pass_cli
def anchor(cli: CliContext, machines: tuple[str, ...], until: str, every: int, cut_only: bool) -> None:
    """Make batches of what was taken in, and anchor them: all machines of this customer if none is named.

    What was interrupted goes on; nothing is anchored twice.
    """
    from rich.console import Console  # noqa: PLC0415 - takes longer to import than most commands run

    node = cli.synced_node
    me = node.parties.me().party
    own = [_machine(node, one) for one in machines]
    own = own or [one for one in node.readings.machines() if node.machines.get(one).record.customer == me]
    console = Console(stderr=True, quiet=cli.json)
    with console.status("making batches") as status:
        for number, one in enumerate(own):
            status.update(f"making batches of machine {number + 1} of {len(own)}")
            node.telemetry.cut(one, seconds(until) if until else None, every)
        status.update("anchoring")
        done = [] if cut_only else node.telemetry.anchor(own)
    cli.show([AnchoredRow(one.hex(), seq) for one, seq in done], "Anchored")


@click.command(cls=Command)
@click.argument("machine")
@seq_from_option
@seq_to_option
@click.option("--manifests", is_flag=True, help="Leave the data out: the chain of signed manifests only.")
@pass_cli
def verify(cli: CliContext, machine: str, seq_from: int, seq_to: int | None, manifests: bool) -> None:
    """Fetch, decrypt and check what was anchored: digests, signatures, device counter, window, order, Merkle root.

    A batch whose key was destroyed is told as such; its manifest is checked like all others.
    """
    node = cli.synced_node
    machine_id = _machine(node, machine)
    end = None if seq_to is None else seq_to + 1
    rows = []
    for one, manifest in node.telemetry.manifests(machine_id, seq_from, end):
        rows.append(_row(one, manifest, "manifest" if manifests else _checked(node, one)))
    cli.show(rows, "Anchors")


def _checked(node: "Node", one: "Anchor") -> str:
    from maas_core.node.stored import GoneError  # noqa: PLC0415 - brings the store with it

    try:
        node.telemetry.open(one)
    except GoneError as error:
        if error.what.startswith("the envelope"):
            return "manifest; the key was destroyed or lost"
        raise
    return "whole"


def _row(one: "Anchor", manifest: "Manifest", verified: str) -> BatchRow:
    return BatchRow(
        one.seq,
        one.kind.name.lower() + (f" of {one.corrects}" if one.corrects else ""),
        moment(one.time_from),
        moment(one.time_to),
        one.readings,
        sum(gap.missing for gap in manifest.gaps),
        manifest.dropped,
        manifest.device.hex()[:16],
        verified,
    )


@click.command(cls=Command)
@click.argument("machine")
@click.option("-o", "--output", type=target, required=True, help="A file that ends in .parquet or .csv.")
@seq_from_option
@seq_to_option
@pass_cli
def export(cli: CliContext, machine: str, output: Path, seq_from: int, seq_to: int | None) -> None:
    """Write verified readings to a Parquet or CSV file, by its ending."""
    from maas_core.telemetry.export import export_to  # noqa: PLC0415 - brings Arrow with it

    node = cli.synced_node
    end = None if seq_to is None else seq_to + 1
    batches = node.telemetry.batches(_machine(node, machine), seq_from, end)
    count = export_to(output, ((batch.manifest.signals, batch.series()) for batch in batches))
    cli.show({"file": str(output), "readings": count})


@click.command(cls=Command)
@click.argument("machine")
@click.argument("at")
@click.option("-o", "--output", type=target, required=True, help="Where to write the proof.")
@pass_cli
def prove(cli: CliContext, machine: str, at: str, output: Path) -> None:
    """Prove to somebody without the key what was measured in the hour around a time AT (ISO 8601, UTC).

    The proof shows that hour's readings of all signals and the batch's manifest, and nothing else of the batch.
    """
    from maas_core.proofs import canonical  # noqa: PLC0415 - only here
    from maas_core.telemetry.proof import to_json  # noqa: PLC0415

    node, when = cli.synced_node, seconds(at)
    machine_id = _machine(node, machine)
    fit = [
        one for one in node.telemetry.anchors(machine_id) if one.time_from <= when < one.time_to and not one.corrects
    ]
    if not fit:
        raise UsageError(f"no anchor of this machine covers {moment(when)}")
    batch = node.telemetry.open(fit[0])
    proof = batch.slice_proof(batch.manifest.slicing.index_of(when))
    value = {"machine": machine_id.hex(), "proof": to_json(proof), "seq": fit[0].seq}
    try:
        output.write_bytes(canonical.dumps(value))
    except OSError as error:
        raise UsageError(f"{output}: cannot be written: {error.strerror}") from None
    cli.show({"file": str(output), "seq": fit[0].seq, "slice": proof.index})


@click.command(name="check-proof", cls=Command)
@click.argument("file", type=document)
@pass_cli
def check_proof(cli: CliContext, file: Path) -> None:
    """Check a proof against this node's ledger, and show the readings that it proves."""
    from maas_core.proofs import canonical  # noqa: PLC0415 - only here
    from maas_core.sealing.devices import devices_of  # noqa: PLC0415
    from maas_core.telemetry.proof import from_json  # noqa: PLC0415

    value, node = canonical.loads(file.read_bytes()), cli.synced_node
    machine, seq = _named(value, file)
    one = node.telemetry.anchor_at(machine, seq)
    devices = devices_of(node.documents.read(node.machines.get(machine).record.spec, "spec"))
    proven = from_json(value["proof"]).check(one, node.parties.deployment().record.deployment, devices)
    rows = [
        {"signal": name, "time": moment(int(time)), "value": int(number), "quality": int(quality)}
        for name, series in proven.series.items()
        for time, number, quality in zip(series.time, series.value, series.quality, strict=True)
    ]
    cli.show(rows, f"Proven by anchor {seq}")


def _named(value: Any, file: Path) -> tuple[bytes, int]:
    try:
        return bytes.fromhex(value["machine"]), int(value["seq"])
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"{file}: is no proof that `maasctl telemetry prove` wrote: {json.dumps(value)[:60]}"
        ) from None


@click.command(name="destroy-key", cls=Command)
@click.argument("machine")
@click.argument("seq", type=click.IntRange(1))
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_cli
def destroy_key(cli: CliContext, machine: str, seq: int, yes: bool) -> None:
    """Make a batch unreadable for everybody and for good; its manifest and anchor still verify."""
    node = cli.synced_node
    machine_id = _machine(node, machine)
    if not yes:
        click.confirm(f"Nobody will ever read the batch of anchor {seq} again. Go on?", abort=True, err=True)
    status = node.telemetry.destroy_key(machine_id, seq)
    cli.show({"seq": seq, "key": "retained" if status.value == "retained" else "destroyed"})


COMMANDS: tuple[click.Command, ...] = (anchor, verify, export, prove, check_proof, destroy_key)
