// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Asserts } from "../foundation/Asserts.sol";
import { vm } from "../foundation/Vm.sol";
import { LedgerHandler } from "./LedgerHandler.sol";

/// @notice The campaign in which every action is one that a party would take, and must succeed.
/// @dev What holds is written in docs/invariants.md; most of it is checked by the handler after each call.
contract LedgerTest is Asserts {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    uint256 private constant RUNS = 256;
    uint256 private constant LEAST_SUCCESSES = 500;

    LedgerHandler private _handler;

    function setUp() external {
        _handler = new LedgerHandler();
        _handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[17] memory actions = [
            _handler.open.selector,
            _handler.openSigned.selector,
            _handler.settle.selector,
            _handler.settleFast.selector,
            _handler.settleMixed.selector,
            _handler.settleAgain.selector,
            _handler.decline.selector,
            _handler.expire.selector,
            _handler.deposit.selector,
            _handler.fund.selector,
            _handler.revoke.selector,
            _handler.close.selector,
            _handler.withdraw.selector,
            _handler.distribute.selector,
            _handler.passTime.selector,
            _handler.change.selector,
            _handler.attack.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), new bytes4[](actions.length));
        for (uint256 i = 0; i < actions.length; ++i) {
            targets[0].selectors[i] = actions[i];
        }
    }

    function invariant_I1_to_I8_HoldBetweenAnyTwoCalls() external {
        _handler.check();
    }

    function afterInvariant() external {
        _handler.finish();
        uint256 runs = vm.envOr("CAMPAIGN_RUNS", 0) + 1;
        vm.setEnv("CAMPAIGN_RUNS", vm.toString(runs));
        _count("CAMPAIGN_OPEN", _handler.open.selector, runs);
        _count("CAMPAIGN_SETTLE", _handler.settle.selector, runs);
        _count("CAMPAIGN_SETTLE_FAST", _handler.settleFast.selector, runs);
        _count("CAMPAIGN_EXPIRE", _handler.expire.selector, runs);
        _count("CAMPAIGN_FUND", _handler.fund.selector, runs);
        _count("CAMPAIGN_WITHDRAW", _handler.withdraw.selector, runs);
    }

    /// @dev Adds up over the runs, of which none knows of the others but by the environment; a campaign in which
    /// hardly anything happened proves nothing.
    function _count(string memory name, bytes4 selector, uint256 runs) private {
        uint256 sum = vm.envOr(name, 0) + _handler.successes(selector);
        vm.setEnv(name, vm.toString(sum));
        if (runs == RUNS) assertTrue(sum >= LEAST_SUCCESSES, string.concat("too few successes: ", name));
    }
}
