// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchorItem, AnchorKind, MAX_ANCHOR_ITEMS, MAX_LOCATOR, MAX_TIME, MachineState} from "./Protocol.sol";
import {MachineSlots, State} from "./State.sol";
import {DeploymentWord} from "./words/DeploymentWord.sol";
import {MachineWord} from "./words/MachineWord.sol";

// Where an item's numbers lie in the call data, in words.
uint256 constant SEQ = 1;
uint256 constant KIND = 2;
uint256 constant CORRECTS = 3;
uint256 constant WINDOW_FROM = 4;
uint256 constant WINDOW_TO = 5;

/// @title Each machine's gapless chain of anchors
abstract contract Telemetry is State {
    /// @notice The customer of all machines named: appends one anchor to each. Items are strictly ascending by machine.
    function anchorTelemetry(AnchorItem[] calldata items) external {
        require(items.length >= 1 && items.length <= MAX_ANCHOR_ITEMS, INVALID_ARGUMENT(0));
        _requireValidItems(items);
        uint16 customer = _engagedParty().party();
        DeploymentWord deployment = _deployment;
        require(items.length <= deployment.anchorItems(), LIMIT_EXCEEDED(0));
        uint256 latest = _time() + deployment.clockBound();
        unchecked {
            for (uint256 index = 0; index < items.length; ++index) {
                _anchor(items[index], index, customer, latest);
            }
        }
    }

    function _requireValidItems(AnchorItem[] calldata items) private pure {
        bytes16 previous = 0;
        unchecked {
            for (uint256 index = 0; index < items.length; ++index) {
                AnchorItem calldata item = items[index];
                bytes16 machine = item.machine;
                bool isNext = previous < machine || index == 0;
                require(isNext && _isValid(item), INVALID_ARGUMENT(index));
                previous = machine;
            }
        }
    }

    function _isValid(AnchorItem calldata item) private pure returns (bool) {
        uint256 windowTo = _member(item, WINDOW_TO);
        if (_member(item, WINDOW_FROM) >= windowTo || windowTo > MAX_TIME) return false;
        if (item.manifest == 0 || item.locator.length > MAX_LOCATOR) return false;
        uint256 kind = _member(item, KIND);
        uint256 corrects = _member(item, CORRECTS);
        if (kind == AnchorKind.REGULAR) return corrects == 0;
        return kind == AnchorKind.CORRECTION && 0 < corrects && corrects < item.seq;
    }

    /// A number of an item as it lies in the call data. The decoder's check of its width, which costs as much again as
    /// all that is done with it, is not needed where a comparison bounds it anyway.
    function _member(AnchorItem calldata item, uint256 position) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(item, shl(5, position)))
        }
    }

    /// Append an item to its machine's chain.
    function _anchor(AnchorItem calldata item, uint256 index, uint16 customer, uint256 latest) private {
        MachineSlots storage slots = _machines[item.machine];
        MachineWord word = slots.word;
        require(word.isAccepted(), UNKNOWN_RECORD(index));
        require(customer == word.customer(), NOT_AUTHORISED(index));
        require(word.state() != MachineState.TERMINATED, WRONG_STATE(index));
        uint256 seq = _member(item, SEQ);
        unchecked {
            require(seq == uint256(word.anchorSeq()) + 1, SEQUENCE_GAP(index));
        }
        uint256 windowTo = _member(item, WINDOW_TO);
        if (_member(item, KIND) == AnchorKind.REGULAR) {
            require(_member(item, WINDOW_FROM) >= word.anchorTo(), WINDOW_OVERLAP(index));
            require(windowTo <= latest, LIMIT_EXCEEDED(index));
            word = word.withAnchorTo(uint64(windowTo));
        } else {
            require(windowTo <= word.anchorTo(), WINDOW_OVERLAP(index));
        }

        slots.word = word.anchored();
        emit TelemetryAnchored(
            item.machine,
            uint32(seq),
            uint8(_member(item, KIND)),
            uint32(_member(item, CORRECTS)),
            uint64(_member(item, WINDOW_FROM)),
            uint64(windowTo),
            item.readings,
            item.manifest,
            item.locator
        );
    }
}
