// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batches } from "./Batches.sol";

/// @title Orders
/// @notice The jobs of a batch: for each a version id in 4 bytes and its details in 32.
/// @dev Version 0 with details 0 is a hole: an index that no job has.
library Orders {
    uint256 internal constant SIZE = 36;

    /// @notice The order at an index.
    /// @dev Warning: the caller has checked that the index is below `orders.length / SIZE`.
    function read(bytes calldata orders, uint256 index) internal pure returns (uint32 versionId, bytes32 details) {
        // Slicing would check the bounds of every order again, at three times the cost of the two loads.
        assembly ("memory-safe") {
            let position := add(orders.offset, mul(index, SIZE))
            versionId := shr(224, calldataload(position))
            details := calldataload(add(position, 4))
        }
    }

    /// @notice Which indices hold a job.
    /// @return mask Bit i for the order of index i; zero if the orders are malformed, which a batch without any job is too
    function occupied(bytes calldata orders) internal pure returns (uint256 mask) {
        uint256 count = orders.length / SIZE;
        if (count * SIZE != orders.length || count > Batches.MAX_JOBS) return 0;
        for (uint256 i = 0; i < count; ++i) {
            (uint32 versionId, bytes32 details) = read(orders, i);
            if (versionId != 0) mask |= 1 << i;
            else if (details != 0) return 0;
        }
    }
}
