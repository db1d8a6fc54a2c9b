"""Consortium: founding, proposals and votes, joining, accreditation, attestation."""

from dataclasses import replace

from maas_core.protocol.commands import (
    Accredit,
    Approve,
    Attest,
    Found,
    Join,
    Propose,
    UpdateProfile,
    WithdrawAccreditation,
)
from maas_core.protocol.events import (
    AccreditationWithdrawn,
    Attested,
    DeploymentFounded,
    DeploymentRetired,
    Event,
    MaintainerAccredited,
    MisbehaviourCounted,
    PartyInvited,
    PartyJoined,
    PartyRebound,
    PartyReinstated,
    PartyRemoved,
    PartyRolesSet,
    PartySuspended,
    ProfileUpdated,
    ProposalApproved,
    ProposalExecuted,
    ProposalMade,
    RuleSet,
)
from maas_core.protocol.model.governance import (
    effect_of,
    is_consistent,
    require_board,
    sits_on_board,
)
from maas_core.protocol.model.state import (
    DEPLOYMENT,
    State,
    active_party,
    deployment,
    engaged_party,
    existing,
    has_role,
    known_party,
    named_party,
    require_room,
    rules,
)
from maas_core.protocol.records import (
    Accreditation,
    Attestation,
    Deployment,
    Key,
    Machine,
    Party,
    Proposal,
    Standing,
)
from maas_core.protocol.rejections import Code, require
from maas_core.protocol.rules import with_rule
from maas_core.protocol.states import DeploymentState, PartyState, ProposalState, Role, Rule
from maas_core.protocol.types import FOUNDER, MAX_ACCREDITED, ZERO_DIGEST

MAX_COUNT = 2**24 - 1
"""Where the counts of a standing stop."""


def found(state: State, command: Found, sender: bytes, time: int) -> tuple[DeploymentFounded]:
    require(command.rules.quorum == 1, Code.INVALID_ARGUMENT)
    require(DEPLOYMENT not in state, Code.ALREADY_EXISTS)
    return (DeploymentFounded(command.deployment, command.predecessor, sender, command.profile, command.rules),)


def propose(state: State, command: Propose, sender: bytes, time: int) -> tuple[Event, ...]:
    require(is_consistent(command.action), Code.INVALID_ARGUMENT)
    proposer = active_party(state, sender)
    require(("proposal", command.proposal) not in state, Code.ALREADY_EXISTS)
    require(has_role(proposer, Role.BOARD), Code.NOT_AUTHORISED)
    effect = effect_of(state, command.action)
    expires = time + rules(state).proposal_lifetime
    made = ProposalMade(command.proposal, proposer.party, command.action, expires)
    if rules(state).quorum > 1:
        return (made,)
    return (made, ProposalExecuted(command.proposal), effect)


def approve(state: State, command: Approve, sender: bytes, time: int) -> tuple[Event, ...]:
    voter = active_party(state, sender)
    proposal = existing(state, Proposal, ("proposal", command.proposal))
    require(has_role(voter, Role.BOARD), Code.NOT_AUTHORISED)
    require(proposal.state == ProposalState.OPEN and time < proposal.expires, Code.WRONG_STATE)
    require(voter.party not in proposal.voters, Code.ALREADY_EXISTS)
    counted = [number for number in proposal.voters if sits_on_board(state["party", number])]
    voters = tuple(sorted([*counted, voter.party]))
    approved = ProposalApproved(command.proposal, voter.party, voters)
    if len(voters) < rules(state).quorum:
        return (approved,)
    return (approved, ProposalExecuted(command.proposal), effect_of(state, proposal.action))


def join(state: State, command: Join, sender: bytes, time: int) -> tuple[PartyJoined]:
    party = known_party(state, sender)
    require(party.state == PartyState.INVITED, Code.WRONG_STATE)
    require_board(state, party, replace(party, state=PartyState.ACTIVE))
    return (PartyJoined(party.party, party.version + 1, command.profile),)


def update_profile(state: State, command: UpdateProfile, sender: bytes, time: int) -> tuple[ProfileUpdated]:
    party = engaged_party(state, sender)
    require(command.version == party.version, Code.STALE_VERSION)
    require_room(party.version)
    return (ProfileUpdated(party.party, party.version + 1, command.profile),)


def accredit(state: State, command: Accredit, sender: bytes, time: int) -> tuple[MaintainerAccredited]:
    oem = active_party(state, sender)
    accreditation = _accreditation(state, oem.party, command.machine_class)
    require(has_role(oem, Role.OEM), Code.NOT_AUTHORISED)
    require(command.version == accreditation.version, Code.STALE_VERSION)
    named_party(state, command.maintainer, Role.MAINTAINER)
    require(command.maintainer not in accreditation.maintainers, Code.ALREADY_EXISTS)
    require(len(accreditation.maintainers) < MAX_ACCREDITED, Code.LIMIT_EXCEEDED)
    require_room(accreditation.version)
    return (MaintainerAccredited(oem.party, command.machine_class, command.maintainer, accreditation.version + 1),)


def withdraw_accreditation(
    state: State, command: WithdrawAccreditation, sender: bytes, time: int
) -> tuple[AccreditationWithdrawn]:
    oem = engaged_party(state, sender)
    accreditation = _accreditation(state, oem.party, command.machine_class)
    require(command.maintainer in accreditation.maintainers, Code.UNKNOWN_RECORD)
    require(command.version == accreditation.version, Code.STALE_VERSION)
    return (AccreditationWithdrawn(oem.party, command.machine_class, command.maintainer, accreditation.version + 1),)


def _accreditation(state: State, oem: int, machine_class: int) -> Accreditation:
    none = Accreditation(oem, machine_class, 0, ())
    found: Accreditation = state.get(("accreditation", oem, machine_class), none)
    return found


def attest(state: State, command: Attest, sender: bytes, time: int) -> tuple[Attested]:
    auditor = active_party(state, sender)
    existing(state, Machine, ("machine", command.machine))
    require(("attestation", command.attestation) not in state, Code.ALREADY_EXISTS)
    require(has_role(auditor, Role.AUDITOR), Code.NOT_AUTHORISED)
    return (
        Attested(
            command.attestation,
            auditor.party,
            command.machine,
            command.kind,
            command.statement,
            time,
        ),
    )


# Folds


def deployment_founded(state: State, event: DeploymentFounded) -> State:
    founder = Party(FOUNDER, event.identity, PartyState.ACTIVE, Role.BOARD, 1, event.profile)
    deployed = Deployment(
        deployment=event.deployment,
        predecessor=event.predecessor,
        state=DeploymentState.ACTIVE,
        successor=ZERO_DIGEST,
        rules=event.rules,
        parties=1,
        board=1,
    )
    return _with_new_party(state.set(DEPLOYMENT, deployed), founder)


def _with_new_party(state: State, party: Party) -> State:
    return (
        state.set(("party", party.party), party)
        .set(("identity", party.identity), party.party)
        .set(("standing", party.party), Standing(party.party, 0, 0, 0, 0, 0, 0))
    )


def proposal_made(state: State, event: ProposalMade) -> State:
    proposal = Proposal(
        proposal=event.proposal,
        proposer=event.proposer,
        action=event.action,
        expires=event.expires,
        state=ProposalState.OPEN,
        voters=(event.proposer,),
    )
    return state.set(("proposal", event.proposal), proposal)


def proposal_approved(state: State, event: ProposalApproved) -> State:
    proposal = replace(state["proposal", event.proposal], voters=event.voters)
    return state.set(("proposal", event.proposal), proposal)


def proposal_executed(state: State, event: ProposalExecuted) -> State:
    proposal = replace(state["proposal", event.proposal], state=ProposalState.EXECUTED)
    return state.set(("proposal", event.proposal), proposal)


def party_invited(state: State, event: PartyInvited) -> State:
    party = Party(event.party, event.identity, PartyState.INVITED, event.roles, 1, ZERO_DIGEST)
    counted = replace(deployment(state), parties=deployment(state).parties + 1)
    return _with_new_party(state.set(DEPLOYMENT, counted), party)


def party_joined(state: State, event: PartyJoined) -> State:
    party = state["party", event.party]
    joined = replace(party, state=PartyState.ACTIVE, version=event.version, profile=event.profile)
    return _with_party(state, party, joined)


def profile_updated(state: State, event: ProfileUpdated) -> State:
    party = state["party", event.party]
    return _with_party(state, party, replace(party, version=event.version, profile=event.profile))


def party_roles_set(state: State, event: PartyRolesSet) -> State:
    party = state["party", event.party]
    return _with_party(state, party, replace(party, version=event.version, roles=event.roles))


def party_suspended(state: State, event: PartySuspended) -> State:
    return _with_state(state, event, PartyState.SUSPENDED)


def party_reinstated(state: State, event: PartyReinstated) -> State:
    return _with_state(state, event, PartyState.ACTIVE)


def party_removed(state: State, event: PartyRemoved) -> State:
    return _with_state(state, event, PartyState.REMOVED)


def _with_state(state: State, event: PartySuspended | PartyReinstated | PartyRemoved, to: PartyState) -> State:
    party = state["party", event.party]
    return _with_party(state, party, replace(party, state=to, version=event.version))


def _with_party(state: State, before: Party, after: Party) -> State:
    changed = state.set(("party", after.party), after)
    moved = sits_on_board(after) - sits_on_board(before)
    if moved == 0:
        return changed
    return changed.set(DEPLOYMENT, replace(deployment(state), board=deployment(state).board + moved))


def party_rebound(state: State, event: PartyRebound) -> State:
    party = state["party", event.party]
    rebound = replace(party, version=event.version, identity=event.identity)
    return (
        state.delete(("identity", party.identity))
        .set(("identity", event.identity), event.party)
        .set(("party", event.party), rebound)
    )


def rule_set(state: State, event: RuleSet) -> State:
    now = deployment(state)
    return state.set(DEPLOYMENT, replace(now, rules=with_rule(now.rules, Rule(event.rule), event.value)))


def deployment_retired(state: State, event: DeploymentRetired) -> State:
    retired = replace(deployment(state), state=DeploymentState.RETIRED, successor=event.successor)
    return state.set(DEPLOYMENT, retired)


def maintainer_accredited(state: State, event: MaintainerAccredited) -> State:
    before = _accreditation(state, event.oem, event.machine_class)
    return _with_maintainers(state, event, {*before.maintainers, event.maintainer})


def accreditation_withdrawn(state: State, event: AccreditationWithdrawn) -> State:
    before = _accreditation(state, event.oem, event.machine_class)
    return _with_maintainers(state, event, {*before.maintainers} - {event.maintainer})


def _with_maintainers(
    state: State, event: MaintainerAccredited | AccreditationWithdrawn, maintainers: set[int]
) -> State:
    key: Key = ("accreditation", event.oem, event.machine_class)
    changed = Accreditation(event.oem, event.machine_class, event.version, tuple(sorted(maintainers)))
    return state.set(key, changed)


def attested(state: State, event: Attested) -> State:
    attestation = Attestation(event.attestation, event.auditor, event.machine, event.kind, event.statement, event.time)
    return state.set(("attestation", event.attestation), attestation)


def misbehaviour_counted(state: State, event: MisbehaviourCounted) -> State:
    standing = state["standing", event.party]
    counted = replace(standing, misbehaviour=min(standing.misbehaviour + 1, MAX_COUNT))
    return state.set(("standing", event.party), counted)
