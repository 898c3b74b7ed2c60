// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract OpenTest is Steps {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 3; ++i) {
            fund(i, 1);
        }
    }

    function test_open_ReservesTheUnitOfEachJob() public {
        Batch memory batch = simpleBatch(1, 2);
        (bytes32 first, bytes32 second) = (keccak256(abi.encode("details", 100)), keccak256(abi.encode("details", 101)));
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.BatchOpened(batch.batchId, providerIds[0], BASE_FEE, PRICE, batch.deadline, 2);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobOpened(batch.batchId << 6, developers[0], versionIds[0], UNIT, first);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobOpened((batch.batchId << 6) + 1, developers[0], versionIds[0], UNIT, second);
        open(batch);
        assertEscrow(0, 1, 100e18 - 2 * UNIT, 2 * UNIT);
        assertEq(ledger.openJobs(batch.batchId), 3, "open jobs");
        assertTrue(ledger.isUsed(batch.batchId), "used");
        assertFalse(ledger.isUsed(batch.batchId + 1), "the next number is free");
    }

    function test_open_SeveralBatchesOfSeveralDevelopers() public {
        Batch[] memory batches = new Batch[](2);
        batches[0] = makeBatch(batchId(1, 1), providerIds[0], ordersOf(6, 3, 0));
        batches[1] = makeBatch(batchId(1, 2), providerIds[1], ordersOf(3, 3, 9));
        vm.prank(controller(0));
        ledger.open(batches);
        for (uint256 i = 0; i < 3; ++i) {
            assertEscrow(i, 1, 100e18 - 3 * UNIT, 3 * UNIT);
        }
    }

    function test_open_VersionsOfOneDeveloperInterleaved() public {
        bytes memory orders = bytes.concat(order(versionIds[0], 1), order(versionIds[1], 2), order(versionIds[0], 3));
        open(makeBatch(batchId(1, 1), providerIds[0], orders));
        assertEscrow(0, 1, 100e18 - 2 * UNIT, 2 * UNIT);
        assertEscrow(1, 1, 100e18 - UNIT, UNIT);
    }

    function test_open_MoreDevelopersThanTheTallyFirstHolds() public {
        bytes memory orders;
        for (uint160 i = 1; i <= 9; ++i) {
            vm.startPrank(address(0xDD00 + i));
            orders = bytes.concat(
                orders, order(functions.publish(functions.create(), version(MAX_COST, 64, TIMEOUT_MS), true), i)
            );
            vm.stopPrank();
        }
        orders = bytes.concat(orders, order(versionIds[0], 1));
        open(makeBatch(batchId(1, 1), providerIds[0], orders));
        assertEq(ledger.openJobs(batchId(1, 1)), 1 << 9, "only the funded developer's job");
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
    }

    function test_open_FortyEightJobs() public {
        Batch memory batch = makeBatch(batchId(1, 1), providerIds[0], ordersOf(48, 3, 0));
        open(batch);
        assertEq(ledger.openJobs(batch.batchId), type(uint48).max, "all open");
    }

    function test_open_HolesKeepTheirIndex() public {
        bytes memory orders = bytes.concat(order(versionIds[0], 0), new bytes(36), order(versionIds[1], 2));
        open(makeBatch(batchId(1, 1), providerIds[0], orders));
        assertEq(ledger.openJobs(batchId(1, 1)), 5, "open jobs");
    }

    function test_open_NoBatchesDoesNothing() public {
        vm.prank(stranger);
        ledger.open(new Batch[](0));
    }

    function test_open_UnknownVersionIsUnfunded() public {
        uint32 unknown = functions.versionCount() + 1;
        bytes memory orders = bytes.concat(order(unknown, 0), order(versionIds[0], 1));
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobUnfunded(
            batchId(1, 1) << 6, address(0), unknown, 0, keccak256(abi.encode("details", 0))
        );
        open(makeBatch(batchId(1, 1), providerIds[0], orders));
        assertEq(ledger.openJobs(batchId(1, 1)), 2, "only the known one");
        vm.prank(developers[2]);
        assertEq(functions.publish(functionIds[2], version(1, 32, 1000), true), unknown, "the version comes later");
        assertEq(ledger.openJobs(batchId(1, 1)), 2, "and changes nothing");
    }

    function test_open_JobAboveTheCapIsUnfunded() public {
        vm.prank(developers[0]);
        uint32 dear = functions.publish(functionIds[0], version(type(uint48).max, 4096, 100_000), true);
        pass(G + 1);
        setOffer(0, 1e17 - 4096 * 100_000, 1);
        Batch memory batch = makeBatch(batchId(1, 1), providerIds[0], order(dear, 0));
        (batch.baseFee, batch.price) = (1e17 - 4096 * 100_000, 1);
        open(batch);
        assertEq(ledger.openJobs(batch.batchId), 1, "exactly the cap");
        pass(G + 1);
        setOffer(0, 1e17 - 4096 * 100_000 + 1, 1);
        batch = makeBatch(batchId(1, 2), providerIds[0], order(dear, 0));
        (batch.baseFee, batch.price) = (1e17 - 4096 * 100_000 + 1, 1);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobUnfunded(
            batch.batchId << 6, developers[0], dear, 1e17 + 1, keccak256(abi.encode("details", 0))
        );
        open(batch);
        assertEq(ledger.openJobs(batch.batchId), 0, "one above");
        assertTrue(ledger.isUsed(batch.batchId), "the number is used all the same");
    }

    function test_open_WhatIsFreeRunsOut() public {
        vm.prank(developers[0]);
        money.depositAndFund(uint96(3 * UNIT - 1), funding(2, uint96(3 * UNIT - 1), 100_000, 3600));
        Batch memory batch = makeBatch(batchId(2, 1), providerIds[0], ordersOf(3, 1, 0));
        open(batch);
        assertEq(ledger.openJobs(batch.batchId), 3, "the third does not fit");
        assertEscrow(0, 2, UNIT - 1, 2 * UNIT);
    }

    function test_open_TheLastUnitFits() public {
        vm.prank(developers[0]);
        money.depositAndFund(uint96(UNIT), funding(2, uint96(UNIT), 100_000, 3600));
        open(makeBatch(batchId(2, 1), providerIds[0], ordersOf(1, 1, 0)));
        assertEscrow(0, 2, 0, UNIT);
    }

    function test_open_EscrowExpiry() public {
        vm.warp(escrow(0, 1).expiry);
        open(simpleBatch(1, 1));
        assertEq(ledger.openJobs(batchId(1, 1)), 1, "in its last second");
        pass(1);
        open(simpleBatch(2, 1));
        assertEq(ledger.openJobs(batchId(1, 2)), 0, "a second later");
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
    }

    function test_open_WhatCostsNothingNeedsNoEscrow() public {
        pass(G + 1);
        setOffer(0, 0, 0);
        Batch memory batch = makeBatch(batchId(2, 1), providerIds[0], ordersOf(1, 1, 0));
        (batch.baseFee, batch.price) = (0, 0);
        open(batch);
        assertEq(ledger.openJobs(batch.batchId), 1, "open");
        assertEscrow(0, 2, 0, 0);
        assertEq(settle(whole(batch, SUCCEEDED, 5000)), 0, "and is paid nothing");
    }

    function test_open_RetiredOrSoldFunctionsJobsOfBefore() public {
        vm.startPrank(developers[0]);
        functions.retire(functionIds[0]);
        functions.transfer(functionIds[0], developers[1]);
        vm.stopPrank();
        open(simpleBatch(1, 1));
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
        assertEscrow(1, 1, 100e18, 0);
    }

    function test_RevertWhen_CallerIsNotTheController() public {
        Batch[] memory batches = one(simpleBatch(1, 1));
        address[5] memory others = [stranger, controller(1), operators[0], developers[0], validators[0]];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotController.selector, 1, others[i])
            );
            vm.prank(others[i]);
            ledger.open(batches);
        }
    }

    function test_RevertWhen_BatchesAreOfTwoControllers() public {
        Batch[] memory batches = new Batch[](2);
        batches[0] = simpleBatch(1, 1);
        batches[1] = makeBatch(batchId(2, 1), providerIds[0], ordersOf(1, 1, 0));
        vm.expectRevert(
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_MixedParties.selector, batches[1].batchId)
        );
        vm.prank(controller(0));
        ledger.open(batches);
    }

    function testFuzz_open_ReservesWhatTheBatchSays(uint256 count, uint64 baseFee, uint48 price, uint48 maxCost)
        public
    {
        count = bound(count, 1, 48);
        maxCost = uint48(bound(maxCost, 1, 2_000_000));
        vm.prank(developers[0]);
        uint32 versionId = functions.publish(functionIds[0], version(maxCost, MEMORY_MIB, TIMEOUT_MS), true);
        pass(G + 1);
        setOffer(0, baseFee, price);
        bytes memory orders;
        for (uint256 i = 0; i < count; ++i) {
            orders = bytes.concat(orders, order(versionId, i));
        }
        Batch memory batch = makeBatch(batchId(1, 1), providerIds[0], orders);
        (batch.baseFee, batch.price) = (baseFee, price);
        open(batch);
        uint256 unit = uint256(baseFee) + uint256(price) * MEMORY_MIB * TIMEOUT_MS;
        if (unit > uint256(maxCost) * 1e9) unit = uint256(maxCost) * 1e9;
        assertEscrow(0, 1, 100e18 - count * unit, count * unit);
        assertEq(ledger.openJobs(batch.batchId), (uint256(1) << count) - 1, "open jobs");
    }

    function testFuzz_open_IdsOfOtherControllersAndOfTooManyBits(uint64 id) public {
        vm.assume(id >> 42 != 1);
        Batch memory batch = makeBatch(id, providerIds[0], ordersOf(1, 1, 0));
        uint256 named = id < 2 ** 57 ? id / 2 ** 42 : 0;
        vm.expectRevert(
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotController.selector, named, controller(0))
        );
        vm.prank(controller(0));
        ledger.open(one(batch));
    }
}
