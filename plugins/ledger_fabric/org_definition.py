"""What a channel has to know of an organisation: a JSON document that members can read before they sign.

{"msp_id", "root_certificates": [PEM], "intermediate_certificates": [PEM], "tls_root_certificates": [PEM],
 "tls_intermediate_certificates": [PEM], "node_ous": bool, "administrators": [PEM], "anchor_peers": ["HOST:PORT"]}
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cryptography import x509
from maas_ledger_fabric.protos import (
    Message,
    configtx,
    msp_config,
    msp_principal,
    peer_configuration,
    policies,
)

from maas_core.errors import MembershipError, UsageError

ADMINS = "Admins"
ROLES = {"Readers": ("ADMIN", "PEER", "CLIENT"), "Writers": ("ADMIN", "CLIENT"), "Admins": ("ADMIN",)}
"""Who may do what for the organisation, as in Fabric's own samples; without node units any member may."""


@dataclass(frozen=True, slots=True)
class OrgDefinition:
    """An organisation."""

    msp_id: str
    root_certificates: tuple[str, ...]
    tls_root_certificates: tuple[str, ...]
    intermediate_certificates: tuple[str, ...] = ()
    tls_intermediate_certificates: tuple[str, ...] = ()
    node_ous: bool = True
    administrators: tuple[str, ...] = ()
    """Certificates; needed only without node units."""
    anchor_peers: tuple[str, ...] = ()
    """HOST:PORT by which peers of other organisations find this one's."""


def definition_from_msp(folder: Path, msp_id: str, anchor_peers: tuple[str, ...]) -> OrgDefinition:
    """From an MSP folder as Fabric's CA tools make it. Raises `UsageError` if there is no CA certificate in it."""
    roots = _certificates(folder / "cacerts")
    if not roots:
        raise UsageError(f"{folder}: there is no certificate in its folder cacerts; accepted: an MSP folder")
    return OrgDefinition(
        msp_id,
        roots,
        _certificates(folder / "tlscacerts"),
        _certificates(folder / "intermediatecerts"),
        _certificates(folder / "tlsintermediatecerts"),
        (folder / "config.yaml").exists(),
        _certificates(folder / "admincerts"),
        anchor_peers,
    )


def _certificates(folder: Path) -> tuple[str, ...]:
    return tuple(file.read_text("utf-8") for file in sorted(folder.glob("*.pem")))


def definition_to_json(definition: OrgDefinition) -> bytes:
    """The document."""
    return (json.dumps(asdict(definition), indent=2) + "\n").encode()


def definition_from_json(content: bytes) -> OrgDefinition:
    """The inverse of `definition_to_json`. Raises `MembershipError`."""
    try:
        members: dict[str, Any] = json.loads(content)
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in members.items()
        }
        definition = OrgDefinition(**values)
        for one in definition.root_certificates + definition.tls_root_certificates:
            x509.load_pem_x509_certificate(one.encode())
    except (ValueError, TypeError, AttributeError) as error:
        raise MembershipError(f"this is no definition of an organisation: {error}") from None
    if not definition.msp_id or not definition.root_certificates:
        raise MembershipError("a definition of an organisation has an msp_id and root_certificates")
    return definition


def org_group(definition: OrgDefinition) -> Message:
    """The organisation's group in a channel's config."""
    group = configtx.ConfigGroup(mod_policy=ADMINS)
    everybody = dict.fromkeys(("Readers", "Writers"), ("MEMBER",)) | {"Admins": ("ADMIN",)}
    roles = ROLES if definition.node_ous else everybody
    endorsers = ("PEER",) if definition.node_ous else ("MEMBER",)
    for name, allowed in {**roles, "Endorsement": endorsers}.items():
        policy = policies.Policy(
            type=policies.Policy.SIGNATURE, value=_any_of(definition.msp_id, allowed).SerializeToString()
        )
        group.policies[name].CopyFrom(configtx.ConfigPolicy(policy=policy, mod_policy=ADMINS))
    group.values["MSP"].CopyFrom(_value(_msp(definition)))
    if definition.anchor_peers:
        peers = [_anchor(one) for one in definition.anchor_peers]
        group.values["AnchorPeers"].CopyFrom(_value(peer_configuration.AnchorPeers(anchor_peers=peers)))
    return group


def _value(content: Message) -> Message:
    return configtx.ConfigValue(value=content.SerializeToString(), mod_policy=ADMINS)


def _anchor(address: str) -> Message:
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal():
        raise MembershipError(f"anchor peer {address!r} is no HOST:PORT")
    return peer_configuration.AnchorPeer(host=host, port=int(port))


def _any_of(msp_id: str, roles: tuple[str, ...]) -> Message:
    """One signature of a member in any of these roles."""
    principals = [
        msp_principal.MSPPrincipal(
            principal_classification=msp_principal.MSPPrincipal.ROLE,
            principal=msp_principal.MSPRole(
                msp_identifier=msp_id, role=msp_principal.MSPRole.MSPRoleType.Value(role)
            ).SerializeToString(),
        )
        for role in roles
    ]
    rules = [policies.SignaturePolicy(signed_by=place) for place in range(len(roles))]
    one = policies.SignaturePolicy(n_out_of=policies.SignaturePolicy.NOutOf(n=1, rules=rules))
    return policies.SignaturePolicyEnvelope(version=0, rule=one, identities=principals)


def _msp(definition: OrgDefinition) -> Message:
    config = msp_config.FabricMSPConfig(
        name=definition.msp_id,
        root_certs=_encoded(definition.root_certificates),
        intermediate_certs=_encoded(definition.intermediate_certificates),
        admins=_encoded(definition.administrators),
        tls_root_certs=_encoded(definition.tls_root_certificates),
        tls_intermediate_certs=_encoded(definition.tls_intermediate_certificates),
        crypto_config=msp_config.FabricCryptoConfig(
            signature_hash_family="SHA2", identity_identifier_hash_function="SHA256"
        ),
    )
    if definition.node_ous:
        config.fabric_node_ous.enable = True
        for role in ("client", "peer", "admin", "orderer"):
            unit = getattr(config.fabric_node_ous, f"{role}_ou_identifier")
            unit.certificate = definition.root_certificates[0].encode()
            unit.organizational_unit_identifier = role
    return msp_config.MSPConfig(type=0, config=config.SerializeToString())


def _encoded(certificates: tuple[str, ...]) -> list[bytes]:
    return [one.encode() for one in certificates]
