"""Opens the ledger: endpoints, contract and key put together, and what makes an endpoint one of this deployment."""

from maas_ledger_eth.account import Account
from maas_ledger_eth.address import parse_address, signer_address
from maas_ledger_eth.artifact import Artifact, load_artifact
from maas_ledger_eth.codec import Codec
from maas_ledger_eth.contract import codes_at, is_genuine
from maas_ledger_eth.deployment import deploy_on_tester, find_deployment
from maas_ledger_eth.events import Events
from maas_ledger_eth.finality import AgreedView
from maas_ledger_eth.ledger import ChainId, EthLedger, Sender
from maas_ledger_eth.membership import CliqueMembership
from maas_ledger_eth.profile import profile
from maas_ledger_eth.settings import ADDRESS, ChainKind, Settings
from maas_ledger_eth.transport.endpoints import Asker, Endpoint, Endpoints
from maas_ledger_eth.transport.rpc import NoAnswer, Rpc

from maas_core.errors import ConfigError
from maas_core.ports.backends import Context, OpenLedger
from maas_core.ports.clock import Clock, Deadline

SEARCH_SECONDS = 30.0
"""How long a deployment is looked for by its digest."""


def open_ledger(settings: Settings, context: Context) -> OpenLedger:
    """Open the deployment that the settings name.

    Raises `SignerError` for a key of another kind, `UnavailableError` and `ConfigError` if a deployment is named by its
    digest and is not found. Endpoints named by an address are checked when they are first asked.
    """
    artifact, clock = load_artifact(), context.clock
    rpcs = [open_rpc(url) for url in settings.endpoints]
    if not settings.contract:
        contract = deploy_on_tester(settings.endpoints[0], artifact)
    elif ADDRESS.fullmatch(settings.contract):
        contract = parse_address(settings.contract)
    else:
        search = plain_endpoints(rpcs, settings, clock)
        contract = find_deployment(search, settings, Deadline.after(clock, SEARCH_SECONDS))
    endpoints = _endpoints(rpcs, settings, clock, contract, artifact)
    codec = Codec(artifact)
    events = Events(endpoints, codec, contract, settings.log_blocks, settings.start_block)
    chain_id = ChainId(endpoints, settings.chain_id)
    ledger = EthLedger(
        profile(settings), endpoints, codec, contract, events, _sender(settings, context, endpoints), chain_id
    )
    membership = CliqueMembership(endpoints) if settings.chain is ChainKind.CLIQUE else None
    return OpenLedger(ledger, AgreedView(endpoints, settings.chain), membership)


def open_rpc(url: str) -> Rpc:
    """A connection to an endpoint; opens nothing yet."""
    if url.startswith("tester:"):
        from maas_ledger_eth.transport.tester import chain_in_process  # noqa: PLC0415 - an extra

        return chain_in_process(url)
    if url.startswith("ws"):
        from maas_ledger_eth.transport.socket import SocketRpc  # noqa: PLC0415 - only where it is used

        return SocketRpc(url)
    from maas_ledger_eth.transport.http import HttpRpc  # noqa: PLC0415 - as above

    return HttpRpc(url)


def plain_endpoints(rpcs: list[Rpc], settings: Settings, clock: Clock) -> Endpoints:
    """Endpoints of which only the chain's number is checked."""
    return _endpoints(rpcs, settings, clock, None, load_artifact())


def _endpoints(
    rpcs: list[Rpc], settings: Settings, clock: Clock, contract: bytes | None, artifact: Artifact
) -> Endpoints:
    def check(asker: Asker, deadline: Deadline) -> None:
        _check_chain(asker, settings.chain_id, deadline)
        if contract is not None:
            _check_contract(asker, contract, artifact, deadline)

    opened = [Endpoint(rpc, check, clock, settings.batch) for rpc in rpcs]
    return Endpoints(opened, clock, settings.agree, settings.endpoint_seconds)


def _check_chain(asker: Asker, wanted: int | None, deadline: Deadline) -> None:
    if wanted is None:
        return
    answer = asker.ask([("eth_chainId", [])], deadline)[0]
    if not isinstance(answer, str):
        raise NoAnswer("the endpoint does not tell its chain's number")
    if int(answer, 16) != wanted:
        raise ConfigError(f"the endpoint is of chain {int(answer, 16)}, the config says chain_id = {wanted}")


def _check_contract(asker: Asker, contract: bytes, artifact: Artifact, deadline: Deadline) -> None:
    code, annex = codes_at(asker, contract, deadline)
    if not code:
        raise NoAnswer(f"there is no contract at 0x{contract.hex()} (yet, if the endpoint is still catching up)")
    if not is_genuine(contract, code, annex, artifact):
        raise ConfigError(f"the code at 0x{contract.hex()} is not the contract of this version: correct `contract`")


def _sender(settings: Settings, context: Context, endpoints: Endpoints) -> Sender | None:
    if context.signer is None:
        return None
    address = signer_address(context.signer)
    if settings.endpoints[0].startswith("tester:"):
        from maas_ledger_eth.transport.tester import chain_in_process  # noqa: PLC0415 - an extra

        chain_in_process(settings.endpoints[0]).fund("0x" + address.hex())
    return Sender(context.signer, address, Account(address, endpoints, settings, context.clock))
