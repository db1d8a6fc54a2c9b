// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Annex} from "./Annex.sol";
import {Invoices} from "./Invoices.sol";
import {Machines} from "./Machines.sol";
import {Maintenance} from "./Maintenance.sol";
import {Telemetry} from "./Telemetry.sol";

/// @title Machine-as-a-Service, protocol maas/1
/// @notice One deployment: a consortium, its machines, their telemetry anchors, invoices and maintenance tickets. Every
/// function but the readers is a command of the protocol; its checks run in one order on every ledger: arguments,
/// sender, record, role, state, version, business rule.
/// @dev All rooms together are too large for one contract. What a machine's daily life needs is here and pays no detour;
/// the rest lies in the annex, which is created with this contract and cannot be exchanged.
contract MaaS is Machines, Telemetry, Invoices, Maintenance {
    address private immutable ANNEX = address(new Annex());

    /// @notice The functions of the annex, on the state of this contract.
    fallback() external {
        address annex = ANNEX;
        assembly ("memory-safe") {
            let memoryStart := mload(0x40)
            calldatacopy(memoryStart, 0, calldatasize())
            let done := delegatecall(gas(), annex, memoryStart, calldatasize(), 0, 0)
            returndatacopy(memoryStart, 0, returndatasize())
            if done { return(memoryStart, returndatasize()) }
            revert(memoryStart, returndatasize())
        }
    }
}
