// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { IMonitoringLedger } from "../../../contracts/interfaces/IMonitoringLedger.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Network } from "./Network.sol";
import { vm } from "./Vm.sol";

/// @notice What the parties do with jobs, one call a step, and what the default job costs.
abstract contract Steps is Network {
    uint8 internal constant SUCCEEDED = 1;
    uint8 internal constant PROVIDER_LOST = 7;
    uint256 internal constant PER_MS = uint256(PRICE) * MEMORY_MIB;
    uint256 internal constant UNIT = BASE_FEE + PER_MS * TIMEOUT_MS;

    /// @notice What a job of the default version costs that ran this long.
    function costOf(uint32 billedMs) internal pure returns (uint256) {
        uint256 cost = BASE_FEE + PER_MS * billedMs;
        return cost < UNIT ? cost : UNIT;
    }

    function controller(uint256 index) internal view returns (address) {
        return vm.addr(controllerKeys[index]);
    }

    /// @notice The key of the controller whose id a batch carries.
    function keyOf(uint64 id) internal view returns (uint256) {
        return controllerKeys[(id >> 42) - 1];
    }

    /// @notice A batch of controller 1 for provider 1: so many jobs of the first developer.
    function simpleBatch(uint64 sequence, uint256 count) internal view returns (Batch memory) {
        return makeBatch(batchId(1, sequence), providerIds[0], ordersOf(count, 1, sequence * 100));
    }

    /// @notice Opened by its own controller.
    function open(Batch memory batch) internal {
        vm.prank(vm.addr(keyOf(batch.batchId)));
        ledger.open(one(batch));
    }

    /// @notice Handed in by an account, signed by the batches' own controller.
    function settle(address account, Part[] memory parts) internal returns (uint256) {
        bytes memory signature = signSettlement(keyOf(parts[0].batch.batchId), parts);
        vm.prank(account);
        return ledger.settle(parts, signature, 0);
    }

    /// @notice Handed in by the first provider's operator, signed by the batch's own controller.
    function settle(Part memory part) internal returns (uint256) {
        return settle(operators[0], one(part));
    }

    /// @notice The same settlement must be refused with this error.
    function settleReverts(address account, Part[] memory parts, bytes memory expected) internal {
        bytes memory signature = signSettlement(keyOf(parts[0].batch.batchId), parts);
        vm.expectRevert(expected);
        vm.prank(account);
        ledger.settle(parts, signature, 0);
    }

    /// @notice Handed in by the first provider, the part must be skipped for this reason, and so nothing be settled.
    function settleSkips(Part memory part, IMonitoringLedger.Reason reason) internal {
        // A call that settles nothing reverts and takes its events along: a part that does settle keeps it going.
        Part[] memory parts = new Part[](2);
        parts[0] = part;
        parts[1] = whole(simpleBatch(900_000, 1), SUCCEEDED, 1);
        bytes memory signature = signSettlement(controllerKeys[0], parts);
        vm.expectEmit(address(ledger));
        emit IMonitoringLedger.BatchSkipped(part.batch.batchId, reason);
        vm.prank(operators[0]);
        assertEq(ledger.settle(parts, signature, 0), costOf(1), "only the other part is paid");
    }

    function nothingToSettle() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMonitoringLedger.MonitoringLedger_NothingToSettle.selector);
    }

    function setOffer(uint256 provider, uint64 baseFee, uint48 price) internal {
        vm.prank(operators[provider]);
        providers.setOffer(providerIds[provider], baseFee, price);
    }

    function retireController(uint256 index) internal {
        vm.prank(validators[index]);
        peers.retireController(uint16(index + 1));
    }

    function pass(uint256 seconds_) internal {
        vm.warp(block.timestamp + seconds_);
    }

    function escrow(uint256 developer, uint16 cid) internal view returns (IMonetaryLedger.Escrow memory) {
        return money.escrowOf(developers[developer], cid);
    }

    function assertEscrow(uint256 developer, uint16 cid, uint256 free, uint256 reserved) internal view {
        assertEq(escrow(developer, cid).free, free, "free");
        assertEq(escrow(developer, cid).reserved, reserved, "reserved");
    }

    /// @notice A fingerprint of everybody's money: unchanged if a call had no effect.
    function moneyDigest() internal view returns (bytes32 digest) {
        for (uint256 i = 0; i < 3; ++i) {
            digest = _with(_with(_with(digest, developers[i]), peerPayouts[i]), validators[i]);
            for (uint16 cid = 1; cid <= 2; ++cid) {
                digest = keccak256(abi.encode(digest, escrow(i, cid)));
            }
        }
        for (uint256 i = 0; i < 2; ++i) {
            digest = _with(_with(_with(digest, owners[i]), operators[i]), providerPayouts[i]);
            digest = _with(_with(digest, controllerPayouts[i]), controller(i));
        }
        return _with(_with(digest, stranger), address(money));
    }

    function _with(bytes32 digest, address account) private view returns (bytes32) {
        return keccak256(abi.encode(digest, money.balanceOf(account), token.balanceOf(account)));
    }
}
