// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

/// @notice Settling what was never opened: the fast path.
contract SettleFastTest is Steps {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 3; ++i) {
            fund(i, 1);
        }
    }

    function test_settle_RecordsAndPaysInOneStep() public {
        Batch memory batch = simpleBatch(1, 1);
        Part[] memory parts = one(whole(batch, SUCCEEDED, 1000));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.BatchOpened(batch.batchId, providerIds[0], BASE_FEE, PRICE, batch.deadline, 1);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobRecorded(
            batch.batchId << 6,
            developers[0],
            versionIds[0],
            keccak256(abi.encode("details", 100)),
            SUCCEEDED,
            1000,
            costOf(1000),
            keccak256(abi.encode("receipt", SUCCEEDED, uint32(1000)))
        );
        vm.prank(operators[0]);
        assertEq(ledger.settle(parts, signature, 0), costOf(1000), "gross");
        assertEscrow(0, 1, 100e18 - costOf(1000), 0);
        assertTrue(ledger.isUsed(batch.batchId), "used");
        assertEq(ledger.openJobs(batch.batchId), 0, "nothing open");
    }

    function test_settle_ThreeDevelopersFortyEightJobs() public {
        Batch memory batch = makeBatch(batchId(1, 1), providerIds[0], ordersOf(48, 3, 0));
        assertEq(settle(whole(batch, SUCCEEDED, 5)), 48 * costOf(5), "gross");
        for (uint256 i = 0; i < 3; ++i) {
            assertEscrow(i, 1, 100e18 - 16 * costOf(5), 0);
        }
    }

    function test_RevertWhen_TheSameCallComesAgain() public {
        Part[] memory parts = one(whole(simpleBatch(1, 2), SUCCEEDED, 1));
        settle(operators[0], parts);
        settleReverts(operators[0], parts, nothingToSettle());
    }

    function test_settle_ADuplicatedPartInOneCallPaysOnce() public {
        Part[] memory parts = new Part[](2);
        (parts[0], parts[1]) = (whole(simpleBatch(1, 2), SUCCEEDED, 1), whole(simpleBatch(1, 2), SUCCEEDED, 1));
        assertEq(settle(operators[0], parts), 2 * costOf(1), "once");
    }

    function test_settle_SkipsAMaskThatIsNotEveryJob() public {
        Batch memory batch = simpleBatch(1, 3);
        settleSkips(Part(batch, 3, recordsOf(2, SUCCEEDED, 1)), IMonitoringLedger.Reason.MALFORMED);
        settleReverts(operators[0], one(Part(batch, 15, recordsOf(4, SUCCEEDED, 1))), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 0, "")), nothingToSettle());
        assertFalse(ledger.isUsed(batch.batchId), "the number is still free");
    }

    function test_settle_HolesAreNoJobs() public {
        bytes memory orders = bytes.concat(new bytes(36), order(versionIds[0], 1), new bytes(36));
        Batch memory batch = makeBatch(batchId(1, 1), providerIds[0], orders);
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 1)), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 1, record(SUCCEEDED, 1))), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 4, record(SUCCEEDED, 1))), nothingToSettle());
        assertEq(settle(Part(batch, 2, record(SUCCEEDED, 1))), costOf(1), "the only job");
    }

    function test_settle_SkipsMalformedOrders() public {
        Batch memory batch =
            makeBatch(batchId(1, 1), providerIds[0], bytes.concat(order(0, 1), order(versionIds[0], 1)));
        settleSkips(Part(batch, 2, record(SUCCEEDED, 1)), IMonitoringLedger.Reason.MALFORMED);
        batch.orders = bytes.concat(order(versionIds[0], 1), hex"00");
        settleReverts(operators[0], one(Part(batch, 1, record(SUCCEEDED, 1))), nothingToSettle());
        batch.orders = "";
        settleReverts(operators[0], one(Part(batch, 0, "")), nothingToSettle());
    }

    function test_settle_SkipsRecordsThatDoNotFit() public {
        Batch memory batch = simpleBatch(1, 2);
        settleReverts(operators[0], one(Part(batch, 3, recordsOf(1, SUCCEEDED, 1))), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 3, recordsOf(3, SUCCEEDED, 1))), nothingToSettle());
        settleReverts(operators[0], one(Part(batch, 3, new bytes(75))), nothingToSettle());
    }

    function test_settle_SkipsAnotherOffer() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.price += 1;
        settleSkips(whole(batch, SUCCEEDED, 1), IMonitoringLedger.Reason.OFFER_MISMATCH);
    }

    function test_settle_TakesTheFormerOfferForTheGrace() public {
        pass(G + 1);
        Batch memory batch = simpleBatch(1, 1);
        setOffer(0, 1, 1);
        pass(G);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "in the last second");
        batch.batchId += 1;
        pass(1);
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 1)), nothingToSettle());
    }

    function test_settle_UntilTheClaimWindowEnds() public {
        Batch memory batch = simpleBatch(1, 1);
        vm.warp(uint256(batch.deadline) + W);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "in the last second");
        batch = simpleBatch(2, 1);
        vm.warp(uint256(batch.deadline) + W + 1);
        settleSkips(whole(batch, SUCCEEDED, 1), IMonitoringLedger.Reason.DEADLINE_PASSED);
    }

    function test_settle_SkipsADeadlineTooFarAhead() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.deadline = uint32(block.timestamp + L + 1);
        settleSkips(whole(batch, SUCCEEDED, 1), IMonitoringLedger.Reason.DEADLINE_TOO_FAR);
        batch.deadline -= 1;
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "the longest life");
    }

    function test_settle_TakesARetiredControllersForTheGrace() public {
        retireController(0);
        pass(G);
        assertEq(settle(whole(simpleBatch(1, 1), SUCCEEDED, 1)), costOf(1), "in the last second");
        pass(1);
        settleReverts(operators[0], one(whole(simpleBatch(2, 1), SUCCEEDED, 1)), nothingToSettle());
    }

    function test_settle_AnUnknownVersionIsUnfunded() public {
        Batch memory batch =
            makeBatch(batchId(1, 1), providerIds[0], bytes.concat(order(99, 0), order(versionIds[0], 1)));
        Part[] memory parts = one(whole(batch, SUCCEEDED, 1));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobUnfunded(batch.batchId << 6, address(0), 99, 0, keccak256(abi.encode("details", 0)));
        vm.prank(operators[0]);
        assertEq(ledger.settle(parts, signature, 0), costOf(1), "the known one");
    }

    function test_RevertGiven_NoJobCanBePaid() public {
        Batch memory batch = makeBatch(batchId(2, 1), providerIds[0], ordersOf(2, 1, 0));
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 1)), nothingToSettle());
        assertFalse(ledger.isUsed(batch.batchId), "the number is still free");
        fund(0, 2);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), 2 * costOf(1), "once the developer has funded");
    }

    function test_settle_ChargesWhatIsFreeAndNoMore() public {
        _fundExactly(2 * costOf(10) - 1);
        Batch memory batch = makeBatch(batchId(2, 1), providerIds[0], ordersOf(3, 1, 0));
        bytes memory records = bytes.concat(record(SUCCEEDED, 10), record(SUCCEEDED, 10), record(SUCCEEDED, 9));
        assertEq(settle(Part(batch, 7, records)), costOf(10) + costOf(9), "the second does not fit, the third does");
        assertEscrow(0, 2, PER_MS - 1, 0);
        settleReverts(operators[0], one(Part(batch, 7, records)), nothingToSettle());
    }

    function test_settle_AsksTheCapForTheUnitNotForTheCost() public {
        // The cap counts in 10^12: one is below the default unit of 1.64, and above its cost of 1.00…
        vm.prank(developers[0]);
        money.depositAndFund(10e18, funding(2, 10e18, 1, 3600));
        Batch memory batch = makeBatch(batchId(2, 1), providerIds[0], ordersOf(1, 1, 0));
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 0)), nothingToSettle());
        vm.prank(developers[0]);
        money.fund(funding(2, 0, 2, 3600));
        assertEq(settle(whole(batch, SUCCEEDED, 0)), costOf(0), "below the new cap");
    }

    function test_settle_EscrowExpiry() public {
        vm.prank(developers[0]);
        money.revoke(1);
        Batch memory batch = simpleBatch(1, 1);
        pass(G);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "in its last second");
        pass(1);
        batch = simpleBatch(2, 1);
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 1)), nothingToSettle());
        assertEscrow(0, 1, 100e18 - costOf(1), 0);
    }

    function test_settle_WhatCostsNothingIsRecordedWithoutAnEscrow() public {
        Batch memory batch = makeBatch(batchId(2, 1), providerIds[0], ordersOf(2, 1, 0));
        bytes memory records = bytes.concat(record(PROVIDER_LOST, 1), record(SUCCEEDED, 1));
        assertEq(settle(Part(batch, 3, records)), 0, "the other has no escrow to be paid from");
        assertTrue(ledger.isUsed(batch.batchId), "on record");
        assertEscrow(0, 2, 0, 0);
    }

    function test_settle_AnUnknownStatusTakesNothing() public {
        Batch memory batch = simpleBatch(1, 3);
        bytes memory records = bytes.concat(record(0, 1), record(SUCCEEDED, 1), record(10, 1));
        assertEq(settle(Part(batch, 7, records)), costOf(1), "the known one");
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 1)), nothingToSettle());
    }

    function testFuzz_settle_EveryStatus(uint8 status, uint32 billedMs) public {
        Part[] memory parts = one(whole(simpleBatch(1, 1), status, billedMs));
        if (status == 0 || status > 9) return settleReverts(operators[0], parts, nothingToSettle());
        uint256 cost = status <= 6 ? costOf(billedMs) : 0;
        assertEq(settle(operators[0], parts), cost, "gross");
        assertEscrow(0, 1, 100e18 - cost, 0);
    }

    function test_settle_OpenedAndFastPartsOfTheSameDeveloper() public {
        _fundExactly(UNIT + costOf(1));
        Batch memory opened = makeBatch(batchId(2, 1), providerIds[0], ordersOf(1, 1, 0));
        open(opened);
        Part[] memory parts = new Part[](2);
        parts[0] = whole(opened, SUCCEEDED, 100);
        parts[1] = whole(makeBatch(batchId(2, 2), providerIds[0], ordersOf(1, 1, 5)), SUCCEEDED, 4000);
        assertEq(settle(operators[0], parts), costOf(100) + costOf(4000), "what the first frees pays the second");
        assertEscrow(0, 2, UNIT + costOf(1) - costOf(100) - costOf(4000), 0);
    }

    function test_settle_TwoFastPartsDoNotSpendTheSameMoney() public {
        _fundExactly(costOf(1) + costOf(1) - 1);
        Part[] memory parts = new Part[](2);
        parts[0] = whole(makeBatch(batchId(2, 1), providerIds[0], ordersOf(1, 1, 0)), SUCCEEDED, 1);
        parts[1] = whole(makeBatch(batchId(2, 2), providerIds[0], ordersOf(1, 1, 5)), SUCCEEDED, 1);
        assertEq(settle(operators[0], parts), costOf(1), "one of them");
        assertEscrow(0, 2, costOf(1) - 1, 0);
    }

    function testFuzz_settle_PaysWhatFits(uint256 count, uint32 billedMs, uint96 free) public {
        count = bound(count, 1, 48);
        free = uint96(bound(free, 0, 60 * UNIT));
        _fundExactly(free);
        Batch memory batch = makeBatch(batchId(2, 1), providerIds[0], ordersOf(count, 1, 0));
        uint256 fitting = free / costOf(billedMs);
        if (fitting > count) fitting = count;
        Part[] memory parts = one(whole(batch, SUCCEEDED, billedMs));
        if (fitting == 0) return settleReverts(operators[0], parts, nothingToSettle());
        assertEq(settle(operators[0], parts), fitting * costOf(billedMs), "gross");
        assertEscrow(0, 2, free - fitting * costOf(billedMs), 0);
    }

    function _fundExactly(uint256 amount) private {
        vm.prank(developers[0]);
        money.depositAndFund(uint96(amount), funding(2, uint96(amount), 100_000, 3600));
    }
}
