package protocol

// Rules are all rules of a deployment, set when it is founded and changed by governance, in the order of Rule.
type Rules struct {
	// Quorum: votes that execute a proposal; never more than there are active BOARD parties.
	Quorum uint16 `wire:"quorum,1..16"`
	// ProposalLifetime: seconds from a proposal to its expiry.
	ProposalLifetime Duration `wire:"proposal_lifetime,60..31536000"`
	// AnchorItems: anchors that one command may carry.
	AnchorItems uint16 `wire:"anchor_items,1..200"`
	// ClockBound: seconds that a business time may lie ahead of the ledger's, and that a transaction's time may lie
	// away from an endorser's clock.
	ClockBound Duration `wire:"clock_bound,1..86400"`
	// CloseAfter: seconds after which the side that waits may end what the other side left undone.
	CloseAfter Duration `wire:"close_after,60..31536000"`
	// FinalityDepth: the default number of blocks that nodes wait for; no check on the ledger depends on it.
	FinalityDepth uint16 `wire:"finality_depth,0..65535"`
}

// domain is the accepted values of a rule.
func domain(rule Rule) Range {
	return fieldsOf[Rules]()[rule-1].domain
}

// withRule is rules with one of them changed.
func withRule(rules Rules, rule Rule, value uint64) Rules {
	switch rule {
	case RuleQuorum:
		rules.Quorum = uint16(value)
	case RuleProposalLifetime:
		rules.ProposalLifetime = Duration(value)
	case RuleAnchorItems:
		rules.AnchorItems = uint16(value)
	case RuleClockBound:
		rules.ClockBound = Duration(value)
	case RuleCloseAfter:
		rules.CloseAfter = Duration(value)
	case RuleFinalityDepth:
		rules.FinalityDepth = uint16(value)
	}
	return rules
}
