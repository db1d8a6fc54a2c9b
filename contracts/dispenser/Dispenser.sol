// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev What `readParty` of the MaaS contract returns.
struct PartyRecord {
    uint16 party;
    bytes32 identity;
    uint8 state;
    uint8 roles;
    uint32 version;
}

interface IParties {
    function readParty(uint16 party) external view returns (PartyRecord memory record);
}

/// @title Keeps the accounts of a consortium able to pay for their transactions
/// @notice Anybody may put the chain's currency in; only an active BOARD party of the deployment can have it paid out.
/// @dev Paying tops up to a level, so a call that is repeated, or made by two board members at once, pays nothing twice.
contract Dispenser {
    uint8 private constant ACTIVE = 2;
    uint8 private constant BOARD = 1;

    /// @notice The deployment whose board this is.
    IParties public immutable MAAS;

    /// @notice The caller is not the active BOARD party that it names.
    error NotTheBoard();

    /// @notice The dispenser holds too little for this account.
    error TooLittle(address account);

    /// @notice The account does not take what it is sent.
    error NotTaken(address account);

    /// @notice An account was given so much that it has `level`.
    event ToppedUp(uint16 indexed party, address indexed account, uint256 amount);

    constructor(IParties maas) {
        MAAS = maas;
    }

    receive() external payable {}

    /// @notice Brings each account that has less up to `level`.
    /// @param party The caller's number in the deployment.
    function topUp(uint16 party, address[] calldata accounts, uint256 level) external {
        PartyRecord memory caller = MAAS.readParty(party);
        bool isBoard = caller.state == ACTIVE && caller.roles & BOARD != 0;
        require(isBoard && caller.identity == bytes32(uint256(uint160(msg.sender))), NotTheBoard());
        for (uint256 place = 0; place < accounts.length; ++place) {
            _raise(party, accounts[place], level);
        }
    }

    function _raise(uint16 party, address account, uint256 level) private {
        uint256 balance = account.balance;
        if (balance >= level) return;
        uint256 amount = level - balance;
        require(address(this).balance >= amount, TooLittle(account));
        emit ToppedUp(party, account, amount);
        (bool taken,) = account.call{value: amount, gas: 0}("");
        require(taken, NotTaken(account));
    }
}
