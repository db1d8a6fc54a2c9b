package protocol

import "slices"

// Consortium: founding, proposals and votes, joining, accreditation, attestation.

// maxCount is where the counts of a standing stop.
const maxCount = 1<<24 - 1

func found(state *State, command Found, sender Identity, time Time) []Event {
	require(command.Rules.Quorum == 1, InvalidArgument)
	require(!state.has(key(kindDeployment)), AlreadyExists)
	return []Event{DeploymentFounded{
		Deployment:  command.Deployment,
		Predecessor: command.Predecessor,
		Identity:    sender,
		Profile:     command.Profile,
		Rules:       command.Rules,
	}}
}

func propose(state *State, command Propose, sender Identity, time Time) []Event {
	require(actionIsConsistent(command.Action), InvalidArgument)
	proposer := activeParty(state, sender)
	require(!state.has(key("proposal", command.Proposal)), AlreadyExists)
	require(hasRole(proposer, RoleBoard), NotAuthorised)
	effect := effectOf(state, command.Action)
	made := ProposalMade{
		Proposal: command.Proposal,
		Proposer: proposer.Party,
		Action:   command.Action,
		Expires:  time + Time(rules(state).ProposalLifetime),
	}
	if rules(state).Quorum > 1 {
		return []Event{made}
	}
	return []Event{made, ProposalExecuted{Proposal: command.Proposal}, effect}
}

func approve(state *State, command Approve, sender Identity, time Time) []Event {
	voter := activeParty(state, sender)
	proposal := existing[Proposal](state, key("proposal", command.Proposal))
	require(hasRole(voter, RoleBoard), NotAuthorised)
	require(proposal.State == ProposalStateOpen && time < proposal.Expires, WrongState)
	require(!slices.Contains(proposal.Voters, voter.Party), AlreadyExists)
	voters := []PartyID{voter.Party}
	for _, number := range proposal.Voters {
		if sitsOnBoard(held[Party](state, key("party", number))) {
			voters = append(voters, number)
		}
	}
	slices.Sort(voters)
	approved := ProposalApproved{Proposal: command.Proposal, Voter: voter.Party, Voters: voters}
	if len(voters) < int(rules(state).Quorum) {
		return []Event{approved}
	}
	return []Event{approved, ProposalExecuted{Proposal: proposal.Proposal}, effectOf(state, proposal.Action)}
}

func join(state *State, command Join, sender Identity, time Time) []Event {
	party := knownParty(state, sender)
	require(party.State == PartyStateInvited, WrongState)
	joined := party
	joined.State = PartyStateActive
	requireBoard(state, party, joined)
	return []Event{PartyJoined{Party: party.Party, Version: party.Version + 1, Profile: command.Profile}}
}

func updateProfile(state *State, command UpdateProfile, sender Identity, time Time) []Event {
	party := engagedParty(state, sender)
	require(command.Version == party.Version, StaleVersion)
	requireRoom(party.Version)
	return []Event{ProfileUpdated{Party: party.Party, Version: party.Version + 1, Profile: command.Profile}}
}

func accredit(state *State, command Accredit, sender Identity, time Time) []Event {
	oem := activeParty(state, sender)
	accreditation := accreditationOf(state, oem.Party, command.MachineClass)
	require(hasRole(oem, RoleOEM), NotAuthorised)
	require(command.Version == accreditation.Version, StaleVersion)
	namedParty(state, command.Maintainer, RoleMaintainer)
	require(!slices.Contains(accreditation.Maintainers, command.Maintainer), AlreadyExists)
	require(len(accreditation.Maintainers) < MaxAccredited, LimitExceeded)
	requireRoom(accreditation.Version)
	return []Event{MaintainerAccredited{
		OEM:          oem.Party,
		MachineClass: command.MachineClass,
		Maintainer:   command.Maintainer,
		Version:      accreditation.Version + 1,
	}}
}

func withdrawAccreditation(state *State, command WithdrawAccreditation, sender Identity, time Time) []Event {
	oem := engagedParty(state, sender)
	accreditation := accreditationOf(state, oem.Party, command.MachineClass)
	require(slices.Contains(accreditation.Maintainers, command.Maintainer), UnknownRecord)
	require(command.Version == accreditation.Version, StaleVersion)
	return []Event{AccreditationWithdrawn{
		OEM:          oem.Party,
		MachineClass: command.MachineClass,
		Maintainer:   command.Maintainer,
		Version:      accreditation.Version + 1,
	}}
}

func accreditationOf(state *State, oem PartyID, machineClass MachineClass) Accreditation {
	accreditation, ok := get[Accreditation](state, key("accreditation", oem, machineClass))
	if !ok {
		return Accreditation{OEM: oem, MachineClass: machineClass}
	}
	return accreditation
}

func attest(state *State, command Attest, sender Identity, time Time) []Event {
	auditor := activeParty(state, sender)
	existing[Machine](state, key("machine", command.Machine))
	require(!state.has(key("attestation", command.Attestation)), AlreadyExists)
	require(hasRole(auditor, RoleAuditor), NotAuthorised)
	return []Event{Attested{
		Attestation: command.Attestation,
		Auditor:     auditor.Party,
		Machine:     command.Machine,
		Kind:        command.Kind,
		Statement:   command.Statement,
		Time:        time,
	}}
}

// Folds

func deploymentFounded(state *State, event DeploymentFounded) {
	state.set(Deployment{
		Deployment: event.Deployment,
		State:      DeploymentStateActive,
		Rules:      event.Rules,
		Parties:    1,
		Board:      1,
	})
	setNewParty(state, Party{
		Party:    Founder,
		Identity: event.Identity,
		State:    PartyStateActive,
		Roles:    Roles(RoleBoard),
		Version:  1,
	})
}

func setNewParty(state *State, party Party) {
	state.set(party)
	state.set(IdentityEntry{Identity: party.Identity, Party: party.Party})
	state.set(Standing{Party: party.Party})
}

func proposalMade(state *State, event ProposalMade) {
	state.set(Proposal{
		Proposal: event.Proposal,
		Proposer: event.Proposer,
		Action:   event.Action,
		Expires:  event.Expires,
		State:    ProposalStateOpen,
		Voters:   []PartyID{event.Proposer},
	})
}

func proposalApproved(state *State, event ProposalApproved) {
	proposal := held[Proposal](state, key("proposal", event.Proposal))
	proposal.Voters = event.Voters
	state.set(proposal)
}

func proposalExecuted(state *State, event ProposalExecuted) {
	proposal := held[Proposal](state, key("proposal", event.Proposal))
	proposal.State = ProposalStateExecuted
	state.set(proposal)
}

func partyInvited(state *State, event PartyInvited) {
	counted := deployment(state)
	counted.Parties++
	state.set(counted)
	setNewParty(state, Party{
		Party:    event.Party,
		Identity: event.Identity,
		State:    PartyStateInvited,
		Roles:    event.Roles,
		Version:  1,
	})
}

func partyJoined(state *State, event PartyJoined) {
	party := held[Party](state, key("party", event.Party))
	joined := party
	joined.State, joined.Version = PartyStateActive, event.Version
	setParty(state, party, joined)
}

func profileUpdated(state *State, event ProfileUpdated) {
	party := held[Party](state, key("party", event.Party))
	party.Version = event.Version
	state.set(party)
}

func partyRolesSet(state *State, event PartyRolesSet) {
	party := held[Party](state, key("party", event.Party))
	changed := party
	changed.Roles, changed.Version = event.Roles, event.Version
	setParty(state, party, changed)
}

func partySuspended(state *State, event PartySuspended) {
	setPartyState(state, event.Party, event.Version, PartyStateSuspended)
}

func partyReinstated(state *State, event PartyReinstated) {
	setPartyState(state, event.Party, event.Version, PartyStateActive)
}

func partyRemoved(state *State, event PartyRemoved) {
	setPartyState(state, event.Party, event.Version, PartyStateRemoved)
}

func setPartyState(state *State, number PartyID, version RecordVersion, to PartyState) {
	party := held[Party](state, key("party", number))
	changed := party
	changed.State, changed.Version = to, version
	setParty(state, party, changed)
}

func setParty(state *State, before, after Party) {
	state.set(after)
	if sitsOnBoard(after) == sitsOnBoard(before) {
		return
	}
	changed := deployment(state)
	changed.Board += seats(after) - seats(before)
	state.set(changed)
}

func partyRebound(state *State, event PartyRebound) {
	party := held[Party](state, key("party", event.Party))
	state.remove(key(kindIdentity, party.Identity))
	party.Identity, party.Version = event.Identity, event.Version
	state.set(IdentityEntry{Identity: event.Identity, Party: event.Party})
	state.set(party)
}

func ruleSet(state *State, event RuleSet) {
	changed := deployment(state)
	changed.Rules = withRule(changed.Rules, event.Rule, event.Value)
	state.set(changed)
}

func deploymentRetired(state *State, event DeploymentRetired) {
	retired := deployment(state)
	retired.State = DeploymentStateRetired
	state.set(retired)
}

func maintainerAccredited(state *State, event MaintainerAccredited) {
	accreditation := accreditationOf(state, event.OEM, event.MachineClass)
	maintainers := append(slices.Clone(accreditation.Maintainers), event.Maintainer)
	slices.Sort(maintainers)
	accreditation.Maintainers, accreditation.Version = maintainers, event.Version
	state.set(accreditation)
}

func accreditationWithdrawn(state *State, event AccreditationWithdrawn) {
	accreditation := accreditationOf(state, event.OEM, event.MachineClass)
	isWithdrawn := func(number PartyID) bool { return number == event.Maintainer }
	accreditation.Maintainers = slices.DeleteFunc(slices.Clone(accreditation.Maintainers), isWithdrawn)
	accreditation.Version = event.Version
	state.set(accreditation)
}

func attested(state *State, event Attested) {
	state.set(Attestation{
		Attestation: event.Attestation,
		Auditor:     event.Auditor,
		Kind:        event.Kind,
		Time:        event.Time,
	})
}

func misbehaviourCounted(state *State, event MisbehaviourCounted) {
	standing := held[Standing](state, key("standing", event.Party))
	standing.Misbehaviour = min(standing.Misbehaviour+1, maxCount)
	state.set(standing)
}
