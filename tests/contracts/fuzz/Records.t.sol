// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Outcome, Records } from "../../../contracts/libraries/Records.sol";
import { Asserts } from "../foundation/Asserts.sol";
import { bound } from "../foundation/Vm.sol";

contract RecordsTest is Asserts {
    using Records for Outcome;

    function testFuzz_read_WhatWasPacked(uint8 status, uint32 billedMs, bytes32 receiptHash, uint8 before)
        external
        view
    {
        uint256 index = before % 48;
        bytes memory records =
            bytes.concat(new bytes(37 * index), abi.encodePacked(status, billedMs, receiptHash), hex"ffffffffff");
        (bool known, Outcome memory outcome) = this.read(records, index);
        assertTrue(known == (status >= 1 && status <= 9), "one of the nine");
        assertEq(outcome.status, status, "status");
        assertEq(outcome.billedMs, billedMs, "billed");
        assertEq(outcome.receiptHash, receiptHash, "receipt");
        assertEq(outcome.details, bytes32(uint256(1)), "the details are not the record's");
        assertEq(outcome.cost, 2, "nor is the cost");
    }

    function testFuzz_fit_OneRecordForEachBit(uint48 mask, uint256 length) external view {
        uint256 bits;
        for (uint256 i = 0; i < 48; ++i) {
            if (mask / 2 ** i % 2 == 1) ++bits;
        }
        length = bound(length, 0, 48 * 37 + 40);
        assertTrue(this.fit(new bytes(37 * bits), mask), "exactly");
        assertTrue(this.fit(new bytes(length), mask) == (length == 37 * bits), "another length");
    }

    function read(bytes calldata records, uint256 index) external pure returns (bool known, Outcome memory outcome) {
        (outcome.details, outcome.cost) = (bytes32(uint256(1)), 2);
        known = outcome.read(Records.start(records) + 37 * index);
    }

    function fit(bytes calldata records, uint256 mask) external pure returns (bool) {
        return Records.fit(records, mask);
    }
}
