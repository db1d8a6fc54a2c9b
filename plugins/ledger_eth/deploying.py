"""Deploys the contract and waits until it is there."""

import time
from contextlib import closing

from maas_ledger_eth.account import Account
from maas_ledger_eth.address import signer_address
from maas_ledger_eth.artifact import load_artifact
from maas_ledger_eth.contract import codes_at, is_genuine
from maas_ledger_eth.deployment import Deployed, deployed, deployment_attempts
from maas_ledger_eth.ledger import ChainId
from maas_ledger_eth.opening import open_rpc, plain_endpoints
from maas_ledger_eth.settings import Settings
from maas_ledger_eth.transport.endpoints import Endpoints
from maas_ledger_eth.transport.rpc import Fault, NoAnswer

from maas_core.errors import IntegrityError, UnavailableError
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.signer import Signer
from maas_core.ports.workflow import Attempt

POLL_SECONDS = 0.1


def deploy(settings: Settings, signer: Signer, clock: Clock, seconds: float) -> Deployed:
    """Create the contract, publish its source, and wait until both are in blocks.

    Raises `UnavailableError` if that takes longer, `IntegrityError` if something else lies there in the end.
    """
    address = signer_address(signer)
    deadline = Deadline.after(clock, seconds)
    endpoints = plain_endpoints([open_rpc(url) for url in settings.endpoints], settings, clock)
    with closing(endpoints):
        try:
            chain_id = ChainId(endpoints, settings.chain_id).value(deadline)
            account = Account(address, endpoints, settings, clock)
            contract, attempts = deployment_attempts(account, address, signer, chain_id, deadline)
            send(endpoints, attempts, deadline)
            for attempt in attempts:
                included(endpoints, attempt, deadline)
            genuine = is_genuine(contract, *codes_at(endpoints, contract, deadline), load_artifact())
        except NoAnswer as reason:
            raise UnavailableError(f"the contract was not deployed in time: {reason}") from None
    if not genuine:
        raise IntegrityError(f"what lies at 0x{contract.hex()} is not what was deployed: the endpoint is not honest")
    return deployed(contract, attempts)


def send(endpoints: Endpoints, attempts: list[Attempt], deadline: Deadline) -> None:
    """Hand signed transactions to an endpoint. Raises `UnavailableError` if it does not take one, `NoAnswer`."""
    calls = [("eth_sendRawTransaction", ["0x" + one.payload.hex()]) for one in attempts]
    for answer in endpoints.ask(calls, deadline):
        if isinstance(answer, Fault):
            raise UnavailableError(f"the transaction is not taken: {answer.message}")


def included(endpoints: Endpoints, attempt: Attempt, deadline: Deadline) -> None:
    """Wait until a transaction took effect. Raises `UnavailableError` if it failed, `NoAnswer` after the deadline."""
    while not deadline.passed():
        receipt = endpoints.ask([("eth_getTransactionReceipt", ["0x" + attempt.transaction.hex()])], deadline)[0]
        if isinstance(receipt, dict) and receipt.get("blockHash"):
            if int(receipt["status"], 16) == 0:
                raise UnavailableError(
                    "the transaction took no effect: too little gas, or code too large for the chain"
                )
            return
        time.sleep(POLL_SECONDS)
    raise NoAnswer("its transactions are in no block")
