// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IProviderRegistry } from "../../../contracts/interfaces/IProviderRegistry.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract StakeTest is Steps {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 2; ++i) {
            require(token.transfer(owners[i], 100e18));
            vm.prank(owners[i]);
            token.approve(address(providers), type(uint256).max);
        }
        vm.prank(owners[1]);
        providers.stake(2, 100e18);
    }

    function test_stake_TakesTheOwnersTokens() public {
        vm.expectEmit(address(providers));
        emit IProviderRegistry.StakeChanged(1, 30e18, 0, 0);
        vm.startPrank(owners[0]);
        providers.stake(1, 30e18);
        providers.stake(1, 5e18);
        vm.stopPrank();
        assertEq(providers.stakeOf(1).staked, 35e18, "staked");
        assertEq(token.balanceOf(address(providers)), 135e18, "tokens");
    }

    function test_unbond_ThenWithdrawAfterTwoJobLives() public {
        vm.startPrank(owners[0]);
        providers.stake(1, 30e18);
        providers.unbond(1, 10e18);
        assertEq(providers.stakeOf(1).staked, 20e18, "staked");
        assertEq(providers.stakeOf(1).unbonding, 10e18, "unbonding");
        assertEq(providers.stakeOf(1).until, START + 2 * L, "until");
        pass(2 * L - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_StillBonded.selector, 1, START + 2 * L)
        );
        providers.withdrawStake(1, owners[0]);
        pass(1);
        providers.withdrawStake(1, stranger);
        providers.withdrawStake(1, stranger);
        vm.stopPrank();
        assertEq(token.balanceOf(stranger), 10e18, "once");
        assertEq(token.balanceOf(address(providers)), 120e18, "the others' stakes stay");
    }

    function test_unbond_AgainBeginsTheWaitAnew() public {
        vm.startPrank(owners[0]);
        providers.stake(1, 30e18);
        providers.unbond(1, 10e18);
        pass(2 * L);
        providers.unbond(1, 1e18);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_StillBonded.selector, 1, START + 4 * L)
        );
        providers.withdrawStake(1, owners[0]);
        vm.stopPrank();
    }

    function test_RevertWhen_MoreIsAskedBackThanStaked() public {
        vm.startPrank(owners[0]);
        providers.stake(1, 30e18);
        vm.expectRevert(
            abi.encodeWithSelector(IProviderRegistry.ProviderRegistry_StakeTooSmall.selector, 1, 30e18, 30e18 + 1)
        );
        providers.unbond(1, 30e18 + 1);
        vm.stopPrank();
    }

    function test_RevertWhen_WithdrawingToNobody() public {
        vm.expectRevert(IProviderRegistry.ProviderRegistry_ZeroAddress.selector);
        vm.prank(owners[0]);
        providers.withdrawStake(1, address(0));
    }

    function testFuzz_stake_ComesBackWhole(uint96 amount, uint96 first) public {
        amount = uint96(bound(amount, 0, 100e18));
        first = uint96(bound(first, 0, amount));
        vm.startPrank(owners[0]);
        providers.stake(1, amount);
        providers.unbond(1, first);
        pass(2 * L);
        providers.withdrawStake(1, owners[0]);
        assertEq(token.balanceOf(owners[0]), 100e18 - amount + first, "the first half");
        providers.unbond(1, amount - first);
        pass(2 * L);
        providers.withdrawStake(1, owners[0]);
        vm.stopPrank();
        assertEq(token.balanceOf(owners[0]), 100e18, "all");
        assertEq(providers.stakeOf(1).staked + providers.stakeOf(1).unbonding, 0, "nothing stands");
    }
}
