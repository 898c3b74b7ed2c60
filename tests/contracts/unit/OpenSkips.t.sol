// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

/// @notice Batches that cannot be opened are skipped with a reason, and never stop the others.
contract OpenSkipsTest is Steps {
    function setUp() public override {
        super.setUp();
        fund(0, 1);
    }

    function test_open_SkipsAUsedNumber() public {
        open(simpleBatch(1, 1));
        _skips(simpleBatch(1, 2), IMonitoringLedger.Reason.NUMBER_USED);
        assertEq(ledger.openJobs(batchId(1, 1)), 1, "the first stays as it was");
    }

    function test_open_SkipsTheSameBatchTwiceInOneCall() public {
        Batch[] memory batches = new Batch[](2);
        (batches[0], batches[1]) = (simpleBatch(1, 1), simpleBatch(1, 1));
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.BatchSkipped(batches[1].batchId, IMonitoringLedger.Reason.NUMBER_USED);
        vm.prank(controller(0));
        ledger.open(batches);
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
    }

    function test_open_SkipsWhatWasRecordedOnTheFastPath() public {
        Batch memory batch = simpleBatch(1, 1);
        settle(whole(batch, SUCCEEDED, 1));
        _skips(batch, IMonitoringLedger.Reason.NUMBER_USED);
    }

    function test_open_SkipsAfterTheDeadline() public {
        Batch memory batch = simpleBatch(1, 1);
        vm.warp(uint256(batch.deadline) + 1);
        _skips(batch, IMonitoringLedger.Reason.DEADLINE_PASSED);
        vm.warp(batch.deadline);
        _opens(batch);
    }

    function test_open_SkipsADeadlineTooFarAhead() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.deadline = uint32(block.timestamp + L + 1);
        _skips(batch, IMonitoringLedger.Reason.DEADLINE_TOO_FAR);
        batch.deadline = uint32(block.timestamp + L);
        _opens(batch);
    }

    function test_open_SkipsMalformedOrders() public {
        bytes[6] memory malformed = [
            bytes(""),
            new bytes(36),
            bytes.concat(order(versionIds[0], 0), hex"00"),
            bytes.concat(order(versionIds[0], 0), new bytes(35)),
            bytes.concat(order(versionIds[0], 0), order(0, 1)),
            ordersOf(49, 1, 0)
        ];
        for (uint64 i = 0; i < malformed.length; ++i) {
            _skips(makeBatch(batchId(1, i), providerIds[0], malformed[i]), IMonitoringLedger.Reason.MALFORMED);
        }
    }

    function test_open_SkipsAnotherOffer() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.baseFee += 1;
        _skips(batch, IMonitoringLedger.Reason.OFFER_MISMATCH);
        (batch.baseFee, batch.price) = (BASE_FEE, PRICE - 1);
        _skips(batch, IMonitoringLedger.Reason.OFFER_MISMATCH);
    }

    function test_open_SkipsAnUnknownProvider() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.providerId = 3;
        _skips(batch, IMonitoringLedger.Reason.OFFER_MISMATCH);
        (batch.providerId, batch.baseFee, batch.price) = (0, 0, 0);
        _skips(batch, IMonitoringLedger.Reason.OFFER_MISMATCH);
    }

    function test_open_TakesTheFormerOfferForTheGrace() public {
        pass(G + 1);
        setOffer(0, 7, 8);
        Batch memory former = simpleBatch(1, 1);
        pass(G);
        _opens(former);
        former.batchId += 1;
        pass(1);
        _skips(former, IMonitoringLedger.Reason.OFFER_MISMATCH);
        (former.baseFee, former.price) = (7, 8);
        _opens(former);
    }

    function test_open_SkipsAMixtureOfFormerAndPresentOffer() public {
        pass(G + 1);
        setOffer(0, 7, 8);
        Batch memory batch = simpleBatch(1, 1);
        batch.price = 8;
        _skips(batch, IMonitoringLedger.Reason.OFFER_MISMATCH);
        (batch.baseFee, batch.price) = (7, PRICE);
        _skips(batch, IMonitoringLedger.Reason.OFFER_MISMATCH);
    }

    function test_open_TakesARetiredControllersBatchesForTheGrace() public {
        retireController(0);
        pass(G);
        _opens(simpleBatch(1, 1));
        pass(1);
        _skips(simpleBatch(2, 1), IMonitoringLedger.Reason.CONTROLLER_RETIRED);
    }

    function test_open_ASkippedBatchStopsNoOther() public {
        Batch[] memory batches = new Batch[](3);
        for (uint64 i = 0; i < 3; ++i) {
            batches[i] = simpleBatch(i, 1);
        }
        batches[1].orders = hex"01";
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.BatchSkipped(batches[1].batchId, IMonitoringLedger.Reason.MALFORMED);
        vm.prank(controller(0));
        ledger.open(batches);
        assertEscrow(0, 1, 100e18 - 2 * UNIT, 2 * UNIT);
        assertFalse(ledger.isUsed(batches[1].batchId), "its number is still free");
        _opens(simpleBatch(1, 1));
    }

    function testFuzz_open_DeadlineBetweenNowAndTheLongestLife(uint32 deadline) public {
        deadline = uint32(bound(deadline, START - 2 * L, START + 2 * L));
        Batch memory batch = simpleBatch(1, 1);
        batch.deadline = deadline;
        if (deadline < START) _skips(batch, IMonitoringLedger.Reason.DEADLINE_PASSED);
        else if (deadline > START + L) _skips(batch, IMonitoringLedger.Reason.DEADLINE_TOO_FAR);
        else _opens(batch);
    }

    function _skips(Batch memory batch, IMonitoringLedger.Reason reason) private {
        bytes32 before = moneyDigest();
        uint48 openBefore = ledger.openJobs(batch.batchId);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.BatchSkipped(batch.batchId, reason);
        open(batch);
        assertEq(moneyDigest(), before, "nobody's money moved");
        assertEq(ledger.openJobs(batch.batchId), openBefore, "open jobs");
    }

    function _opens(Batch memory batch) private {
        open(batch);
        assertEq(ledger.openJobs(batch.batchId), 1, "opened");
    }
}
