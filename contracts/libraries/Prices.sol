// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batch } from "./Batches.sol";
import { Record, Records } from "./Records.sol";

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

    /// @notice The price of a version for the length of one batch.
    /// @param unit The most that a job can cost: what is reserved for it
    /// @param baseFee What it costs before any time is counted
    /// @param perMs What a millisecond costs
    struct Quote {
        uint256 unit;
        uint256 baseFee;
        uint256 perMs;
    }

    /// @notice What a job of a version costs at a batch's price.
    function quote(VersionTerms memory terms, Batch calldata batch) internal pure returns (Quote memory q) {
        // No sum overflows: a price of 48 bits times 16 of memory times 32 of time has 96, the others fewer.
        unchecked {
            q.baseFee = batch.baseFee;
            q.perMs = uint256(terms.memoryMiB) * batch.price;
            q.unit = _min(uint256(terms.maxCost) * MAX_COST_UNIT, q.baseFee + q.perMs * terms.timeoutMs);
        }
    }

    /// @notice What a job cost that ended like this.
    function cost(Quote memory q, Record memory record) internal pure returns (uint256) {
        if (record.status > Records.LAST_PAID) return 0;
        unchecked {
            return _min(q.unit, q.baseFee + q.perMs * record.billedMs);
        }
    }

    /// @notice How the commission on a gross amount is shared; the provider gets the rest of the gross.
    function commission(uint256 gross, uint256 basisPoints)
        internal
        pure
        returns (uint256 controllerShare, uint256 sealerShare)
    {
        uint256 whole = (gross * basisPoints) / BASIS_POINTS;
        controllerShare = whole / 2;
        sealerShare = whole - controllerShare;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
