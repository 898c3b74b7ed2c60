// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Workshop } from "./Workshop.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice Anybody calls anything, mostly in vain: few batches and few keys, so that they meet again and again in
/// every order. Nothing is made to fit but the books.
/// @dev Forge forgives what reverts in this campaign. A refusal by the ledger does revert; a broken promise must not
/// get away with it and is kept in `broken`.
contract UnboundedHandler is Workshop {
    /// @notice The ledger refused the call, as it may.
    error Refused();

    bytes public broken;

    modifier guarded() {
        if (msg.sender == address(this)) {
            _;
        } else {
            (bool done, bytes memory reason) = address(this).call(msg.data);
            if (!done && bytes4(reason) == Refused.selector) revert Refused();
            if (!done) broken = reason.length == 0 ? bytes("without a reason") : reason;
        }
    }

    function open(uint256 seed) external guarded action(seed) {
        Batch[] memory batches = new Batch[](pick(4));
        for (uint256 i = 0; i < batches.length; ++i) {
            batches[i] = _anyBatch();
            // The books hold one batch to a number and call.
            for (uint256 j = 0; j < i; ++j) {
                if (batches[j].batchId == batches[i].batchId) batches[i] = batches[j];
            }
            hand(batches[i]);
        }
        address account =
            pick(4) == 0 || batches.length == 0 ? anybody() : controller(uint256(batches[0].batchId >> 42) - 1);
        _send(account, abi.encodeCall(ledger.open, (batches)));
        for (uint256 i = 0; i < batches.length; ++i) {
            _keep(batches[i]);
        }
    }

    function openSigned(uint256 seed) external guarded action(seed) {
        Batch memory batch = _anyBatch();
        uint256 key = _anyKey(batch);
        bytes memory signatures;
        for (uint256 i = 0; i < batch.orders.length / 36; ++i) {
            (uint32 versionId,) = orderAt(batch.orders, i);
            if (versionId != 0) signatures = bytes.concat(signatures, signAssignment(key, batch, i));
        }
        hand(batch);
        signedBy = peers.controllerIdOf(vm.addr(key));
        _send(_anyProvider(batch), abi.encodeCall(ledger.openSigned, (batch, signatures)));
        _keep(batch);
    }

    function settle(uint256 seed) external guarded action(seed) {
        Part[] memory parts = new Part[](pick(2) == 0 ? 1 : 1 + pick(3));
        for (uint256 i = 0; i < parts.length; ++i) {
            parts[i] = _anyPart();
            for (uint256 j = 0; j < i; ++j) {
                if (parts[j].batch.batchId == parts[i].batch.batchId) parts[i] = parts[j];
            }
        }
        uint256 key = _anyKey(parts[0].batch);
        hand(parts, peers.controllerIdOf(vm.addr(key)));
        uint256 minGross = pick(4) == 0 ? pick(1e13) : 0;
        bytes memory data = abi.encodeCall(ledger.settle, (parts, signSettlement(key, parts), minGross));
        _send(_anyProvider(parts[0].batch), data);
        for (uint256 i = 0; i < parts.length; ++i) {
            _keep(parts[i].batch);
        }
    }

    function decline(uint256 seed) external guarded action(seed) {
        Batch memory batch = _anyBatch();
        _send(_anyProvider(batch), abi.encodeCall(ledger.decline, (batch, uint48(pick(1 << 48)), uint8(pick(256)))));
    }

    function expire(uint256 seed) external guarded action(seed) {
        Batch memory batch = _anyBatch();
        _send(anybody(), abi.encodeCall(ledger.expire, (batch, uint48(pick(1 << 48)))));
    }

    function fund(uint256 seed, uint16 cid, uint96 amount, uint32 jobCap, uint32 expiry) external guarded action(seed) {
        if (pick(4) != 0) (cid, amount) = (uint16(pick(4)), amount % 1e17);
        if (pick(4) != 0) (jobCap, expiry) = (20_000 + jobCap % 50_000, 3000);
        _send(_anyDeveloper(), abi.encodeCall(money.fund, (funding(cid, amount, jobCap, expiry % 5000))));
    }

    function depositAndFund(uint256 seed, uint96 amount, uint96 funded) external guarded action(seed) {
        if (pick(4) != 0) (amount, funded) = (amount % 1e17, funded % 1e17);
        bytes memory data = abi.encodeCall(
            money.depositAndFund, (amount, funding(uint16(pick(4)), funded, uint32(pick(50_000)), pick(5000)))
        );
        _send(_anyDeveloper(), data);
    }

    function depositFor(uint256 seed, address account, uint96 amount) external guarded action(seed) {
        if (pick(2) == 0) account = anybody();
        if (pick(2) == 0) amount %= 1e17;
        _send(developers[pick(3)], abi.encodeCall(money.depositFor, (account, amount)));
    }

    function withdraw(uint256 seed, address to, uint256 amount) external guarded action(seed) {
        if (pick(2) == 0) to = anybody();
        if (pick(2) == 0) amount %= 1e17;
        _send(anybody(), abi.encodeCall(money.withdraw, (to, amount)));
    }

    function revokeOrClose(uint256 seed, uint16 cid) external guarded action(seed) {
        if (pick(4) != 0) cid = uint16(pick(4));
        _send(anybody(), pick(2) == 0 ? abi.encodeCall(money.revoke, (cid)) : abi.encodeCall(money.close, (cid)));
    }

    function distribute(uint256 seed) external guarded action(seed) {
        _send(anybody(), abi.encodeCall(money.distribute, ()));
    }

    function passTime(uint256 seed) external guarded action(seed) {
        time += pick(pick(8) == 0 ? 300 : 30);
    }

    /// @notice What must hold between any two calls.
    function check() external {
        checkReserves();
    }

    function _send(address account, bytes memory data) private {
        if (!send(account, data)) revert Refused();
    }

    /// @dev One that is on record, or one of eight numbers of the last minutes, and for each one of two contents.
    function _anyBatch() private returns (Batch memory batch) {
        uint256 count = ids.length;
        if (count != 0 && pick(2) == 0) return recall(ids[pick(2) == 0 ? pick(count) : count - 1 - pick(count) % 8]);
        uint256 epoch = (time - START) / 100;
        uint256 number = 8 * epoch + pick(8);
        uint256 variant = pick(6) == 0 ? 1 : 0;
        batch.batchId = batchId(uint16(1 + number % 2), uint64(number * 50));
        batch.providerId = uint32(1 + (number / 2 + variant) % 2);
        (batch.baseFee, batch.price) = (BASE_FEE, PRICE);
        batch.deadline = uint32(START + 100 * (epoch + 1) + 10 * variant);
        batch.orders = ordersOf(1 + number % 5, 1 + number % 3, number);
        if (number % 4 == 3) batch.orders = bytes.concat(batch.orders, new bytes(36), order(99, number));
    }

    /// @dev All jobs, or some of them; the right number of records, or not.
    function _anyPart() private returns (Part memory part) {
        part.batch = _anyBatch();
        uint256 count = part.batch.orders.length / 36;
        part.mask = uint48((1 << count) - 1);
        // The last but one of such a batch is a hole.
        if ((part.batch.batchId % (1 << 42)) / 50 % 4 == 3) part.mask ^= uint48(1 << (count - 2));
        if (pick(3) == 0) part.mask &= uint48(pick(1 << 48));
        for (uint256 i = 0; i < 48; ++i) {
            if ((part.mask >> i) & 1 == 0) continue;
            part.records = bytes.concat(part.records, record(uint8(pick(11)), uint32(pick(TIMEOUT_MS + 1000))));
        }
        if (pick(16) == 0) part.records = bytes.concat(part.records, hex"01");
    }

    function _anyDeveloper() private returns (address) {
        return pick(4) == 0 ? anybody() : developers[pick(3)];
    }

    function _anyProvider(Batch memory batch) private returns (address) {
        return pick(4) == 0 ? anybody() : keyOfProvider(batch.providerId);
    }

    function _anyKey(Batch memory batch) private returns (uint256) {
        uint256 kind = pick(8);
        return kind == 0 ? 0xBAD : kind == 1 ? controllerKeys[pick(2)] : keyOf(batch.batchId);
    }

    /// @dev If it is on record now as it is here, later calls come back to it.
    function _keep(Batch memory batch) private {
        if (headers[batch.batchId].hash == hashBatch(batch) && sent[batch.batchId].length == 0) remember(batch);
    }
}
