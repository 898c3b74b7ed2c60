// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Escrows
/// @notice An escrow in one word: `expiry u32 | jobCap u32 | reserved u96 | free u96`, amounts in token base units.
library Escrows {
    /// @notice An escrow has less than a call wants to move. The ledger checks before it asks, so nobody sees this.
    error Escrows_TooSmall(uint256 free, uint256 reserved);

    uint256 private constant JOB_CAP_UNIT = 1e12;

    /// @notice What is neither spent nor reserved.
    function free(uint256 word) internal pure returns (uint256) {
        return uint96(word);
    }

    /// @notice What open jobs can cost at most.
    function reserved(uint256 word) internal pure returns (uint256) {
        return uint96(word >> 96);
    }

    /// @notice The most that one job may cost, in 10^12 base units.
    function jobCap(uint256 word) internal pure returns (uint256) {
        return uint32(word >> 192);
    }

    /// @notice Unix time in seconds after which no job is opened or recorded.
    function expiry(uint256 word) internal pure returns (uint256) {
        return word >> 224;
    }

    /// @notice Put an escrow together. The amounts have 96 bits, the others 32.
    function pack(uint256 free_, uint256 reserved_, uint256 jobCap_, uint256 expiry_) internal pure returns (uint256) {
        return expiry_ << 224 | jobCap_ << 192 | reserved_ << 96 | free_;
    }

    /// @notice What jobs can take now: nothing once the escrow has expired, and nothing if one of them can cost more
    /// than a job may.
    /// @param unit The most that one of the jobs can cost
    function spendable(uint256 word, uint256 unit) internal view returns (uint256) {
        if (block.timestamp > expiry(word) || unit > jobCap(word) * JOB_CAP_UNIT) return 0;
        return free(word);
    }

    /// @notice Move money within an escrow, and out of it.
    /// @param toReserve From free to reserved
    /// @param released From reserved to free
    /// @param charged From free to whoever is paid
    function change(uint256 word, uint256 toReserve, uint256 released, uint256 charged)
        internal
        pure
        returns (uint256)
    {
        (uint256 free_, uint256 reserved_) = (free(word), reserved(word));
        // Nothing overflows: every amount is of tokens that exist, and the whole supply fits into 96 bits.
        unchecked {
            if (reserved_ < released || free_ + released < toReserve + charged) {
                revert Escrows_TooSmall(free_, reserved_);
            }
            return word + released - toReserve - charged + (toReserve << 96) - (released << 96);
        }
    }
}
