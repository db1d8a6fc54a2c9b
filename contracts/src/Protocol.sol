// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

// Vocabulary of protocol maas/1: bounds, enumerations (which travel as u8; 0 is never a member) and flat structs.
// The names and numbers are those of maas_core/protocol/types.py, states.py, rules.py and commands.py.

uint256 constant MAX_TIME = 2 ** 34 - 1;
uint256 constant MAX_AMOUNT = 2 ** 49 - 1;
uint256 constant MAX_TICKETS = 2 ** 24 - 1;
uint256 constant MAX_PARTIES = 1000;
uint256 constant MAX_BOARD = 16;
uint256 constant MAX_ACCREDITED = 64;
uint256 constant MAX_ANCHOR_ITEMS = 200;
uint256 constant MAX_LOCATOR = 256;
uint256 constant MAX_CURRENCY = 999;
uint256 constant MAX_RATING = 5;
uint256 constant MAX_COUNT = 2 ** 24 - 1;
uint256 constant VERSION_LIMIT = 2 ** 24 - 256;
uint256 constant ALL_ROLES = 31;
uint256 constant ALL_WEIGHTS = 10_000;
uint16 constant FOUNDER = 1;

library Role {
    uint8 internal constant BOARD = 1;
    uint8 internal constant OEM = 2;
    uint8 internal constant CUSTOMER = 4;
    uint8 internal constant MAINTAINER = 8;
    uint8 internal constant AUDITOR = 16;
}

library DeploymentState {
    uint8 internal constant ACTIVE = 1;
    uint8 internal constant RETIRED = 2;
}

library PartyState {
    uint8 internal constant INVITED = 1;
    uint8 internal constant ACTIVE = 2;
    uint8 internal constant SUSPENDED = 3;
    uint8 internal constant REMOVED = 4;
}

library ProposalState {
    uint8 internal constant OPEN = 1;
    uint8 internal constant EXECUTED = 2;
}

library ActionKind {
    uint8 internal constant INVITE = 1;
    uint8 internal constant SET_ROLES = 2;
    uint8 internal constant SUSPEND = 3;
    uint8 internal constant REINSTATE = 4;
    uint8 internal constant REMOVE = 5;
    uint8 internal constant REBIND = 6;
    uint8 internal constant SET_RULE = 7;
    uint8 internal constant CLOSE_OUT = 8;
    uint8 internal constant RETIRE = 9;
}

library Rule {
    uint8 internal constant QUORUM = 1;
    uint8 internal constant PROPOSAL_LIFETIME = 2;
    uint8 internal constant ANCHOR_ITEMS = 3;
    uint8 internal constant CLOCK_BOUND = 4;
    uint8 internal constant CLOSE_AFTER = 5;
    uint8 internal constant FINALITY_DEPTH = 6;
}

library MachineState {
    uint8 internal constant REGISTERED = 1;
    uint8 internal constant ACCEPTED = 2;
    uint8 internal constant DECLINED = 3;
    uint8 internal constant EXECUTED = 4;
    uint8 internal constant STOPPED = 5;
    uint8 internal constant TERMINATING = 6;
    uint8 internal constant TERMINATED = 7;
}

library StopCause {
    uint8 internal constant LAST = 4;
}

library ChangeKind {
    uint8 internal constant AMEND = 1;
    uint8 internal constant TERMINATE = 2;
}

library OfferState {
    uint8 internal constant OFFERED = 1;
    uint8 internal constant ACCEPTED = 2;
    uint8 internal constant WITHDRAWN = 3;
}

library AnchorKind {
    uint8 internal constant REGULAR = 1;
    uint8 internal constant CORRECTION = 2;
}

library InvoiceKind {
    uint8 internal constant PERIOD = 1;
    uint8 internal constant FINAL = 2;
    uint8 internal constant SERVICE = 3;
}

library InvoiceState {
    uint8 internal constant ISSUED = 1;
    uint8 internal constant ACCEPTED = 2;
    uint8 internal constant DISPUTED = 3;
    uint8 internal constant SETTLED = 4;
}

library TicketKind {
    uint8 internal constant REACTIVE = 1;
    uint8 internal constant PREVENTIVE = 2;
}

library TicketState {
    uint8 internal constant OPEN = 1;
    uint8 internal constant ASSIGNED = 2;
    uint8 internal constant COMPLETED = 3;
    uint8 internal constant CLOSED = 4;
    uint8 internal constant CANCELLED = 5;
}

library SelectionPolicy {
    uint8 internal constant FCFS = 1;
    uint8 internal constant SCORED = 2;
    uint8 internal constant SEALED = 3;
}

library BidState {
    uint8 internal constant COMMITTED = 1;
    uint8 internal constant PLACED = 2;
}

library AttestationKind {
    uint8 internal constant LAST = 5;
}

library Misbehaviour {
    uint8 internal constant UNREVEALED_BID = 1;
    uint8 internal constant MISSED_DEADLINE = 2;
    uint8 internal constant LOST_RULING = 3;
}

/// All rules of a deployment, in the order of `Rule`.
struct Rules {
    uint16 quorum;
    uint32 proposalLifetime;
    uint16 anchorItems;
    uint32 clockBound;
    uint32 closeAfter;
    uint16 finalityDepth;
}

/// What a proposal does; fields that its kind does not use are zero.
struct Action {
    uint8 kind;
    uint16 party;
    bytes32 identity;
    uint8 roles;
    uint8 rule;
    uint64 value;
    bytes32 data;
}

/// One machine's next anchor; the window is half-open. `corrects` is zero for REGULAR.
struct AnchorItem {
    bytes16 machine;
    uint32 seq;
    uint8 kind;
    uint32 corrects;
    uint64 windowFrom;
    uint64 windowTo;
    uint32 readings;
    bytes32 manifest;
    bytes locator;
}

/// How a ticket finds its maintainer. FCFS: all else zero. Weights are basis points and sum to 10 000.
struct Selection {
    uint8 policy;
    uint64 awardAt;
    uint8 awardFrom;
    uint64 commitUntil;
    uint64 revealUntil;
    uint16 priceWeight;
    uint16 timeWeight;
    uint16 reputationWeight;
    uint16 proximityWeight;
}
