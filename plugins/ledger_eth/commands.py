"""`maasctl eth`: what only this backend can do."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from maas_ledger_eth.settings import ADDRESS, ENDPOINT, ChainKind, Settings

from maas_core.cli.base import CliContext, Group, pass_cli
from maas_core.errors import IntegrityError, UnavailableError, UsageError

if TYPE_CHECKING:
    from threading import Event

    from maas_core.ports.clock import Deadline
    from maas_core.ports.membership import ConsortiumMembership, Draft
    from maas_core.ports.signer import Signer

SECONDS = 120.0
NOWHERE = "0x" + "00" * 20


@click.group("eth", cls=Group)
def command() -> None:
    """Ethereum: keys, chain, contract and signers."""


endpoint_option = click.option("--endpoint", required=True, help="JSON-RPC of a node of the chain.")
key_option = click.option("--key", type=click.Path(path_type=Path), required=True, help="A keystore file.")
passphrase_option = click.option(
    "--passphrase-file", type=click.Path(path_type=Path, exists=True), required=True, help="Opens it."
)


@command.command("new-key")
@key_option
@passphrase_option
@pass_cli
def new_key(cli: CliContext, key: Path, passphrase_file: Path) -> None:
    """Write a new key to a keystore file, and say its address."""
    from maas_ledger_eth.address import checksummed, signer_address  # noqa: PLC0415 - brings vendor libraries
    from maas_ledger_eth.keystore import new_secret, signer_of, write  # noqa: PLC0415

    secret = new_secret()
    write(key, secret, _passphrase(passphrase_file))
    cli.show({"key": key, "address": checksummed(signer_address(signer_of(secret)))})


@command.command()
@endpoint_option
@key_option
@passphrase_option
@click.option("--chain-id", type=int, default=None, help="Refuse an endpoint of another chain.")
@click.option("--gas-price", type=click.IntRange(0), default=None, help="Wei for each gas; as suggested if left out.")
@pass_cli
def deploy(
    cli: CliContext, endpoint: str, key: Path, passphrase_file: Path, chain_id: int | None, gas_price: int | None
) -> None:
    """Put the contract onto a chain and publish its source there; the board does this once."""
    from maas_ledger_eth.deploying import deploy as put  # noqa: PLC0415 - brings vendor libraries
    from maas_ledger_eth.keystore import read, signer_of  # noqa: PLC0415

    from maas_core.ports.clock import SystemClock  # noqa: PLC0415
    from maas_core.ports.secret import Secret  # noqa: PLC0415

    signer = signer_of(read(key, Secret(_passphrase(passphrase_file))))
    settings = _settings(endpoint, NOWHERE, chain_id=chain_id, gas_price=gas_price)
    cli.show(put(settings, signer, SystemClock(), SECONDS), "Deployed")


@command.command("verify-source")
@endpoint_option
@click.option("--contract", required=True, help="The contract's address.")
@click.option(
    "--solc", default="solc", help="A compiler that takes --standard-json; its version must be the pinned one."
)
@click.option("--start-block", type=click.IntRange(0), default=0, help="No event of it is older.")
@pass_cli
def verify_source(cli: CliContext, endpoint: str, contract: str, solc: str, start_block: int) -> None:
    """Compile the source that was published with a contract, and compare with the code on the chain."""
    from maas_ledger_eth.verification import verify  # noqa: PLC0415 - brings vendor libraries

    if not ADDRESS.fullmatch(contract):
        raise UsageError(f"{contract!r} is no address; accepted: 0x and 40 hexadecimal digits")
    report = verify(_settings(endpoint, contract, start_block=start_block), solc, SECONDS)
    cli.show(report)
    if not report.verified:
        raise IntegrityError("the code on the chain is not what the published source gives")


@command.command()
@click.option("--signer", "signers", multiple=True, required=True, help="A signer's address; once for each.")
@click.option("--chain-id", type=click.IntRange(1), required=True, help="The chain's number; nobody else's.")
@click.option("--period", type=click.IntRange(1), default=5, show_default=True, help="Seconds from block to block.")
@click.option("--free-gas/--funded", default=True, help="Gas costs nothing, or accounts are funded by --fund.")
@click.option("--fund", "funded", multiple=True, help="An address that gets 1,000,000 ether.")
@click.option("--gas-limit", type=click.IntRange(10_000_000), default=30_000_000, show_default=True)
@click.option("--even", is_flag=True, help="Take an even number of signers, who can block each other for ever.")
@pass_cli
def genesis(
    cli: CliContext,
    signers: tuple[str, ...],
    chain_id: int,
    period: int,
    free_gas: bool,
    funded: tuple[str, ...],
    gas_limit: int,
    even: bool,
) -> None:
    """Print the first block of a new Clique chain, for `geth init`."""
    import time  # noqa: PLC0415 - only here

    from maas_ledger_eth.address import parse_address  # noqa: PLC0415 - brings vendor libraries
    from maas_ledger_eth.devnet.genesis import clique_genesis  # noqa: PLC0415

    if len(signers) % 2 == 0 and not even:
        raise UsageError(f"{len(signers)} signers: halves of an even number can block each other; add one, or --even")
    content = clique_genesis(
        [parse_address(one) for one in signers],
        chain_id=chain_id,
        period=period,
        free_gas=free_gas,
        gas_limit=gas_limit,
        time=int(time.time()),
        balances=dict.fromkeys(map(parse_address, funded), 10**24),
    )
    cli.print_lines([json.dumps(content, indent=2)])


@command.command()
@endpoint_option
@click.argument("enodes", nargs=-1, required=True)
@pass_cli
def join(cli: CliContext, endpoint: str, enodes: tuple[str, ...]) -> None:
    """Tell your node of others (enode://...), wait until it has a peer, and print its own enode for them."""
    from maas_ledger_eth.joining import join_network  # noqa: PLC0415 - brings vendor libraries

    wrong = [one for one in enodes if not one.startswith("enode://")]
    if wrong:
        raise UsageError(f"{wrong[0]!r} is no enode; accepted: enode://PUBLICKEY@HOST:PORT")
    cli.show(join_network(_settings(endpoint, NOWHERE), enodes, SECONDS))


@command.command("create-dispenser")
@pass_cli
def create_dispenser(cli: CliContext) -> None:
    """Put a dispenser onto the chain, which pays only at your board's word; then send it the chain's currency."""
    from maas_ledger_eth.dispenser import create_dispenser as create  # noqa: PLC0415 - brings vendor libraries

    settings, signer = _own(cli)
    cli.show({"dispenser": create(settings, signer, cli.node.clock, SECONDS)})


@command.command("top-up")
@click.option("--dispenser", required=True, help="The dispenser's address.")
@click.option("--level", type=click.IntRange(1), required=True, help="Wei that an account shall have.")
@click.option("--every", type=click.FloatRange(1), help="Seconds between looks, until Ctrl-C; else one look.")
@pass_cli
def top_up(cli: CliContext, dispenser: str, level: int, every: float | None) -> None:
    """Bring the accounts of all active parties that have less than half of a level up to it; the board does this."""
    from maas_ledger_eth.dispenser import run_periodically  # noqa: PLC0415 - brings vendor libraries
    from maas_ledger_eth.dispenser import top_up as pay  # noqa: PLC0415

    settings, signer = _own(cli)

    def once() -> None:
        accounts = _accounts(cli)
        party = cli.node.parties.me().party
        cli.show(pay(settings, signer, cli.node.clock, SECONDS, dispenser, party, accounts, level))

    if every is None:
        once()
        return
    stop = _until_interrupted()
    run_periodically(every, once, stop.wait)


@command.command()
@pass_cli
def signers(cli: CliContext) -> None:
    """List who seals blocks."""
    membership, deadline = _membership(cli)
    members = _answered(membership.members(deadline))
    cli.show([{"signer": one.identity} for one in members], "Signers")


@command.command()
@click.argument("change", type=click.Choice(["admit", "remove"]))
@click.argument("address")
@click.option("--name", default="", help="Whose signer it is, for people.")
@click.option("--output", type=click.Path(path_type=Path), required=True, help="The file that signers hand round.")
@click.option("--force", is_flag=True, help="Even if there would be an even number of signers.")
@pass_cli
def propose(cli: CliContext, change: str, address: str, name: str, output: Path, force: bool) -> None:
    """Begin to admit or remove a signer: write a draft that more than half of the signers vote for."""
    from maas_ledger_eth.membership import FORCE  # noqa: PLC0415 - brings vendor libraries

    from maas_core.ports.membership import ChangeKind, Member, MemberChange  # noqa: PLC0415

    membership, deadline = _membership(cli)
    wanted = MemberChange(ChangeKind(change), Member(name or address, address), FORCE if force else b"")
    if output.exists():
        raise UsageError(f"{output}: exists; nothing was written")
    _write(output, _answered(membership.draft(wanted, deadline)))
    cli.say(f"{output}: have the signers run `maasctl eth vote {output.name}`")


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@pass_cli
def vote(cli: CliContext, file: Path) -> None:
    """Vote for a draft with the signer whose endpoint your config names first."""
    membership, deadline = _membership(cli)
    signed = _answered(membership.sign(_read(file), deadline))
    _write(file, signed)
    cli.show(_answered(membership.status(signed, deadline)))


@command.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@pass_cli
def draft(cli: CliContext, file: Path) -> None:
    """Show where a draft stands; once it is in effect, your signer's vote is discarded."""
    membership, deadline = _membership(cli)
    cli.show(_answered(membership.status(_read(file), deadline)))


def _own(cli: CliContext) -> "tuple[Settings, Signer]":
    """The ledger's settings and the key of this node."""
    if cli.config.ledger.backend.name != "eth":
        raise UsageError("this node's ledger is not on Ethereum")
    if cli.node.signer is None:
        raise UsageError(f"{cli.config.file} has no [signer]: this node only reads")
    settings: Settings = cli.config.ledger.settings
    contract: str = cli.node.ledger.workflow.contract_address  # type: ignore[attr-defined]
    return replace(settings, contract=contract), cli.node.signer


def _accounts(cli: CliContext) -> list[bytes]:
    """The addresses of all active parties."""
    from maas_core.protocol.states import PartyState  # noqa: PLC0415 - brings the protocol with it

    cli.node.sync()
    records = [seen.record for seen in cli.node.parties.all()]
    return [one.identity[-20:] for one in records if one.state == PartyState.ACTIVE]


def _until_interrupted() -> "Event":
    """Set by Ctrl-C and SIGTERM."""
    import signal  # noqa: PLC0415 - only here
    from threading import Event  # noqa: PLC0415

    stop = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _settings(endpoint: str, contract: str, **others: Any) -> Settings:
    if not ENDPOINT.fullmatch(endpoint) or endpoint.startswith("tester:"):
        raise UsageError(f"{endpoint!r} is no endpoint; accepted: http(s)://..., ws(s)://...")
    return Settings((endpoint,), contract, ChainKind.CLIQUE, **others)


def _passphrase(file: Path) -> str:
    try:
        return file.read_text("utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{file}: cannot be read") from None


def _membership(cli: CliContext) -> "tuple[ConsortiumMembership, Deadline]":
    from maas_core.ports.clock import Deadline  # noqa: PLC0415 - brings the protocol with it

    membership = cli.node.ledger.membership
    if cli.config.ledger.backend.name != "eth" or membership is None:
        raise UsageError("this node's ledger is no Clique chain: its signers cannot be changed from here")
    return membership, Deadline.after(cli.node.clock, SECONDS)


def _answered(answer: Any) -> Any:
    from maas_core.ports.workflow import Unavailable  # noqa: PLC0415 - as above

    if isinstance(answer, Unavailable):
        raise UnavailableError(answer.reason)
    return answer


def _write(file: Path, one: "Draft") -> None:
    told = {
        "change": one.change.kind.value,
        "name": one.change.member.name,
        "identity": one.change.member.identity,
        "material": b64encode(one.change.material).decode(),
        "payload": b64encode(one.payload).decode(),
        "signed_by": [identity for identity, _ in one.signatures],
    }
    try:
        file.write_text(json.dumps(told, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None


def _read(file: Path) -> "Draft":
    from maas_core.ports.membership import ChangeKind, Draft, Member, MemberChange  # noqa: PLC0415 - only here

    try:
        told = json.loads(file.read_text("utf-8"))
        member = Member(told["name"], told["identity"])
        change = MemberChange(ChangeKind(told["change"]), member, b64decode(told["material"]))
        return Draft(change, b64decode(told["payload"]), tuple((one, b"") for one in told["signed_by"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(f"{file}: is no draft that `maasctl eth propose` wrote") from None
