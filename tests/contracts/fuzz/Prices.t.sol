// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Prices, VersionTerms } from "../../../contracts/libraries/Prices.sol";
import { Asserts } from "../foundation/Asserts.sol";
import { bound } from "../foundation/Vm.sol";

contract PricesTest is Asserts {
    function testFuzz_unit_IsTheCapOrTheLongestRun(
        uint48 maxCost,
        uint16 memoryMiB,
        uint32 timeoutMs,
        uint64 baseFee,
        uint48 price
    ) public pure {
        VersionTerms memory terms = VersionTerms(address(1), maxCost, memoryMiB, timeoutMs);
        uint256 perMs = Prices.perMs(terms, price);
        // Checked arithmetic: had a product no room in 256 bits, this would revert.
        uint256 longest = uint256(baseFee) + uint256(timeoutMs) * uint256(memoryMiB) * uint256(price);
        uint256 cap = uint256(maxCost) * 1_000_000_000;
        assertEq(perMs, uint256(memoryMiB) * uint256(price), "a millisecond");
        assertEq(Prices.unit(terms, baseFee, perMs), longest < cap ? longest : cap, "unit");
    }

    function testFuzz_cost_IsTheRunOrTheUnit(uint256 unit, uint64 baseFee, uint64 perMs, uint8 status, uint32 billedMs)
        public
        pure
    {
        unit = bound(unit, 0, type(uint96).max);
        uint256 run = uint256(baseFee) + uint256(perMs) * uint256(billedMs);
        uint256 expected = status > 6 ? 0 : run < unit ? run : unit;
        assertEq(Prices.cost(unit, baseFee, perMs, status, billedMs), expected, "cost");
    }

    function testFuzz_cost_GrowsWithTime(uint96 unit, uint64 baseFee, uint64 perMs, uint32 less, uint32 more)
        public
        pure
    {
        if (less > more) (less, more) = (more, less);
        uint256 shorter = Prices.cost(unit, baseFee, perMs, 1, less);
        uint256 longer = Prices.cost(unit, baseFee, perMs, 1, more);
        assertLe(shorter, longer, "the shorter run");
        assertLe(longer, unit, "never more than was reserved");
    }

    function testFuzz_commission_AddsUpExactly(uint96 gross, uint256 basisPoints) public pure {
        basisPoints = bound(basisPoints, 0, 1000);
        (uint256 controllerShare, uint256 sealerShare) = Prices.commission(gross, basisPoints);
        uint256 whole = controllerShare + sealerShare;
        // The floor of a quotient, without dividing: the largest number whose multiple still fits.
        assertLe(whole * 10_000, uint256(gross) * basisPoints, "not more than the share");
        assertTrue((whole + 1) * 10_000 > uint256(gross) * basisPoints, "not less either");
        assertTrue(sealerShare == controllerShare || sealerShare == controllerShare + 1, "halves; the odd unit seals");
        assertLe(whole, gross, "the provider's part is never negative");
    }

    function test_unit_AtTheEdgesOfTheWidths() public pure {
        VersionTerms memory most = VersionTerms(address(1), type(uint48).max, type(uint16).max, type(uint32).max);
        uint256 perMs = Prices.perMs(most, type(uint48).max);
        assertEq(perMs, 65_535 * uint256(type(uint48).max), "a millisecond");
        assertEq(Prices.unit(most, type(uint64).max, perMs), uint256(type(uint48).max) * 1e9, "the cap");
        uint256 longest = type(uint64).max + perMs * type(uint32).max;
        assertEq(
            Prices.cost(type(uint256).max, type(uint64).max, perMs, 6, type(uint32).max), longest, "the dearest run"
        );
        assertEq(Prices.cost(longest - 1, type(uint64).max, perMs, 6, type(uint32).max), longest - 1, "just above");
    }
}
