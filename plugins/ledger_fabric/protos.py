"""Fabric's protobuf messages and services, as generated and so without types: the one place that imports them."""

from importlib import import_module
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

Message = Any
"""An instance of some generated message."""


def _load(name: str) -> Any:
    return import_module(f"fabric_protos.{name}")


common = _load("common.common_pb2")
configtx = _load("common.configtx_pb2")
configuration = _load("common.configuration_pb2")
ledger = _load("common.ledger_pb2")
policies = _load("common.policies_pb2")
gateway = _load("gateway.gateway_pb2")
gateway_rpc = _load("gateway.gateway_pb2_grpc")
msp_config = _load("msp.msp_config_pb2")
msp_principal = _load("msp.msp_principal_pb2")
identities = _load("msp.identities_pb2")
ab = _load("orderer.ab_pb2")
ab_rpc = _load("orderer.ab_pb2_grpc")
chaincode = _load("peer.chaincode_pb2")
chaincode_event = _load("peer.chaincode_event_pb2")
lifecycle = _load("peer.lifecycle.lifecycle_pb2")
peer_configuration = _load("peer.configuration_pb2")
events_rpc = _load("peer.events_pb2_grpc")
events = _load("peer.events_pb2")
peer_rpc = _load("peer.peer_pb2_grpc")
proposal = _load("peer.proposal_pb2")
proposal_response = _load("peer.proposal_response_pb2")
transaction = _load("peer.transaction_pb2")


def _status_class() -> Any:
    """`google.rpc.Status`, which carries the details of a gRPC error, by its published shape."""
    file = descriptor_pb2.FileDescriptorProto(
        name="maas_ledger_fabric/status.proto",
        package="maas_ledger_fabric",
        syntax="proto3",
        dependency=["google/protobuf/any.proto"],
    )
    message = file.message_type.add(name="Status")
    kinds = descriptor_pb2.FieldDescriptorProto
    message.field.add(name="code", number=1, type=kinds.TYPE_INT32, label=kinds.LABEL_OPTIONAL)
    message.field.add(name="message", number=2, type=kinds.TYPE_STRING, label=kinds.LABEL_OPTIONAL)
    message.field.add(
        name="details",
        number=3,
        type=kinds.TYPE_MESSAGE,
        type_name=".google.protobuf.Any",
        label=kinds.LABEL_REPEATED,
    )
    import_module("google.protobuf.any_pb2")  # puts the dependency into the pool
    pool = descriptor_pool.Default()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("maas_ledger_fabric.Status"))


RpcStatus = _status_class()
