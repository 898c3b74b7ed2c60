// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batches } from "./Batches.sol";

/// @notice How a job ended.
/// @param status One of nine, see the protocol
/// @param billedMs The time that is paid for
/// @param receiptHash The EIP-712 hashStruct of the receipt that provider and controller signed
struct Record {
    uint8 status;
    uint32 billedMs;
    bytes32 receiptHash;
}

/// @title Records
/// @notice How jobs ended: for each a status in 1 byte, the billed time in 4, the receipt's hash in 32.
library Records {
    uint256 internal constant SIZE = 37;

    /// @dev Statuses 1 to 6 are paid for; 7 (provider lost), 8 (infrastructure) and 9 (declined) cost nothing.
    uint8 internal constant LAST_PAID = 6;
    uint8 internal constant LAST = 9;

    /// @notice The record at an index.
    /// @dev Warning: the caller has checked that the index is below `records.length / SIZE`.
    function read(bytes calldata records, uint256 index) internal pure returns (Record memory record) {
        assembly ("memory-safe") {
            let position := add(records.offset, mul(index, SIZE))
            let head := calldataload(position)
            mstore(record, shr(248, head))
            mstore(add(record, 32), and(shr(216, head), 0xffffffff))
            mstore(add(record, 64), calldataload(add(position, 5)))
        }
    }

    /// @notice Whether there is exactly one record for each bit of a mask of 48.
    function fit(bytes calldata records, uint256 mask) internal pure returns (bool) {
        return records.length == SIZE * Batches.count(mask);
    }

    /// @notice Whether a record's status is one of the nine.
    function known(Record memory record) internal pure returns (bool) {
        return record.status != 0 && record.status <= LAST;
    }
}
