// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract WithdrawTest is Steps {
    function setUp() public override {
        super.setUp();
        vm.prank(developers[0]);
        money.deposit(10e18);
        fund(1, 1);
    }

    function test_withdraw_ToAnybody() public {
        vm.expectEmit(address(money));
        emit IMonetaryLedger.Withdrawn(developers[0], stranger, 4e18);
        vm.prank(developers[0]);
        money.withdraw(stranger, 4e18);
        assertEq(money.balanceOf(developers[0]), 6e18, "balance");
        assertEq(token.balanceOf(stranger), 4e18, "tokens");
    }

    function test_withdraw_ToOneself() public {
        vm.prank(developers[0]);
        money.withdraw(developers[0], 10e18);
        assertEq(token.balanceOf(developers[0]), 1_000_000e18, "as before");
    }

    function test_withdraw_Nothing() public {
        vm.prank(stranger);
        money.withdraw(stranger, 0);
        assertEq(token.balanceOf(stranger), 0, "nothing");
    }

    function test_RevertWhen_TheReceiverCouldNotUseIt() public {
        address[4] memory bad = [address(0), address(token), address(money), address(ledger)];
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_BadReceiver.selector, bad[i]));
            vm.prank(developers[0]);
            money.withdraw(bad[i], 1);
        }
    }

    function test_RevertWhen_WithdrawingMoreThanTheBalance() public {
        _tooSmall(developers[0], 10e18, 10e18 + 1);
        _tooSmall(stranger, 0, 1);
        _tooSmall(developers[0], 10e18, type(uint256).max);
    }

    function test_RevertWhen_WithdrawingWhatIsSetAside() public {
        _tooSmall(developers[1], 0, 1);
        open(makeBatch(batchId(1, 1), providerIds[0], order(versionIds[1], 1)));
        _tooSmall(developers[1], 0, 1);
    }

    function test_withdraw_EverybodyWhatTheyEarned() public {
        uint256 gross = settle(whole(makeBatch(batchId(1, 1), providerIds[0], order(versionIds[1], 1)), SUCCEEDED, 9));
        address[3] memory earners = [providerPayouts[0], controllerPayouts[0], peerPayouts[0]];
        uint256 sum;
        for (uint256 i = 0; i < earners.length; ++i) {
            uint256 amount = money.balanceOf(earners[i]);
            vm.prank(earners[i]);
            money.withdraw(earners[i], amount);
            sum += token.balanceOf(earners[i]);
        }
        assertEq(sum, gross, "the whole gross left");
        assertEq(token.balanceOf(address(money)), 110e18 - gross, "and nothing else");
    }

    function testFuzz_withdraw_UpToTheBalance(uint256 amount) public {
        amount = bound(amount, 0, 20e18);
        if (amount > 10e18) return _tooSmall(developers[0], 10e18, amount);
        vm.prank(developers[0]);
        money.withdraw(stranger, amount);
        assertEq(money.balanceOf(developers[0]) + token.balanceOf(stranger), 10e18, "the sum stays");
    }

    function _tooSmall(address account, uint256 balance, uint256 amount) private {
        vm.expectRevert(
            abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_BalanceTooSmall.selector, account, balance, amount)
        );
        vm.prank(account);
        money.withdraw(stranger, amount);
    }
}
