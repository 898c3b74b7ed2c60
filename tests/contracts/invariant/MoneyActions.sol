// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Workshop } from "./Workshop.sol";
import { bound, vm } from "../foundation/Vm.sol";

/// @notice What developers do with their money, and everybody with what they earned.
abstract contract MoneyActions is Workshop {
    function deposit(uint256 seed) external action(seed) {
        address developer = developers[pick(3)];
        uint96 amount = uint96(pick(1e18));
        if (pick(3) == 0) {
            assertTrue(send(developer, abi.encodeCall(money.depositFor, (anybody(), amount))), "depositFor");
        } else {
            assertTrue(send(developer, abi.encodeCall(money.deposit, (amount))), "deposit");
        }
    }

    /// @dev More for an escrow that lives; one that has expired begins anew, with any limits.
    function fund(uint256 seed) external action(seed) {
        address developer = developers[pick(3)];
        uint16 cid = uint16(1 + pick(2));
        (, uint32 retiredAt) = peers.controllerKey(cid);
        vm.assume(retiredAt == 0);
        Line memory line = lines[developer][cid];
        uint256 amount = pick(balances[developer] / 4 + 1);
        uint256 jobCap = pick(20_000);
        uint256 expiry = block.timestamp + 1 + pick(2000);
        if (block.timestamp <= line.expiry) {
            if (jobCap < line.jobCap) jobCap = line.jobCap;
            if (expiry < line.expiry) expiry = line.expiry;
        }
        bytes memory data =
            abi.encodeCall(money.fund, (funding(cid, uint96(amount), uint32(jobCap), expiry - block.timestamp)));
        assertTrue(send(developer, data), "fund");
        assertEq(money.escrowOf(developer, cid).free, line.free + amount, "what was set aside");
    }

    function revoke(uint256 seed) external action(seed) {
        address developer = developers[pick(3)];
        uint16 cid = uint16(1 + pick(2));
        assertTrue(send(developer, abi.encodeCall(money.revoke, (cid))), "revoke");
        assertLe(money.escrowOf(developer, cid).expiry, block.timestamp + G, "it ends within the grace");
    }

    function close(uint256 seed) external action(seed) {
        uint256 first = pick(6);
        for (uint256 i = 0; i < 6; ++i) {
            address developer = developers[(first + i) % 3];
            uint16 cid = uint16(1 + (first + i) % 2);
            if (block.timestamp <= lines[developer][cid].expiry) continue;
            assertTrue(send(developer, abi.encodeCall(money.close, (cid))), "close");
            assertEq(money.escrowOf(developer, cid).free, 0, "nothing is free");
            return;
        }
        vm.assume(false);
    }

    /// @dev Anybody who has something takes some of it, to any of the parties.
    function withdraw(uint256 seed) external action(seed) {
        uint256 first = pick(everybody.length);
        for (uint256 i = 0; i < everybody.length; ++i) {
            address account = everybody[(first + i) % everybody.length];
            if (balances[account] == 0) continue;
            uint256 amount = bound(pick(type(uint256).max), 1, balances[account]);
            if (pick(3) != 0) amount = (amount + 19) / 20;
            address to = anybody();
            uint256 before = token.balanceOf(to);
            assertTrue(send(account, abi.encodeCall(money.withdraw, (to, amount))), "withdraw");
            assertEq(token.balanceOf(to), before + amount, "the tokens are there");
            return;
        }
        vm.assume(false);
    }

    function distribute(uint256 seed) external action(seed) {
        assertTrue(send(anybody(), abi.encodeCall(money.distribute, ())), "distribute");
        assertLe(money.balanceOf(address(money)), 2, "only what does not divide stays");
    }
}
