// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { Batch } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

/// @notice Setting aside, revoking, closing.
contract EscrowTest is Steps {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(developers[i]);
            money.deposit(10e18);
        }
    }

    function test_fund_MovesBalanceIntoTheEscrow() public {
        vm.expectEmit(address(money));
        emit IMonetaryLedger.EscrowFunded(developers[0], 1, 3e18, 8, uint32(START + 60));
        _fund(3e18, 8, 60);
        assertEq(money.balanceOf(developers[0]), 7e18, "balance");
        assertEscrow(0, 1, 3e18, 0);
        assertEq(escrow(0, 1).jobCap, 8, "cap");
        assertEq(escrow(0, 1).expiry, START + 60, "expiry");
        assertEscrow(0, 2, 0, 0);
        assertEscrow(1, 1, 0, 0);
    }

    function test_fund_AddsAndRaises() public {
        _fund(3e18, 8, 60);
        open(simpleBatch(1, 1));
        _fund(2e18, 9, 61);
        assertEscrow(0, 1, 5e18 - UNIT, UNIT);
        assertEq(escrow(0, 1).jobCap, 9, "cap");
        assertEq(escrow(0, 1).expiry, START + 61, "expiry");
        _fund(0, 9, 61);
        assertEscrow(0, 1, 5e18 - UNIT, UNIT);
    }

    function test_RevertWhen_LoweringALimitBeforeTheExpiry() public {
        _fund(3e18, 8, 60);
        _refuses(
            funding(1, 1, 7, 60),
            abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_LimitLowered.selector, 8, START + 60)
        );
        _refuses(
            funding(1, 1, 8, 59),
            abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_LimitLowered.selector, 8, START + 60)
        );
        pass(60);
        _refuses(
            funding(1, 1, 7, 60),
            abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_LimitLowered.selector, 8, START + 60)
        );
    }

    function test_fund_LowersTheLimitsOfAnExpiredEscrow() public {
        _fund(3e18, 8, 60);
        pass(61);
        _fund(1e18, 2, 5);
        assertEscrow(0, 1, 4e18, 0);
        assertEq(escrow(0, 1).jobCap, 2, "cap");
        assertEq(escrow(0, 1).expiry, START + 66, "expiry");
    }

    function test_RevertWhen_TheExpiryIsNotInTheFuture() public {
        _refuses(
            funding(1, 1, 8, 0), abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_ExpiryPassed.selector, START)
        );
        _fund(1, 8, 1);
    }

    function test_RevertWhen_ThereIsNoSuchController() public {
        uint16[3] memory cids = [uint16(0), 3, type(uint16).max];
        for (uint256 i = 0; i < cids.length; ++i) {
            _refuses(
                funding(cids[i], 1, 8, 60),
                abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_NoController.selector, cids[i])
            );
        }
    }

    function test_RevertGiven_TheControllerIsRetired() public {
        retireController(0);
        _refuses(funding(1, 1, 8, 60), abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_NoController.selector, 1));
    }

    function test_RevertWhen_FundingMoreThanTheBalance() public {
        _refuses(
            funding(1, 10e18 + 1, 8, 60),
            abi.encodeWithSelector(
                IMonetaryLedger.MonetaryLedger_BalanceTooSmall.selector, developers[0], 10e18, 10e18 + 1
            )
        );
    }

    function test_revoke_EndsTheEscrowAfterTheGrace() public {
        _fund(3e18, 8, 60);
        vm.expectEmit(address(money));
        emit IMonetaryLedger.EscrowRevoked(developers[0], 1, uint32(START + G));
        _revoke();
        assertEq(escrow(0, 1).expiry, START + G, "expiry");
        assertEscrow(0, 1, 3e18, 0);
        pass(5);
        _revoke();
        assertEq(escrow(0, 1).expiry, START + G, "revoking again postpones nothing");
    }

    function test_revoke_KeepsAnEarlierExpiry() public {
        _fund(3e18, 8, 3);
        _revoke();
        assertEq(escrow(0, 1).expiry, START + 3, "expiry");
        pass(4);
        _revoke();
        assertEq(escrow(0, 1).expiry, START + 3, "an expired escrow does not wake up");
    }

    function test_revoke_OnlyTheCallersOwn() public {
        _fund(3e18, 8, 60);
        vm.prank(developers[1]);
        money.revoke(1);
        vm.prank(controller(0));
        money.revoke(1);
        assertEq(escrow(0, 1).expiry, START + 60, "untouched");
    }

    function test_revoke_TakenBackByFundingAgain() public {
        _fund(3e18, 8, 60);
        _revoke();
        _fund(0, 8, 60);
        assertEq(escrow(0, 1).expiry, START + 60, "expiry");
    }

    function test_close_GivesWhatIsFreeBack() public {
        _fund(3e18, 8, 60);
        pass(61);
        vm.expectEmit(address(money));
        emit IMonetaryLedger.EscrowClosed(developers[0], 1, 3e18);
        _close();
        assertEq(money.balanceOf(developers[0]), 10e18, "balance");
        assertEscrow(0, 1, 0, 0);
        _close();
        assertEq(money.balanceOf(developers[0]), 10e18, "closing twice gives nothing twice");
    }

    function test_RevertWhen_ClosingBeforeTheExpiry() public {
        _fund(3e18, 8, 60);
        pass(60);
        vm.expectRevert(abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_NotExpired.selector, START + 60));
        _close();
    }

    function test_close_LeavesWhatIsReserved() public {
        _fund(3e18, 8, 60);
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        pass(61);
        _close();
        assertEq(money.balanceOf(developers[0]), 10e18 - 2 * UNIT, "balance");
        assertEscrow(0, 1, 0, 2 * UNIT);
        pass(60);
        ledger.expire(batch, 3);
        _close();
        assertEq(money.balanceOf(developers[0]), 10e18, "the rest, once nobody settled");
    }

    function test_close_OnlyTheCallersOwn() public {
        _fund(3e18, 8, 60);
        pass(61);
        vm.prank(developers[1]);
        money.close(1);
        vm.prank(controller(0));
        money.close(1);
        assertEscrow(0, 1, 3e18, 0);
    }

    function testFuzz_fund_KeepsTheSum(uint96 amount, uint32 jobCap, uint32 expiry) public {
        amount = uint96(bound(amount, 0, 10e18));
        expiry = uint32(bound(expiry, START + 1, type(uint32).max));
        vm.prank(developers[0]);
        money.fund(IMonetaryLedger.Funding(1, amount, jobCap, expiry));
        assertEq(money.balanceOf(developers[0]) + escrow(0, 1).free, 10e18, "the sum stays");
        assertEq(escrow(0, 1).jobCap, jobCap, "cap");
        assertEq(escrow(0, 1).expiry, expiry, "expiry");
        vm.warp(uint256(expiry) + 1);
        _close();
        assertEq(money.balanceOf(developers[0]), 10e18, "all back");
    }

    function _fund(uint96 amount, uint32 jobCap, uint256 seconds_) private {
        vm.prank(developers[0]);
        money.fund(funding(1, amount, jobCap, seconds_));
    }

    function _revoke() private {
        vm.prank(developers[0]);
        money.revoke(1);
    }

    function _close() private {
        vm.prank(developers[0]);
        money.close(1);
    }

    function _refuses(IMonetaryLedger.Funding memory funding_, bytes memory expected) private {
        vm.expectRevert(expected);
        vm.prank(developers[0]);
        money.fund(funding_);
    }
}
