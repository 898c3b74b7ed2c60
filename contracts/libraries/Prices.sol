// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Records } from "./Records.sol";

/// @notice What of a version decides a price, fixed when the version was published.
/// @param developer Who pays
/// @param maxCost The most that a job may cost, in 10^9 token base units
/// @param memoryMiB The memory that a job holds
/// @param timeoutMs The longest that a job may run
struct VersionTerms {
    address developer;
    uint48 maxCost;
    uint16 memoryMiB;
    uint32 timeoutMs;
}

/// @title Prices
/// @notice What a job can cost at most, what it did cost, and who gets which part. Only products: nothing is rounded
/// but the commission, whose dust stays with the sealer and the provider.
library Prices {
    uint256 internal constant MAX_COST_UNIT = 1e9;
    uint256 internal constant BASIS_POINTS = 10_000;

    /// @notice The most that a job can cost: what is reserved for it.
    /// @param perMs_ What a millisecond costs, as below
    function unit(VersionTerms memory terms, uint256 baseFee, uint256 perMs_) internal pure returns (uint256) {
        // A price of 48 bits times 16 of memory times 32 of time has 96, and the base fee 64: nothing overflows.
        unchecked {
            return _min(terms.maxCost * MAX_COST_UNIT, baseFee + perMs_ * terms.timeoutMs);
        }
    }

    /// @notice What a millisecond of a version costs.
    function perMs(VersionTerms memory terms, uint256 price) internal pure returns (uint256) {
        unchecked {
            return terms.memoryMiB * price;
        }
    }

    /// @notice What a job cost.
    /// @param most What was reserved for it, or would have been
    /// @param status How it ended: after some endings nothing is paid
    /// @param billedMs The time that is paid for
    function cost(uint256 most, uint256 baseFee, uint256 perMs_, uint256 status, uint256 billedMs)
        internal
        pure
        returns (uint256 result)
    {
        uint256 lastPaid = Records.LAST_PAID;
        // Without a branch, since this is asked for every job: the lesser of two numbers is the one, but for the bits in
        // which they differ if it is the other; and a product with 0 or 1 decides whether anything is paid.
        assembly ("memory-safe") {
            let run := add(baseFee, mul(perMs_, billedMs))
            let lesser := xor(run, mul(xor(run, most), lt(most, run)))
            result := mul(lesser, iszero(gt(status, lastPaid)))
        }
    }

    /// @notice How the commission on a gross amount is shared; the provider gets the rest of the gross.
    function commission(uint256 gross, uint256 basisPoints)
        internal
        pure
        returns (uint256 controllerShare, uint256 sealerShare)
    {
        // Every gross is of tokens that exist, and the whole supply fits into 96 bits.
        unchecked {
            uint256 whole = (gross * basisPoints) / BASIS_POINTS;
            controllerShare = whole / 2;
            sealerShare = whole - controllerShare;
        }
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
