// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ChainFaaSToken } from "../../../contracts/ChainFaaSToken.sol";
import { FunctionRegistry } from "../../../contracts/FunctionRegistry.sol";
import { MonetaryLedger } from "../../../contracts/MonetaryLedger.sol";
import { MonitoringLedger } from "../../../contracts/MonitoringLedger.sol";
import { PeerRegistry } from "../../../contracts/PeerRegistry.sol";
import { ProviderRegistry } from "../../../contracts/ProviderRegistry.sol";
import { IFunctionRegistry } from "../../../contracts/interfaces/IFunctionRegistry.sol";
import { IMonetaryLedger } from "../../../contracts/interfaces/IMonetaryLedger.sol";
import { IPeerRegistry } from "../../../contracts/interfaces/IPeerRegistry.sol";
import { Batch, Part } from "../../../contracts/libraries/Batches.sol";
import { Asserts } from "./Asserts.sol";
import { vm } from "./Vm.sol";

/// @notice The whole set of contracts, deployed as on a development network, and the people who use it.
abstract contract Network is Asserts {
    uint32 internal constant L = 120;
    uint32 internal constant G = 10;
    uint32 internal constant W = 20;
    uint16 internal constant BPS = 200;
    uint256 internal constant START = 1_800_000_000;
    uint96 internal constant SUPPLY = 1_000_000_000e18;

    uint64 internal constant BASE_FEE = 1e12;
    uint48 internal constant PRICE = 1e6;
    uint16 internal constant MEMORY_MIB = 128;
    uint32 internal constant TIMEOUT_MS = 5000;
    uint48 internal constant MAX_COST = 10_000_000; // 0.01 token

    uint256[2] internal controllerKeys = [uint256(0xC0), 0xC1];
    address[3] internal validators = [address(0xA001), address(0xA002), address(0xA003)];
    address[3] internal peerPayouts = [address(0xA101), address(0xA102), address(0xA103)];
    address[2] internal controllerPayouts = [address(0xA201), address(0xA202)];
    address[3] internal developers = [address(0xD001), address(0xD002), address(0xD003)];
    address[2] internal owners = [address(0xB001), address(0xB002)];
    address[2] internal operators = [address(0xB101), address(0xB102)];
    address[2] internal providerPayouts = [address(0xB201), address(0xB202)];
    address internal stranger = address(0xE001);

    ChainFaaSToken internal token;
    PeerRegistry internal peers;
    ProviderRegistry internal providers;
    FunctionRegistry internal functions;
    MonetaryLedger internal money;
    MonitoringLedger internal ledger;

    uint32[2] internal providerIds;
    uint32[3] internal functionIds;
    uint32[3] internal versionIds;

    function setUp() public virtual {
        vm.warp(START);
        vm.coinbase(validators[0]);
        _deploy();
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(owners[i]);
            providerIds[i] = providers.register(operators[i], providerPayouts[i], BASE_FEE, PRICE, "{}");
        }
        for (uint256 i = 0; i < 3; ++i) {
            require(token.transfer(developers[i], 1_000_000e18));
            vm.startPrank(developers[i]);
            token.approve(address(money), type(uint256).max);
            functionIds[i] = functions.create();
            versionIds[i] = functions.publish(functionIds[i], version(MAX_COST, MEMORY_MIB, TIMEOUT_MS), true);
            vm.stopPrank();
        }
    }

    function _deploy() private {
        IPeerRegistry.Peer[] memory p = new IPeerRegistry.Peer[](3);
        for (uint256 i = 0; i < 3; ++i) {
            p[i] = IPeerRegistry.Peer(validators[i], peerPayouts[i], "peer");
        }
        IPeerRegistry.Controller[] memory c = new IPeerRegistry.Controller[](2);
        for (uint256 i = 0; i < 2; ++i) {
            c[i] = IPeerRegistry.Controller(validators[i], vm.addr(controllerKeys[i]), controllerPayouts[i]);
        }
        token = new ChainFaaSToken(address(this), SUPPLY);
        peers = new PeerRegistry(p, c);
        providers = new ProviderRegistry(token, L, G);
        functions = new FunctionRegistry(L, G);
        ledger = new MonitoringLedger(token, peers, providers, functions, L, G, W, BPS);
        money = MonetaryLedger(address(ledger));
    }

    function version(uint48 maxCost, uint16 memoryMiB, uint32 timeoutMs)
        internal
        pure
        returns (IFunctionRegistry.Version memory)
    {
        return IFunctionRegistry.Version(maxCost, memoryMiB, timeoutMs, keccak256("image"), 0, "{}");
    }

    /// @notice Deposit and set aside: 100 tokens, a tenth of a token for a job at most, for an hour.
    function fund(uint256 developer, uint16 cid) internal {
        vm.prank(developers[developer]);
        money.depositAndFund(100e18, funding(cid, 100e18, 100_000, 3600));
    }

    function batchId(uint16 cid, uint64 sequence) internal pure returns (uint64) {
        return (uint64(cid) << 42) | sequence;
    }

    /// @notice What to set aside, for so many seconds from now.
    function funding(uint16 cid, uint96 amount, uint32 jobCap, uint256 seconds_)
        internal
        view
        returns (IMonetaryLedger.Funding memory)
    {
        return IMonetaryLedger.Funding(cid, amount, jobCap, uint32(block.timestamp + seconds_));
    }

    /// @notice A batch of a provider at its offer, with a minute's deadline.
    function makeBatch(uint64 id, uint32 providerId, bytes memory orders) internal view returns (Batch memory) {
        return Batch(id, providerId, BASE_FEE, PRICE, uint32(block.timestamp + 60), orders);
    }

    function order(uint32 versionId, uint256 salt) internal pure returns (bytes memory) {
        return abi.encodePacked(versionId, keccak256(abi.encode("details", salt)));
    }

    /// @notice Orders of the developers' versions side by side, as many of each as goes.
    function ordersOf(uint256 count, uint256 developerCount, uint256 salt) internal view returns (bytes memory orders) {
        orders = new bytes(36 * count);
        for (uint256 i = 0; i < count; ++i) {
            _place(orders, 36 * i, order(versionIds[i * developerCount / count], salt + i));
        }
    }

    function record(uint8 status, uint32 billedMs) internal pure returns (bytes memory) {
        return abi.encodePacked(status, billedMs, keccak256(abi.encode("receipt", status, billedMs)));
    }

    /// @notice The same record for each of so many jobs.
    function recordsOf(uint256 count, uint8 status, uint32 billedMs) internal pure returns (bytes memory records) {
        bytes memory each = record(status, billedMs);
        records = new bytes(37 * count);
        for (uint256 i = 0; i < count; ++i) {
            _place(records, 37 * i, each);
        }
    }

    /// @dev Copies a piece of 33 to 64 bytes to its place; a fuzzed campaign has no time for repeated concatenation.
    function _place(bytes memory whole_, uint256 offset, bytes memory piece) private pure {
        assembly ("memory-safe") {
            let target := add(add(whole_, 32), offset)
            let last := sub(mload(piece), 32)
            mstore(target, mload(add(piece, 32)))
            mstore(add(target, last), mload(add(add(piece, 32), last)))
        }
    }

    /// @notice All jobs of a batch, ended alike.
    function whole(Batch memory batch, uint8 status, uint32 billedMs) internal pure returns (Part memory) {
        uint256 count = batch.orders.length / 36;
        return Part(batch, uint48((uint256(1) << count) - 1), recordsOf(count, status, billedMs));
    }

    function one(Batch memory batch) internal pure returns (Batch[] memory batches) {
        batches = new Batch[](1);
        batches[0] = batch;
    }

    function one(Part memory part) internal pure returns (Part[] memory parts) {
        parts = new Part[](1);
        parts[0] = part;
    }

    function sign(uint256 key, bytes32 structHash) internal view returns (bytes memory) {
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", ledger.domainSeparator(), structHash));
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @notice The controller's signature over the assignment of the job at an index.
    function signAssignment(uint256 key, Batch memory batch, uint256 index) internal view returns (bytes memory) {
        bytes32 typeHash = keccak256(
            "Assignment(uint64 jobId,uint32 versionId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes32 details)"
        );
        (uint32 versionId, bytes32 details) = orderAt(batch.orders, index);
        return sign(
            key,
            keccak256(
                abi.encode(
                    typeHash,
                    uint256(batch.batchId) * 64 + index,
                    versionId,
                    batch.providerId,
                    batch.baseFee,
                    batch.price,
                    batch.deadline,
                    details
                )
            )
        );
    }

    /// @notice The order at an index, byte by byte.
    function orderAt(bytes memory orders, uint256 index) internal pure returns (uint32 versionId, bytes32 details) {
        uint256 word;
        for (uint256 i = 0; i < 4; ++i) {
            versionId = (versionId << 8) | uint8(orders[36 * index + i]);
        }
        for (uint256 i = 4; i < 36; ++i) {
            word = (word << 8) | uint8(orders[36 * index + i]);
        }
        return (versionId, bytes32(word));
    }

    /// @notice The controller's signature over a settlement. The hashing here is written out, so that it is not the
    /// contract's own.
    function signSettlement(uint256 key, Part[] memory parts) internal view returns (bytes memory) {
        bytes memory hashes;
        for (uint256 i = 0; i < parts.length; ++i) {
            hashes = bytes.concat(hashes, hashPart(parts[i]));
        }
        bytes32 typeHash = keccak256(
            "Settlement(Part[] parts)"
            "Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)"
            "Part(Batch batch,uint48 mask,bytes records)"
        );
        return sign(key, keccak256(abi.encode(typeHash, keccak256(hashes))));
    }

    function hashPart(Part memory part) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Part(Batch batch,uint48 mask,bytes records)"
            "Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)"
        );
        return keccak256(abi.encode(typeHash, hashBatch(part.batch), part.mask, keccak256(part.records)));
    }

    function hashBatch(Batch memory batch) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "Batch(uint64 batchId,uint32 providerId,uint64 baseFee,uint48 price,uint32 deadline,bytes orders)"
        );
        return keccak256(
            abi.encode(
                typeHash,
                batch.batchId,
                batch.providerId,
                batch.baseFee,
                batch.price,
                batch.deadline,
                keccak256(batch.orders)
            )
        );
    }
}
