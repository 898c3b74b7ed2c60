// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract DistributeTest is Steps {
    function test_distribute_SharesThePoolAmongThePeers() public {
        _donate(10);
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectEmit(address(money));
            emit IMonetaryLedger.Distributed(peerPayouts[i], 3);
        }
        vm.prank(stranger);
        money.distribute();
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(money.balanceOf(peerPayouts[i]), 3, "share");
        }
        assertEq(money.balanceOf(address(money)), 1, "what does not divide stays");
    }

    function test_distribute_NothingIsNoError() public {
        money.distribute();
        assertEq(money.balanceOf(peerPayouts[0]), 0, "share");
    }

    function test_distribute_ToThePayoutsOfTheMoment() public {
        vm.prank(validators[1]);
        peers.setPayout(peerPayouts[0]);
        _donate(9);
        money.distribute();
        assertEq(money.balanceOf(peerPayouts[0]), 6, "two shares");
        assertEq(money.balanceOf(peerPayouts[1]), 0, "the former payout");
    }

    function test_distribute_APeerWhosePayoutIsThePool() public {
        vm.prank(validators[2]);
        peers.setPayout(address(money));
        _donate(10);
        money.distribute();
        assertEq(money.balanceOf(address(money)), 4, "its share goes round again");
    }

    function testFuzz_distribute_ExactlyThePool(uint96 amount) public {
        amount = uint96(bound(amount, 0, 1_000_000e18));
        _donate(amount);
        money.distribute();
        uint256 sum = money.balanceOf(address(money));
        assertLe(sum, 2, "dust");
        for (uint256 i = 0; i < 3; ++i) {
            sum += money.balanceOf(peerPayouts[i]);
        }
        assertEq(sum, amount, "sum");
    }

    /// @dev The pool is the ledger's own balance.
    function _donate(uint96 amount) private {
        vm.prank(developers[0]);
        money.depositFor(address(money), amount);
    }
}
