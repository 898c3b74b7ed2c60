// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { vm } from "../foundation/Vm.sol";

contract DeclineTest is Steps {
    Batch private _batch;

    function setUp() public override {
        super.setUp();
        fund(0, 1);
        fund(1, 1);
        _batch = makeBatch(batchId(1, 1), providerIds[0], ordersOf(4, 2, 0));
        open(_batch);
    }

    function test_decline_GivesTheReserveBack() public {
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobDeclined(_batch.batchId << 6, developers[0], 42);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobDeclined((_batch.batchId << 6) + 2, developers[1], 42);
        vm.prank(operators[0]);
        ledger.decline(_batch, 5, 42);
        assertEq(ledger.openJobs(_batch.batchId), 10, "the others stay open");
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
        assertEscrow(1, 1, 100e18 - UNIT, UNIT);
    }

    function test_decline_ByTheOwnerAndMoreThanIsOpen() public {
        vm.prank(owners[0]);
        ledger.decline(_batch, type(uint48).max, 1);
        assertEq(ledger.openJobs(_batch.batchId), 0, "nothing open");
        assertEscrow(0, 1, 100e18, 0);
        assertEscrow(1, 1, 100e18, 0);
        assertTrue(ledger.isUsed(_batch.batchId), "the number stays used");
    }

    function test_RevertWhen_CallerIsNotTheProvider() public {
        address[6] memory others = [stranger, controller(0), operators[1], owners[1], developers[0], providerPayouts[0]];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotProvider.selector, 1, others[i])
            );
            vm.prank(others[i]);
            ledger.decline(_batch, 1, 0);
        }
    }

    function test_RevertWhen_TheBatchIsAltered() public {
        Batch memory altered = _batch;
        altered.orders = ordersOf(4, 1, 0);
        _refused(altered, operators[0]);
        altered = _batch;
        altered.deadline -= 1;
        _refused(altered, operators[0]);
        altered = _batch;
        altered.providerId = providerIds[1];
        _refused(altered, operators[1]);
    }

    function test_RevertWhen_NothingOfTheMaskIsOpen() public {
        vm.startPrank(operators[0]);
        vm.expectRevert(nothingToSettle());
        ledger.decline(_batch, 0, 0);
        vm.expectRevert(nothingToSettle());
        ledger.decline(_batch, 16, 0);
        ledger.decline(_batch, 3, 0);
        vm.expectRevert(nothingToSettle());
        ledger.decline(_batch, 3, 0);
        vm.stopPrank();
    }

    function test_RevertGiven_TheBatchWasNeverOpened() public {
        Batch memory batch = simpleBatch(9, 1);
        vm.expectRevert(nothingToSettle());
        vm.prank(operators[0]);
        ledger.decline(batch, 1, 0);
    }

    function test_settle_RefusesWhatWasDeclined() public {
        vm.prank(operators[0]);
        ledger.decline(_batch, 15, 0);
        settleReverts(operators[0], one(whole(_batch, SUCCEEDED, 1)), nothingToSettle());
    }

    function testFuzz_decline_ThenTheRestIsSettled(uint48 mask) public {
        uint256 declined = uint256(mask) % 16;
        if (declined == 0) return;
        vm.prank(operators[0]);
        ledger.decline(_batch, uint48(declined), 0);
        uint256 rest = 15 & ~declined;
        assertEq(ledger.openJobs(_batch.batchId), rest, "open jobs");
        if (rest == 0) return;
        uint256 left = (rest & 1) + (rest >> 1 & 1) + (rest >> 2 & 1) + (rest >> 3);
        assertEq(settle(whole(_batch, SUCCEEDED, 1)), left * costOf(1), "gross");
        assertEq(escrow(0, 1).reserved + escrow(1, 1).reserved, 0, "reserved");
    }

    function _refused(Batch memory altered, address account) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMonitoringLedger.MonitoringLedger_Refused.selector,
                altered.batchId,
                IMonitoringLedger.Reason.HASH_MISMATCH
            )
        );
        vm.prank(account);
        ledger.decline(altered, 15, 0);
    }
}
