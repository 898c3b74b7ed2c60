// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title Windows
/// @notice The time spans of the protocol, in seconds, and the inequalities between them.
library Windows {
    /// @notice A span is out of its bounds or does not fit the others.
    error Windows_OutOfBounds(bytes32 name, uint256 value);

    /// @notice Check the longest job life and the grace, which every contract that counts time is given.
    /// @param jobLife The longest that a job may live, from now to its deadline: 120 s to 7 days
    /// @param grace How long an old offer, a revoked escrow and a retired controller go on: 10 s to 1 h, an eighth of
    /// the job life at most
    function check(uint32 jobLife, uint32 grace) internal pure {
        if (jobLife < 120 || jobLife > 7 days) revert Windows_OutOfBounds("L", jobLife);
        if (grace < 10 || grace > 1 hours || 8 * uint256(grace) > jobLife) revert Windows_OutOfBounds("G", grace);
    }

    /// @notice Check the claim window too.
    /// @param claimWindow How long after its deadline a batch may be handed in for the first time: G to L
    function check(uint32 jobLife, uint32 grace, uint32 claimWindow) internal pure {
        check(jobLife, grace);
        if (claimWindow < grace || claimWindow > jobLife) revert Windows_OutOfBounds("W", claimWindow);
    }
}
