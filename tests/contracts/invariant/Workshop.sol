// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IProviderRegistry } from "../../../contracts/interfaces/IProviderRegistry.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { VersionTerms } from "../../../contracts/libraries/Prices.sol";
import { Book } from "./Book.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice Makes what the parties of a campaign hand in, as they would make it, at random.
abstract contract Workshop is Book {
    address[] internal everybody;
    /// @dev Every batch that was ever sent, encoded; and the numbers of those that may have open jobs.
    mapping(uint64 batchId => bytes) internal sent;
    uint64[] internal ids;
    uint64[] internal live;

    uint64[2] private _sequences;
    uint256 private _seed;
    uint256 private _steps;
    /// @notice How often each action had its effect in this run.
    mapping(bytes4 selector => uint256) public successes;
    uint256 internal time = START;
    address internal sealer;

    /// @notice Every action begins so: forge forgets the time and the sealer between two calls.
    /// @dev What it began it did: a void one reverts, and counts for nothing.
    modifier action(uint256 seed) {
        _seed = uint256(keccak256(abi.encode(seed, ++_steps)));
        vm.warp(time);
        vm.coinbase(sealer);
        _;
        ++successes[msg.sig];
    }

    function setUp() public virtual override {
        super.setUp();
        sealer = validators[0];
        everybody.push(stranger);
        for (uint256 i = 0; i < 3; ++i) {
            everybody.push(developers[i]);
            everybody.push(peerPayouts[i]);
            everybody.push(validators[i]);
        }
        for (uint256 i = 0; i < 2; ++i) {
            everybody.push(owners[i]);
            everybody.push(operators[i]);
            everybody.push(providerPayouts[i]);
            everybody.push(controllerPayouts[i]);
            everybody.push(controller(i));
        }
        for (uint256 i = 0; i < everybody.length; ++i) {
            credit(everybody[i], 0);
        }
        credit(address(money), 0);
        for (uint256 i = 0; i < 3; ++i) {
            send(developers[i], abi.encodeCall(money.deposit, (10e18)));
            for (uint16 cid = 1; cid <= 2; ++cid) {
                send(developers[i], abi.encodeCall(money.fund, (funding(cid, 1e18, 1000 + cid * 20_000, 3000))));
            }
        }
    }

    /// @notice A random number below a bound.
    function pick(uint256 below) internal returns (uint256) {
        _seed = uint256(keccak256(abi.encode(_seed)));
        return _seed % below;
    }

    function anybody() internal returns (address) {
        return everybody[pick(everybody.length)];
    }

    /// @notice Either key of a provider.
    function keyOfProvider(uint32 providerId) internal returns (address) {
        return pick(2) == 0 ? providers.ownerOf(providerId) : providers.operatorOf(providerId);
    }

    /// @notice A controller that may still open batches; without one the action is void.
    function activeController() internal returns (uint16 cid) {
        cid = uint16(1 + pick(2));
        if (!_mayOpen(cid)) cid = 3 - cid;
        vm.assume(_mayOpen(cid));
    }

    /// @notice A batch under a fresh number: one to five orders of which at least one can be paid, at a valid offer.
    function freshBatch() internal returns (Batch memory) {
        return freshBatchOf(activeController(), uint32(1 + pick(2)));
    }

    /// @notice The same for this controller and this provider.
    function freshBatchOf(uint16 cid, uint32 providerId) internal returns (Batch memory batch) {
        vm.assume(_mayOpen(cid));
        // Numbers never come twice; some lie in the same word of used numbers, some do not.
        _sequences[cid - 1] += uint64(1 + pick(200));
        batch.batchId = batchId(cid, _sequences[cid - 1]);
        batch.providerId = providerId;
        batch.deadline = uint32(block.timestamp + 1 + pick(L));
        IProviderRegistry.Offer memory offer = providers.offerOf(batch.providerId);
        (batch.baseFee, batch.price) = (offer.baseFee, offer.price);
        if (pick(4) == 0 && block.timestamp <= uint256(offer.since) + G) {
            (batch.baseFee, batch.price) = (offer.formerBaseFee, offer.formerPrice);
        }
        // The order that can be paid comes before the others, which may be paid out of the same escrow.
        if (pick(4) == 0) batch.orders = new bytes(36);
        batch.orders = bytes.concat(batch.orders, order(_payableVersion(batch, cid), pick(1 << 128)));
        uint256 others = pick(4);
        for (uint256 i = 0; i < others; ++i) {
            batch.orders = bytes.concat(batch.orders, _anyOrder());
        }
    }

    /// @notice Remembered, so that later actions come back to it.
    function remember(Batch memory batch) internal {
        if (sent[batch.batchId].length == 0) ids.push(batch.batchId);
        sent[batch.batchId] = abi.encode(batch);
        if (ledger.openJobs(batch.batchId) != 0) live.push(batch.batchId);
    }

    /// @notice A batch with open jobs.
    function liveBatch() internal returns (Batch memory) {
        uint256 index = _indexOfLive();
        vm.assume(live.length != 0);
        return recall(live[index]);
    }

    function recall(uint64 id) internal view returns (Batch memory) {
        return abi.decode(sent[id], (Batch));
    }

    /// @notice Some of the jobs of a batch with open jobs, at least one of the open ones, with random records.
    function livePart(Batch memory batch) internal returns (Part memory) {
        uint256 open_ = ledger.openJobs(batch.batchId);
        uint256 mask = pick(1 << 48) & ((1 << (batch.orders.length / 36)) - 1);
        if (pick(2) == 0) mask &= open_;
        uint256 one_ = _oneOf(open_);
        return Part(batch, uint48(mask | one_), _records(mask | one_, one_));
    }

    /// @notice All jobs of a batch that is not on record, with random records.
    function freshPart(Batch memory batch) internal returns (Part memory) {
        uint256 mask;
        for (uint256 i = 0; i < batch.orders.length / 36; ++i) {
            (uint32 versionId,) = orderAt(batch.orders, i);
            if (versionId != 0) mask |= 1 << i;
        }
        return Part(batch, uint48(mask), _records(mask, mask & (~mask + 1)));
    }

    /// @dev A record for each bit of a mask: any ending, now and then none of the nine, but never for `known`.
    function _records(uint256 mask, uint256 known) private returns (bytes memory records) {
        for (uint256 i = 0; mask >> i != 0; ++i) {
            if ((mask >> i) & 1 == 0) continue;
            uint256 status = (known >> i) & 1 == 1 || pick(8) != 0 ? 1 + pick(9) : pick(2) * 10;
            records = bytes.concat(records, record(uint8(status), uint32(1 + pick(TIMEOUT_MS + 1000))));
        }
    }

    /// @dev One of the set bits.
    function _oneOf(uint256 mask) private returns (uint256 bit) {
        uint256 first = pick(48);
        for (uint256 i = 0; mask & bit == 0; ++i) {
            bit = 1 << ((first + i) % 48);
        }
    }

    /// @dev Forgets those without open jobs on its way.
    function _indexOfLive() private returns (uint256 index) {
        while (live.length != 0) {
            index = pick(live.length);
            if (ledger.openJobs(live[index]) != 0) return index;
            live[index] = live[live.length - 1];
            live.pop();
        }
    }

    function _anyOrder() private returns (bytes memory) {
        uint256 kind = pick(10);
        if (kind == 0) return new bytes(36);
        if (kind == 1) return order(functions.versionCount() + 1 + uint32(pick(100)), pick(1 << 128));
        return order(uint32(1 + pick(functions.versionCount())), pick(1 << 128));
    }

    /// @dev A version whose developer can pay one job of it now; without one the action is void.
    function _payableVersion(Batch memory batch, uint16 cid) private returns (uint32 versionId) {
        uint32 count = functions.versionCount();
        uint256 first = pick(count);
        for (uint256 i = 0; i < count; ++i) {
            versionId = uint32(1 + (first + i) % count);
            VersionTerms memory terms = functions.termsOf(versionId);
            Line memory line = lines[terms.developer][cid];
            uint256 unit = batch.baseFee + uint256(terms.memoryMiB) * batch.price * terms.timeoutMs;
            if (unit > uint256(terms.maxCost) * 1e9) unit = uint256(terms.maxCost) * 1e9;
            if (block.timestamp <= line.expiry && unit <= line.jobCap * 1e12 && unit <= line.free) return versionId;
        }
        vm.assume(false);
    }

    function _mayOpen(uint16 cid) private view returns (bool) {
        (, uint32 retiredAt) = peers.controllerKey(cid);
        return retiredAt == 0 || block.timestamp <= uint256(retiredAt) + G;
    }
}
