"""ConsortiumMembership: organisations of the channel, admitted and removed by updates of its config."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from google.protobuf.message import DecodeError
from maas_ledger_fabric.channel_config import admitting, organisations, removing, signatures_needed
from maas_ledger_fabric.client import Client
from maas_ledger_fabric.envelopes import NONCE_SIZE, envelope, signature_header
from maas_ledger_fabric.failures import Failure, Kind
from maas_ledger_fabric.identity import Identity, load_identity
from maas_ledger_fabric.org_definition import definition_from_json, org_group
from maas_ledger_fabric.pem_signer import read_signer
from maas_ledger_fabric.protos import Message, common, configtx
from maas_ledger_fabric.settings import Admin

from maas_core.errors import ConfigError, MembershipError
from maas_core.ports.clock import Clock, Deadline
from maas_core.ports.membership import ChangeKind, Draft, DraftState, DraftStatus, Member, MemberChange
from maas_core.ports.workflow import Unavailable


def admin_identity(admin: Admin, msp_id: str, directory: Path, now: int) -> Identity:
    """The administrator's identity. Raises `ConfigError`, `SignerError`."""
    file = directory / admin.certificate
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: the administrator's certificate cannot be read: {error.strerror}") from None
    return load_identity(msp_id, file, content, read_signer(directory / admin.key), now)


class FabricMembership:
    """The organisations of a channel, changed by its administrators."""

    def __init__(self, client: Client, admin: Identity, channel: str, clock: Clock) -> None:
        self._client = client
        self._admin = admin
        self._channel = channel
        self._clock = clock

    def members(self, deadline: Deadline) -> Sequence[Member] | Unavailable:
        """All organisations with peers, by MSP id."""
        config = self._config(deadline)
        if isinstance(config, Unavailable):
            return config
        return [Member(name, msp_id) for name, msp_id in organisations(config).items()]

    def draft(self, change: MemberChange, deadline: Deadline) -> Draft | Unavailable:
        """Begin a change; to admit an organisation, `material` is its definition (org_definition.py)."""
        config = self._config(deadline)
        if isinstance(config, Unavailable):
            return config
        return Draft(change, self._update(config, change))

    def _update(self, config: Message, change: MemberChange) -> bytes:
        if change.kind is ChangeKind.REMOVE:
            update = removing(config, self._channel, change.member.identity)
        else:
            definition = definition_from_json(change.material)
            if definition.msp_id != change.member.identity:
                raise MembershipError(
                    f"the definition is of {definition.msp_id}, the change is about {change.member.identity}"
                )
            update = admitting(config, self._channel, definition.msp_id, org_group(definition))
        content: bytes = update.SerializeToString(deterministic=True)
        return content

    def sign(self, draft: Draft, deadline: Deadline) -> Draft | Unavailable:
        """Sign what the draft says it does; raises `MembershipError` if its payload does something else."""
        config = self._config(deadline)
        if isinstance(config, Unavailable):
            return config
        if self._update(config, draft.change) != draft.payload:
            raise MembershipError(
                "the draft does not fit the channel's config as it is now, or does more than it says: draft it anew"
            )
        header = signature_header(self._admin, secrets.token_bytes(NONCE_SIZE)).SerializeToString()
        signed = configtx.ConfigSignature(
            signature_header=header, signature=self._admin.sign(header + draft.payload)
        ).SerializeToString()
        others = tuple(one for one in draft.signatures if one[0] != self._admin.msp_id)
        return replace(draft, signatures=(*others, (self._admin.msp_id, signed)))

    def submit(self, draft: Draft, deadline: Deadline) -> DraftStatus | Unavailable:
        """Send it to the orderers, who check the signatures."""
        status = self.status(draft, deadline)
        if isinstance(status, Unavailable) or status.state is not DraftState.COLLECTING:
            return status
        if len(status.signed_by) < status.needed:
            return status
        content = self._envelope(draft)
        [failure] = self._client.submit([(hashlib.sha256(content).digest(), content)], deadline)
        if failure is None:
            return replace(status, state=DraftState.SUBMITTED)
        if failure.kind is Kind.REFUSED:
            return replace(status, state=DraftState.FAILED, detail=failure.reason)
        return Unavailable(failure.reason)

    def _envelope(self, draft: Draft) -> bytes:
        try:
            signatures = [configtx.ConfigSignature.FromString(content) for _, content in draft.signatures]
        except DecodeError:
            raise MembershipError("a signature of the draft cannot be read") from None
        update = configtx.ConfigUpdateEnvelope(config_update=draft.payload, signatures=signatures)
        nonce = secrets.token_bytes(NONCE_SIZE)
        signed = envelope(self._admin, common.CONFIG_UPDATE, self._channel, update, nonce, self._clock.now())
        content: bytes = signed.SerializeToString()
        return content

    def status(self, draft: Draft, deadline: Deadline) -> DraftStatus | Unavailable:
        """By the channel's config as it is now."""
        config = self._config(deadline)
        if isinstance(config, Unavailable):
            return config
        signed_by = tuple(member for member, _ in draft.signatures)
        needed = signatures_needed(config)
        is_there = draft.change.member.identity in organisations(config).values()
        if is_there == (draft.change.kind is ChangeKind.ADMIT):
            return DraftStatus(DraftState.EFFECTIVE, signed_by, needed)
        if self._update(config, draft.change) != draft.payload:
            return DraftStatus(DraftState.FAILED, signed_by, needed, "the channel's config has changed: draft it anew")
        return DraftStatus(DraftState.COLLECTING, signed_by, needed)

    def _config(self, deadline: Deadline) -> Message | Unavailable:
        answer = self._client.evaluate("cscc", (b"GetChannelConfig", self._channel.encode()), deadline)
        if isinstance(answer, Failure):
            return Unavailable(answer.reason)
        return configtx.Config.FromString(answer)
