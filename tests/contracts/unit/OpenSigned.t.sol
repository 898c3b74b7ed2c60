// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { vm } from "../foundation/Vm.sol";

contract OpenSignedTest is Steps {
    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < 3; ++i) {
            fund(i, 1);
        }
    }

    function test_openSigned_ReservesAsOpeningDoes() public {
        Batch memory batch = makeBatch(batchId(1, 1), providerIds[0], ordersOf(3, 3, 0));
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        vm.prank(operators[0]);
        ledger.openSigned(batch, signatures);
        for (uint256 i = 0; i < 3; ++i) {
            assertEscrow(i, 1, 100e18 - UNIT, UNIT);
        }
        assertEq(settle(whole(batch, SUCCEEDED, 1)), 3 * costOf(1), "and it settles");
    }

    function test_openSigned_ByTheOwner() public {
        Batch memory batch = simpleBatch(1, 1);
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        vm.prank(owners[0]);
        ledger.openSigned(batch, signatures);
        assertEq(ledger.openJobs(batch.batchId), 1, "open");
    }

    function test_openSigned_WithoutTheJobsThatWereNotAssigned() public {
        Batch memory batch = simpleBatch(1, 3);
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        bytes memory rest = bytes.concat(order(versionIds[0], 100), new bytes(36), order(versionIds[0], 102));
        Batch memory holed = simpleBatch(1, 3);
        holed.orders = rest;
        signatures = bytes.concat(_slice(signatures, 0), _slice(signatures, 2));
        vm.prank(operators[0]);
        ledger.openSigned(holed, signatures);
        assertEq(ledger.openJobs(holed.batchId), 5, "the first and the third");
    }

    function test_RevertWhen_CallerIsNotTheProvider() public {
        Batch memory batch = simpleBatch(1, 1);
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        address[4] memory others = [stranger, controller(0), operators[1], owners[1]];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NotProvider.selector, 1, others[i])
            );
            vm.prank(others[i]);
            ledger.openSigned(batch, signatures);
        }
    }

    function test_RevertWhen_AnotherSigned() public {
        Batch memory batch = simpleBatch(1, 2);
        _reverts(batch, _assign(batch, controllerKeys[1]));
        _reverts(batch, _assign(batch, 0xBAD));
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        _reverts(batch, bytes.concat(_slice(signatures, 0), _slice(_assign(batch, 0xBAD), 1)));
    }

    function test_RevertWhen_SignaturesAreMissingTooManyOrSwapped() public {
        Batch memory batch = simpleBatch(1, 2);
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        _reverts(batch, "");
        _reverts(batch, _slice(signatures, 0));
        _reverts(batch, bytes.concat(signatures, hex"00"));
        _reverts(batch, bytes.concat(signatures, _slice(signatures, 1)));
        _reverts(batch, bytes.concat(_slice(signatures, 1), _slice(signatures, 0)));
        _reverts(batch, bytes.concat(_slice(signatures, 0), _slice(signatures, 0)));
    }

    function test_RevertWhen_TheBatchIsNotAsAssigned() public {
        bytes memory signatures = _assign(simpleBatch(1, 1), controllerKeys[0]);
        Batch memory batch = simpleBatch(2, 1);
        batch.orders = ordersOf(1, 1, 100);
        _reverts(batch, signatures);
        batch = simpleBatch(1, 1);
        batch.deadline += 1;
        _reverts(batch, signatures);
        batch = simpleBatch(1, 1);
        batch.orders = order(versionIds[1], 100);
        _reverts(batch, signatures);
        batch.orders = order(versionIds[0], 101);
        _reverts(batch, signatures);
        pass(G + 1);
        setOffer(0, BASE_FEE + 1, PRICE);
        batch = simpleBatch(1, 1);
        batch.baseFee += 1;
        _reverts(batch, signatures);
        pass(G + 1);
        setOffer(0, BASE_FEE, PRICE + 1);
        batch = simpleBatch(1, 1);
        batch.price += 1;
        _reverts(batch, signatures);
    }

    function test_RevertWhen_TheAssignmentIsOfAnotherIndex() public {
        Batch memory batch = simpleBatch(1, 2);
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        Batch memory moved = simpleBatch(1, 2);
        moved.orders = bytes.concat(new bytes(36), order(versionIds[0], 100));
        _reverts(moved, _slice(signatures, 0));
    }

    function test_RevertWhen_TheAssignmentIsOfAnotherProvider() public {
        Batch memory batch = simpleBatch(1, 1);
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        batch.providerId = providerIds[1];
        vm.expectRevert(abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_BadSignature.selector, 1));
        vm.prank(operators[1]);
        ledger.openSigned(batch, signatures);
    }

    function test_RevertWhen_TheIdHasMoreBitsThanAJobIdCanHold() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.batchId |= 1 << 57;
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        vm.expectRevert(abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_BadSignature.selector, 0));
        vm.prank(operators[0]);
        ledger.openSigned(batch, signatures);
    }

    function test_RevertGiven_TheNumberIsUsed() public {
        Batch memory batch = simpleBatch(1, 1);
        open(batch);
        _refuses(batch, IMonitoringLedger.Reason.NUMBER_USED);
    }

    function test_RevertGiven_TheDeadlinePassedOrIsTooFar() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.deadline = uint32(block.timestamp) - 1;
        _refuses(batch, IMonitoringLedger.Reason.DEADLINE_PASSED);
        batch.deadline = uint32(block.timestamp + L + 1);
        _refuses(batch, IMonitoringLedger.Reason.DEADLINE_TOO_FAR);
    }

    function test_RevertGiven_TheOfferIsAnother() public {
        Batch memory batch = simpleBatch(1, 1);
        batch.price += 1;
        _refuses(batch, IMonitoringLedger.Reason.OFFER_MISMATCH);
    }

    function test_RevertGiven_TheOrdersAreMalformed() public {
        Batch memory batch = simpleBatch(1, 0);
        _refuses(batch, IMonitoringLedger.Reason.MALFORMED);
    }

    function test_RevertGiven_TheControllerRetiredBeforeTheGrace() public {
        retireController(0);
        pass(G + 1);
        _refuses(simpleBatch(1, 1), IMonitoringLedger.Reason.CONTROLLER_RETIRED);
    }

    function test_openSigned_ThenTheControllerComesToo() public {
        Batch memory batch = simpleBatch(1, 1);
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        vm.prank(operators[0]);
        ledger.openSigned(batch, signatures);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.BatchSkipped(batch.batchId, IMonitoringLedger.Reason.NUMBER_USED);
        open(batch);
        assertEscrow(0, 1, 100e18 - UNIT, UNIT);
    }

    function _reverts(Batch memory batch, bytes memory signatures) private {
        vm.expectRevert(abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_BadSignature.selector, 1));
        vm.prank(operators[0]);
        ledger.openSigned(batch, signatures);
    }

    function _refuses(Batch memory batch, IMonitoringLedger.Reason reason) private {
        bytes memory signatures = _assign(batch, controllerKeys[0]);
        vm.expectRevert(
            abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_Refused.selector, batch.batchId, reason)
        );
        vm.prank(operators[0]);
        ledger.openSigned(batch, signatures);
    }

    /// @dev The signatures of all jobs, one after the other.
    function _assign(Batch memory batch, uint256 key) private view returns (bytes memory signatures) {
        for (uint256 i = 0; i < batch.orders.length / 36; ++i) {
            signatures = bytes.concat(signatures, signAssignment(key, batch, i));
        }
    }

    function _slice(bytes memory signatures, uint256 index) private pure returns (bytes memory slice) {
        slice = new bytes(65);
        for (uint256 i = 0; i < 65; ++i) {
            slice[i] = signatures[65 * index + i];
        }
    }
}
