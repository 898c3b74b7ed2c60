// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice What has gone wrong with deposits, claims and markets elsewhere must not go wrong here.
contract KnownAttacksTest is Steps {
    /// @dev Unlock while empty, wait, deposit, show the deposit, take the work, withdraw.
    function test_attack_UnlockEarlyThenDepositThenWithdraw() public {
        vm.startPrank(developers[0]);
        money.revoke(1);
        pass(G + 1);
        vm.stopPrank();
        fund(0, 1);
        Batch memory batch = simpleBatch(1, 1);
        vm.startPrank(developers[0]);
        money.revoke(1);
        uint32 expiry = escrow(0, 1).expiry;
        vm.expectRevert(abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_NotExpired.selector, expiry));
        money.close(1);
        vm.expectRevert(
            abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_BalanceTooSmall.selector, developers[0], 0, 1)
        );
        money.withdraw(developers[0], 1);
        vm.stopPrank();
        pass(G);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "work that was accepted in the grace is paid");
    }

    /// @dev One deposit that is shown to two controllers.
    function test_attack_OneDepositShownToTwoControllers() public {
        vm.startPrank(developers[0]);
        money.deposit(uint96(UNIT));
        money.fund(funding(1, uint96(UNIT), 100_000, 3600));
        IMonetaryLedger.Funding memory again = funding(2, uint96(UNIT), 100_000, 3600);
        vm.expectRevert(
            abi.encodeWithSelector(IMonetaryLedger.MonetaryLedger_BalanceTooSmall.selector, developers[0], 0, UNIT)
        );
        money.fund(again);
        vm.stopPrank();
        open(makeBatch(batchId(2, 1), providerIds[1], order(versionIds[0], 1)));
        assertEq(ledger.openJobs(batchId(2, 1)), 0, "nothing at the second controller");
        open(simpleBatch(1, 1));
        assertEq(ledger.openJobs(batchId(1, 1)), 1, "all of it at the first");
    }

    /// @dev Two jobs that count the same money, in one call and in two.
    function test_attack_TwoJobsOnTheSameMoney() public {
        vm.prank(developers[0]);
        money.depositAndFund(uint96(UNIT), funding(1, uint96(UNIT), 100_000, 3600));
        Batch[] memory batches = new Batch[](2);
        (batches[0], batches[1]) = (simpleBatch(1, 2), simpleBatch(2, 1));
        vm.prank(controller(0));
        ledger.open(batches);
        open(simpleBatch(3, 1));
        assertEq(ledger.openJobs(batchId(1, 1)), 1, "one job");
        assertEq(ledger.openJobs(batchId(1, 2)) + ledger.openJobs(batchId(1, 3)), 0, "and no other");
        settleReverts(operators[0], one(whole(simpleBatch(4, 1), SUCCEEDED, 1)), nothingToSettle());
    }

    /// @dev A claim that is seen in the pool and sent first by another.
    function test_attack_ACopiedClaim() public {
        fund(0, 1);
        Part[] memory parts = one(whole(simpleBatch(1, 1), SUCCEEDED, 1));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        address[3] memory thieves = [stranger, operators[1], controller(0)];
        for (uint256 i = 0; i < thieves.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotProvider.selector, 1, thieves[i])
            );
            vm.prank(thieves[i]);
            ledger.settle(parts, signature, 0);
        }
        vm.prank(operators[0]);
        ledger.settle(parts, signature, 0);
        assertTrue(money.balanceOf(providerPayouts[0]) != 0, "only the provider is paid");
    }

    /// @dev The developer empties its escrow in front of a claim: the provider can refuse to waste the job's number.
    function test_attack_AClaimThatWasEmptied() public {
        fund(0, 1);
        vm.prank(developers[1]);
        money.depositAndFund(uint96(costOf(1)), funding(1, uint96(costOf(1)), 100_000, 5));
        Batch memory batch =
            makeBatch(batchId(1, 1), providerIds[0], bytes.concat(order(versionIds[0], 1), order(versionIds[1], 2)));
        Part[] memory parts = one(whole(batch, SUCCEEDED, 1));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        pass(6);
        vm.prank(developers[1]);
        money.close(1);
        vm.expectRevert(
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_GrossTooSmall.selector, costOf(1), 2 * costOf(1))
        );
        vm.prank(operators[0]);
        ledger.settle(parts, signature, 2 * costOf(1));
        fund(1, 1);
        vm.prank(operators[0]);
        assertEq(ledger.settle(parts, signature, 2 * costOf(1)), 2 * costOf(1), "later it is worth its price");
    }

    /// @dev One payee that cannot be paid must not stop the others: nothing is pushed, so even these can be credited.
    function test_attack_APoisonedPayee() public {
        fund(0, 1);
        address[3] memory odd = [address(ledger), address(token), address(1)];
        for (uint64 i = 0; i < odd.length; ++i) {
            vm.prank(owners[0]);
            providers.setPayout(1, odd[i]);
            uint256 before = money.balanceOf(odd[i]);
            uint256 gross = settle(whole(simpleBatch(i, 1), SUCCEEDED, 1));
            assertEq(money.balanceOf(odd[i]) - before, gross - gross * BPS / 10_000, "credited");
        }
    }

    /// @dev Payer and payee are one: nothing is lost, nothing is made.
    function test_attack_PayingOneself() public {
        vm.startPrank(developers[0]);
        uint32 id = providers.register(developers[0], developers[0], BASE_FEE, PRICE, "");
        money.depositAndFund(1e18, funding(1, 5e17, 100_000, 3600));
        money.depositFor(developers[0], 1e18);
        vm.stopPrank();
        vm.prank(validators[0]);
        peers.setPayout(developers[0]);
        uint256 gross = settle(developers[0], one(whole(makeBatch(batchId(1, 1), id, order(versionIds[0], 1)), 1, 9)));
        uint256 controllerShare = gross * BPS / 10_000 / 2;
        assertEq(money.balanceOf(developers[0]), 15e17 + gross - controllerShare, "balance");
        assertEq(escrow(0, 1).free, 5e17 - gross, "free");
        vm.prank(developers[0]);
        money.withdraw(developers[0], 15e17);
        assertEq(money.balanceOf(developers[0]), gross - controllerShare, "what is left");
    }

    /// @dev A controller that wants to keep the work and not pay: it can neither close a job nor settle it at zero.
    function test_attack_AControllerClosesAJobByItself() public {
        fund(0, 1);
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        bytes memory notProvider =
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotProvider.selector, 1, controller(0));
        settleReverts(controller(0), one(whole(batch, PROVIDER_LOST, 0)), notProvider);
        vm.expectRevert(notProvider);
        vm.prank(controller(0));
        ledger.decline(batch, 1, 0);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "the provider is paid");
    }

    /// @dev A controller that opens an empty shell under a number it gave away already.
    function test_attack_AControllerOccupiesTheNumberOfAFastBatch() public {
        fund(0, 1);
        Part[] memory parts = one(whole(simpleBatch(1, 1), SUCCEEDED, 1));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        Batch memory shell = simpleBatch(1, 1);
        shell.orders = order(99, 0);
        open(shell);
        vm.expectRevert(nothingToSettle());
        vm.prank(operators[0]);
        ledger.settle(parts, signature, 0);
        assertEscrow(0, 1, 100e18, 0);
        assertEq(money.balanceOf(controllerPayouts[0]), 0, "it gains nothing by that");
    }

    /// @dev A batch whose word is empty again looks like one that was never opened.
    function test_attack_AFinishedBatchComesByTheFastPath() public {
        fund(0, 1);
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        settle(whole(batch, SUCCEEDED, 1));
        settleReverts(operators[0], one(whole(batch, SUCCEEDED, 5000)), nothingToSettle());
        open(batch);
        assertEscrow(0, 1, 100e18 - 2 * costOf(1), 0);
        Batch memory declined = simpleBatch(2, 1);
        open(declined);
        vm.prank(operators[0]);
        ledger.decline(declined, 1, 0);
        settleReverts(operators[0], one(whole(declined, SUCCEEDED, 1)), nothingToSettle());
    }

    /// @dev Ids of more than 57 bits would share the job ids of others.
    function test_attack_TwoBatchesWithTheSameJobIds() public {
        fund(0, 1);
        open(simpleBatch(1, 1));
        uint64[3] memory bits = [uint64(1) << 57, uint64(1) << 58, uint64(1) << 63];
        for (uint256 i = 0; i < bits.length; ++i) {
            Batch memory twin = simpleBatch(1, 1);
            twin.batchId |= bits[i];
            vm.expectRevert(
                abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotController.selector, 0, controller(0))
            );
            vm.prank(controller(0));
            ledger.open(one(twin));
            assertFalse(ledger.isUsed(twin.batchId), "not used");
        }
    }

    /// @dev A function is sold, and its buyer would have the seller pay.
    function test_attack_BuyingAFunctionWithItsSellersMoney() public {
        fund(0, 1);
        fund(1, 1);
        Batch memory before = simpleBatch(1, 1);
        open(before);
        vm.prank(developers[0]);
        functions.transfer(functionIds[0], developers[1]);
        vm.prank(developers[1]);
        uint32 later = functions.publish(functionIds[0], version(MAX_COST, MEMORY_MIB, TIMEOUT_MS), true);
        settle(whole(before, SUCCEEDED, 1));
        assertEscrow(0, 1, 100e18 - costOf(1), 0);
        settle(whole(makeBatch(batchId(1, 2), providerIds[0], order(later, 1)), SUCCEEDED, 1));
        assertEscrow(0, 1, 100e18 - costOf(1), 0);
        assertEscrow(1, 1, 100e18 - costOf(1), 0);
    }

    /// @dev A sale between opening and closing must not lose a reserve.
    function test_attack_AReserveLostByASale() public {
        fund(0, 1);
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        vm.startPrank(developers[0]);
        functions.transfer(functionIds[0], developers[2]);
        vm.stopPrank();
        vm.prank(developers[2]);
        functions.retire(functionIds[0]);
        vm.prank(operators[0]);
        ledger.decline(batch, 1, 0);
        vm.warp(uint256(batch.deadline) + W + 1);
        ledger.expire(batch, 2);
        assertEscrow(0, 1, 100e18, 0);
        assertEscrow(2, 1, 0, 0);
    }

    /// @dev A provider raises its price while work is in flight.
    function test_attack_ThePriceIsRaisedInFlight() public {
        fund(0, 1);
        pass(G + 1);
        Batch memory batch = simpleBatch(1, 1);
        setOffer(0, type(uint64).max, type(uint48).max);
        assertEq(settle(whole(batch, SUCCEEDED, 1)), costOf(1), "as assigned");
        batch = simpleBatch(2, 1);
        batch.baseFee = type(uint64).max;
        Part[] memory parts = one(whole(batch, SUCCEEDED, 1));
        settleReverts(operators[0], parts, nothingToSettle());
    }

    /// @dev The provider settles a fast batch only as far as it likes, and again.
    function test_attack_AFastBatchByPieces() public {
        fund(0, 1);
        Batch memory batch = simpleBatch(1, 3);
        settleReverts(operators[0], one(Part(batch, 1, record(SUCCEEDED, 1))), nothingToSettle());
        settle(whole(batch, SUCCEEDED, 1));
        settleReverts(operators[0], one(Part(batch, 6, recordsOf(2, SUCCEEDED, 1))), nothingToSettle());
        assertEscrow(0, 1, 100e18 - 3 * costOf(1), 0);
    }
}
