"""When a devnet is ready: every peer's gateway gets an endorsement that enough organisations agree on."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from maas_ledger_fabric.client import Endorsed
from maas_ledger_fabric.devnet.plan import CHAINCODE, CHANNEL, Org, Plan
from maas_ledger_fabric.endpoint import Endpoint, Server
from maas_ledger_fabric.failures import Failure
from maas_ledger_fabric.gateway import GatewayClient
from maas_ledger_fabric.identity import Identity, load_identity
from maas_ledger_fabric.pem_signer import read_signer

from maas_core.errors import UnavailableError
from maas_core.ports.clock import Deadline, SystemClock

PAUSE = 0.1


def wait_until_endorsing(plan: Plan, seconds: float, chaincode: str = CHAINCODE) -> None:
    """Wait for all peers. Raises `UnavailableError` with what the last one said."""
    with ThreadPoolExecutor(max_workers=len(plan.orgs)) as pool:
        for _ in pool.map(lambda org: _wait_for(plan, org, seconds, chaincode), plan.orgs):
            pass


def _wait_for(plan: Plan, org: Org, seconds: float, chaincode: str) -> None:
    client = client_of(plan, org, user_identity(plan, org, "User1"), chaincode)
    try:
        _poll(lambda: client.endorse([(b"identity",)], Deadline.after(SystemClock(), 3.0))[0], org, seconds)
    finally:
        client.close()


def _poll(ask: Callable[[], Endorsed | Failure], org: Org, seconds: float) -> None:
    until = time.monotonic() + seconds
    while isinstance(answer := ask(), Failure):
        if time.monotonic() > until:
            raise UnavailableError(f"the gateway of {org.name} endorses nothing after {seconds:g} s: {answer.reason}")
        time.sleep(PAUSE)


def client_of(plan: Plan, org: Org, identity: Identity, chaincode: str = CHAINCODE) -> GatewayClient:
    """A client that works through one organisation's peer."""
    server = Server(org.address, plan.tls_ca(org).read_bytes())
    return GatewayClient(identity, [Endpoint(server, None)], SystemClock(), CHANNEL, chaincode)


def user_identity(plan: Plan, org: Org, user: str) -> Identity:
    """One of an organisation's users."""
    certificate = plan.user_certificate(org, user)
    signer = read_signer(plan.user_key(org, user))
    return load_identity(org.msp_id, certificate, certificate.read_bytes(), signer, SystemClock().now())
