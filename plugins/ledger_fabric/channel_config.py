"""A channel's config: its organisations, and the update that admits or removes one. Pure.

An update names the elements that it builds on with their versions (read set) and those that it changes (write set), as
Fabric's configtxlator computes it; for a change of the organisations that is all members of group Application.
"""

from maas_ledger_fabric.protos import Message, configtx, configuration, msp_config, policies

from maas_core.errors import MembershipError

APPLICATION = "Application"


def organisations(config: Message) -> dict[str, str]:
    """The organisations of group Application: their names in the config, and their MSP ids."""
    groups = config.channel_group.groups[APPLICATION].groups
    return {name: _msp_id(group, name) for name, group in sorted(groups.items())}


def _msp_id(group: Message, name: str) -> str:
    if "MSP" not in group.values:
        return name
    content = msp_config.MSPConfig.FromString(group.values["MSP"].value).config
    found: str = msp_config.FabricMSPConfig.FromString(content).name
    return found


def admitting(config: Message, channel: str, name: str, group: Message) -> Message:
    """The update that adds an organisation. Raises `MembershipError` if it is there."""
    if name in organisations(config).values():
        raise MembershipError(f"{name} is an organisation of channel {channel} already")
    update = _update(config, channel, leave_out="")
    update.write_set.groups[APPLICATION].groups[name].CopyFrom(group)
    return update


def removing(config: Message, channel: str, msp_id: str) -> Message:
    """The update that removes an organisation. Raises `MembershipError` if it is not there, or is the last."""
    known = organisations(config)
    name = next((one for one, found in known.items() if found == msp_id), None)
    if name is None:
        members = ", ".join(known.values())
        raise MembershipError(f"{msp_id} is no organisation of channel {channel}; those are {members}")
    if len(known) == 1:
        raise MembershipError(f"{msp_id} is the last organisation of channel {channel}")
    return _update(config, channel, leave_out=name)


def _update(config: Message, channel: str, leave_out: str) -> Message:
    """An update of group Application that keeps all its members but one."""
    root = config.channel_group
    application = root.groups[APPLICATION]
    update = configtx.ConfigUpdate(channel_id=channel)
    for side in (update.read_set, update.write_set):
        side.version = root.version
        kept = side.groups[APPLICATION]
        kept.version = application.version
        for name, value in application.values.items():
            kept.values[name].version = value.version
        for name, policy in application.policies.items():
            kept.policies[name].version = policy.version
        for name, group in application.groups.items():
            if name != leave_out:
                kept.groups[name].version = group.version
    changed = update.write_set.groups[APPLICATION]
    changed.version = application.version + 1
    changed.mod_policy = application.mod_policy
    return update


def signatures_needed(config: Message) -> int:
    """How many organisations' administrators have to sign a change of group Application; 0 if that cannot be told."""
    application = config.channel_group.groups[APPLICATION]
    if application.mod_policy not in application.policies:
        return 0
    policy = application.policies[application.mod_policy].policy
    if policy.type != policies.Policy.IMPLICIT_META:
        return 0
    count = len(application.groups)
    rules = policies.ImplicitMetaPolicy
    return {rules.ANY: 1, rules.ALL: count, rules.MAJORITY: count // 2 + 1}[rules.FromString(policy.value).rule]


def orderers_of(config: Message) -> list[tuple[str, bytes]]:
    """The orderers: HOST:PORT, and the CA certificates (PEM) of the TLS of the organisation that runs them."""
    found: list[tuple[str, bytes]] = []
    for group in config.channel_group.groups["Orderer"].groups.values():
        content = msp_config.MSPConfig.FromString(group.values["MSP"].value).config
        roots = b"\n".join(msp_config.FabricMSPConfig.FromString(content).tls_root_certs)
        endpoints = configuration.OrdererAddresses.FromString(group.values["Endpoints"].value).addresses
        found += [(address, roots) for address in endpoints]
    return found
