// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    InvoiceKind,
    InvoiceState,
    MAX_AMOUNT,
    MAX_CURRENCY,
    MachineState,
    Misbehaviour,
    Role
} from "./Protocol.sol";
import {InvoiceSlots, MachineSlots, State} from "./State.sol";
import {InvoiceWord, InvoiceWords} from "./words/InvoiceWord.sol";
import {MachineWord} from "./words/MachineWord.sol";
import {PartyWord} from "./words/PartyWord.sol";

/// @title Invoices: issued, accepted or disputed, revised or ruled on, settled
/// @notice Money itself never moves on the ledger.
abstract contract Invoices is State {
    /// @notice The machine's OEM (PERIOD, FINAL) or any party (SERVICE: machine, window and seqs zero): -> ISSUED.
    /// The window [windowFrom, windowTo) and the anchors [seqFrom, seqTo) continue where the machine's last invoice ended.
    /// @param payout 1 if the money goes to the party billed (FINAL only).
    /// @param amount In minor units of `currency`, which is an ISO 4217 number.
    function issueInvoice(
        bytes16 invoice,
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
        uint64 respondBy
    ) external {
        require(
            invoice != 0 && _isCode(kind, InvoiceKind.SERVICE) && payout <= 1 && amount <= MAX_AMOUNT
                && currency >= 1 && currency <= MAX_CURRENCY && statement != 0 && _isTime(respondBy),
            INVALID_ARGUMENT(0)
        );
        require(_isConsistent(kind, payout, machine, windowFrom, windowTo, seqFrom, seqTo), INVALID_ARGUMENT(0));
        uint16 issuer = _activeParty().party();
        if (kind == InvoiceKind.SERVICE) {
            _requireService(invoice, issuer, payer);
        } else {
            MachineWord word =
                _requirePeriod(invoice, issuer, payer, machine, kind, windowFrom, windowTo, seqFrom, seqTo);
            unchecked {
                _machines[machine].word = word.billed(windowTo, seqTo - 1, kind == InvoiceKind.FINAL);
            }
        }
        uint64 time = _time();
        require(respondBy > time, INVALID_ARGUMENT(0));

        _invoices[invoice].word = InvoiceWords.issued(issuer, payer, kind, payout, amount, respondBy, time);
        if (kind == InvoiceKind.FINAL) _invoices[invoice].closes = machine;
        emit InvoiceIssued(
            invoice,
            issuer,
            payer,
            machine,
            kind,
            payout,
            windowFrom,
            windowTo,
            seqFrom,
            seqTo,
            amount,
            currency,
            statement,
            respondBy,
            time
        );
    }

    function _isConsistent(
        uint8 kind,
        uint8 payout,
        bytes16 machine,
        uint64 windowFrom,
        uint64 windowTo,
        uint32 seqFrom,
        uint32 seqTo
    ) private pure returns (bool) {
        if (kind == InvoiceKind.SERVICE) {
            return machine == 0 && uint256(payout) | windowFrom | windowTo | seqFrom | seqTo == 0;
        }
        if (kind == InvoiceKind.PERIOD && (payout != 0 || windowFrom == windowTo)) return false;
        return windowFrom <= windowTo && _isTime(windowTo) && 1 <= seqFrom && seqFrom <= seqTo;
    }

    function _requireService(bytes16 invoice, uint16 issuer, uint16 payer) private view {
        require(!_invoices[invoice].word.exists(), ALREADY_EXISTS(0));
        require(payer != issuer, NOT_AUTHORISED(0));
        (, PartyWord party) = _existingParty(payer);
        require(party.isEngaged(), NOT_ACTIVE(0));
    }

    function _requirePeriod(
        bytes16 invoice,
        uint16 issuer,
        uint16 payer,
        bytes16 machine,
        uint8 kind,
        uint64 windowFrom,
        uint64 windowTo,
        uint32 seqFrom,
        uint32 seqTo
    ) private view returns (MachineWord word) {
        word = _machines[machine].word;
        require(word.isAccepted(), UNKNOWN_RECORD(0));
        require(!_invoices[invoice].word.exists(), ALREADY_EXISTS(0));
        require(issuer == word.oem() && payer == word.customer(), NOT_AUTHORISED(0));
        if (kind == InvoiceKind.FINAL) require(word.state() == MachineState.TERMINATING, WRONG_STATE(0));
        require(word.isBillable() && !word.isFinal(), WRONG_STATE(0));
        uint64 billedTo = word.billedTo();
        require(billedTo == 0 || billedTo == windowFrom, PERIOD_MISMATCH(0));
        unchecked {
            require(seqFrom == uint256(word.billedSeq()) + 1, PERIOD_MISMATCH(0));
            require(seqTo <= uint256(word.anchorSeq()) + 1, PERIOD_MISMATCH(0));
        }
        _requireNotAhead(windowTo, _time());
    }

    /// @notice The payer, or after `respondBy` and rule CLOSE_AFTER the issuer: ISSUED -> ACCEPTED.
    function acceptInvoice(bytes16 invoice, uint32 version) external {
        uint16 party = _engagedParty().party();
        (InvoiceSlots storage slots, InvoiceWord word) = _existingInvoice(invoice);
        uint64 time = _later(_time(), word.time());
        require(party == word.payer() || party == word.issuer(), NOT_AUTHORISED(0));
        require(word.state() == InvoiceState.ISSUED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));
        require(party == word.payer() || time >= _undisputedFrom(word), NOT_AUTHORISED(0));

        word = word.moved(InvoiceState.ACCEPTED, time);
        slots.word = word;
        emit InvoiceAccepted(invoice, word.version(), party, time);
    }

    /// When silence counts as consent: after `respondBy`, but never so soon that there was no time to answer.
    function _undisputedFrom(InvoiceWord invoice) private view returns (uint64) {
        return _later(invoice.respondBy(), invoice.time() + _deployment.closeAfter());
    }

    /// @notice The payer: ISSUED -> DISPUTED; claims another amount and names the first differing slice.
    function disputeInvoice(
        bytes16 invoice,
        uint32 version,
        uint64 claim,
        bytes32 statement,
        uint32 slice,
        bytes32 evidence
    ) external {
        require(claim <= MAX_AMOUNT && statement != 0, INVALID_ARGUMENT(0));
        uint16 party = _engagedParty().party();
        (InvoiceSlots storage slots, InvoiceWord word) = _existingInvoice(invoice);
        require(party == word.payer(), NOT_AUTHORISED(0));
        require(word.state() == InvoiceState.ISSUED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));

        uint64 time = _later(_time(), word.time());
        word = word.moved(InvoiceState.DISPUTED, time).withFigures(word.amount(), claim);
        slots.word = word;
        emit InvoiceDisputed(invoice, word.version(), claim, statement, slice, evidence, time);
    }

    /// @notice The issuer: DISPUTED -> ISSUED with another amount and statement.
    function reviseInvoice(bytes16 invoice, uint32 version, uint64 amount, bytes32 statement, uint64 respondBy)
        external
    {
        require(amount <= MAX_AMOUNT && statement != 0 && _isTime(respondBy), INVALID_ARGUMENT(0));
        uint16 party = _engagedParty().party();
        (InvoiceSlots storage slots, InvoiceWord word) = _existingInvoice(invoice);
        uint64 time = _later(_time(), word.time());
        require(party == word.issuer(), NOT_AUTHORISED(0));
        require(word.state() == InvoiceState.DISPUTED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));
        require(respondBy > time, INVALID_ARGUMENT(0));
        _requireRoom(version);

        word = word.moved(InvoiceState.ISSUED, time).withFigures(amount, 0).withRespondBy(respondBy);
        slots.word = word;
        emit InvoiceRevised(invoice, word.version(), amount, statement, respondBy, time);
    }

    /// @notice An AUDITOR that is neither side: DISPUTED -> ACCEPTED with the ruled amount.
    function ruleOnInvoice(bytes16 invoice, uint32 version, uint64 amount, bytes32 ruling) external {
        require(amount <= MAX_AMOUNT && ruling != 0, INVALID_ARGUMENT(0));
        PartyWord auditor = _activeParty();
        (InvoiceSlots storage slots, InvoiceWord word) = _existingInvoice(invoice);
        require(_isNeutralAuditor(auditor, word), NOT_AUTHORISED(0));
        require(word.state() == InvoiceState.DISPUTED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));

        uint64 time = _later(_time(), word.time());
        uint16 loser = _loser(word, amount);
        word = word.moved(InvoiceState.ACCEPTED, time).withFigures(amount, 0);
        slots.word = word;
        emit InvoiceRuled(invoice, word.version(), auditor.party(), amount, ruling, time);
        if (loser != 0) _countMisbehaviour(loser, Misbehaviour.LOST_RULING);
    }

    function _isNeutralAuditor(PartyWord party, InvoiceWord invoice) private pure returns (bool) {
        bool neutral = party.party() != invoice.issuer() && party.party() != invoice.payer();
        return neutral && party.isActiveAs(Role.AUDITOR);
    }

    /// The side whose figure is further from the ruled one; 0 if both are equally far.
    function _loser(InvoiceWord invoice, uint64 ruled) private pure returns (uint16) {
        uint64 fromAmount = _distance(ruled, invoice.amount());
        uint64 fromClaim = _distance(ruled, invoice.claim());
        if (fromAmount == fromClaim) return 0;
        return fromAmount > fromClaim ? invoice.issuer() : invoice.payer();
    }

    function _distance(uint64 one, uint64 other) private pure returns (uint64) {
        return one > other ? one - other : other - one;
    }

    /// @notice The payee, or after rule CLOSE_AFTER an AUDITOR that is neither side: ACCEPTED -> SETTLED.
    function settleInvoice(bytes16 invoice, uint32 version, bytes32 payment) external {
        require(payment != 0, INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (InvoiceSlots storage slots, InvoiceWord word) = _existingInvoice(invoice);
        uint64 time = _later(_time(), word.time());
        bool isPayee = party.party() == (word.payout() != 0 ? word.payer() : word.issuer());
        require(isPayee || _isNeutralAuditor(party, word), NOT_AUTHORISED(0));
        require(word.state() == InvoiceState.ACCEPTED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));
        require(isPayee || time >= word.time() + _deployment.closeAfter(), NOT_AUTHORISED(0));

        word = word.moved(InvoiceState.SETTLED, time);
        slots.word = word;
        emit InvoiceSettled(invoice, word.version(), party.party(), payment, time);
        if (word.kind() != InvoiceKind.FINAL) return;
        bytes16 closes = slots.closes;
        MachineSlots storage machine = _machines[closes];
        if (machine.word.state() != MachineState.TERMINATED) _terminate(machine, closes, machine.word);
    }

    function _existingInvoice(bytes16 invoice) private view returns (InvoiceSlots storage slots, InvoiceWord word) {
        slots = _invoices[invoice];
        word = slots.word;
        require(word.exists(), UNKNOWN_RECORD(0));
    }
}
