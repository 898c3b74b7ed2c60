// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batches } from "./Batches.sol";

/// @notice How a job ended. In memory it is, word for word, the data of the event JobRecorded and, without its first
/// word, of the event JobSettled.
/// @param details The order's details
/// @param status One of nine, see the protocol
/// @param billedMs The time that is paid for
/// @param cost What is paid, in token base units
/// @param receiptHash The EIP-712 hashStruct of the receipt that provider and controller signed
struct Outcome {
    bytes32 details;
    uint256 status;
    uint256 billedMs;
    uint256 cost;
    bytes32 receiptHash;
}

/// @title Records
/// @notice How jobs ended: for each a status in 1 byte, the billed time in 4, the receipt's hash in 32.
library Records {
    uint256 internal constant SIZE = 37;

    /// @dev Statuses 1 to 6 are paid for; 7 (provider lost), 8 (infrastructure) and 9 (declined) cost nothing.
    uint256 internal constant LAST_PAID = 6;
    uint256 internal constant LAST = 9;

    /// @notice Read a record into an outcome that is there already, so that a call needs memory for one only.
    /// @dev Warning: the caller has checked that the call data hold a whole record there.
    /// @param position Where in the call data the record begins
    /// @return Whether the status is one of the nine
    function read(Outcome memory outcome, uint256 position) internal pure returns (bool) {
        uint256 status;
        assembly ("memory-safe") {
            let head := calldataload(position)
            status := shr(248, head)
            mstore(add(outcome, 0x20), status)
            mstore(add(outcome, 0x40), and(shr(216, head), 0xffffffff))
            mstore(add(outcome, 0x80), calldataload(add(position, 5)))
        }
        // Zero wraps around to the largest number: one comparison for both bounds.
        unchecked {
            return status - 1 < LAST;
        }
    }

    /// @notice Where in the call data records begin.
    function start(bytes calldata records) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := records.offset
        }
    }

    /// @notice Whether there is exactly one record for each bit of a mask of 48.
    function fit(bytes calldata records, uint256 mask) internal pure returns (bool) {
        unchecked {
            return records.length == SIZE * Batches.count(mask);
        }
    }
}
