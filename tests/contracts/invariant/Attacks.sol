// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Workshop } from "./Workshop.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice What must never have an effect, tried on whatever the campaign has come to.
abstract contract Attacks is Workshop {
    function attack(uint256 seed) external action(seed) {
        uint256 kind = pick(6);
        if (kind == 0) _attackByForeignKeys();
        else if (kind == 1) _attackByAlteredBatch();
        else if (kind == 2) _attackByUsedNumber();
        else if (kind == 3) _attackByStranger();
        else if (kind == 4) _attackOnMoney();
        else _donate();
    }

    /// @dev I4: a settlement that is right in all but who sends it, or who signed it.
    function _attackByForeignKeys() private {
        Batch memory batch = liveBatch();
        Part[] memory parts = one(livePart(batch));
        uint256 key = keyOf(batch.batchId);
        address account = keyOfProvider(batch.providerId);
        if (pick(2) == 0) {
            account = anybody();
            vm.assume(providers.payeeFor(batch.providerId, account) == address(0));
        } else {
            key = pick(2) == 0 ? controllerKeys[2 - (batch.batchId >> 42)] : 1 + pick(1 << 128);
        }
        hand(parts, uint16(batch.batchId >> 42));
        bytes memory signature = signSettlement(key, parts);
        assertFalse(send(account, abi.encodeCall(ledger.settle, (parts, signature, 0))), "I4: settled");
    }

    /// @dev I3: controller and provider together cannot settle anything but the batch as it was opened.
    function _attackByAlteredBatch() private {
        Part memory part = livePart(liveBatch());
        _alter(part.batch);
        hand(one(part), uint16(part.batch.batchId >> 42));
        bytes memory signature = signSettlement(keyOf(part.batch.batchId), one(part));
        address account = keyOfProvider(part.batch.providerId);
        assertFalse(send(account, abi.encodeCall(ledger.settle, (one(part), signature, 0))), "I3: settled");
        assertFalse(send(account, abi.encodeCall(ledger.decline, (part.batch, part.mask, 0))), "I3: declined");
        vm.warp(time + 365 days);
        assertFalse(send(account, abi.encodeCall(ledger.expire, (part.batch, part.mask))), "I3: expired");
    }

    /// @dev I1: a number that is on record is opened again, with the same batch or another.
    function _attackByUsedNumber() private {
        vm.assume(ids.length != 0);
        Batch memory batch = recall(ids[pick(ids.length)]);
        if (pick(2) == 0) _alter(batch);
        uint48 before = ledger.openJobs(batch.batchId);
        hand(batch);
        assertTrue(send(vm.addr(keyOf(batch.batchId)), abi.encodeCall(ledger.open, (one(batch)))), "open");
        assertEq(ledger.openJobs(batch.batchId), before, "I1: opened again");
    }

    /// @dev I6: what only controllers, providers and the clock may do, done by others.
    function _attackByStranger() private {
        Batch memory batch = liveBatch();
        address account = anybody();
        uint48 mask = livePart(batch).mask;
        if (providers.payeeFor(batch.providerId, account) == address(0)) {
            assertFalse(send(account, abi.encodeCall(ledger.decline, (batch, mask, 0))), "I4: declined");
        }
        if (time <= uint256(batch.deadline) + W) {
            assertFalse(send(account, abi.encodeCall(ledger.expire, (batch, mask))), "I5: expired too early");
        }
        batch.batchId += 1 << 20;
        if (account != vm.addr(keyOf(batch.batchId))) {
            assertFalse(send(account, abi.encodeCall(ledger.open, (one(batch)))), "I6: opened");
        }
    }

    /// @dev I6: more than one has, and what is still bound.
    function _attackOnMoney() private {
        address account = anybody();
        uint256 amount = balances[account] + 1 + pick(1e18);
        assertFalse(send(account, abi.encodeCall(money.withdraw, (account, amount))), "I6: withdrew too much");
        uint16 cid = uint16(1 + pick(2));
        address developer = developers[pick(3)];
        Line memory line = lines[developer][cid];
        if (block.timestamp > line.expiry) return;
        assertFalse(send(developer, abi.encodeCall(money.close, (cid))), "I6: closed too early");
        if (line.jobCap == 0) return;
        bytes memory data = abi.encodeCall(money.fund, (funding(cid, 0, uint32(line.jobCap - 1), 1 days)));
        assertFalse(send(developer, data), "I6: lowered a cap");
    }

    /// @dev I2: tokens that nobody deposited belong to nobody.
    function _donate() private {
        uint256 amount = pick(1e15);
        address developer = developers[pick(3)];
        vm.prank(developer);
        require(token.transfer(address(money), amount));
        donated += amount;
        compare();
    }

    function _alter(Batch memory batch) private {
        uint256 kind = pick(6);
        if (kind == 0) batch.baseFee += 1;
        else if (kind == 1) batch.price += 1;
        else if (kind == 2) batch.deadline += uint32(1 + pick(100));
        else if (kind == 3) batch.providerId = 3 - batch.providerId;
        else if (kind == 4) batch.orders = bytes.concat(batch.orders, order(versionIds[pick(3)], pick(1 << 128)));
        else batch.orders[pick(batch.orders.length)] ^= bytes1(uint8(1 << pick(8)));
    }
}
