// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { VersionTerms } from "../libraries/Prices.sol";

/// @title IFunctionRegistry
/// @notice Functions, who owns them, and their versions, which never change.
interface IFunctionRegistry {
    /// @notice What is published.
    /// @param maxCost The most that a job may cost, in 10^9 token base units
    /// @param memoryMiB The memory that a job may hold
    /// @param timeoutMs The longest that a job may run
    /// @param imageDigest The sha256 of the image's OCI manifest
    /// @param bundleHash The sha256 of the bundle, zero if there is none
    /// @param manifest How to run it: canonical JSON (RFC 8785), at most 4,096 bytes
    struct Version {
        uint48 maxCost;
        uint16 memoryMiB;
        uint32 timeoutMs;
        bytes32 imageDigest;
        bytes32 bundleHash;
        bytes manifest;
    }

    /// @notice A function is there.
    event FunctionCreated(uint32 indexed functionId, address indexed owner);
    /// @notice A function has another owner.
    event FunctionTransferred(uint32 indexed functionId, address indexed from, address indexed to);
    /// @notice This version is what a call of the function runs; none if zero.
    event LiveVersionSet(uint32 indexed functionId, uint32 indexed versionId);
    /// @notice The function takes no more calls.
    event FunctionRetired(uint32 indexed functionId);
    /// @notice A version is there, for ever as it is.
    event VersionPublished(
        uint32 indexed versionId,
        uint32 indexed functionId,
        address indexed developer,
        uint48 maxCost,
        uint16 memoryMiB,
        uint32 timeoutMs,
        bytes32 imageDigest,
        bytes32 bundleHash,
        bytes manifest
    );

    /// @notice A new owner may not be zero.
    error FunctionRegistry_ZeroAddress();
    /// @notice Only the function's owner may do that.
    error FunctionRegistry_NotOwner(uint32 functionId, address account);
    /// @notice The function is retired.
    error FunctionRegistry_Retired(uint32 functionId);
    /// @notice The version is not this function's.
    error FunctionRegistry_VersionOfAnother(uint32 functionId, uint32 versionId);
    /// @notice The version would be paid for by a former owner.
    error FunctionRegistry_PaidByAnother(uint32 versionId, address developer);
    /// @notice A value of the version is out of its bounds.
    error FunctionRegistry_OutOfBounds(bytes32 name, uint256 value, uint256 least, uint256 most);

    /// @notice Make a function. The caller owns it.
    /// @return functionId The new id, never used before
    function create() external returns (uint32 functionId);

    /// @notice Publish a version. Only the function's owner, who pays for the calls of this version, for ever.
    /// @param functionId Which function
    /// @param version What is published
    /// @param live Whether calls are to run it from now on
    /// @return versionId The new id, never used before
    function publish(uint32 functionId, Version calldata version, bool live) external returns (uint32 versionId);

    /// @notice Set which version calls run. Only the function's owner.
    /// @dev Only a version that the owner published itself: nobody buys a function with its former owner's money.
    /// @param versionId Zero for none
    function setLive(uint32 functionId, uint32 versionId) external;

    /// @notice Stop a function for ever. Only its owner. Jobs that were assigned before still run and are paid.
    function retire(uint32 functionId) external;

    /// @notice Give a function to another owner. Only its owner. No version is live until the new owner publishes one.
    /// @dev Warning: at once, and for ever.
    function transfer(uint32 functionId, address to) external;

    /// @notice A function's owner; zero if there is none.
    function ownerOf(uint32 functionId) external view returns (address);

    /// @notice Which version calls run; zero if none.
    function liveVersionOf(uint32 functionId) external view returns (uint32);

    /// @notice Whether a function is retired.
    function isRetired(uint32 functionId) external view returns (bool);

    /// @notice What of a version decides a price.
    /// @dev The developer is zero if there is no such version.
    function termsOf(uint32 versionId) external view returns (VersionTerms memory);

    /// @notice The function that a version belongs to; zero if there is no such version.
    function functionOf(uint32 versionId) external view returns (uint32);

    /// @notice The highest function id.
    function functionCount() external view returns (uint32);

    /// @notice The highest version id.
    function versionCount() external view returns (uint32);
}
