"""Governance: proposals and votes."""

from maas_core.ledgerio.submission import Submission
from maas_core.node.records import Seen
from maas_core.node.service import Service, new_id
from maas_core.protocol.commands import Action, Approve, Propose
from maas_core.protocol.records import Proposal
from maas_core.protocol.states import ActionKind, Role, Rule
from maas_core.protocol.types import ZERO_DIGEST, ZERO_ID


class Proposals(Service):
    """Each method opens a proposal with this party's vote; with quorum 1 it takes effect at once."""

    def approve(self, proposal: bytes) -> Submission:
        """Vote for a proposal."""
        return self._send(Approve(proposal))

    def get(self, proposal: bytes) -> Seen[Proposal]:
        """A proposal by its id."""
        return self._get(Proposal, ("proposal", proposal))

    def all(self) -> list[Seen[Proposal]]:
        """All proposals."""
        return self._node.records.all("proposal")

    def invite(self, party: int, identity: bytes, roles: Role) -> Submission:
        """Invite the holder of an identity as a party."""
        return self._propose(ActionKind.INVITE, party=party, identity=identity, roles=roles)

    def set_roles(self, party: int, roles: Role) -> Submission:
        """Give a party other roles."""
        return self._propose(ActionKind.SET_ROLES, party=party, roles=roles)

    def suspend(self, party: int) -> Submission:
        """Bar a party from new commitments."""
        return self._propose(ActionKind.SUSPEND, party=party)

    def reinstate(self, party: int) -> Submission:
        """End a suspension."""
        return self._propose(ActionKind.REINSTATE, party=party)

    def remove(self, party: int) -> Submission:
        """Remove a party for good."""
        return self._propose(ActionKind.REMOVE, party=party)

    def rebind(self, party: int, identity: bytes) -> Submission:
        """Bind a party to another identity, e.g. after its key was lost."""
        return self._propose(ActionKind.REBIND, party=party, identity=identity)

    def set_rule(self, rule: Rule, value: int) -> Submission:
        """Change a rule of the consortium."""
        return self._propose(ActionKind.SET_RULE, rule=rule, value=value)

    def close_out(self, party: int, machine: bytes) -> Submission:
        """End the agreement on a machine of a removed party."""
        return self._propose(ActionKind.CLOSE_OUT, party=party, data=machine + ZERO_ID)

    def retire(self, successor: bytes) -> Submission:
        """End the deployment and name its successor."""
        return self._propose(ActionKind.RETIRE, data=successor)

    def _propose(
        self,
        kind: ActionKind,
        *,
        party: int = 0,
        identity: bytes = ZERO_DIGEST,
        roles: int = 0,
        rule: int = 0,
        value: int = 0,
        data: bytes = ZERO_DIGEST,
    ) -> Submission:
        return self._send(Propose(new_id(), Action(kind, party, identity, roles, rule, value, data)))
