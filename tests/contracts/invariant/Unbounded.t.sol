// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Asserts } from "../foundation/Asserts.sol";
import { UnboundedHandler } from "./UnboundedHandler.sol";

/// @notice The campaign in which anybody calls anything. What is refused is not a failure here.
contract UnboundedTest is Asserts {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    UnboundedHandler private _handler;

    function setUp() external {
        _handler = new UnboundedHandler();
        _handler.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[12] memory actions = [
            _handler.open.selector,
            _handler.openSigned.selector,
            _handler.settle.selector,
            _handler.decline.selector,
            _handler.expire.selector,
            _handler.fund.selector,
            _handler.depositAndFund.selector,
            _handler.depositFor.selector,
            _handler.withdraw.selector,
            _handler.revokeOrClose.selector,
            _handler.distribute.selector,
            _handler.passTime.selector
        ];
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), new bytes4[](actions.length));
        for (uint256 i = 0; i < actions.length; ++i) {
            targets[0].selectors[i] = actions[i];
        }
    }

    /// forge-config: default.invariant.fail-on-revert = false
    /// forge-config: ci.invariant.fail-on-revert = false
    function invariant_I1_to_I8_HoldWhateverAnybodyCalls() external {
        assertEq(keccak256(_handler.broken()), keccak256(""), "a promise was broken, see the handler's `broken`");
        _handler.check();
    }
}
