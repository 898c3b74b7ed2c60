// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Escrows } from "../../../contracts/libraries/Escrows.sol";
import { Asserts } from "../foundation/Asserts.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract EscrowsTest is Asserts {
    using Escrows for uint256;

    function testFuzz_pack_ThenRead(uint96 free, uint96 reserved, uint32 jobCap, uint32 expiry) public pure {
        uint256 word = Escrows.pack(free, reserved, jobCap, expiry);
        assertEq(word.free(), free, "free");
        assertEq(word.reserved(), reserved, "reserved");
        assertEq(word.jobCap(), jobCap, "cap");
        assertEq(word.expiry(), expiry, "expiry");
    }

    function testFuzz_spendable_NothingAboveTheCapOrAfterTheExpiry(
        uint256 word,
        uint96 unit,
        uint32 time,
        bool atTheCap,
        bool atTheExpiry
    ) public {
        uint256 jobCap = word / 2 ** 192 % 2 ** 32;
        uint256 expiry = word / 2 ** 224;
        if (atTheCap) unit = uint96(jobCap * 1e12 + unit % 2);
        if (atTheExpiry) time = uint32(bound(uint256(time) % 2 + expiry, 0, type(uint32).max));
        vm.warp(time);
        bool allowed = time <= expiry && unit <= jobCap * 1e12;
        assertEq(word.spendable(unit), allowed ? word % 2 ** 96 : 0, "spendable");
    }

    function testFuzz_change_MovesExactlyThat(
        uint96 free,
        uint96 reserved,
        uint64 limits,
        uint96 toReserve,
        uint96 released,
        uint96 charged
    ) public {
        // As in the ledger, all that there is fits into 96 bits.
        free = uint96(bound(free, 0, type(uint96).max - reserved));
        uint256 word = uint256(limits) << 192 | uint256(reserved) << 96 | free;
        if (released > reserved || uint256(toReserve) + charged > uint256(free) + released) {
            vm.expectRevert(abi.encodeWithSelector(Escrows.Escrows_TooSmall.selector, free, reserved));
            this.change(word, toReserve, released, charged);
            return;
        }
        uint256 changed = this.change(word, toReserve, released, charged);
        assertEq(changed % 2 ** 96, uint256(free) + released - toReserve - charged, "free");
        assertEq(changed / 2 ** 96 % 2 ** 96, uint256(reserved) + toReserve - released, "reserved");
        assertEq(changed / 2 ** 192, limits, "cap and expiry");
    }

    /// @dev Amounts that are likely to fit, which three random ones are not.
    function testFuzz_change_WithinWhatIsThere(
        uint96 free,
        uint96 reserved,
        uint96 toReserve,
        uint96 released,
        uint96 charged
    ) public view {
        free = uint96(bound(free, 0, type(uint96).max - reserved));
        released = uint96(bound(released, 0, reserved));
        toReserve = uint96(bound(toReserve, 0, uint256(free) + released));
        charged = uint96(bound(charged, 0, uint256(free) + released - toReserve));
        uint256 changed = this.change(uint256(reserved) << 96 | free, toReserve, released, charged);
        assertEq(changed.free() + changed.reserved() + charged, uint256(free) + reserved, "the sum stays");
        assertEq(changed >> 192, 0, "nothing runs over");
    }

    function change(uint256 word, uint256 toReserve, uint256 released, uint256 charged)
        external
        pure
        returns (uint256)
    {
        return word.change(toReserve, released, charged);
    }
}
