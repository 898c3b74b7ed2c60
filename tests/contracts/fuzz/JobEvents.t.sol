// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { JobEvents } from "../../../contracts/libraries/JobEvents.sol";
import { Outcome } from "../../../contracts/libraries/Records.sol";
import { Asserts } from "../foundation/Asserts.sol";
import { vm } from "../foundation/Vm.sol";

contract JobEventsTest is Asserts {
    using JobEvents for Outcome;

    function testFuzz_emit_AsTheCompilerWould(Outcome memory outcome, uint64 jobId, address developer, uint32 versionId)
        external
    {
        outcome.status = uint8(outcome.status);
        outcome.billedMs = uint32(outcome.billedMs);
        vm.expectEmit(address(this));
        emit IMonitoringLedger.JobSettled(
            jobId, developer, uint8(outcome.status), uint32(outcome.billedMs), outcome.cost, outcome.receiptHash
        );
        outcome.emitSettled(jobId, developer);
        vm.expectEmit(address(this));
        emit IMonitoringLedger.JobRecorded(
            jobId,
            developer,
            versionId,
            outcome.details,
            uint8(outcome.status),
            uint32(outcome.billedMs),
            outcome.cost,
            outcome.receiptHash
        );
        outcome.emitRecorded(jobId, developer, versionId);
        vm.expectEmit(address(this));
        emit IMonitoringLedger.JobOpened(jobId, developer, versionId, outcome.cost, outcome.details);
        JobEvents.emitOpened(jobId, developer, versionId, outcome.cost, outcome.details);
    }
}
