// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bidding} from "./Bidding.sol";
import {MachineState, Rules, Selection, SelectionPolicy} from "./Protocol.sol";
import {
    AccreditationRecord,
    AnchorHeadRecord,
    AttestationRecord,
    BidRecord,
    BillingHeadRecord,
    ChangeOfferRecord,
    DeploymentRecord,
    InvoiceRecord,
    MachineRecord,
    PartyRecord,
    ProposalRecord,
    StandingRecord,
    TicketRecord
} from "./Records.sol";
import {AccreditationSlots, BidSlots, InvoiceSlots, OfferSlots, ProposalSlots, TicketSlots} from "./State.sol";
import {AttestationWord} from "./words/AttestationWord.sol";
import {BidWord} from "./words/BidWord.sol";
import {DeploymentWord} from "./words/DeploymentWord.sol";
import {InvoiceWord} from "./words/InvoiceWord.sol";
import {MachineWord} from "./words/MachineWord.sol";
import {OfferWord} from "./words/OfferWord.sol";
import {PartyWord} from "./words/PartyWord.sol";
import {ProposalWord} from "./words/ProposalWord.sol";
import {SelectionWord} from "./words/SelectionWord.sol";
import {StandingWord} from "./words/StandingWord.sol";
import {TicketWord} from "./words/TicketWord.sol";

/// @title The stored fields of every record, for audits and second reads
/// @notice A record that does not exist is all zero; of one that exists, the first field is not zero.
abstract contract Reader is Bidding {
    /// @notice The deployment.
    function readDeployment() external view returns (DeploymentRecord memory record) {
        DeploymentWord word = _deployment;
        record.deployment = _deploymentId;
        record.state = word.state();
        record.rules = Rules({
            quorum: word.quorum(),
            proposalLifetime: word.proposalLifetime(),
            anchorItems: word.anchorItems(),
            clockBound: word.clockBound(),
            closeAfter: word.closeAfter(),
            finalityDepth: word.finalityDepth()
        });
        record.parties = word.parties();
        record.board = word.board();
    }

    /// @notice A party by its number.
    function readParty(uint16 party) external view returns (PartyRecord memory record) {
        bytes32 identity = _identities[party];
        PartyWord word = _parties[identity];
        record = PartyRecord(word.party(), identity, word.state(), word.roles(), word.version());
    }

    /// @notice A party's performance record.
    function readStanding(uint16 party) external view returns (StandingRecord memory record) {
        StandingWord word = _standings[party];
        if (!word.exists()) return record;
        record = StandingRecord({
            party: party,
            closed: word.closed(),
            rated: word.rated(),
            ratingTotal: word.ratingTotal(),
            responseTotal: word.responseTotal(),
            resolutionTotal: word.resolutionTotal(),
            misbehaviour: word.misbehaviour()
        });
    }

    /// @notice A proposal with the votes that counted when the last one came in.
    function readProposal(bytes16 proposal) external view returns (ProposalRecord memory record) {
        ProposalSlots storage slots = _proposals[proposal];
        ProposalWord word = slots.word;
        if (!word.exists()) return record;
        record.proposal = proposal;
        record.proposer = word.proposer();
        record.action = word.action(slots.payload);
        record.expires = word.expires();
        record.state = word.state();
        record.voters = slots.voters.unpack();
    }

    /// @notice The maintainers that may serve an OEM's machines of a class.
    function readAccreditation(uint16 oem, uint16 machineClass)
        external
        view
        returns (AccreditationRecord memory record)
    {
        AccreditationSlots storage slots = _accreditation(oem, machineClass);
        if (slots.version == 0) return record;
        record = AccreditationRecord(oem, machineClass, slots.version, _accredited(slots));
    }

    /// @notice An attestation.
    function readAttestation(bytes16 attestation) external view returns (AttestationRecord memory record) {
        AttestationWord word = _attestations[attestation];
        if (!word.exists()) return record;
        record = AttestationRecord(attestation, word.auditor(), word.kind(), word.time());
    }

    /// @notice A machine.
    function readMachine(bytes16 machine) external view returns (MachineRecord memory record) {
        MachineWord word = _machines[machine].word;
        if (!word.exists()) return record;
        record = MachineRecord({
            machine: machine,
            oem: word.oem(),
            customer: word.customer(),
            registrar: word.registrar(),
            machineClass: word.machineClass(),
            state: word.state(),
            version: word.version(),
            terms: _machines[machine].terms,
            lastAt: word.lastAt()
        });
    }

    /// @notice An offered change of an agreement.
    function readOffer(bytes16 machine, uint32 n) external view returns (ChangeOfferRecord memory record) {
        OfferSlots storage slots = _machines[machine].offers[n];
        OfferWord word = slots.word;
        if (!word.exists()) return record;
        record = ChangeOfferRecord({
            machine: machine,
            n: n,
            offerer: word.offerer(),
            kind: word.kind(),
            state: word.state(),
            terms: slots.terms,
            effectiveFrom: word.effectiveFrom()
        });
    }

    /// @notice The end of a machine's chain of anchors.
    function readAnchorHead(bytes16 machine) external view returns (AnchorHeadRecord memory record) {
        MachineWord word = _machines[machine].word;
        if (!word.isAccepted()) return record;
        uint8 closed = word.state() == MachineState.TERMINATED ? 1 : 0;
        record = AnchorHeadRecord(machine, word.customer(), word.anchorSeq(), word.anchorTo(), closed);
    }

    /// @notice The end of a machine's chain of PERIOD and FINAL invoices.
    function readBillingHead(bytes16 machine) external view returns (BillingHeadRecord memory record) {
        MachineWord word = _machines[machine].word;
        if (!word.isAccepted()) return record;
        record = BillingHeadRecord(machine, word.billedTo(), word.billedSeq(), word.isFinal() ? 1 : 0);
    }

    /// @notice An invoice.
    function readInvoice(bytes16 invoice) external view returns (InvoiceRecord memory record) {
        InvoiceSlots storage slots = _invoices[invoice];
        InvoiceWord word = slots.word;
        if (!word.exists()) return record;
        record = InvoiceRecord({
            invoice: invoice,
            issuer: word.issuer(),
            payer: word.payer(),
            kind: word.kind(),
            payout: word.payout(),
            state: word.state(),
            version: word.version(),
            amount: word.amount(),
            claim: word.claim(),
            respondBy: word.respondBy(),
            time: word.time(),
            closes: slots.closes
        });
    }

    /// @notice The last ticket of a kind on a machine.
    function readTicket(bytes16 machine, uint8 kind) external view returns (TicketRecord memory record) {
        if (!_isTicketKind(kind)) return record;
        TicketSlots storage slots = _machines[machine].tickets[kind - 1];
        TicketWord word = slots.word;
        if (word.n() == 0) return record;
        record = TicketRecord({
            machine: machine,
            kind: kind,
            n: word.n(),
            oem: word.oem(),
            machineClass: word.machineClass(),
            opener: word.opener(),
            assignee: word.assignee(),
            state: word.state(),
            version: word.version(),
            selection: _selectionOf(word, slots.selection),
            openSince: word.openSince(),
            assignedAt: word.assignedAt(),
            deadline: word.deadline(),
            time: word.time()
        });
    }

    function _selectionOf(TicketWord ticket, SelectionWord word) private pure returns (Selection memory selection) {
        selection.policy = ticket.policy();
        if (selection.policy == SelectionPolicy.FCFS) return selection;
        selection.awardAt = word.awardAt();
        selection.awardFrom = word.awardFrom();
        selection.commitUntil = word.commitUntil();
        selection.revealUntil = word.revealUntil();
        selection.priceWeight = word.priceWeight();
        selection.timeWeight = word.timeWeight();
        selection.reputationWeight = word.reputationWeight();
        selection.proximityWeight = word.proximityWeight();
    }

    /// @notice A maintainer's bid on a ticket.
    function readBid(bytes16 machine, uint8 kind, uint32 n, uint16 maintainer)
        external
        view
        returns (BidRecord memory record)
    {
        BidSlots storage slots = _bidOf(machine, kind, n, maintainer);
        BidWord word = slots.word;
        if (!word.exists()) return record;
        record = BidRecord({
            machine: machine,
            kind: kind,
            n: n,
            maintainer: maintainer,
            state: word.state(),
            commitment: slots.commitment,
            price: word.price(),
            eta: word.eta(),
            distance: word.distance(),
            reputation: word.reputation()
        });
    }
}
