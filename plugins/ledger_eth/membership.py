"""ConsortiumMembership on Clique: who seals blocks, and how its signers vote others in and out.

A vote is cast by a signer's own endpoint (`clique_propose`) and travels in the blocks that it seals; more than half of
the signers have to cast it. A draft is what they hand round to know for what.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from maas_ledger_eth.address import checksummed, parse_address
from maas_ledger_eth.transport.endpoints import Endpoints
from maas_ledger_eth.transport.rpc import Call, Fault, NoAnswer

from maas_core.errors import MembershipError
from maas_core.ports.clock import Deadline
from maas_core.ports.membership import ChangeKind, Draft, DraftState, DraftStatus, Member, MemberChange
from maas_core.ports.workflow import Unavailable

FORCE = b"even"
"""As a change's `material`: take an even number of signers, which two halves of can block each other for ever."""
SNAPSHOT: Call = ("clique_getSnapshot", ["latest"])


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Who seals, and which votes are open."""

    signers: tuple[str, ...]
    votes: tuple[tuple[str, str, bool], ...]
    """(who voted, about whom, for admission)."""


class CliqueMembership:
    """See `ConsortiumMembership`. Voting needs an endpoint of a signer with the `clique` interface open."""

    def __init__(self, endpoints: Endpoints) -> None:
        self._endpoints = endpoints

    def members(self, deadline: Deadline) -> Sequence[Member] | Unavailable:
        """The signers, by address."""
        try:
            return [Member(one, one) for one in self._snapshot(deadline).signers]
        except NoAnswer as reason:
            return Unavailable(str(reason))

    def draft(self, change: MemberChange, deadline: Deadline) -> Draft | Unavailable:
        """Begin a change. Raises `MembershipError`, also for what leaves an even number of signers (unless FORCE)."""
        address = checksummed(parse_address(change.member.identity))
        try:
            snapshot = self._snapshot(deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))
        admits = change.kind is ChangeKind.ADMIT
        if (address in snapshot.signers) == admits:
            raise MembershipError(f"{address} is {'a signer already' if admits else 'no signer'}")
        count = len(snapshot.signers) + (1 if admits else -1)
        if count == 0:
            raise MembershipError("the last signer cannot be removed: nobody would make blocks")
        if count % 2 == 0 and change.material != FORCE:
            raise MembershipError(
                f"there would be {count} signers: two halves of an even number can block each other for ever; "
                "admit or remove two, or force it"
            )
        payload = json.dumps({"address": address, "admit": admits}, sort_keys=True).encode()
        return Draft(replace(change, member=Member(change.member.name, address)), payload)

    def sign(self, draft: Draft, deadline: Deadline) -> Draft | Unavailable:
        """Vote with the signer whose endpoint comes first in the config."""
        address, admits = _read(draft)
        try:
            voter = self._own("eth_coinbase", [], deadline)
            if isinstance(voter, Fault) or checksummed(parse_address(voter)) not in self._snapshot(deadline).signers:
                raise MembershipError("the endpoint is not a signer's, so it has no vote")
            answer = self._own("clique_propose", [address, admits], deadline)
        except NoAnswer as reason:
            return Unavailable(str(reason))
        if isinstance(answer, Fault):
            raise MembershipError(f"the endpoint does not vote: {answer.message}")
        signatures = dict(draft.signatures) | {checksummed(parse_address(voter)): b""}
        return replace(draft, signatures=tuple(signatures.items()))

    def submit(self, draft: Draft, deadline: Deadline) -> DraftStatus | Unavailable:
        """Nothing is left to do but to wait; once it is in effect, this signer's vote is discarded."""
        return self.status(draft, deadline)

    def status(self, draft: Draft, deadline: Deadline) -> DraftStatus | Unavailable:
        """Where it stands. Once in effect, the vote is discarded: it would be cast again when things change back."""
        address, admits = _read(draft)
        try:
            snapshot = self._snapshot(deadline)
            if (address in snapshot.signers) == admits:
                self._own("clique_discard", [address], deadline)
                return DraftStatus(DraftState.EFFECTIVE, (), 0, f"{len(snapshot.signers)} signers")
        except NoAnswer as reason:
            return Unavailable(str(reason))
        voters = tuple(voter for voter, about, admit in snapshot.votes if about == address and admit == admits)
        needed = len(snapshot.signers) // 2 + 1
        return DraftStatus(DraftState.COLLECTING, voters, needed, f"{len(voters)} of {needed} votes are in blocks")

    def _snapshot(self, deadline: Deadline) -> Snapshot:
        answer = self._endpoints.agreed(lambda one, until: one.ask([SNAPSHOT], until)[0], deadline)
        if not isinstance(answer, dict):
            raise NoAnswer(f"the endpoint does not tell of signers, open its interface `clique`: {answer}")
        votes = [(_address(one["signer"]), _address(one["address"]), one["authorize"]) for one in answer["votes"] or ()]
        return Snapshot(tuple(sorted(map(_address, answer["signers"]))), tuple(votes))

    def _own(self, method: str, params: list[Any], deadline: Deadline) -> Any:
        """Ask this member's own endpoint, the first one."""
        return self._endpoints.all[0].ask([(method, params)], deadline)[0]


def _address(text: str) -> str:
    return checksummed(parse_address(text))


def _read(draft: Draft) -> tuple[str, bool]:
    try:
        told = json.loads(draft.payload)
        return _address(told["address"]), bool(told["admit"])
    except (ValueError, KeyError, TypeError):
        raise MembershipError("the draft is none of this ledger's") from None
