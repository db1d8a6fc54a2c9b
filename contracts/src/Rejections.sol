// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Why a command is refused
/// @notice The same words on every ledger. `item` is the index of the offending item of a list, else 0.
abstract contract Rejections {
    /// @notice The sender is unknown, or is not the one who may do this (now).
    error NOT_AUTHORISED(uint256 item);
    /// @notice The sender, or a party that the command names, is not in a state that allows this.
    error NOT_ACTIVE(uint256 item);
    /// @notice A record that the command names does not exist.
    error UNKNOWN_RECORD(uint256 item);
    /// @notice The record that the command would create, or the vote, exists.
    error ALREADY_EXISTS(uint256 item);
    /// @notice The record (or the deployment, if retired) is in a state that does not allow this.
    error WRONG_STATE(uint256 item);
    /// @notice The record has changed since the sender saw it.
    error STALE_VERSION(uint256 item);
    /// @notice The terms named are not the ones registered.
    error TERMS_MISMATCH(uint256 item);
    /// @notice A number does not follow the last one of its chain.
    error SEQUENCE_GAP(uint256 item);
    /// @notice A business time or window begins before the last one of its chain ended.
    error WINDOW_OVERLAP(uint256 item);
    /// @notice A billing period does not continue where the last one ended, or bills anchors that are not there.
    error PERIOD_MISMATCH(uint256 item);
    /// @notice The maintainer is not accredited by the machine's OEM for its class.
    error NOT_ACCREDITED(uint256 item);
    /// @notice Too early: bids may still come in.
    error BIDDING_OPEN(uint256 item);
    /// @notice Too late: bids (or commitments, or reveals) are closed.
    error BIDDING_CLOSED(uint256 item);
    /// @notice What was revealed is not what was committed to.
    error BAD_REVEAL(uint256 item);
    /// @notice An argument is outside its domain, or contradicts another one, the rules or the time.
    error INVALID_ARGUMENT(uint256 item);
    /// @notice A bound of the protocol or of the rules is reached.
    error LIMIT_EXCEEDED(uint256 item);
}
