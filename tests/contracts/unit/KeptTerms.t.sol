// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

/// @notice The ledger asks the function registry once for each version, and keeps the answer.
contract KeptTermsTest is Steps {
    function testFuzz_open_TheSecondTimeAsTheFirst(uint48 maxCost, uint16 memoryMiB, uint32 timeoutMs) public {
        maxCost = uint48(bound(maxCost, 1, type(uint48).max));
        memoryMiB = uint16(bound(memoryMiB, 32, 4096));
        timeoutMs = uint32(bound(timeoutMs, 1000, functions.maxTimeoutMs()));
        fund(0, 1);
        uint32 versionId = _publish(maxCost, memoryMiB, timeoutMs);
        uint256 longest = BASE_FEE + uint256(PRICE) * memoryMiB * timeoutMs;
        uint256 cap = uint256(maxCost) * 1e9;
        uint256 unit = longest < cap ? longest : cap;
        open(_batchOf(1, versionId));
        assertEscrow(0, 1, 100e18 - unit, unit);
        open(_batchOf(2, versionId));
        assertEscrow(0, 1, 100e18 - 2 * unit, 2 * unit);
    }

    function test_open_AVersionThatCameIntoBeingSince() public {
        fund(0, 1);
        uint32 versionId = functions.versionCount() + 1;
        Batch memory early = _batchOf(1, versionId);
        (, bytes32 details) = orderAt(early.orders, 0);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobUnfunded(early.batchId << 6, address(0), versionId, 0, details);
        open(early);
        assertEq(ledger.openJobs(early.batchId), 0, "nobody would pay");
        assertEq(_publish(MAX_COST, MEMORY_MIB, TIMEOUT_MS), versionId, "the next version");
        Batch memory late = _batchOf(2, versionId);
        open(late);
        assertEq(ledger.openJobs(late.batchId), 1, "its developer pays");
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
    }

    function _publish(uint48 maxCost, uint16 memoryMiB, uint32 timeoutMs) private returns (uint32) {
        vm.prank(developers[0]);
        return functions.publish(functionIds[0], version(maxCost, memoryMiB, timeoutMs), true);
    }

    function _batchOf(uint64 sequence, uint32 versionId) private view returns (Batch memory) {
        return makeBatch(batchId(1, sequence), providerIds[0], order(versionId, sequence));
    }
}
