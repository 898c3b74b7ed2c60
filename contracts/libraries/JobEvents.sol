// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../interfaces/IMonitoringLedger.sol";
import { Outcome } from "./Records.sol";

/// @title JobEvents
/// @notice Emits the events of jobs that begin and end; an outcome lies in memory as the events have it.
/// @dev Encoding them as `emit` does would cost some 400 gas a job, a twentieth of all that a job costs.
library JobEvents {
    /// @notice Emit IMonitoringLedger.JobOpened.
    function emitOpened(uint256 jobId, address developer, uint256 versionId, uint256 reserved, bytes32 details)
        internal
    {
        bytes32 signature = IMonitoringLedger.JobOpened.selector;
        assembly ("memory-safe") {
            mstore(0x00, reserved)
            mstore(0x20, details)
            log4(0x00, 0x40, signature, jobId, developer, versionId)
        }
    }

    /// @notice Emit IMonitoringLedger.JobSettled.
    function emitSettled(Outcome memory outcome, uint256 jobId, address developer) internal {
        bytes32 signature = IMonitoringLedger.JobSettled.selector;
        assembly ("memory-safe") {
            log3(add(outcome, 0x20), 0x80, signature, jobId, developer)
        }
    }

    /// @notice Emit IMonitoringLedger.JobRecorded.
    function emitRecorded(Outcome memory outcome, uint256 jobId, address developer, uint256 versionId) internal {
        bytes32 signature = IMonitoringLedger.JobRecorded.selector;
        assembly ("memory-safe") {
            log4(outcome, 0xa0, signature, jobId, developer, versionId)
        }
    }
}
