"""configtx.yaml: what the first block of a devnet's channel says."""

from typing import Any

from maas_ledger_fabric.devnet.plan import ORDERER_MSP, Org, Plan
from maas_ledger_fabric.devnet.settings import Settings


def configtx_yaml(plan: Plan, settings: Settings) -> dict[str, Any]:
    """One profile, "Channel"."""
    return {
        "Profiles": {
            "Channel": {
                "Policies": _policies("MAJORITY Admins"),
                "Capabilities": {"V2_0": True},
                "Orderer": _orderer(plan, settings),
                "Application": {
                    "Organizations": [organisation(plan, org) for org in plan.orgs],
                    "Policies": _policies("MAJORITY Admins")
                    | {
                        "LifecycleEndorsement": _meta("MAJORITY Endorsement"),
                        "Endorsement": _meta("MAJORITY Endorsement"),
                    },
                    "Capabilities": {"V2_5": True},
                },
            }
        }
    }


def organisation(plan: Plan, org: Org) -> dict[str, Any]:
    """An organisation with a peer."""
    member = org.msp_id
    return {
        "Name": member,
        "ID": member,
        "MSPDir": str(plan.org_crypto(org) / "msp"),
        "Policies": {
            "Readers": _signature(f"OR('{member}.admin', '{member}.peer', '{member}.client')"),
            "Writers": _signature(f"OR('{member}.admin', '{member}.client')"),
            "Admins": _signature(f"OR('{member}.admin')"),
            "Endorsement": _signature(f"OR('{member}.peer')"),
        },
        "AnchorPeers": [{"Host": org.ports.host, "Port": org.ports.peer}],
    }


def _orderer(plan: Plan, settings: Settings) -> dict[str, Any]:
    return {
        "OrdererType": "etcdraft",
        "BatchTimeout": settings.batch_timeout,
        "BatchSize": {
            "MaxMessageCount": settings.batch_size,
            "AbsoluteMaxBytes": "10 MB",
            "PreferredMaxBytes": "2 MB",
        },
        "EtcdRaft": {
            "Consenters": [
                {
                    "Host": ports.host,
                    "Port": ports.orderer,
                    "ClientTLSCert": str(plan.orderer_crypto(number) / "tls" / "server.crt"),
                    "ServerTLSCert": str(plan.orderer_crypto(number) / "tls" / "server.crt"),
                }
                for number, ports in enumerate(plan.orderers, 1)
            ],
            "Options": {
                "TickInterval": "200ms",
                "ElectionTick": 10,
                "HeartbeatTick": 1,
                "MaxInflightBlocks": 5,
                "SnapshotIntervalSize": "1 MB",  # a larger one can hang a restart of Fabric 2.5.0 (upstream issue 4199)
            },
        },
        "Organizations": [_orderer_organisation(plan)],
        "Policies": _policies("MAJORITY Admins") | {"BlockValidation": _meta("ANY Writers")},
        "Capabilities": {"V2_0": True},
    }


def _orderer_organisation(plan: Plan) -> dict[str, Any]:
    return {
        "Name": ORDERER_MSP,
        "ID": ORDERER_MSP,
        "MSPDir": str(plan.orderer_org_msp),
        "Policies": {
            "Readers": _signature(f"OR('{ORDERER_MSP}.member')"),
            "Writers": _signature(f"OR('{ORDERER_MSP}.member')"),
            "Admins": _signature(f"OR('{ORDERER_MSP}.admin')"),
        },
        "OrdererEndpoints": [f"{ports.host}:{ports.orderer}" for ports in plan.orderers],
    }


def _policies(admins: str) -> dict[str, Any]:
    return {"Readers": _meta("ANY Readers"), "Writers": _meta("ANY Writers"), "Admins": _meta(admins)}


def _meta(rule: str) -> dict[str, str]:
    return {"Type": "ImplicitMeta", "Rule": rule}


def _signature(rule: str) -> dict[str, str]:
    return {"Type": "Signature", "Rule": rule}
