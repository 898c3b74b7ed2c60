// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @notice The jobs that one controller gives one provider in one tick, at most 48.
/// @param batchId The controller's id in the high 22 bits, its own sequence number in the low 42
/// @param providerId Who runs the jobs
/// @param baseFee What a job costs before any time is counted, in token base units
/// @param price What a MiB held for a millisecond costs, in token base units
/// @param deadline Unix time in seconds by which the jobs are to have ended
/// @param orders 36 bytes a job, see the library Orders
struct Batch {
    uint64 batchId;
    uint32 providerId;
    uint64 baseFee;
    uint48 price;
    uint32 deadline;
    bytes orders;
}

/// @notice How some jobs of a batch ended: what the controller signs and the provider hands in.
/// @param batch The batch, whole
/// @param mask Bit i stands for the job of index i
/// @param records 37 bytes for each bit of the mask, ascending, see the library Records
struct Part {
    Batch batch;
    uint48 mask;
    bytes records;
}

/// @title Batches
/// @notice Batch and job identifiers, and the EIP-712 hashes of what the parties sign.
library Batches {
    /// @dev A batch word has room for this many open bits, so a batch for this many jobs.
    uint256 internal constant MAX_JOBS = 48;

    // Written out, since the compiler computes the hash of a literal only, and these are needed at every call.
    bytes32 internal constant BATCH_TYPEHASH =
        keccak256("Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)");
    bytes32 internal constant PART_TYPEHASH = keccak256(
        "Part(Batch batch,uint48 mask,bytes records)"
        "Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)"
    );
    bytes32 internal constant SETTLEMENT_TYPEHASH = keccak256(
        "Settlement(Part[] parts)"
        "Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)"
        "Part(Batch batch,uint48 mask,bytes records)"
    );
    bytes32 internal constant ASSIGNMENT_TYPEHASH = keccak256(
        "Assignment(uint64 jobId,uint32 versionId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,"
        "bytes32 details)"
    );

    /// @notice The controller that chose a batch id.
    /// @dev Zero, which no controller has, for an id of more than 57 bits: shifted into a job id it would lose some.
    function controllerId(uint64 batchId) internal pure returns (uint16) {
        return batchId >> 57 == 0 ? uint16(batchId >> 42) : 0;
    }

    /// @notice The id of the job at an index of a batch.
    function jobId(uint64 batchId, uint256 index) internal pure returns (uint64) {
        return uint64((uint256(batchId) << 6) | index);
    }

    /// @notice The EIP-712 hashStruct of a batch.
    /// @dev The first five words of a batch in the call data are, in their order, what is hashed. A word with bits
    /// that its type does not have gives a hash that nobody signed and nothing stored.
    function hash(Batch calldata batch) internal pure returns (bytes32 result) {
        bytes32 typeHash = BATCH_TYPEHASH;
        bytes32 ordersHash = _keccak(batch.orders);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 32), batch, 160)
            mstore(add(free, 192), ordersHash)
            result := keccak256(free, 224)
        }
    }

    /// @notice The EIP-712 hashStruct of a part.
    /// @param batchHash The hash of the part's batch
    function hash(Part calldata part, bytes32 batchHash) internal pure returns (bytes32 result) {
        bytes32 typeHash = PART_TYPEHASH;
        bytes32 recordsHash = _keccak(part.records);
        uint256 mask = part.mask;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            mstore(add(free, 32), batchHash)
            mstore(add(free, 64), mask)
            mstore(add(free, 96), recordsHash)
            result := keccak256(free, 128)
        }
    }

    /// @notice The EIP-712 hashStruct of a settlement.
    /// @param hashes The hashes of its parts; more may follow
    /// @param parts How many parts there are
    function hashSettlement(bytes32[] memory hashes, uint256 parts) internal pure returns (bytes32 result) {
        bytes32 typeHash = SETTLEMENT_TYPEHASH;
        assembly ("memory-safe") {
            mstore(0x00, typeHash)
            mstore(0x20, keccak256(add(hashes, 32), mul(parts, 32)))
            result := keccak256(0x00, 0x40)
        }
    }

    /// @notice The EIP-712 hashStruct of the assignment of one job of a batch.
    function hashAssignment(Batch calldata batch, uint256 index, uint32 versionId, bytes32 details)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                ASSIGNMENT_TYPEHASH,
                jobId(batch.batchId, index),
                versionId,
                batch.providerId,
                batch.baseFee,
                batch.price,
                batch.deadline,
                details
            )
        );
    }

    /// @notice The word that is stored for an open batch: the low 208 bits of its hash, then the open bits.
    function word(bytes32 batchHash, uint256 openBits) internal pure returns (uint256) {
        return (uint256(batchHash) << MAX_JOBS) | openBits;
    }

    /// @notice Whether a stored word belongs to the batch with this hash.
    function matches(uint256 stored, bytes32 batchHash) internal pure returns (bool) {
        return stored >> MAX_JOBS == uint256(batchHash) & type(uint208).max;
    }

    /// @notice The number of set bits in a mask of 48.
    function count(uint256 mask) internal pure returns (uint256) {
        // Neighbours are added pairwise, then the pairs, then the fours; the product adds up the bytes.
        unchecked {
            mask -= (mask >> 1) & 0x5555555555555555;
            mask = (mask & 0x3333333333333333) + ((mask >> 2) & 0x3333333333333333);
            mask = (mask + (mask >> 4)) & 0x0f0f0f0f0f0f0f0f;
            return ((mask * 0x0101010101010101) >> 56) & 0xff;
        }
    }

    /// @dev Hashes call data without taking memory for good, as `keccak256(data)` would.
    function _keccak(bytes calldata data) private pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, data.offset, data.length)
            result := keccak256(free, data.length)
        }
    }
}
