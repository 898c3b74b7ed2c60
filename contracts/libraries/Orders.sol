// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batches } from "./Batches.sol";

/// @title Orders
/// @notice The jobs of a batch: for each a version id in 4 bytes and its details in 32.
/// @dev Version 0 with details 0 is a hole: an index that no job has. Slicing the call data would check the bounds of
/// every order again, at several times the cost of the two loads.
library Orders {
    uint256 internal constant SIZE = 36;

    /// @notice The order at an index.
    /// @dev Warning: the caller has checked that the call data hold a whole order there.
    /// @param start_ Where in the call data the orders begin
    function read(uint256 start_, uint256 index) internal pure returns (uint256 versionId, bytes32 details) {
        unchecked {
            uint256 position = start_ + index * SIZE;
            return (versionAt(position), detailsAt(position));
        }
    }

    /// @notice The version of the order at a place.
    /// @dev Warning: the caller has checked that the call data hold a whole order there.
    /// @param position Where in the call data the order begins
    function versionAt(uint256 position) internal pure returns (uint256 versionId) {
        assembly ("memory-safe") {
            versionId := shr(224, calldataload(position))
        }
    }

    /// @notice The details of the order at a place.
    /// @dev Warning: the caller has checked that the call data hold a whole order there.
    /// @param position Where in the call data the order begins
    function detailsAt(uint256 position) internal pure returns (bytes32 details) {
        assembly ("memory-safe") {
            details := calldataload(add(position, 4))
        }
    }

    /// @notice Where in the call data orders begin.
    function start(bytes calldata orders) internal pure returns (uint256 position) {
        assembly ("memory-safe") {
            position := orders.offset
        }
    }

    /// @notice Which indices hold a job.
    /// @return mask Bit i for the order of index i; zero if the orders are malformed, and if no index holds a job
    function occupied(bytes calldata orders) internal pure returns (uint256 mask) {
        uint256 position = start(orders);
        unchecked {
            uint256 count = orders.length / SIZE;
            if (count * SIZE != orders.length || count > Batches.MAX_JOBS) return 0;
            uint256 end = position + orders.length;
            for (uint256 bit = 1; position != end; bit <<= 1) {
                if (versionAt(position) != 0) mask |= bit;
                else if (detailsAt(position) != 0) return 0;
                position += SIZE;
            }
        }
    }
}
