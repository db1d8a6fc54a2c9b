package protocol

// Governance: what a proposal's action does, and whether it can be done.

// usedFields are the fields of an action that are not zero.
type usedFields struct{ party, identity, roles, rule, data bool }

// usedFieldsOf: a field that the kind uses is not zero, any other is; SET_RULE's value has the domain of its rule.
var usedFieldsOf = map[ActionKind]usedFields{
	ActionInvite:    {party: true, identity: true, roles: true},
	ActionSetRoles:  {party: true, roles: true},
	ActionSuspend:   {party: true},
	ActionReinstate: {party: true},
	ActionRemove:    {party: true},
	ActionRebind:    {party: true, identity: true},
	ActionSetRule:   {rule: true},
	ActionCloseOut:  {party: true, data: true},
	ActionRetire:    {data: true},
}

// actionIsConsistent says whether an action has exactly the fields of its kind.
func actionIsConsistent(action Action) bool {
	filled := usedFields{
		party:    action.Party != 0,
		identity: action.Identity != Identity{},
		roles:    action.Roles != 0,
		rule:     action.Rule != 0,
		data:     action.Data != Digest{},
	}
	if filled != usedFieldsOf[action.Kind] {
		return false
	}
	if action.Kind == ActionSetRule {
		return domain(action.Rule).Contains(action.Value)
	}
	if action.Kind == ActionCloseOut && [16]byte(action.Data[16:]) != [16]byte{} {
		return false
	}
	return action.Value == 0
}

// effectOf is the event that the action leads to now; refuses if it cannot be done now.
func effectOf(state *State, action Action) Event {
	switch action.Kind {
	case ActionInvite:
		return invite(state, action)
	case ActionSetRule:
		return setRule(state, action)
	case ActionCloseOut:
		return closeOut(state, action)
	case ActionRetire:
		return DeploymentRetired{Successor: action.Data}
	}
	party := existing[Party](state, key("party", action.Party))
	switch action.Kind {
	case ActionSetRoles:
		return setRoles(state, party, action.Roles)
	case ActionSuspend:
		return suspend(state, party)
	case ActionReinstate:
		return reinstate(state, party)
	case ActionRemove:
		return removeParty(state, party)
	default:
		return rebind(state, party, action.Identity)
	}
}

func invite(state *State, action Action) PartyInvited {
	require(!state.has(key("party", action.Party)), AlreadyExists)
	require(!state.has(key(kindIdentity, action.Identity)), AlreadyExists)
	require(deployment(state).Parties < MaxParties, LimitExceeded)
	return PartyInvited{Party: action.Party, Identity: action.Identity, Roles: action.Roles}
}

func setRoles(state *State, party Party, roles Roles) PartyRolesSet {
	require(party.State != PartyStateRemoved, WrongState)
	changed := party
	changed.Roles = roles
	requireBoard(state, party, changed)
	requireRoom(party.Version)
	return PartyRolesSet{Party: party.Party, Version: party.Version + 1, Roles: roles}
}

func suspend(state *State, party Party) PartySuspended {
	require(party.State == PartyStateActive, WrongState)
	suspended := party
	suspended.State = PartyStateSuspended
	requireBoard(state, party, suspended)
	return PartySuspended{Party: party.Party, Version: party.Version + 1}
}

func reinstate(state *State, party Party) PartyReinstated {
	require(party.State == PartyStateSuspended, WrongState)
	reinstated := party
	reinstated.State = PartyStateActive
	requireBoard(state, party, reinstated)
	requireRoom(party.Version)
	return PartyReinstated{Party: party.Party, Version: party.Version + 1}
}

func removeParty(state *State, party Party) PartyRemoved {
	require(party.State != PartyStateRemoved, WrongState)
	removed := party
	removed.State = PartyStateRemoved
	requireBoard(state, party, removed)
	return PartyRemoved{Party: party.Party, Version: party.Version + 1}
}

func rebind(state *State, party Party, identity Identity) PartyRebound {
	require(!state.has(key(kindIdentity, identity)), AlreadyExists)
	requireRoom(party.Version)
	return PartyRebound{Party: party.Party, Version: party.Version + 1, Identity: identity}
}

func setRule(state *State, action Action) RuleSet {
	if action.Rule == RuleQuorum {
		require(action.Value <= uint64(deployment(state).Board), InvalidArgument)
	}
	return RuleSet{Rule: action.Rule, Value: action.Value}
}

func closeOut(state *State, action Action) MachineTerminated {
	machineID := ID(action.Data[:16])
	machine := existing[Machine](state, key("machine", machineID))
	party := existing[Party](state, key("party", action.Party))
	require(party.State == PartyStateRemoved, WrongState)
	require(!isOneOf(machine.State, MachineStateDeclined, MachineStateTerminated), WrongState)
	require(isSide(machine, party), InvalidArgument)
	return MachineTerminated{Machine: machineID, Version: machine.Version + 1}
}

// requireBoard keeps the number of active BOARD parties between the quorum and the most that there may be.
func requireBoard(state *State, before, after Party) {
	now := deployment(state)
	board := now.Board + seats(after) - seats(before)
	require(board <= MaxBoard, LimitExceeded)
	require(board >= now.Rules.Quorum, InvalidArgument)
}

// sitsOnBoard says whether a party's vote counts.
func sitsOnBoard(party Party) bool {
	return isActiveAs(party, RoleBoard)
}

func seats(party Party) uint16 {
	if sitsOnBoard(party) {
		return 1
	}
	return 0
}
