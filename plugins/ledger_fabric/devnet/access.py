"""What participants of a devnet write into their configs."""

from pathlib import Path
from typing import Any

from maas_ledger_fabric.devnet.plan import CHAINCODE, CHANNEL, Org, Plan

from maas_core.ports.devnet import DevnetAccess


def access_of(plan: Plan) -> tuple[DevnetAccess, ...]:
    """One for each organisation and each of the other participants."""
    return tuple(
        DevnetAccess(name, config_of(plan, plan.org(org), f"User{number}", name == org))
        for name, org, number in plan.people
    )


def config_of(plan: Plan, org: Org, user: str, with_admin: bool = False) -> dict[str, Any]:
    """The tables [ledger] and [signer] for a user of an organisation; its own peer comes first."""
    others = [one for one in plan.orgs if one != org]
    settings: dict[str, Any] = {
        "msp_id": org.msp_id,
        "certificate": str(plan.user_certificate(org, user)),
        "channel": CHANNEL,
        "chaincode": CHAINCODE,
        "gateways": [_peer(plan, one) for one in (org, *others)],
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


def _peer(plan: Plan, org: Org) -> dict[str, str]:
    return {"address": org.address, "tls_ca": str(plan.tls_ca(org))}


def _key(plan: Plan, org: Org, user: str) -> Path:
    return plan.user_key(org, user)
