// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IFunctionRegistry } from "./interfaces/IFunctionRegistry.sol";
import { VersionTerms } from "./libraries/Prices.sol";
import { Windows } from "./libraries/Windows.sol";

/// @title FunctionRegistry
/// @notice See IFunctionRegistry.
contract FunctionRegistry is IFunctionRegistry {
    /// @dev One word.
    struct Function {
        address owner;
        uint32 live;
        bool retired;
    }

    uint256 private constant MAX_MANIFEST = 4096;
    uint256 private constant MIN_MEMORY_MIB = 32;
    uint256 private constant MAX_MEMORY_MIB = 4096;
    uint256 private constant MIN_TIMEOUT_MS = 1000;
    uint256 private constant MAX_TIMEOUT_SECONDS = 900;

    /// @notice The longest time-out that a version may have.
    uint32 public immutable maxTimeoutMs;

    uint32 private _functionCount;
    uint32 private _versionCount;
    mapping(uint32 functionId => Function) private _functions;
    mapping(uint32 versionId => VersionTerms) private _terms;
    mapping(uint32 versionId => uint32 functionId) private _functionOf;

    modifier onlyOwner(uint32 functionId) {
        if (_functions[functionId].owner != msg.sender) revert FunctionRegistry_NotOwner(functionId, msg.sender);
        _;
    }

    modifier notRetired(uint32 functionId) {
        if (_functions[functionId].retired) revert FunctionRegistry_Retired(functionId);
        _;
    }

    /// @param jobLife The longest that a job may live, in seconds
    /// @param grace How long a revoked escrow still pays, in seconds
    constructor(uint32 jobLife, uint32 grace) {
        Windows.check(jobLife, grace);
        uint256 longest = jobLife - 2 * grace;
        maxTimeoutMs = uint32(1000 * (longest < MAX_TIMEOUT_SECONDS ? longest : MAX_TIMEOUT_SECONDS));
    }

    /// @inheritdoc IFunctionRegistry
    function create() external returns (uint32 functionId) {
        functionId = ++_functionCount;
        _functions[functionId].owner = msg.sender;
        emit FunctionCreated(functionId, msg.sender);
    }

    /// @inheritdoc IFunctionRegistry
    function publish(uint32 functionId, Version calldata version, bool live)
        external
        onlyOwner(functionId)
        notRetired(functionId)
        returns (uint32 versionId)
    {
        _check(version);
        versionId = ++_versionCount;
        _terms[versionId] = VersionTerms(msg.sender, version.maxCost, version.memoryMiB, version.timeoutMs);
        _functionOf[versionId] = functionId;
        emit VersionPublished(
            versionId,
            functionId,
            msg.sender,
            version.maxCost,
            version.memoryMiB,
            version.timeoutMs,
            version.imageDigest,
            version.bundleHash,
            version.manifest
        );
        if (live) _setLive(functionId, versionId);
    }

    /// @inheritdoc IFunctionRegistry
    function setLive(uint32 functionId, uint32 versionId) external onlyOwner(functionId) notRetired(functionId) {
        if (versionId != 0) {
            if (_functionOf[versionId] != functionId) revert FunctionRegistry_VersionOfAnother(functionId, versionId);
            address developer = _terms[versionId].developer;
            if (developer != msg.sender) revert FunctionRegistry_PaidByAnother(versionId, developer);
        }
        _setLive(functionId, versionId);
    }

    /// @inheritdoc IFunctionRegistry
    function retire(uint32 functionId) external onlyOwner(functionId) notRetired(functionId) {
        _functions[functionId].retired = true;
        _setLive(functionId, 0);
        emit FunctionRetired(functionId);
    }

    /// @inheritdoc IFunctionRegistry
    function transfer(uint32 functionId, address to) external onlyOwner(functionId) {
        if (to == address(0)) revert FunctionRegistry_ZeroAddress();
        _functions[functionId].owner = to;
        emit FunctionTransferred(functionId, msg.sender, to);
        _setLive(functionId, 0);
    }

    /// @inheritdoc IFunctionRegistry
    function ownerOf(uint32 functionId) external view returns (address) {
        return _functions[functionId].owner;
    }

    /// @inheritdoc IFunctionRegistry
    function liveVersionOf(uint32 functionId) external view returns (uint32) {
        return _functions[functionId].live;
    }

    /// @inheritdoc IFunctionRegistry
    function isRetired(uint32 functionId) external view returns (bool) {
        return _functions[functionId].retired;
    }

    /// @inheritdoc IFunctionRegistry
    function termsOf(uint32 versionId) external view returns (VersionTerms memory) {
        return _terms[versionId];
    }

    /// @inheritdoc IFunctionRegistry
    function functionOf(uint32 versionId) external view returns (uint32) {
        return _functionOf[versionId];
    }

    /// @inheritdoc IFunctionRegistry
    function functionCount() external view returns (uint32) {
        return _functionCount;
    }

    /// @inheritdoc IFunctionRegistry
    function versionCount() external view returns (uint32) {
        return _versionCount;
    }

    function _setLive(uint32 functionId, uint32 versionId) private {
        _functions[functionId].live = versionId;
        emit LiveVersionSet(functionId, versionId);
    }

    function _check(Version calldata version) private view {
        _bound("maxCost", version.maxCost, 1, type(uint48).max);
        _bound("memoryMiB", version.memoryMiB, MIN_MEMORY_MIB, MAX_MEMORY_MIB);
        _bound("timeoutMs", version.timeoutMs, MIN_TIMEOUT_MS, maxTimeoutMs);
        _bound("imageDigest", uint256(version.imageDigest), 1, type(uint256).max);
        _bound("manifest", version.manifest.length, 2, MAX_MANIFEST);
    }

    function _bound(bytes32 name, uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert FunctionRegistry_OutOfBounds(name, value, least, most);
    }
}
