"""Groups: who reads a machine's telemetry. The machine's customer, who anchors it, keeps the group."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from maas_core.errors import IntegrityError, NoAccessError, UsageError
from maas_core.ledgerio.sql.journal import upsert
from maas_core.ledgerio.submission import Submission
from maas_core.node.grants import Grants
from maas_core.node.service import Service
from maas_core.protocol.events import TelemetryAnchored
from maas_core.protocol.states import PartyState
from maas_core.sealing.epochs import GROUP, NOTHING, Grant, GroupDocument, decode_group, encode_group
from maas_core.sealing.symmetric import new_key
from maas_core.store.tables import GroupRow
from maas_core.telemetry.envelope import group_of

GROUPS: Any = GroupRow.__table__


@dataclass(frozen=True, slots=True)
class Group:
    """An epoch of a group, and the document that it is in."""

    digest: bytes
    document: GroupDocument


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What the keeper of a group wants."""

    digest: bytes = NOTHING
    added: frozenset[int] = frozenset()
    removed: frozenset[int] = frozenset()
    past: bool = False


class Groups(Service):
    """Groups by machine."""

    def current(self, machine: bytes) -> Group:
        """The newest epoch that this node can find, by the keeper's profile or the last anchor.

        Raises `UsageError` if there is none yet, `NoAccessError` if this party is not a member.
        """
        found: list[Group] = []
        refused: NoAccessError | None = None
        for digest in self._known(machine):
            try:
                found.append(self.read(machine, digest))
            except NoAccessError as error:
                refused = error
        if found:
            return max(found, key=lambda one: one.document.epoch)
        raise refused or UsageError("this machine has no group yet: its customer makes one with the first anchor")

    def read(self, machine: bytes, digest: bytes) -> Group:
        """A group document, which the machine's customer must have written. Raises as `node.documents.opened`."""
        opened = self._node.documents.opened(digest, GROUP)
        document = decode_group(opened.content)
        if document.machine != machine:
            raise IntegrityError(f"group document {digest.hex()} is of another machine")
        if opened.author_party != self._node.machines.get(machine).record.customer:
            raise IntegrityError(f"group document {digest.hex()} was not written by the machine's customer")
        return Group(digest, document)

    def epoch(self, machine: bytes, digest: bytes) -> tuple[bytes, Grant | None]:
        """The key of an epoch; with the grant that it came from if this party was no member then.

        Raises `NoAccessError`.
        """
        try:
            return self.read(machine, digest).document.key, None
        except NoAccessError:
            grant = self.grant(machine)
            if grant is None or digest not in grant.epochs:
                raise
            return grant.epochs[digest], grant

    def grant(self, machine: bytes) -> Grant | None:
        """What this party may read of the time before it became a member; None: nothing, or it always was one."""
        try:
            current = self.current(machine).document
        except (NoAccessError, UsageError):
            return None
        digest = dict(current.grants).get(self._me().party)
        return None if digest is None else self._grants.read(digest, machine)

    def document_key(self, digest: bytes) -> bytes | None:
        """The key of a document that some group or grant lets this party read."""
        for machine, group in self.all():
            granted = self.grant(machine)
            keys = dict(group.document.documents) | dict(granted.documents if granted else ())
            if digest in keys:
                return keys[digest]
        return None

    def create(self, machine: bytes, *, past: bool, members: Iterable[int] = ()) -> Submission:
        """Begin a group by hand, before the first anchor does it: choose its policy and further members."""
        self._own(machine)
        if self._wanted(machine) is not None:
            raise UsageError("this machine has a group already")
        return self._publish(machine, self._next(machine, _Wanted(added=frozenset(members), past=past)))

    def invite(self, machine: bytes, party: int) -> Submission:
        """Make a party a member, and let it read the past if the group's policy says so."""
        self._own(machine)
        profile = self._node.parties.profile(party)
        if machine in profile.left:
            raise UsageError(f"party {party} has left this group; it can come back by `maasctl group join`")
        wanted = self._wanted(machine) or _Wanted()
        wanted = replace(wanted, added=wanted.added | {party}, removed=wanted.removed - {party})
        return self._publish(machine, self._next(machine, wanted))

    def remove(self, machine: bytes, party: int) -> Submission:
        """Begin an epoch without a party: it cannot read what is anchored from then on."""
        record = self._own(machine)
        if party in (record.oem, record.customer):
            raise UsageError("both sides of an agreement stay members of the machine's group: it is what they bill by")
        wanted = self._wanted(machine) or _Wanted()
        wanted = replace(wanted, added=wanted.added - {party}, removed=wanted.removed | {party})
        return self._publish(machine, self._next(machine, wanted))

    def allow(self, machine: bytes, party: int) -> Submission:
        """Let one member read all of the past, whatever the policy says."""
        self._own(machine)
        wanted = self._wanted(machine)
        if wanted is None or party not in self.read(machine, wanted.digest).document.members:
            raise UsageError(f"party {party} is no member of this group: invite it first")
        return self._publish(machine, self._next(machine, wanted, granted=frozenset({party})))

    def leave(self, machine: bytes, *, back: bool = False) -> Submission:
        """Say in this party's profile that it does not want to be in a group, or `back` that it does again.

        The keeper begins an epoch without it before its next batch.
        """
        parties = self._node.parties
        self._node.machines.get(machine)
        left = {*parties.profile(parties.me().party).left} - {machine}
        return parties.update_profile(parties.publish_profile(left=sorted(left if back else left | {machine})))

    def for_next_batch(self, machine: bytes) -> Group:
        """The group that a new batch is for: the current epoch, or a new one if the members have changed."""
        wanted = self._wanted(machine) or _Wanted()
        members = self._members(machine, wanted)
        if wanted.digest != NOTHING:
            group = self.read(machine, wanted.digest)
            if group.document.members == members:
                return group
        return self._next(machine, wanted)

    def all(self) -> list[tuple[bytes, Group]]:
        """All groups that this party is a member of, by machine."""
        found = []
        for seen in self._node.machines.all():
            try:
                found.append((seen.record.machine, self.current(seen.record.machine)))
            except (NoAccessError, UsageError):
                continue
        return found

    @property
    def _grants(self) -> Grants:
        return Grants(self._node)

    def _own(self, machine: bytes) -> Any:
        record = self._node.machines.get(machine).record
        if record.customer != self._me().party:
            raise UsageError(f"the group of this machine is kept by its customer, party {record.customer}")
        return record

    def _known(self, machine: bytes) -> list[bytes]:
        """Digests of documents in which the current epoch may be."""
        own = self._wanted(machine)
        if own is not None:
            return [own.digest]
        digests = []
        customer = self._node.machines.get(machine).record.customer
        if self._node.parties.get(customer).record.profile != NOTHING:
            told = dict(self._node.parties.profile(customer).groups).get(machine)
            digests += [] if told is None else [told]
        last = [one.event for one in self._node.machines.history(machine) if isinstance(one.event, TelemetryAnchored)]
        return digests + [group_of(one.locator) for one in last[-1:]]

    def _wanted(self, machine: bytes) -> _Wanted | None:
        with self._node.database.reading() as connection:
            row = connection.execute(select(GROUPS).where(GROUPS.c.machine == machine)).one_or_none()
        if row is None:
            return None
        return _Wanted(
            bytes(row.digest), frozenset(json.loads(row.added)), frozenset(json.loads(row.removed)), row.past
        )

    def _members(self, machine: bytes, wanted: _Wanted) -> tuple[int, ...]:
        record = self._node.machines.get(machine).record
        chosen = (self._node.machines.readers(machine) | wanted.added) - wanted.removed
        gone = {one for one in chosen if not self._stays(machine, one)}
        return tuple(sorted(chosen - gone | {record.oem, record.customer}))

    def _stays(self, machine: bytes, party: int) -> bool:
        standing = self._node.parties.get(party).record
        if standing.state not in (PartyState.ACTIVE, PartyState.SUSPENDED):
            return False
        return machine not in self._node.parties.profile(party).left

    def _next(self, machine: bytes, wanted: _Wanted, granted: frozenset[int] = frozenset()) -> Group:
        """Publish the document of a new epoch and remember it as the current one."""
        before = None if wanted.digest == NOTHING else self.read(machine, wanted.digest).document
        members = self._members(machine, wanted)
        new = granted | (frozenset(members) - frozenset(before.members) if before and wanted.past else frozenset())
        grants = {party: digest for party, digest in (before.grants if before else ()) if party in members}
        for party in sorted(new):
            grants[party] = self._grants.make(machine, party, wanted.digest)
        document = GroupDocument(
            machine=machine,
            epoch=before.epoch + 1 if before else 1,
            key=new_key(),
            members=members,
            past=wanted.past,
            predecessor=wanted.digest,
            documents=self._grants.keys_of({"spec": self._node.machines.get(machine).record.spec}),
            grants=tuple(sorted(grants.items())),
        )
        digest = self._node.documents.publish(GROUP, encode_group(document), members, machine)
        row = {
            "machine": machine,
            "digest": digest,
            "added": json.dumps(sorted(wanted.added)),
            "removed": json.dumps(sorted(wanted.removed)),
            "past": wanted.past,
        }
        with self._node.database.writing() as connection:
            upsert(connection, GROUPS, "machine", [row])
        return Group(digest, document)

    def _publish(self, machine: bytes, group: Group) -> Submission:
        """Name the new epoch in this party's profile, so that members find it before the next anchor."""
        parties = self._node.parties
        groups = dict(parties.profile(parties.me().party).groups) | {machine: group.digest}
        return parties.update_profile(parties.publish_profile(groups=groups))
