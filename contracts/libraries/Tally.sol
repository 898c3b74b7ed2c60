// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice What one call changes in one developer's escrow.
/// @param developer Whose escrow it is
/// @param released What was reserved and is no longer, in token base units
/// @param charged What is taken, in token base units
struct Charge {
    address developer;
    uint96 released;
    uint96 charged;
}

/// @title Tally
/// @notice Adds up, in memory, what a call changes in each developer's escrow, so that each escrow is read once and
/// written once however many jobs the call is about.
library Tally {
    /// @dev Most calls are about fewer developers than this; above it the list doubles.
    uint256 private constant FIRST_CAPACITY = 4;

    /// @notice One developer's line.
    /// @param developer Zero if the line is not in use
    /// @param known Whether `free` and `jobCap` were read
    /// @param free What the escrow could spend when the call began
    /// @param jobCap The most that one job may cost
    /// @param released What the call has released so far
    /// @param charged What the call has charged so far
    struct Account {
        address developer;
        bool known;
        uint256 free;
        uint256 jobCap;
        uint256 released;
        uint256 charged;
    }

    struct List {
        uint256 length;
        Account[] accounts;
    }

    /// @notice The line of a developer, made at the first call.
    function line(List memory list, address developer) internal pure returns (Account memory account) {
        uint256 length = list.length;
        for (uint256 i = 0; i < length; ++i) {
            if (list.accounts[i].developer == developer) return list.accounts[i];
        }
        if (length == list.accounts.length) _grow(list);
        account = list.accounts[length];
        account.developer = developer;
        list.length = length + 1;
    }

    /// @notice Take an amount if one job may cost that much at most and there is enough.
    /// @param account The line, with `free` and `jobCap` read
    /// @param unit The most that the job can cost
    /// @param amount What is to be taken
    /// @return Whether it was taken
    function charge(Account memory account, uint256 unit, uint256 amount) internal pure returns (bool) {
        // What was charged never exceeds what was there, so that the subtraction cannot go below zero.
        if (unit > account.jobCap || account.free + account.released - account.charged < amount) return false;
        account.charged += amount;
        return true;
    }

    /// @notice The lines as the MonetaryLedger takes them.
    function charges(List memory list) internal pure returns (Charge[] memory result) {
        result = new Charge[](list.length);
        for (uint256 i = 0; i < result.length; ++i) {
            Account memory account = list.accounts[i];
            // Both are sums of token amounts that exist, and the whole supply fits into 96 bits.
            result[i] = Charge(account.developer, uint96(account.released), uint96(account.charged));
        }
    }

    function _grow(List memory list) private pure {
        Account[] memory old = list.accounts;
        list.accounts = new Account[](old.length == 0 ? FIRST_CAPACITY : 2 * old.length);
        for (uint256 i = 0; i < old.length; ++i) {
            list.accounts[i] = old[i];
        }
    }
}
