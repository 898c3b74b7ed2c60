// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Orders } from "../../../contracts/libraries/Orders.sol";
import { Asserts } from "../foundation/Asserts.sol";
import { bound } from "../foundation/Vm.sol";

contract OrdersTest is Asserts {
    function testFuzz_occupied_AsCountedOneByOne(bytes calldata orders) external view {
        // Random bytes are hardly ever orders: they are cut to a length, and some are made holes.
        bytes memory shaped = orders;
        uint256 length = orders.length % 3 == 0 ? orders.length : orders.length / 36 * 36;
        assembly ("memory-safe") {
            mstore(shaped, length)
        }
        for (uint256 i = 0; i + 36 <= shaped.length; i += 36) {
            uint8 kind = uint8(shaped[i]) % 4;
            if (kind < 2) _clear(shaped, i, 4);
            if (kind == 1) _clear(shaped, i + 4, 32);
        }
        assertEq(this.occupied(shaped), _reference(shaped), "mask");
    }

    function testFuzz_occupied_HolesAnywhere(uint256 count, uint48 holes) external view {
        count = bound(count, 0, 60);
        bytes memory orders;
        uint256 expected;
        for (uint256 i = 0; i < count; ++i) {
            bool hole = (holes >> (i % 48)) & 1 == 1;
            orders = bytes.concat(
                orders, hole ? new bytes(36) : abi.encodePacked(uint32(i + 1), bytes32(i % 2 == 0 ? 0 : i))
            );
            if (!hole) expected += 2 ** i;
        }
        assertEq(this.occupied(orders), count > 48 ? 0 : expected, "mask");
    }

    function testFuzz_occupied_ALengthThatIsNoMultiple(uint256 length) external view {
        length = bound(length, 0, 60 * 36);
        bytes memory orders = new bytes(length);
        for (uint256 i = 3; i < length; i += 36) {
            orders[i] = 0x01;
        }
        bool whole = length % 36 == 0 && length / 36 <= 48;
        assertEq(this.occupied(orders), whole ? 2 ** (length / 36) - 1 : 0, "mask");
    }

    function testFuzz_read_WhatWasPacked(uint32 versionId, bytes32 details, uint8 before) external view {
        uint256 index = before % 48;
        bytes memory orders = bytes.concat(new bytes(36 * index), abi.encodePacked(versionId, details), hex"ffff");
        (uint256 readId, bytes32 readDetails) = this.read(orders, index);
        assertEq(readId, versionId, "version");
        assertEq(readDetails, details, "details");
    }

    function occupied(bytes calldata orders) external pure returns (uint256) {
        return Orders.occupied(orders);
    }

    function read(bytes calldata orders, uint256 index) external pure returns (uint256, bytes32) {
        return Orders.read(Orders.start(orders), index);
    }

    /// @dev Byte by byte: an order is a job if its version is not zero, a hole if all of it is, else malformed.
    function _reference(bytes memory orders) private pure returns (uint256 mask) {
        if (orders.length % 36 != 0 || orders.length > 48 * 36) return 0;
        for (uint256 i = 0; i < orders.length / 36; ++i) {
            if (_any(orders, 36 * i, 4)) mask += 2 ** i;
            else if (_any(orders, 36 * i + 4, 32)) return 0;
        }
    }

    function _any(bytes memory data, uint256 from, uint256 length) private pure returns (bool) {
        for (uint256 i = from; i < from + length; ++i) {
            if (data[i] != 0) return true;
        }
        return false;
    }

    function _clear(bytes memory data, uint256 from, uint256 length) private pure {
        for (uint256 i = from; i < from + length; ++i) {
            data[i] = 0;
        }
    }
}
