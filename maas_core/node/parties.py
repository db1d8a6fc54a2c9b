"""The consortium's parties: founding, joining, profiles, accreditation, attestation."""

from collections.abc import Iterable, Mapping

from maas_core.errors import IntegrityError, UsageError
from maas_core.ledgerio.submission import Submission
from maas_core.node.documents import PROFILE
from maas_core.node.profiles import Profile, accounts, decode, encode
from maas_core.node.records import Seen
from maas_core.node.service import Service, new_id
from maas_core.protocol.commands import Accredit, Attest, Found, Join, UpdateProfile, WithdrawAccreditation
from maas_core.protocol.events import DeploymentFounded, PartyJoined, ProfileUpdated
from maas_core.protocol.model.state import DEPLOYMENT
from maas_core.protocol.records import Accreditation, Deployment, Party, Standing
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import AttestationKind, PartyState, Role
from maas_core.protocol.types import ZERO_DIGEST

FOUNDER = 1
"""The number of the party that founds a deployment."""

FIRST_RULES = Rules(
    quorum=1, proposal_lifetime=604_800, anchor_items=100, clock_bound=300, close_after=604_800, finality_depth=12
)
"""The rules that a new deployment begins with, unless others are given."""


class Parties(Service):
    """Parties, and what they say of themselves and of each other."""

    def found(
        self, profile: bytes, deployment: bytes, rules: Rules = FIRST_RULES, predecessor: bytes = ZERO_DIGEST
    ) -> Submission:
        """Found the deployment and become party 1 with role BOARD."""
        return self._send(Found(deployment, predecessor, profile, rules))

    def join(self, profile: bytes) -> Submission:
        """Accept an invitation; `profile` is the digest of this party's profile document."""
        return self._send(Join(profile))

    def update_profile(self, profile: bytes) -> Submission:
        """Name a new profile document."""
        return self._send(UpdateProfile(self.me().version, profile))

    def me(self) -> Party:
        """The party that this node signs for."""
        return self._me()

    def publish_profile(
        self,
        deployment: bytes | None = None,
        *,
        groups: Mapping[bytes, bytes] | None = None,
        left: Iterable[bytes] | None = None,
    ) -> bytes:
        """Store this party's profile as the config has it; returns its digest for `found`, `join`, `update_profile`.

        `deployment` is for the founder only, whose deployment is not on the ledger yet. Groups and machines that were
        left stay as they are unless they are given.
        """
        node = self._node
        _ = node.identity
        assert node.signer is not None
        party = FOUNDER if deployment is not None else self._me().party
        before = None if deployment is not None else self._profile_of(party)
        profile = Profile(
            name=node.config.party.name,
            contact=node.config.party.contact,
            encryption_key=node.keys.public,
            signing_scheme=node.signer.scheme,
            signing_key=node.signer.public_key,
            account=accounts(node.config.party.account),
            groups=tuple(groups.items()) if groups is not None else before.groups if before else (),
            left=tuple(left) if left is not None else before.left if before else (),
        )
        deployment = deployment or self.deployment().record.deployment
        return node.documents.publish_profile(encode(profile), deployment, party)

    def profile(self, number: int) -> Profile:
        """What a party tells of itself. Raises `UsageError` if it has not joined, and as `node.documents.opened`."""
        profile = self._profile_of(number)
        if profile is None:
            raise UsageError(f"party {number} has not joined yet, so nobody knows its encryption key")
        return profile

    def _profile_of(self, number: int) -> Profile | None:
        digest = self.get(number).record.profile
        return None if digest == ZERO_DIGEST else self._profile(number, digest)

    def _profile(self, number: int, digest: bytes) -> Profile:
        opened = self._node.documents.opened(digest, PROFILE)
        profile = decode(opened.content)
        if (opened.author_party, opened.author_key) != (number, profile.signing_key):
            raise IntegrityError(f"the profile of party {number} is not signed by that party's own key")
        return profile

    def signs_with(self, number: int, scheme: str, key: bytes) -> bool:
        """Whether a party's profile names a key, now or at any time before."""
        now = self._profile_of(number)
        if now is not None and (now.signing_scheme, now.signing_key) == (scheme, key):
            return True
        earlier = (
            self._profile(number, entry.event.profile)
            for entry in self._node.records.history(f"party:{number}")
            if isinstance(entry.event, PartyJoined | ProfileUpdated | DeploymentFounded)
        )
        return any((one.signing_scheme, one.signing_key) == (scheme, key) for one in earlier)

    def active(self, role: Role) -> frozenset[int]:
        """The numbers of all active parties that hold a role."""
        records = (seen.record for seen in self.all())
        return frozenset(one.party for one in records if one.state == PartyState.ACTIVE and one.roles & role)

    def get(self, number: int) -> Seen[Party]:
        """A party by its number."""
        return self._get(Party, ("party", number))

    def standing(self, number: int) -> Seen[Standing]:
        """A party's performance record."""
        return self._get(Standing, ("standing", number))

    def all(self) -> list[Seen[Party]]:
        """All parties by number."""
        return self._node.records.all("party")

    def deployment(self) -> Seen[Deployment]:
        """The deployment and its rules."""
        return self._get(Deployment, DEPLOYMENT)

    def accredit(self, maintainer: int, machine_class: int) -> Submission:
        """Let a maintainer serve this OEM's machines of a class."""
        return self._send(Accredit(maintainer, machine_class, self._accreditation_version(machine_class)))

    def withdraw_accreditation(self, maintainer: int, machine_class: int) -> Submission:
        """End a maintainer's accreditation."""
        return self._send(WithdrawAccreditation(maintainer, machine_class, self._accreditation_version(machine_class)))

    def accreditations(self) -> list[Seen[Accreditation]]:
        """Which maintainers may serve which OEM's machines."""
        return self._node.records.all("accreditation")

    def _accreditation_version(self, machine_class: int) -> int:
        key = ("accreditation", self.me().party, machine_class)
        seen = self._node.records.find(Accreditation, key)
        return 0 if seen is None else seen.record.version

    def attest(self, machine: bytes, kind: AttestationKind, statement: bytes) -> Submission:
        """Vouch for a fact about a machine."""
        return self._send(Attest(new_id(), machine, kind, statement))
