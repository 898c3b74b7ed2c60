// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title IParameters
/// @notice How a contract tells the parameters it works with.
interface IParameters {
    /// @notice A parameter has this value from this Unix time in seconds on.
    event ParameterChanged(bytes32 indexed name, uint256 value, uint256 effectiveAt);
}
