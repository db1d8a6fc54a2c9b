// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Action, Rules, Selection} from "./Protocol.sol";

// What `Reader` returns: the stored fields of each record. All zero if there is no such record.

/// The one record of the deployment itself. Key: nothing.
struct DeploymentRecord {
    bytes32 deployment;
    uint8 state;
    Rules rules;
    uint16 parties;
    uint16 board;
}

/// A member of the consortium. Key: party.
struct PartyRecord {
    uint16 party;
    bytes32 identity;
    uint8 state;
    uint8 roles;
    uint32 version;
}

/// A party's performance record; counts stop at 2^24 - 1. Key: party.
struct StandingRecord {
    uint16 party;
    uint32 closed;
    uint32 rated;
    uint32 ratingTotal;
    uint64 responseTotal;
    uint64 resolutionTotal;
    uint32 misbehaviour;
}

/// An action that the board votes on. Key: proposal.
struct ProposalRecord {
    bytes16 proposal;
    uint16 proposer;
    Action action;
    uint64 expires;
    uint8 state;
    uint16[] voters;
}

/// The maintainers that may serve an OEM's machines of a class. Key: oem, machine_class.
struct AccreditationRecord {
    uint16 oem;
    uint16 machineClass;
    uint32 version;
    uint16[] maintainers;
}

/// What an auditor vouched for. Key: attestation.
struct AttestationRecord {
    bytes16 attestation;
    uint16 auditor;
    uint8 kind;
    uint64 time;
}

/// An agreement on a machine. Key: machine.
struct MachineRecord {
    bytes16 machine;
    uint16 oem;
    uint16 customer;
    uint16 registrar;
    uint16 machineClass;
    uint8 state;
    uint32 version;
    bytes32 terms;
    uint64 lastAt;
}

/// An offered change of an agreement. Key: machine, n.
struct ChangeOfferRecord {
    bytes16 machine;
    uint32 n;
    uint16 offerer;
    uint8 kind;
    uint8 state;
    bytes32 terms;
    uint64 effectiveFrom;
}

/// The end of a machine's chain of anchors; exists from acceptance on. Key: machine.
struct AnchorHeadRecord {
    bytes16 machine;
    uint16 customer;
    uint32 seq;
    uint64 windowTo;
    uint8 closed;
}

/// The end of a machine's chain of PERIOD and FINAL invoices; exists from acceptance on. Key: machine.
struct BillingHeadRecord {
    bytes16 machine;
    uint64 billedTo;
    uint32 billedSeq;
    uint8 final_;
}

/// A claim for money. Key: invoice.
struct InvoiceRecord {
    bytes16 invoice;
    uint16 issuer;
    uint16 payer;
    uint8 kind;
    uint8 payout;
    uint8 state;
    uint32 version;
    uint64 amount;
    uint64 claim;
    uint64 respondBy;
    uint64 time;
    bytes16 closes;
}

/// The last ticket of a kind on a machine. Key: machine, kind.
struct TicketRecord {
    bytes16 machine;
    uint8 kind;
    uint32 n;
    uint16 oem;
    uint16 machineClass;
    uint16 opener;
    uint16 assignee;
    uint8 state;
    uint32 version;
    Selection selection;
    uint64 openSince;
    uint64 assignedAt;
    uint64 deadline;
    uint64 time;
}

/// A maintainer's bid on a ticket. Key: machine, kind, n, maintainer.
struct BidRecord {
    bytes16 machine;
    uint8 kind;
    uint32 n;
    uint16 maintainer;
    uint8 state;
    bytes32 commitment;
    uint64 price;
    uint32 eta;
    uint32 distance;
    uint16 reputation;
}
