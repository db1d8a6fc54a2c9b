"""core.yaml of a peer and orderer.yaml of an orderer."""

from pathlib import Path
from typing import Any

from maas_ledger_fabric.devnet.plan import ORDERER_MSP, Org, Plan

from maas_core.devnets.ports import LOOPBACK

LEVEL = "WARNING"


def core_yaml(plan: Plan, org: Org, builder: Path) -> dict[str, Any]:
    """A peer that leads its organisation, gossips often so that others soon know what it runs, and gives up early."""
    crypto, data = plan.peer_crypto(org), plan.data_of(f"peer-{org.name}")
    tls = crypto / "tls"
    return {
        "peer": {
            "id": f"peer0.{org.domain}",
            "networkId": "maas",
            "listenAddress": org.address,
            "address": org.address,
            "chaincodeListenAddress": f"{LOOPBACK}:{org.ports.chaincode}",
            "gateway": {
                "enabled": True,
                "endorsementTimeout": "1s",  # below a client's `peer_seconds`: a hung endorser is left out in time
                "broadcastTimeout": "2s",
                "dialTimeout": "2s",
            },
            "keepalive": {"minInterval": "60s", "client": {"interval": "60s"}, "deliveryClient": {"interval": "60s"}},
            "gossip": _gossip(org, _reconnect_seconds(plan, org)),
            "tls": {
                "enabled": True,
                "clientAuthRequired": False,
                "cert": {"file": str(tls / "server.crt")},
                "key": {"file": str(tls / "server.key")},
                "rootcert": {"file": str(tls / "ca.crt")},
            },
            "authentication": {"timewindow": "15m"},
            "fileSystemPath": str(data),
            "BCCSP": {"Default": "SW", "SW": {"Hash": "SHA2", "Security": 256}},
            "mspConfigPath": str(crypto / "msp"),
            "localMspId": org.msp_id,
            "localMspType": "bccsp",
            "client": {"connTimeout": "3s"},
            "deliveryclient": {
                "blockGossipEnabled": False,
                "reconnectTotalTimeThreshold": "3600s",
                "connTimeout": "2s",
                "reConnectBackoffThreshold": "2s",
            },
            "profile": {"enabled": False},
            "handlers": {
                "authFilters": [{"name": "DefaultAuth"}, {"name": "ExpirationCheck"}],
                "decorators": [{"name": "DefaultDecorator"}],
                "endorsers": {"escc": {"name": "DefaultEndorsement"}},
                "validators": {"vscc": {"name": "DefaultValidation"}},
            },
            "discovery": {"enabled": True, "authCacheEnabled": True},
            "limits": {"concurrency": {"endorserService": 2500, "deliverService": 2500, "gatewayService": 500}},
            "maxRecvMsgSize": 104857600,
            "maxSendMsgSize": 104857600,
        },
        "vm": {"endpoint": ""},
        "chaincode": {
            "externalBuilders": [{"name": "ccaas", "path": str(builder), "propagateEnvironment": []}],
            "installTimeout": "60s",
            "startuptimeout": "30s",
            "executetimeout": "10s",
            "mode": "net",
            "keepalive": 0,
            "system": {"_lifecycle": "enable", "cscc": "enable", "lscc": "enable", "qscc": "enable"},
            "logging": {"level": LEVEL, "shim": LEVEL},
        },
        "ledger": {
            "state": {"stateDatabase": "goleveldb", "totalQueryLimit": 100000},
            "history": {"enableHistoryDatabase": False},
            "pvtdataStore": {
                "collElgProcMaxDbBatchSize": 5000,
                "collElgProcDbBatchesInterval": 1000,
                "deprioritizedDataReconcilerInterval": "60m",
                "purgeInterval": 100,
            },
            "snapshots": {"rootDir": str(data / "snapshots")},
        },
        "operations": {"listenAddress": f"{org.ports.host}:{org.ports.operations}", "tls": {"enabled": False}},
        "metrics": {"provider": "disabled"},
    }


def _reconnect_seconds(plan: Plan, org: Org) -> int:
    """How long a peer waits before it dials again.

    Peers far from each other that dial each other at once close each other's connection, and would do so again and
    again in step: so each waits for a time of its own.
    """
    return 2 if org.ports.host == LOOPBACK else 2 + 2 * [one.name for one in plan.orgs].index(org.name)


def _gossip(org: Org, reconnect_seconds: int) -> dict[str, Any]:
    return {
        "bootstrap": org.address,
        "endpoint": org.address,
        "externalEndpoint": org.address,
        "useLeaderElection": False,
        "orgLeader": True,
        "membershipTrackerInterval": "5s",
        "maxBlockCountToStore": 10,
        "maxPropagationBurstLatency": "10ms",
        "maxPropagationBurstSize": 10,
        "propagateIterations": 1,
        "propagatePeerNum": 3,
        "pullInterval": "4s",
        "pullPeerNum": 3,
        "requestStateInfoInterval": "500ms",
        "publishStateInfoInterval": "500ms",
        "publishCertPeriod": "10s",
        "dialTimeout": "2s",
        "connTimeout": "2s",
        "recvBuffSize": 20,
        "sendBuffSize": 200,
        "digestWaitTime": "1s",
        "requestWaitTime": "1500ms",
        "responseWaitTime": "2s",
        "aliveTimeInterval": "1s",
        "aliveExpirationTimeout": "5s",
        "reconnectInterval": f"{reconnect_seconds}s",
        "maxConnectionAttempts": 120,
        "msgExpirationFactor": 20,
        "election": {
            "startupGracePeriod": "15s",
            "membershipSampleInterval": "1s",
            "leaderAliveThreshold": "10s",
            "leaderElectionDuration": "5s",
        },
        "pvtData": {
            "pullRetryThreshold": "60s",
            "transientstoreMaxBlockRetention": 1000,
            "pushAckTimeout": "3s",
            "btlPullMargin": 10,
            "reconcileBatchSize": 10,
            "reconcileSleepInterval": "1m",
            "reconciliationEnabled": False,
            "implicitCollectionDisseminationPolicy": {"requiredPeerCount": 0, "maxPeerCount": 1},
        },
        "state": {"enabled": False},
    }


def orderer_yaml(plan: Plan, number: int) -> dict[str, Any]:
    """An orderer without a system channel, administrated by the participation API with client certificates."""
    name = f"orderer{number}"
    ports, crypto, data = plan.orderers[number - 1], plan.orderer_crypto(number), plan.data_of(name)
    tls = {"PrivateKey": str(crypto / "tls" / "server.key"), "Certificate": str(crypto / "tls" / "server.crt")}
    roots = [str(crypto / "tls" / "ca.crt")]
    return {
        "General": {
            "ListenAddress": ports.host,
            "ListenPort": ports.orderer,
            "TLS": {"Enabled": True, **tls, "RootCAs": roots, "ClientAuthRequired": False},
            "Keepalive": {"ServerMinInterval": "60s", "ServerInterval": "7200s", "ServerTimeout": "20s"},
            "MaxRecvMsgSize": 104857600,
            "MaxSendMsgSize": 104857600,
            "Cluster": {
                "SendBufferSize": 100,
                "ClientCertificate": tls["Certificate"],
                "ClientPrivateKey": tls["PrivateKey"],
                "RootCAs": roots,
                "RPCTimeout": "2s",
                "DialTimeout": "2s",
            },
            "BootstrapMethod": "none",
            "LocalMSPDir": str(crypto / "msp"),
            "LocalMSPID": ORDERER_MSP,
            "Profile": {"Enabled": False},
            "BCCSP": {"Default": "SW", "SW": {"Hash": "SHA2", "Security": 256}},
            "Authentication": {"TimeWindow": "15m"},
        },
        "FileLedger": {"Location": str(data)},
        "Debug": {},
        "Operations": {"ListenAddress": f"{ports.host}:{ports.operations}", "TLS": {"Enabled": False}},
        "Metrics": {"Provider": "disabled"},
        "Admin": {
            "ListenAddress": f"{ports.host}:{ports.admin}",
            "TLS": {"Enabled": True, **tls, "RootCAs": roots, "ClientAuthRequired": True, "ClientRootCAs": roots},
        },
        "ChannelParticipation": {"Enabled": True, "MaxRequestBodySize": "1 MB"},
        "Consensus": {"WALDir": str(data / "wal"), "SnapDir": str(data / "snapshots")},
    }
