// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Workshop } from "./Workshop.sol";
import { vm } from "../foundation/Vm.sol";

/// @notice What changes around the jobs: the clock, the sealer, offers, keys, payouts, functions, retirement.
abstract contract ChangeActions is Workshop {
    function passTime(uint256 seed) external action(seed) {
        time += 1 + pick(pick(4) == 0 ? L : G);
    }

    function change(uint256 seed) external action(seed) {
        uint256 kind = pick(9);
        if (kind == 0) _changeSealer();
        else if (kind < 4) _changeOffer();
        else if (kind < 6) _changeParties();
        else if (kind < 8) _changeFunctions();
        else _retireOneController();
    }

    function _changeSealer() private {
        uint256 next = pick(4);
        sealer = next == 3 ? stranger : validators[next];
    }

    function _changeOffer() private {
        uint32 providerId = uint32(1 + pick(2));
        vm.assume(block.timestamp > uint256(providers.offerOf(providerId).since) + G);
        (uint64 baseFee, uint48 price) = (uint64(pick(3e15)), uint48(pick(3e9)));
        if (pick(8) == 0) (baseFee, price) = (0, 0);
        vm.prank(keyOfProvider(providerId));
        providers.setOffer(providerId, baseFee, price);
    }

    /// @dev Payouts and keys go round among the parties, so that payer and payee can be one.
    function _changeParties() private {
        uint32 providerId = uint32(1 + pick(2));
        uint256 kind = pick(4);
        address next = anybody();
        vm.prank(kind == 3 ? validators[providerId] : providers.ownerOf(providerId));
        if (kind == 0) providers.setPayout(providerId, next);
        else if (kind == 1) providers.setOperator(providerId, next);
        else if (kind == 2) providers.setOwner(providerId, next);
        else peers.setPayout(next);
    }

    /// @dev Functions are published, sold, retired, while jobs of their versions are under way.
    function _changeFunctions() private {
        uint32 functionId = uint32(1 + pick(functions.functionCount()));
        uint256 kind = pick(6);
        bool retired = functions.isRetired(functionId);
        address owner = functions.ownerOf(functionId);
        vm.startPrank(owner);
        if (kind == 0 && !retired) {
            functions.retire(functionId);
        } else if (kind == 1) {
            functions.transfer(functionId, developers[pick(3)]);
        } else if (retired || kind == 2) {
            functions.create();
        } else {
            functions.publish(functionId, version(_maxCost(), uint16(32 + pick(200)), uint32(1000 + pick(9000))), true);
        }
        vm.stopPrank();
    }

    /// @dev Rarely, since it is for ever.
    function _retireOneController() private {
        vm.assume(pick(8) == 0);
        uint16 cid = uint16(1 + pick(2));
        (, uint32 other) = peers.controllerKey(3 - cid);
        (, uint32 retiredAt) = peers.controllerKey(cid);
        vm.assume(other == 0 && retiredAt == 0);
        vm.prank(validators[cid - 1]);
        peers.retireController(cid);
    }

    function _maxCost() private returns (uint48) {
        return uint48(1 + pick(pick(3) == 0 ? 2 * MAX_COST : MAX_COST / 10));
    }
}
