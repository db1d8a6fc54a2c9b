"""The consortium's parties: founding, joining, profiles, accreditation, attestation."""

from maas_core.ledgerio.submission import Submission
from maas_core.node.records import Seen
from maas_core.node.service import Service, new_id
from maas_core.protocol.commands import Accredit, Attest, Found, Join, UpdateProfile, WithdrawAccreditation
from maas_core.protocol.model.state import DEPLOYMENT
from maas_core.protocol.records import Accreditation, Deployment, Party, Standing
from maas_core.protocol.rules import Rules
from maas_core.protocol.states import AttestationKind
from maas_core.protocol.types import ZERO_DIGEST

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
