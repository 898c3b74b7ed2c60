// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batch, Batches, Part } from "../../../contracts/libraries/Batches.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract BatchesTest is Steps {
    using Batches for Batch;
    using Batches for Part;

    function testFuzz_ids_AreWhatTheProtocolSays(uint64 id, uint256 index) public pure {
        index = bound(index, 0, 47);
        uint256 named = uint256(id) / 2 ** 42;
        assertEq(Batches.controllerId(id), named < 32_768 ? named : 0, "controller");
        if (named >= 32_768) return;
        uint256 job = Batches.jobId(id, index);
        assertEq(job, uint256(id) * 64 + index, "job");
        assertEq(job / 64, id, "the batch can be told from the job");
        assertTrue(job < 2 ** 63, "a job id fits into a signed 64-bit integer");
    }

    function testFuzz_count_AsCountedOneByOne(uint48 mask) public pure {
        uint256 bits;
        for (uint256 rest = mask; rest != 0; rest /= 2) {
            bits += rest % 2;
        }
        assertEq(Batches.count(mask), bits, "bits");
    }

    function testFuzz_word_KeepsHashAndBits(bytes32 hash_, uint48 open_, bytes32 other) public pure {
        uint256 word = Batches.word(hash_, open_);
        assertEq(word % 2 ** 48, open_, "open bits");
        assertEq(word / 2 ** 48, uint256(hash_) % 2 ** 208, "hash");
        assertTrue(Batches.matches(word, hash_), "its own");
        assertTrue(Batches.matches(word, other) == (uint256(hash_) % 2 ** 208 == uint256(other) % 2 ** 208), "another");
        assertTrue(Batches.matches(word, bytes32(uint256(hash_) ^ (1 << 208))), "the high bits are not kept");
        assertFalse(Batches.matches(word, bytes32(uint256(hash_) ^ (1 << 207))), "all others are");
    }

    function testFuzz_hash_AsWrittenOut(Part calldata part) external view {
        assertEq(this.hashOf(part.batch), hashBatch(part.batch), "batch");
        (bytes32 whole_, bytes32 expected) = (this.hashOf(part), hashPart(part));
        assertEq(whole_, expected, "part");
    }

    function testFuzz_hashSettlement_AsWrittenOut(bytes32[] memory hashes, uint256 more) public pure {
        bytes32 typeHash = keccak256(
            "Settlement(Part[] parts)"
            "Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)"
            "Part(Batch batch,uint48 mask,bytes records)"
        );
        bytes32 expected = keccak256(abi.encode(typeHash, keccak256(abi.encodePacked(hashes))));
        uint256 count = hashes.length;
        assertEq(Batches.hashSettlement(hashes, count), expected, "settlement");
        bytes32[] memory longer = new bytes32[](count + more % 3);
        for (uint256 i = 0; i < longer.length; ++i) {
            longer[i] = i < count ? hashes[i] : keccak256("no part of it");
        }
        assertEq(Batches.hashSettlement(longer, count), expected, "what follows does not count");
    }

    function testFuzz_hash_EveryFieldCounts(Batch calldata batch, uint8 field) external view {
        Batch memory altered = batch;
        unchecked {
            if (field % 6 == 0) altered.batchId += 1;
            if (field % 6 == 1) altered.providerId += 1;
            if (field % 6 == 2) altered.baseFee += 1;
            if (field % 6 == 3) altered.price += 1;
            if (field % 6 == 4) altered.deadline += 1;
            if (field % 6 == 5) altered.orders = bytes.concat(altered.orders, hex"00");
        }
        assertFalse(this.hashOf(batch) == this.hashOf(altered), "the same hash");
    }

    /// @dev The hash copies whole words of call data: bits above a field's width must never get so far.
    function testFuzz_open_RefusesBitsThatAFieldDoesNotHave(uint8 field, uint8 bit) public {
        uint16[5] memory widths = [uint16(64), 32, 64, 48, 32];
        uint256 place = field % 5;
        uint256 high = bound(bit, widths[place], 255);
        fund(0, 1);
        bytes memory data = abi.encodeCall(ledger.open, (one(simpleBatch(1, 1))));
        // Selector, place of the array, its length, place of the batch; then its fields.
        uint256 position = 32 + 4 + 32 * (3 + place);
        assembly ("memory-safe") {
            let word := mload(add(data, position))
            mstore(add(data, position), xor(word, shl(high, 1)))
        }
        vm.prank(controller(0));
        (bool done,) = address(ledger).call(data);
        assertFalse(done, "refused");
        assertFalse(ledger.isUsed(batchId(1, 1)), "not used");
    }

    function hashOf(Batch calldata batch) external pure returns (bytes32) {
        return batch.hash();
    }

    function hashOf(Part calldata part) external pure returns (bytes32) {
        return part.hash(part.batch.hash());
    }
}
