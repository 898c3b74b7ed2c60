// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract ExpireTest is Steps {
    Batch private _batch;
    uint256 private _end;

    function setUp() public override {
        super.setUp();
        fund(0, 1);
        fund(1, 1);
        _batch = makeBatch(batchId(1, 1), providerIds[0], ordersOf(4, 2, 0));
        open(_batch);
        _end = uint256(_batch.deadline) + W;
    }

    function test_expire_ByAnybodyGivesTheReserveBack() public {
        vm.warp(_end + 1);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobExpired((_batch.batchId << 6) + 1, developers[0]);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.JobExpired((_batch.batchId << 6) + 3, developers[1]);
        vm.prank(stranger);
        ledger.expire(_batch, 10);
        assertEq(ledger.openJobs(_batch.batchId), 5, "the others stay open");
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
        vm.prank(stranger);
        ledger.expire(_batch, type(uint48).max);
        assertEscrow(0, 1, 100e18, 0);
        assertEscrow(1, 1, 100e18, 0);
    }

    function test_RevertWhen_TheClaimWindowIsOpen() public {
        _notYet();
        vm.warp(_batch.deadline);
        _notYet();
        vm.warp(_end);
        _notYet();
    }

    function test_RevertWhen_TheDeadlineIsMadeEarlier() public {
        Batch memory altered = _batch;
        altered.deadline = 0;
        _mismatch(altered);
    }

    function test_RevertWhen_TheBatchIsAltered() public {
        vm.warp(_end + 1);
        Batch memory altered = _batch;
        altered.orders = ordersOf(4, 1, 0);
        _mismatch(altered);
    }

    function test_RevertWhen_NothingOfTheMaskIsOpen() public {
        vm.warp(_end + 1);
        vm.expectRevert(nothingToSettle());
        ledger.expire(_batch, 0);
        vm.expectRevert(nothingToSettle());
        ledger.expire(_batch, 48);
        ledger.expire(_batch, 15);
        vm.expectRevert(nothingToSettle());
        ledger.expire(_batch, 15);
    }

    function test_RevertGiven_TheJobsAreSettled() public {
        settle(whole(_batch, SUCCEEDED, 1));
        vm.warp(_end + 1);
        vm.expectRevert(nothingToSettle());
        ledger.expire(_batch, 15);
    }

    function test_expire_WithoutTheController() public {
        retireController(0);
        vm.startPrank(developers[0]);
        functions.retire(functionIds[0]);
        money.revoke(1);
        vm.stopPrank();
        vm.warp(_end + 1);
        ledger.expire(_batch, 15);
        assertEscrow(0, 1, 100e18, 0);
        vm.prank(developers[0]);
        money.close(1);
        assertEscrow(0, 1, 0, 0);
    }

    function testFuzz_expire_OnlyAfterTheClaimWindow(uint32 time) public {
        time = uint32(bound(time, START, START + 400));
        vm.warp(time);
        if (time <= _end) return _notYet();
        ledger.expire(_batch, 15);
        assertEscrow(0, 1, 100e18, 0);
    }

    function _notYet() private {
        vm.expectRevert(
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotExpired.selector, _batch.batchId, _end)
        );
        vm.prank(stranger);
        ledger.expire(_batch, 15);
    }

    function _mismatch(Batch memory altered) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IMonitoringLedger.MonitoringLedger_Refused.selector,
                altered.batchId,
                IMonitoringLedger.Reason.HASH_MISMATCH
            )
        );
        ledger.expire(altered, 15);
    }
}
