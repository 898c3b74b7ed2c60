// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Attacks } from "./Attacks.sol";
import { ChangeActions } from "./ChangeActions.sol";
import { JobActions } from "./JobActions.sol";
import { MoneyActions } from "./MoneyActions.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice Three developers, two providers, two controllers, a stranger and the clock.
contract LedgerHandler is JobActions, MoneyActions, ChangeActions, Attacks {
    /// @notice What must hold between any two calls.
    function check() external {
        vm.warp(time);
        compare();
        checkReserves();
    }

    /// @notice I5: when every claim window is over, a stranger frees every reserve; then everybody gets everything.
    function finish() external {
        time += L + W + 1;
        vm.warp(time);
        for (uint256 i = 0; i < ids.length; ++i) {
            uint48 open_ = ledger.openJobs(ids[i]);
            if (open_ == 0) continue;
            assertTrue(send(stranger, abi.encodeCall(ledger.expire, (recall(ids[i]), open_))), "I5: expire");
        }
        for (uint256 i = 0; i < escrows.length; ++i) {
            assertEq(lines[escrows[i].developer][escrows[i].cid].reserved, 0, "I5: a reserve is left");
            send(escrows[i].developer, abi.encodeCall(money.revoke, (escrows[i].cid)));
        }
        time += G + 1;
        vm.warp(time);
        for (uint256 i = 0; i < escrows.length; ++i) {
            assertTrue(send(escrows[i].developer, abi.encodeCall(money.close, (escrows[i].cid))), "I5: close");
        }
        send(stranger, abi.encodeCall(money.distribute, ()));
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (accounts[i] == address(money)) continue;
            bytes memory data = abi.encodeCall(money.withdraw, (stranger, balances[accounts[i]]));
            assertTrue(send(accounts[i], data), "I5: withdraw");
        }
        assertLe(token.balanceOf(address(money)), donated + 2, "I2: nothing is left but gifts and what does not divide");
    }
}
