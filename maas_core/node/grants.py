"""Grants: by which the keeper of a group lets a new member read what was anchored before."""

from collections.abc import Mapping

from maas_core.errors import IntegrityError
from maas_core.node.envelopes import envelopes_of, put_envelope
from maas_core.node.service import Service
from maas_core.node.stored import fetch
from maas_core.objects.tree import Reference
from maas_core.protocol.events import TelemetryAnchored
from maas_core.protocol.states import Role
from maas_core.sealing.epochs import (
    GRANT,
    GROUP,
    NOTHING,
    Grant,
    GroupDocument,
    Place,
    decode_grant,
    decode_group,
    encode_grant,
    unseal_for_group,
)
from maas_core.telemetry.envelope import ENVELOPE, MANIFEST, group_of, key_in, located, wrapped
from maas_core.telemetry.manifest import decode


class Grants(Service):
    """Makes and reads grants."""

    def read(self, digest: bytes, machine: bytes) -> Grant:
        """A grant for this party, which the machine's customer must have written. Raises as `node.documents.opened`."""
        opened = self._node.documents.opened(digest, GRANT)
        grant = decode_grant(opened.content)
        if (grant.machine, grant.party) != (machine, self._me().party):
            raise IntegrityError(f"grant {digest.hex()} is for another machine or party")
        if opened.author_party != self._node.machines.get(machine).record.customer:
            raise IntegrityError(f"grant {digest.hex()} was not written by the machine's customer")
        return grant

    def make(self, machine: bytes, party: int, group: bytes) -> bytes:
        """Publish a grant of all epochs up to a group document, and of all batches whose keys still exist."""
        epochs = self._epochs(group)
        keys = {digest: document.key for digest, document in epochs.items()}
        envelopes = {}
        for entry in self._node.machines.history(machine):
            if isinstance(entry.event, TelemetryAnchored) and group_of(entry.event.locator) in epochs:
                reference = self._wrapped_again(entry.event, epochs, party)
                if reference is not None:
                    envelopes[entry.event.seq] = reference.encode()
        auditor = party in self._node.parties.active(Role.AUDITOR)
        documents = self.keys_of({"terms": self._node.machines.get(machine).record.terms} if auditor else {})
        grant = Grant(machine, party, keys, envelopes, documents)
        return self._node.documents.publish(GRANT, encode_grant(grant), [party], machine)

    def keys_of(self, digests: Mapping[str, bytes]) -> tuple[tuple[bytes, bytes], ...]:
        """(digest, key) of documents that this party can read, by kind."""
        return tuple(
            sorted((digest, self._node.documents.opened(digest, kind).key) for kind, digest in digests.items())
        )

    def _epochs(self, digest: bytes) -> dict[bytes, GroupDocument]:
        found = {}
        while digest != NOTHING:
            found[digest] = decode_group(self._node.documents.read(digest, GROUP))
            digest = found[digest].predecessor
        return found

    def _wrapped_again(
        self, anchor: TelemetryAnchored, epochs: dict[bytes, GroupDocument], party: int
    ) -> Reference | None:
        """A further envelope of a batch, for one more reader; None if the batch's key was destroyed."""
        node = self._node
        if not envelopes_of(node, anchor.machine, anchor.seq):
            return None
        place = Place(node.parties.deployment().record.deployment, anchor.machine, anchor.seq)
        group = epochs[group_of(anchor.locator)]
        where = located(anchor.locator, group.key, place, anchor.manifest)
        blobs, clock = node.blobs.uncached(), node.clock
        sealed = fetch(blobs, where.manifest, clock, "a manifest")
        manifest = decode(unseal_for_group(group.key, MANIFEST, sealed, place))
        envelope = unseal_for_group(group.key, ENVELOPE, fetch(blobs, where.envelope, clock, "an envelope"), place)
        key = key_in(envelope, self._me().party, node.keys, place, manifest.key_commitment)
        again = wrapped(key, {party: node.parties.profile(party).encryption_key}, place)
        return put_envelope(node, group.seal(ENVELOPE, again, place), anchor.machine, anchor.seq)
