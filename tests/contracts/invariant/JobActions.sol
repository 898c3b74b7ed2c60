// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Workshop } from "./Workshop.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice What controllers and providers do with jobs. An action ends only if it had its effect; one that could have
/// none is void, and forge counts it as discarded.
abstract contract JobActions is Workshop {
    /// @dev Settlements as they were sent: provider, parts, signature, controller.
    bytes[] internal settlements;

    function open(uint256 seed) external action(seed) {
        uint16 cid = activeController();
        Batch[] memory batches = new Batch[](1 + pick(4));
        for (uint256 i = 0; i < batches.length; ++i) {
            batches[i] = freshBatchOf(cid, uint32(1 + pick(2)));
            hand(batches[i]);
        }
        assertTrue(send(controller(cid - 1), abi.encodeCall(ledger.open, (batches))), "open");
        assertTrue(ledger.openJobs(batches[0].batchId) != 0, "a job is open");
        for (uint256 i = 0; i < batches.length; ++i) {
            remember(batches[i]);
        }
    }

    function openSigned(uint256 seed) external action(seed) {
        Batch memory batch = freshBatch();
        bytes memory signatures;
        for (uint256 i = 0; i < batch.orders.length / 36; ++i) {
            (uint32 versionId,) = orderAt(batch.orders, i);
            if (versionId == 0) continue;
            signatures = bytes.concat(signatures, signAssignment(keyOf(batch.batchId), batch, i));
        }
        hand(batch);
        signedBy = uint16(batch.batchId >> 42);
        address provider = keyOfProvider(batch.providerId);
        assertTrue(send(provider, abi.encodeCall(ledger.openSigned, (batch, signatures))), "openSigned");
        assertTrue(ledger.openJobs(batch.batchId) != 0, "a job is open");
        remember(batch);
    }

    function settle(uint256 seed) external action(seed) {
        Batch memory batch = liveBatch();
        uint48 before = ledger.openJobs(batch.batchId);
        _settle(one(livePart(batch)));
        assertTrue(ledger.openJobs(batch.batchId) < before, "a job is closed");
    }

    function settleFast(uint256 seed) external action(seed) {
        Batch memory batch = freshBatch();
        _settle(one(freshPart(batch)));
        assertTrue(ledger.isUsed(batch.batchId), "on record");
        assertEq(ledger.openJobs(batch.batchId), 0, "nothing is open");
        remember(batch);
    }

    /// @dev Opened and fast parts of one provider and controller, one of them twice, and one that has no effect.
    function settleMixed(uint256 seed) external action(seed) {
        Batch memory opened = liveBatch();
        Batch memory fresh = freshBatchOf(uint16(opened.batchId >> 42), opened.providerId);
        Part[] memory parts = new Part[](3);
        uint256 first = pick(3);
        parts[first] = livePart(opened);
        parts[(first + 1) % 3] = freshPart(fresh);
        parts[(first + 2) % 3] = parts[pick(2) == 0 ? first : (first + 1) % 3];
        _settle(parts);
        remember(fresh);
    }

    /// @dev What was sent before is sent again, by whichever key: nothing of it can be paid twice.
    function settleAgain(uint256 seed) external action(seed) {
        vm.assume(settlements.length != 0);
        (uint32 providerId, Part[] memory parts, bytes memory signature) =
            abi.decode(settlements[pick(settlements.length)], (uint32, Part[], bytes));
        hand(parts, uint16(parts[0].batch.batchId >> 42));
        bool done = send(keyOfProvider(providerId), abi.encodeCall(ledger.settle, (parts, signature, 0)));
        assertFalse(done, "I1: the same settlement has an effect once");
    }

    function decline(uint256 seed) external action(seed) {
        Batch memory batch = liveBatch();
        uint48 mask = livePart(batch).mask;
        bytes memory data = abi.encodeCall(ledger.decline, (batch, mask, uint8(pick(256))));
        assertTrue(send(keyOfProvider(batch.providerId), data), "decline");
        assertEq(ledger.openJobs(batch.batchId) & mask, 0, "nothing of the mask is open");
    }

    /// @dev Anybody expires some jobs of a batch; the clock is put forward if it is too early.
    function expire(uint256 seed) external action(seed) {
        Batch memory batch = liveBatch();
        uint256 end = uint256(batch.deadline) + W;
        if (time <= end) time = end + 1 + pick(5);
        vm.warp(time);
        uint48 mask = livePart(batch).mask;
        assertTrue(send(anybody(), abi.encodeCall(ledger.expire, (batch, mask))), "expire");
        assertEq(ledger.openJobs(batch.batchId) & mask, 0, "nothing of the mask is open");
    }

    function _settle(Part[] memory parts) private {
        uint64 id = parts[0].batch.batchId;
        uint32 providerId = parts[0].batch.providerId;
        bytes memory signature = signSettlement(keyOf(id), parts);
        hand(parts, uint16(id >> 42));
        assertTrue(send(keyOfProvider(providerId), abi.encodeCall(ledger.settle, (parts, signature, 0))), "settle");
        settlements.push(abi.encode(providerId, parts, signature));
    }
}
