// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ChangeKind, MachineState, OfferState, Role, StopCause, TicketKind} from "./Protocol.sol";
import {MachineSlots, OfferSlots, State} from "./State.sol";
import {MachineWord, MachineWords} from "./words/MachineWord.sol";
import {OfferWord, OfferWords} from "./words/OfferWord.sol";
import {PartyWord} from "./words/PartyWord.sol";
import {TicketWords} from "./words/TicketWord.sol";

/// @title Registration, the states of use, and changes of the agreement
abstract contract Machines is State {
    /// @notice The OEM or the customer named: -> REGISTERED. The caller signs by sending.
    /// @param telemetryInterval In seconds.
    /// @param invoicePeriod In seconds.
    function registerMachine(
        bytes16 machine,
        uint16 oem,
        uint16 customer,
        uint16 machineClass,
        bytes32 spec,
        bytes32 terms,
        uint32 telemetryInterval,
        uint32 invoicePeriod
    ) external {
        require(machine != 0 && spec != 0 && terms != 0, INVALID_ARGUMENT(0));
        require(oem != customer, INVALID_ARGUMENT(0));
        PartyWord registrar = _activeParty();
        MachineSlots storage slots = _machines[machine];
        require(!slots.word.exists(), ALREADY_EXISTS(0));
        require(_mayRegister(registrar, oem, customer), NOT_AUTHORISED(0));
        bool byOem = registrar.party() == oem;
        if (byOem) _requireNamedParty(customer, Role.CUSTOMER);
        else _requireNamedParty(oem, Role.OEM);

        slots.word = MachineWords.registered(oem, customer, machineClass, byOem);
        slots.terms = terms;
        slots.tickets[0].word = TicketWords.reserved(oem, machineClass);
        emit MachineRegistered(
            machine, oem, customer, registrar.party(), machineClass, spec, terms, telemetryInterval, invoicePeriod
        );
    }

    function _mayRegister(PartyWord party, uint16 oem, uint16 customer) private pure returns (bool) {
        if (party.party() == oem) return party.has(Role.OEM);
        return party.party() == customer && party.has(Role.CUSTOMER);
    }

    /// @notice The side that did not register: REGISTERED -> ACCEPTED, with the terms registered.
    function acceptMachine(bytes16 machine, uint32 version, bytes32 terms) external {
        require(terms != 0, INVALID_ARGUMENT(0));
        PartyWord party = _activeParty();
        (MachineSlots storage slots, MachineWord word) = _existingMachine(machine);
        require(party.party() == word.otherSide(word.registrar()), NOT_AUTHORISED(0));
        require(word.state() == MachineState.REGISTERED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));
        require(terms == slots.terms, TERMS_MISMATCH(0));

        word = word.moved(MachineState.ACCEPTED).withAccepted();
        slots.word = word;
        emit MachineAccepted(machine, word.version());
    }

    /// @notice Either side: REGISTERED -> DECLINED.
    function declineMachine(bytes16 machine, uint32 version) external {
        PartyWord party = _engagedParty();
        (MachineSlots storage slots, MachineWord word) = _existingMachine(machine);
        require(word.isSide(party.party()), NOT_AUTHORISED(0));
        require(word.state() == MachineState.REGISTERED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));

        word = word.moved(MachineState.DECLINED);
        slots.word = word;
        emit MachineDeclined(machine, word.version(), party.party());
    }

    /// @notice The customer: ACCEPTED or STOPPED -> EXECUTED.
    /// @param at_ When it happened, in seconds UTC.
    function startMachine(bytes16 machine, uint32 version, uint64 at_) external {
        require(_isTime(at_), INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (MachineSlots storage slots, MachineWord word) = _existingMachine(machine);
        require(party.party() == word.customer(), NOT_AUTHORISED(0));
        uint8 state = word.state();
        require(state == MachineState.ACCEPTED || state == MachineState.STOPPED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));
        _requireBusinessTime(word, at_);
        _requireRoom(version);

        word = word.moved(MachineState.EXECUTED).withLastAt(at_);
        slots.word = word;
        emit MachineStarted(machine, word.version(), at_);
    }

    /// @notice The customer: EXECUTED -> STOPPED.
    /// @param at_ When it happened, in seconds UTC.
    function stopMachine(bytes16 machine, uint32 version, uint64 at_, uint8 cause, bytes32 evidence) external {
        require(_isTime(at_) && _isCode(cause, StopCause.LAST), INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (MachineSlots storage slots, MachineWord word) = _existingMachine(machine);
        require(party.party() == word.customer(), NOT_AUTHORISED(0));
        require(word.state() == MachineState.EXECUTED, WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));
        _requireBusinessTime(word, at_);

        word = word.moved(MachineState.STOPPED).withLastAt(at_);
        slots.word = word;
        emit MachineStopped(machine, word.version(), at_, cause, evidence);
    }

    /// @notice The customer: STOPPED -> ACCEPTED, once no REACTIVE ticket is unfinished.
    /// @param at_ When it happened, in seconds UTC.
    function resetMachine(bytes16 machine, uint32 version, uint64 at_) external {
        require(_isTime(at_), INVALID_ARGUMENT(0));
        PartyWord party = _engagedParty();
        (MachineSlots storage slots, MachineWord word) = _existingMachine(machine);
        require(party.party() == word.customer(), NOT_AUTHORISED(0));
        require(word.state() == MachineState.STOPPED, WRONG_STATE(0));
        require(!slots.tickets[TicketKind.REACTIVE - 1].word.isUnfinished(), WRONG_STATE(0));
        require(version == word.version(), STALE_VERSION(0));
        _requireBusinessTime(word, at_);

        word = word.moved(MachineState.ACCEPTED).withLastAt(at_);
        slots.word = word;
        emit MachineReset(machine, word.version(), at_);
    }

    function _requireBusinessTime(MachineWord machine, uint64 at_) private view {
        require(at_ >= machine.lastAt(), WINDOW_OVERLAP(0));
        _requireNotAhead(at_, _time());
    }

    /// @notice Either side: offers new terms (AMEND) or the end of the agreement (TERMINATE, terms zero) as offer `n`.
    function offerChange(bytes16 machine, uint32 n, uint8 kind, bytes32 terms, uint64 effectiveFrom) external {
        require(_isCode(kind, ChangeKind.TERMINATE) && _isTime(effectiveFrom), INVALID_ARGUMENT(0));
        require((terms == 0) == (kind == ChangeKind.TERMINATE), INVALID_ARGUMENT(0));
        PartyWord party = _activeParty();
        (MachineSlots storage slots, MachineWord word) = _existingMachine(machine);
        require(!slots.offers[n].word.exists(), ALREADY_EXISTS(0));
        require(word.isSide(party.party()), NOT_AUTHORISED(0));
        require(word.isInUse(), WRONG_STATE(0));

        slots.offers[n].word = OfferWords.pack(party.party(), kind, effectiveFrom);
        if (terms != 0) slots.offers[n].terms = terms;
        emit ChangeOffered(machine, n, party.party(), kind, terms, effectiveFrom);
    }

    /// @notice The other side: AMEND sets the terms; TERMINATE: ACCEPTED or STOPPED -> TERMINATING.
    function acceptChange(bytes16 machine, uint32 n) external {
        PartyWord party = _activeParty();
        MachineSlots storage slots = _machines[machine];
        OfferWord offer = slots.offers[n].word;
        require(offer.exists(), UNKNOWN_RECORD(0));
        MachineWord word = slots.word;
        require(party.party() == word.otherSide(offer.offerer()), NOT_AUTHORISED(0));
        require(offer.state() == OfferState.OFFERED, WRONG_STATE(0));
        require(word.isInUse(), WRONG_STATE(0));
        bool ends = offer.kind() == ChangeKind.TERMINATE;
        if (ends) {
            require(word.state() != MachineState.EXECUTED, WRONG_STATE(0));
        } else {
            require(offer.effectiveFrom() >= word.billedTo(), PERIOD_MISMATCH(0));
            _requireRoom(word.version());
        }

        bytes32 terms = slots.offers[n].terms;
        slots.offers[n].word = offer.withState(OfferState.ACCEPTED);
        word = ends ? word.moved(MachineState.TERMINATING) : word.bumped();
        slots.word = word;
        if (!ends) slots.terms = terms;
        emit ChangeAccepted(machine, n, word.version(), offer.kind(), terms, offer.effectiveFrom());
    }

    /// @notice The offerer: takes an offer back.
    function withdrawChange(bytes16 machine, uint32 n) external {
        PartyWord party = _engagedParty();
        OfferSlots storage slots = _machines[machine].offers[n];
        OfferWord offer = slots.word;
        require(offer.exists(), UNKNOWN_RECORD(0));
        require(party.party() == offer.offerer(), NOT_AUTHORISED(0));
        require(offer.state() == OfferState.OFFERED, WRONG_STATE(0));

        slots.word = offer.withState(OfferState.WITHDRAWN);
        emit ChangeWithdrawn(machine, n);
    }
}
