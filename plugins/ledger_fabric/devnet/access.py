"""What participants of a devnet write into their configs."""

from pathlib import Path
from typing import Any

from maas_ledger_fabric.devnet.plan import CHAINCODE, CHANNEL, Org, Plan
from maas_ledger_fabric.devnet.settings import Settings as DevnetSettings
from maas_ledger_fabric.profile import profile_of
from maas_ledger_fabric.settings import Admin, Peer, Settings

from maas_core.ports.devnet import ON_LOOPBACK, DevnetAccess, Placement
from maas_core.ports.workflow import LedgerProfile

CUSTOMER = "customer"


def access_of(plan: Plan, placement: Placement = ON_LOOPBACK) -> tuple[DevnetAccess, ...]:
    """One for each organisation and each of the other participants."""
    near = placement.participants
    return tuple(
        DevnetAccess(name, config_of(plan, plan.org(org), f"User{number}", name == org, near.get(name, "")))
        for name, org, number in plan.people
    )


def config_of(plan: Plan, org: Org, user: str, with_admin: bool = False, near: str = "") -> dict[str, Any]:
    """The tables [ledger] and [signer] for a user of an organisation.

    Its own peer comes first, or before that one at the address `near`.
    """
    others = [one for one in plan.orgs if one != org]
    gateways = sorted((org, *others), key=lambda one: one.ports.host != near) if near else (org, *others)
    settings: dict[str, Any] = {
        "msp_id": org.msp_id,
        "certificate": str(plan.user_certificate(org, user)),
        "channel": CHANNEL,
        "chaincode": CHAINCODE,
        "gateways": [_peer(plan, one) for one in gateways],
        "observers": [_peer(plan, one) for one in others],
    }
    if with_admin:
        settings["admin"] = {
            "certificate": str(plan.user_certificate(org, "Admin")),
            "key": str(plan.user_key(org, "Admin")),
        }
    return {
        "ledger": {"backend": "fabric", "settings": settings},
        "signer": {"backend": "file", "settings": {"key": str(_key(plan, org, user)), "scheme": "p256"}},
    }


def profile_in(settings: DevnetSettings) -> LedgerProfile:
    """What the customer's ledger declares in a network that is not made yet."""
    peers = tuple(Peer(f"127.0.0.1:{port}") for port, _ in enumerate(settings.org_names, start=1))
    admin = Admin(Path(), Path()) if CUSTOMER in settings.org_names else None
    return profile_of(Settings(msp_id="any", certificate=Path(), gateways=peers, observers=peers[1:], admin=admin))


def _peer(plan: Plan, org: Org) -> dict[str, str]:
    return {"address": org.address, "tls_ca": str(plan.tls_ca(org))}


def _key(plan: Plan, org: Org, user: str) -> Path:
    return plan.user_key(org, user)
