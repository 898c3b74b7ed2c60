// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

/// @notice Who may settle, and who gets what.
contract SettlePartiesTest is Steps {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 3; ++i) {
            fund(i, 1);
        }
    }

    function test_settle_SplitsTheGross() public {
        Part[] memory parts = one(whole(simpleBatch(1, 3), SUCCEEDED, 1111));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        uint256 gross = 3 * costOf(1111);
        uint256 commission = gross * BPS / 10_000;
        uint256 half = commission / 2;
        vm.expectEmit(address(money));
        emit IMonetaryLedger.Paid(
            1, providerPayouts[0], peerPayouts[0], 1, controllerPayouts[0], gross, half, commission - half
        );
        vm.prank(operators[0]);
        ledger.settle(parts, signature, 0);
        assertEq(money.balanceOf(providerPayouts[0]), gross - commission, "provider");
        assertEq(money.balanceOf(controllerPayouts[0]), half, "controller");
        assertEq(money.balanceOf(peerPayouts[0]), commission - half, "sealer");
    }

    function test_settle_ByTheOwnerToo() public {
        settle(owners[0], one(whole(simpleBatch(1, 1), SUCCEEDED, 1)));
        assertEq(money.balanceOf(owners[0]), 0, "the payout is paid, not the caller");
        assertTrue(money.balanceOf(providerPayouts[0]) > 0, "payout");
    }

    function test_RevertWhen_CallerIsNotTheProvider() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        address[7] memory others =
            [stranger, controller(0), operators[1], owners[1], developers[0], validators[0], providerPayouts[0]];
        for (uint256 i = 0; i < others.length; ++i) {
            bytes memory expected =
                abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotProvider.selector, 1, others[i]);
            settleReverts(others[i], one(whole(batch, SUCCEEDED, 1)), expected);
            settleReverts(others[i], one(whole(simpleBatch(2, 1), SUCCEEDED, 1)), expected);
        }
    }

    function test_RevertWhen_APartIsOfAnotherProvider() public {
        Part[] memory parts = new Part[](2);
        parts[0] = whole(simpleBatch(1, 1), SUCCEEDED, 1);
        parts[1] = whole(makeBatch(batchId(1, 2), providerIds[1], ordersOf(1, 1, 0)), SUCCEEDED, 1);
        bytes memory expected =
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_MixedParties.selector, parts[1].batch.batchId);
        settleReverts(operators[0], parts, expected);
        expected = abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotProvider.selector, 1, operators[1]);
        settleReverts(operators[1], parts, expected);
    }

    function test_RevertWhen_APartIsOfAnotherController() public {
        fund(0, 2);
        Part[] memory parts = new Part[](2);
        parts[0] = whole(simpleBatch(1, 1), SUCCEEDED, 1);
        parts[1] = whole(makeBatch(batchId(2, 2), providerIds[0], ordersOf(1, 1, 0)), SUCCEEDED, 1);
        settleReverts(
            operators[0],
            parts,
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_MixedParties.selector, parts[1].batch.batchId)
        );
    }

    function test_settle_MinGrossIsWhatTheCallMustBeWorth() public {
        Part[] memory parts = one(whole(simpleBatch(1, 2), SUCCEEDED, 1));
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        uint256 gross = 2 * costOf(1);
        vm.expectRevert(
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_GrossTooSmall.selector, gross, gross + 1)
        );
        vm.prank(operators[0]);
        ledger.settle(parts, signature, gross + 1);
        assertFalse(ledger.isUsed(parts[0].batch.batchId), "nothing happened");
        vm.prank(operators[0]);
        assertEq(ledger.settle(parts, signature, gross), gross, "exactly");
    }

    function test_settle_ASealerThatIsNoPeerLeavesItsShareToThePool() public {
        vm.coinbase(stranger);
        uint256 gross = settle(whole(simpleBatch(1, 1), SUCCEEDED, 1));
        uint256 commission = gross * BPS / 10_000;
        assertEq(money.balanceOf(address(money)), commission - commission / 2, "pool");
        assertEq(money.balanceOf(stranger), 0, "no peer, no share");
    }

    function test_settle_EachSealerToItsOwnPayout() public {
        for (uint64 i = 0; i < 3; ++i) {
            vm.coinbase(validators[i]);
            uint256 gross = settle(whole(simpleBatch(i, 1), SUCCEEDED, 1));
            uint256 commission = gross * BPS / 10_000;
            assertEq(money.balanceOf(peerPayouts[i]), commission - commission / 2, "sealer");
        }
    }

    function test_settle_ToThePayoutsOfTheMoment() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        vm.prank(owners[0]);
        providers.setPayout(1, address(0xB999));
        vm.prank(validators[0]);
        peers.setPayout(address(0xA999));
        uint256 gross = settle(whole(batch, SUCCEEDED, 1));
        uint256 commission = gross * BPS / 10_000;
        assertEq(money.balanceOf(address(0xB999)), gross - commission, "the provider's new payout");
        assertEq(money.balanceOf(address(0xA999)), commission - commission / 2, "the sealer's new payout");
        assertEq(money.balanceOf(providerPayouts[0]) + money.balanceOf(peerPayouts[0]), 0, "the former ones");
    }

    function test_settle_ANewOwnerAndOperatorTakeOver() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        vm.startPrank(owners[0]);
        providers.setOperator(1, address(0xB998));
        providers.setOwner(1, address(0xB997));
        vm.stopPrank();
        address[2] memory former = [operators[0], owners[0]];
        for (uint256 i = 0; i < 2; ++i) {
            settleReverts(
                former[i],
                one(whole(batch, SUCCEEDED, 1)),
                abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotProvider.selector, 1, former[i])
            );
        }
        assertEq(settle(address(0xB998), one(whole(batch, SUCCEEDED, 1))), costOf(1), "the new operator");
    }

    function test_settle_UnpaidStatusesPayNobody() public {
        Batch memory batch = simpleBatch(1, 2);
        open(batch);
        bytes32 before = moneyDigest();
        assertEq(settle(whole(batch, PROVIDER_LOST, 5000)), 0, "gross");
        assertEscrow(0, 1, 100e18, 0);
        assertFalse(moneyDigest() == before, "the reserve is back");
        assertEq(money.balanceOf(providerPayouts[0]) + money.balanceOf(controllerPayouts[0]), 0, "nobody is paid");
    }

    function test_settle_DeveloperProviderControllerAndSealerInOne() public {
        address self = controller(0);
        require(token.transfer(self, 1e18));
        vm.coinbase(validators[0]);
        vm.startPrank(self);
        token.approve(address(money), 1e18);
        uint32 id = providers.register(self, self, BASE_FEE, PRICE, "");
        uint32 versionId = functions.publish(functions.create(), version(MAX_COST, MEMORY_MIB, TIMEOUT_MS), true);
        money.depositAndFund(1e18, funding(1, 5e17, 100_000, 3600));
        vm.stopPrank();
        vm.prank(validators[0]);
        peers.setPayout(self);
        Batch memory batch = makeBatch(batchId(1, 1), id, order(versionId, 1));
        open(batch);
        uint256 gross = settle(self, one(whole(batch, SUCCEEDED, 1)));
        uint256 controllerShare = gross * BPS / 10_000 / 2;
        assertEq(money.balanceOf(self), 5e17 + gross - controllerShare, "all but the controller's payout");
        assertEq(money.escrowOf(self, 1).free, 5e17 - gross, "free");
        assertEq(money.escrowOf(self, 1).reserved, 0, "reserved");
    }

    function testFuzz_settle_SharesAddUp(uint64 baseFee, uint48 price, uint32 billedMs) public {
        pass(G + 1);
        setOffer(0, baseFee, price);
        Batch memory batch = simpleBatch(1, 1);
        (batch.baseFee, batch.price) = (baseFee, price);
        uint256 cost = uint256(baseFee) + uint256(price) * MEMORY_MIB * bound(billedMs, 0, TIMEOUT_MS);
        if (cost > uint256(MAX_COST) * 1e9) cost = uint256(MAX_COST) * 1e9;
        Part memory part = Part(batch, 1, record(SUCCEEDED, uint32(bound(billedMs, 0, TIMEOUT_MS))));
        assertEq(settle(part), cost, "gross");
        uint256 commission = cost * 2 / 100;
        assertEq(money.balanceOf(controllerPayouts[0]), commission / 2, "controller");
        assertEq(money.balanceOf(peerPayouts[0]), commission - commission / 2, "sealer");
        assertEq(money.balanceOf(providerPayouts[0]), cost - commission, "provider");
        assertEq(escrow(0, 1).free, 100e18 - cost, "free");
    }
}
