// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Bidding} from "./Bidding.sol";
import {Consortium} from "./Consortium.sol";
import {Reader} from "./Reader.sol";

/// @title The rooms that are seldom entered: consortium, bidding, reading
/// @notice Code only: `MaaS` runs it on its own state, which both declare in `State`. Called at its own address it is
/// another, empty deployment that nobody uses.
contract Annex is Consortium, Bidding, Reader {}
