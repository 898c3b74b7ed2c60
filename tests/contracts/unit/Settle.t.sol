// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

/// @notice Settling what was opened.
contract SettleTest is Steps {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 3; ++i) {
            fund(i, 1);
        }
    }

    function test_settle_ChargesTheCostAndFreesTheRest() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        Part[] memory parts = one(whole(batch, SUCCEEDED, 1000));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        bytes32 receipt = keccak256(abi.encode("receipt", SUCCEEDED, uint32(1000)));
        for (uint64 i = 0; i < 2; ++i) {
            vm.expectEmit(address(ledger));
            emit IMonitoringLedger.JobSettled(
                (batch.batchId << 6) + i, developers[0], SUCCEEDED, 1000, costOf(1000), receipt
            );
        }
        vm.prank(operators[0]);
        assertEq(ledger.settle(parts, signature, 0), 2 * costOf(1000), "gross");
        assertEscrow(0, 1, 100e18 - 2 * costOf(1000), 0);
        assertEq(ledger.openJobs(batch.batchId), 0, "open jobs");
        assertTrue(ledger.isUsed(batch.batchId), "the number stays used");
    }

    function test_settle_InTwoHalves() public {
        Batch memory batch = simpleBatch(1, 4);
        open(batch);
        assertEq(settle(Part(batch, 5, recordsOf(2, SUCCEEDED, 1))), 2 * costOf(1), "the first half");
        assertEscrow(0, 1, 100e18 - 2 * UNIT - 2 * costOf(1), 2 * UNIT);
        assertEq(ledger.openJobs(batch.batchId), 10, "the other half is open");
        assertEq(settle(Part(batch, 10, recordsOf(2, SUCCEEDED, 2))), 2 * costOf(2), "the second half");
        assertEscrow(0, 1, 100e18 - 2 * costOf(1) - 2 * costOf(2), 0);
    }

    function test_settle_OverlappingMasksPayEachJobOnce() public {
        Batch memory batch = simpleBatch(1, 3);
        open(batch);
        assertEq(settle(Part(batch, 3, recordsOf(2, SUCCEEDED, 1))), 2 * costOf(1), "first two");
        assertEq(settle(whole(batch, SUCCEEDED, 7)), costOf(7), "only the third is left");
        assertEscrow(0, 1, 100e18 - 2 * costOf(1) - costOf(7), 0);
    }

    function test_settle_ReadsTheRecordsInTheOrderOfTheMask() public {
        Batch memory batch = simpleBatch(1, 4);
        open(batch);
        settle(Part(batch, 2, record(SUCCEEDED, 9)));
        bytes memory records = bytes.concat(record(SUCCEEDED, 1), record(SUCCEEDED, 2), record(SUCCEEDED, 3));
        assertEq(settle(Part(batch, 11, records)), costOf(1) + costOf(3), "the record of the closed job is passed over");
    }

    function test_RevertWhen_TheSameCallComesAgain() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        Part[] memory parts = one(whole(batch, SUCCEEDED, 1));
        settle(operators[0], parts);
        settleReverts(operators[0], parts, nothingToSettle());
        settleReverts(owners[0], parts, nothingToSettle());
    }

    function test_settle_ADuplicatedPartInOneCallPaysOnce() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        Part[] memory parts = new Part[](2);
        (parts[0], parts[1]) = (whole(batch, SUCCEEDED, 1), whole(batch, SUCCEEDED, 1));
        assertEq(settle(operators[0], parts), 2 * costOf(1), "once");
    }

    function test_settle_SkipsABatchWithoutOpenJobsInTheMask() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        settle(Part(batch, 1, record(SUCCEEDED, 1)));
        settleSkips(Part(batch, 1, record(SUCCEEDED, 1)), IMonitoringLedger.Reason.NOTHING_OPEN);
        settleReverts(operators[0], one(Part(batch, 4, record(SUCCEEDED, 1))), nothingToSettle());
        assertEq(ledger.openJobs(batch.batchId), 2, "still open");
    }

    function test_settle_SkipsRecordsThatDoNotFitTheMask() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        settleSkips(Part(batch, 3, recordsOf(1, SUCCEEDED, 1)), IMonitoringLedger.Reason.MALFORMED);
        settleReverts(operators[0], one(Part(batch, 3, recordsOf(3, SUCCEEDED, 1))), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 3, new bytes(73))), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 3, "")), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 7, recordsOf(2, SUCCEEDED, 1))), nothingToSettle());
        assertEq(ledger.openJobs(batch.batchId), 3, "still open");
    }

    function test_settle_SkipsAnAlteredBatch() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        Batch[6] memory altered =
            [simpleBatch(1, 2), simpleBatch(1, 2), simpleBatch(1, 2), simpleBatch(1, 2), simpleBatch(1, 2), batch];
        altered[0].orders = ordersOf(2, 1, 7);
        altered[1].orders = bytes.concat(order(versionIds[1], 100), order(versionIds[0], 101));
        altered[2].orders = ordersOf(3, 1, 100);
        altered[3].deadline += 1;
        altered[4].baseFee += 1;
        for (uint256 i = 0; i < 5; ++i) {
            settleReverts(operators[0], one(Part(altered[i], 3, recordsOf(2, SUCCEEDED, 1))), nothingToSettle());
        }
        altered[3] = simpleBatch(1, 2);
        altered[3].price += 1;
        settleSkips(Part(altered[3], 3, recordsOf(2, SUCCEEDED, 1)), IMonitoringLedger.Reason.HASH_MISMATCH);
        assertEq(ledger.openJobs(batch.batchId), 3, "still open");
    }

    function test_settle_SkipsABatchThatWasOpenedForAnotherProvider() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        batch.providerId = providerIds[1];
        settleReverts(operators[1], one(whole(batch, SUCCEEDED, 1)), nothingToSettle());
        assertEq(ledger.openJobs(batch.batchId), 1, "still open");
    }

    function test_settle_LeavesAJobOfUnknownStatusOpen() public {
        Batch memory batch = simpleBatch(1, 3);
        open(batch);
        bytes memory records = bytes.concat(record(0, 1), record(SUCCEEDED, 1), record(10, 1));
        assertEq(settle(Part(batch, 7, records)), costOf(1), "the one in between");
        assertEq(ledger.openJobs(batch.batchId), 5, "the others stay open");
        settleReverts(operators[0], one(Part(batch, 1, record(255, 1))), nothingToSettle());
        assertEq(settle(whole(batch, SUCCEEDED, 1)), 2 * costOf(1), "a better record closes them");
    }

    function testFuzz_settle_EveryStatus(uint8 status, uint32 billedMs) public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        Part[] memory parts = one(whole(batch, status, billedMs));
        if (status == 0 || status > 9) return settleReverts(operators[0], parts, nothingToSettle());
        uint256 cost = status <= 6 ? costOf(billedMs) : 0;
        assertEq(settle(operators[0], parts), cost, "gross");
        assertEscrow(0, 1, 100e18 - cost, 0);
    }

    function test_settle_LateUntilSomebodyExpiresIt() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        vm.warp(uint256(batch.deadline) + W);
        assertEq(settle(Part(batch, 1, record(SUCCEEDED, 1))), costOf(1), "in the claim window's last second");
        pass(365 days);
        assertEq(settle(Part(batch, 2, record(SUCCEEDED, 1))), costOf(1), "a year later");
    }

    function test_RevertGiven_TheJobsExpired() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        vm.warp(uint256(batch.deadline) + W + 1);
        ledger.expire(batch, 1);
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 1)), nothingToSettle());
        assertEscrow(0, 1, 100e18, 0);
    }

    function test_settle_WhateverHappenedToTheEscrowSince() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        vm.startPrank(developers[0]);
        money.revoke(1);
        pass(G + 1);
        money.close(1);
        money.withdraw(developers[0], money.balanceOf(developers[0]));
        vm.stopPrank();
        assertEscrow(0, 1, 0, UNIT);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "paid from the reserve");
        assertEscrow(0, 1, UNIT - costOf(1), 0);
    }

    function test_settle_AtThePriceOfTheBatchWhateverTheOfferIsNow() public {
        Batch memory batch = simpleBatch(1, 1);
        pass(G + 1);
        open(batch);
        setOffer(0, 0, 0);
        pass(G + 1);
        setOffer(0, type(uint64).max, type(uint48).max);
        assertEq(settle(whole(batch, SUCCEEDED, 3)), costOf(3), "as agreed");
    }

    function test_settle_EachBatchAtItsOwnPrice() public {
        pass(G + 1);
        setOffer(0, 2 * BASE_FEE, PRICE);
        Batch[] memory batches = new Batch[](2);
        (batches[0], batches[1]) = (simpleBatch(1, 1), simpleBatch(2, 1));
        batches[1].baseFee = 2 * BASE_FEE;
        vm.prank(controller(0));
        ledger.open(batches);
        assertEscrow(0, 1, 100e18 - 2 * UNIT - BASE_FEE, 2 * UNIT + BASE_FEE);
        Part[] memory parts = new Part[](4);
        for (uint64 i = 0; i < 2; ++i) {
            parts[i] = whole(batches[i], SUCCEEDED, 1);
            parts[i + 2] = whole(simpleBatch(i + 3, 1), SUCCEEDED, 2);
            parts[i + 2].batch.baseFee = batches[i].baseFee;
        }
        assertEq(settle(operators[0], parts), 2 * costOf(1) + 2 * costOf(2) + 2 * BASE_FEE, "gross");
    }

    function test_settle_LongAfterTheControllerRetired() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        retireController(0);
        pass(30 days);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "its signature still counts");
    }

    function test_RevertWhen_ThereAreNoParts() public {
        vm.expectRevert(nothingToSettle());
        vm.prank(operators[0]);
        ledger.settle(new Part[](0), "", 0);
    }

    function testFuzz_settle_AnyHalves(uint48 opened, uint48 first, uint48 second, uint32 billedMs) public {
        uint256 count = bound(opened, 1, 48);
        Batch memory batch = simpleBatch(1, count);
        open(batch);
        uint256 all = (uint256(1) << count) - 1;
        uint256 paid = _settleMask(batch, first, all, billedMs);
        paid += _settleMask(batch, second, all & ~uint256(first), billedMs);
        uint256 closed = _bits(all & (uint256(first) | second));
        assertEq(paid, closed * costOf(billedMs), "each job once");
        assertEscrow(0, 1, 100e18 - paid - (count - closed) * UNIT, (count - closed) * UNIT);
    }

    /// @dev Settles whatever is still open of a mask.
    function _settleMask(Batch memory batch, uint48 mask, uint256 stillOpen, uint32 billedMs)
        private
        returns (uint256)
    {
        Part[] memory parts = one(Part(batch, mask, recordsOf(_bits(mask), SUCCEEDED, billedMs)));
        if (mask & stillOpen != 0) return settle(operators[0], parts);
        settleReverts(operators[0], parts, nothingToSettle());
        return 0;
    }

    function _bits(uint256 mask) private pure returns (uint256 count) {
        for (; mask != 0; mask >>= 1) {
            count += mask & 1;
        }
    }
}
