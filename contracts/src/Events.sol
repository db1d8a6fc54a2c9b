// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Action, Rules, Selection} from "./Protocol.sol";

/// @title What the ledger says has changed
/// @notice An event carries all that changed. Counters (`version`, `seq`) are the values after the change; `time` is the
/// effective time: the block's, or the record's last time if that is later. No field is indexed: a node follows all
/// events.
abstract contract Events {
    // Consortium

    /// @notice The deployment exists and party 1 (BOARD) is active.
    event DeploymentFounded(bytes32 deployment, bytes32 predecessor, bytes32 identity, bytes32 profile, Rules rules);

    /// @notice A proposal is open with the proposer's vote.
    event ProposalMade(bytes16 proposal, uint16 proposer, Action action, uint64 expires);

    /// @notice A vote came in; `voters` are the votes that count now, ascending.
    event ProposalApproved(bytes16 proposal, uint16 voter, uint16[] voters);

    /// @notice The quorum is reached; the effect is the next event.
    event ProposalExecuted(bytes16 proposal);

    /// @notice A party is INVITED and has an empty standing.
    event PartyInvited(uint16 party, bytes32 identity, uint8 roles);

    /// @notice INVITED -> ACTIVE.
    event PartyJoined(uint16 party, uint32 version, bytes32 profile);

    /// @notice A party names a new profile.
    event ProfileUpdated(uint16 party, uint32 version, bytes32 profile);

    /// @notice A party has other roles.
    event PartyRolesSet(uint16 party, uint32 version, uint8 roles);

    /// @notice ACTIVE -> SUSPENDED.
    event PartySuspended(uint16 party, uint32 version);

    /// @notice SUSPENDED -> ACTIVE.
    event PartyReinstated(uint16 party, uint32 version);

    /// @notice -> REMOVED, for good.
    event PartyRemoved(uint16 party, uint32 version);

    /// @notice A party is known by another identity; the old one is free.
    event PartyRebound(uint16 party, uint32 version, bytes32 identity);

    /// @notice A rule has another value.
    event RuleSet(uint8 rule, uint64 value);

    /// @notice The deployment takes no more commands.
    event DeploymentRetired(bytes32 successor);

    /// @notice A maintainer may serve an OEM's machines of a class.
    event MaintainerAccredited(uint16 oem, uint16 machineClass, uint16 maintainer, uint32 version);

    /// @notice A maintainer may no longer serve an OEM's machines of a class.
    event AccreditationWithdrawn(uint16 oem, uint16 machineClass, uint16 maintainer, uint32 version);

    /// @notice An auditor vouched for a fact.
    event Attested(bytes16 attestation, uint16 auditor, bytes16 machine, uint8 kind, bytes32 statement, uint64 time);

    /// @notice A party's misbehaviour count grew by one.
    event MisbehaviourCounted(uint16 party, uint8 cause);

    // Machines

    /// @notice -> REGISTERED, version 1.
    event MachineRegistered(
        bytes16 machine,
        uint16 oem,
        uint16 customer,
        uint16 registrar,
        uint16 machineClass,
        bytes32 spec,
        bytes32 terms,
        uint32 telemetryInterval,
        uint32 invoicePeriod
    );

    /// @notice REGISTERED -> ACCEPTED; the chains of anchors and billing begin.
    event MachineAccepted(bytes16 machine, uint32 version);

    /// @notice REGISTERED -> DECLINED.
    event MachineDeclined(bytes16 machine, uint32 version, uint16 by);

    /// @notice -> EXECUTED.
    event MachineStarted(bytes16 machine, uint32 version, uint64 at_);

    /// @notice -> STOPPED.
    event MachineStopped(bytes16 machine, uint32 version, uint64 at_, uint8 cause, bytes32 evidence);

    /// @notice STOPPED -> ACCEPTED.
    event MachineReset(bytes16 machine, uint32 version, uint64 at_);

    /// @notice An offer of other terms, or of the end, is open.
    event ChangeOffered(bytes16 machine, uint32 n, uint16 offerer, uint8 kind, bytes32 terms, uint64 effectiveFrom);

    /// @notice AMEND: the machine's terms are the ones offered. TERMINATE: -> TERMINATING.
    event ChangeAccepted(bytes16 machine, uint32 n, uint32 version, uint8 kind, bytes32 terms, uint64 effectiveFrom);

    /// @notice An offer is taken back.
    event ChangeWithdrawn(bytes16 machine, uint32 n);

    /// @notice -> TERMINATED; no more anchors, no more invoices.
    event MachineTerminated(bytes16 machine, uint32 version);

    // Telemetry

    /// @notice A machine's chain of anchors grew by one.
    event TelemetryAnchored(
        bytes16 machine,
        uint32 seq,
        uint8 kind,
        uint32 corrects,
        uint64 windowFrom,
        uint64 windowTo,
        uint32 readings,
        bytes32 manifest,
        bytes locator
    );

    // Invoices

    /// @notice -> ISSUED, version 1.
    event InvoiceIssued(
        bytes16 invoice,
        uint16 issuer,
        uint16 payer,
        bytes16 machine,
        uint8 kind,
        uint8 payout,
        uint64 windowFrom,
        uint64 windowTo,
        uint32 seqFrom,
        uint32 seqTo,
        uint64 amount,
        uint16 currency,
        bytes32 statement,
        uint64 respondBy,
        uint64 time
    );

    /// @notice ISSUED -> ACCEPTED.
    event InvoiceAccepted(bytes16 invoice, uint32 version, uint16 by, uint64 time);

    /// @notice ISSUED -> DISPUTED.
    event InvoiceDisputed(
        bytes16 invoice,
        uint32 version,
        uint64 claim,
        bytes32 statement,
        uint32 slice,
        bytes32 evidence,
        uint64 time
    );

    /// @notice DISPUTED -> ISSUED; the claim is gone.
    event InvoiceRevised(
        bytes16 invoice,
        uint32 version,
        uint64 amount,
        bytes32 statement,
        uint64 respondBy,
        uint64 time
    );

    /// @notice DISPUTED -> ACCEPTED.
    event InvoiceRuled(bytes16 invoice, uint32 version, uint16 auditor, uint64 amount, bytes32 ruling, uint64 time);

    /// @notice ACCEPTED -> SETTLED.
    event InvoiceSettled(bytes16 invoice, uint32 version, uint16 by, bytes32 payment, uint64 time);

    // Maintenance

    /// @notice -> OPEN, version 1.
    event TicketOpened(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        uint16 opener,
        Selection selection,
        bytes32 work,
        uint64 deadline,
        uint16 payer,
        uint64 time
    );

    /// @notice OPEN -> ASSIGNED, first come, first served.
    event TicketAccepted(bytes16 machine, uint8 kind, uint32 n, uint32 version, uint16 assignee, uint64 time);

    /// @notice An open bid, with the bidder's reputation of this moment.
    event BidPlaced(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        uint16 maintainer,
        uint64 price,
        uint32 eta,
        uint32 distance,
        uint16 reputation,
        bytes32 offer
    );

    /// @notice A sealed bid.
    event BidCommitted(bytes16 machine, uint8 kind, uint32 n, uint16 maintainer, bytes32 commitment);

    /// @notice A sealed bid is open now, with the bidder's reputation of this moment.
    event BidRevealed(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        uint16 maintainer,
        uint64 price,
        uint32 eta,
        uint32 distance,
        uint16 reputation,
        bytes32 offer
    );

    /// @notice OPEN -> ASSIGNED to the bid with the highest score of `bids` placed.
    event TicketAwarded(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        uint32 version,
        uint16 assignee,
        uint64 score,
        uint8 bids,
        uint64 time
    );

    /// @notice ASSIGNED -> OPEN, from now first come, first served.
    event TicketReleased(bytes16 machine, uint8 kind, uint32 n, uint32 version, uint16 by, uint64 time);

    /// @notice ASSIGNED -> COMPLETED.
    event TicketCompleted(bytes16 machine, uint8 kind, uint32 n, uint32 version, bytes32 report, uint64 time);

    /// @notice COMPLETED -> ASSIGNED.
    event TicketReopened(bytes16 machine, uint8 kind, uint32 n, uint32 version, bytes32 reason, uint64 time);

    /// @notice COMPLETED -> CLOSED; response and resolution, seconds since it was open, enter the standing.
    event TicketClosed(
        bytes16 machine,
        uint8 kind,
        uint32 n,
        uint32 version,
        uint16 assignee,
        uint8 rating,
        uint64 response,
        uint64 resolution,
        uint64 time
    );

    /// @notice OPEN -> CANCELLED, by the opener or by an award without a bid.
    event TicketCancelled(bytes16 machine, uint8 kind, uint32 n, uint32 version, uint64 time);
}
