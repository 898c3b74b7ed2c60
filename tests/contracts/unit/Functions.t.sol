// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IFunctionRegistry } from "../../../contracts/interfaces/IFunctionRegistry.sol";
import { VersionTerms } from "../../../contracts/libraries/Prices.sol";
import { Steps } from "../foundation/Steps.sol";
import { bound, vm } from "../foundation/Vm.sol";

contract FunctionsTest is Steps {
    function test_create_TheCallerOwns() public {
        vm.expectEmit(address(functions));
        emit IFunctionRegistry.FunctionCreated(4, stranger);
        vm.prank(stranger);
        assertEq(functions.create(), 4, "the next id");
        assertEq(functions.ownerOf(4), stranger, "owner");
        assertEq(functions.liveVersionOf(4), 0, "nothing live");
        assertEq(functions.functionCount(), 4, "count");
    }

    function test_publish_FixesTheTermsForEver() public {
        IFunctionRegistry.Version memory v = version(7, 64, 2000);
        (v.imageDigest, v.bundleHash, v.manifest) = (bytes32(uint256(1)), bytes32(uint256(2)), "{\"a\":1}");
        vm.expectEmit(address(functions));
        emit IFunctionRegistry.VersionPublished(
            4, functionIds[0], developers[0], 7, 64, 2000, v.imageDigest, v.bundleHash, v.manifest
        );
        vm.prank(developers[0]);
        assertEq(functions.publish(functionIds[0], v, false), 4, "the next id");
        VersionTerms memory terms = functions.termsOf(4);
        assertEq(terms.developer, developers[0], "developer");
        assertEq(terms.maxCost, 7, "maxCost");
        assertEq(terms.memoryMiB, 64, "memory");
        assertEq(terms.timeoutMs, 2000, "time-out");
        assertEq(functions.functionOf(4), functionIds[0], "function");
        assertEq(functions.versionCount(), 4, "count");
        assertEq(functions.liveVersionOf(functionIds[0]), versionIds[0], "the former stays live");
    }

    function test_publish_LiveAtOnce() public {
        vm.prank(developers[0]);
        uint32 id = functions.publish(functionIds[0], version(1, 32, 1000), true);
        assertEq(functions.liveVersionOf(functionIds[0]), id, "live");
    }

    function test_RevertWhen_AValueIsOutOfItsBounds() public {
        _outOfBounds(version(0, 64, 2000), "maxCost", 0, 1, type(uint48).max);
        _outOfBounds(version(1, 31, 2000), "memoryMiB", 31, 32, 4096);
        _outOfBounds(version(1, 4097, 2000), "memoryMiB", 4097, 32, 4096);
        _outOfBounds(version(1, 64, 999), "timeoutMs", 999, 1000, 100_000);
        _outOfBounds(version(1, 64, 100_001), "timeoutMs", 100_001, 1000, 100_000);
        IFunctionRegistry.Version memory v = version(1, 64, 2000);
        v.imageDigest = 0;
        _outOfBounds(v, "imageDigest", 0, 1, type(uint256).max);
        v = version(1, 64, 2000);
        v.manifest = "{";
        _outOfBounds(v, "manifest", 1, 2, 4096);
        v.manifest = new bytes(4097);
        _outOfBounds(v, "manifest", 4097, 2, 4096);
    }

    function test_publish_AtTheBounds() public {
        IFunctionRegistry.Version memory v = version(type(uint48).max, 4096, 100_000);
        v.manifest = new bytes(4096);
        vm.startPrank(developers[0]);
        functions.publish(functionIds[0], v, true);
        functions.publish(functionIds[0], version(1, 32, 1000), true);
        vm.stopPrank();
        assertEq(functions.versionCount(), 5, "both");
    }

    function test_RevertWhen_CallerIsNotTheOwner() public {
        vm.startPrank(developers[1]);
        bytes memory expected = abi.encodeWithSelector(
            IFunctionRegistry.FunctionRegistry_NotOwner.selector, functionIds[0], developers[1]
        );
        vm.expectRevert(expected);
        functions.publish(functionIds[0], version(1, 64, 2000), true);
        vm.expectRevert(expected);
        functions.setLive(functionIds[0], versionIds[0]);
        vm.expectRevert(expected);
        functions.retire(functionIds[0]);
        vm.expectRevert(expected);
        functions.transfer(functionIds[0], developers[1]);
        expected = abi.encodeWithSelector(IFunctionRegistry.FunctionRegistry_NotOwner.selector, 99, developers[1]);
        vm.expectRevert(expected);
        functions.retire(99);
        vm.stopPrank();
    }

    function test_setLive_BackToAnEarlierVersionOrNone() public {
        vm.startPrank(developers[0]);
        functions.publish(functionIds[0], version(1, 64, 2000), true);
        vm.expectEmit(address(functions));
        emit IFunctionRegistry.LiveVersionSet(functionIds[0], versionIds[0]);
        functions.setLive(functionIds[0], versionIds[0]);
        assertEq(functions.liveVersionOf(functionIds[0]), versionIds[0], "the earlier one");
        functions.setLive(functionIds[0], 0);
        vm.stopPrank();
        assertEq(functions.liveVersionOf(functionIds[0]), 0, "none");
    }

    function test_RevertWhen_TheLiveVersionIsAnotherFunctions() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IFunctionRegistry.FunctionRegistry_VersionOfAnother.selector, functionIds[0], versionIds[1]
            )
        );
        vm.prank(developers[0]);
        functions.setLive(functionIds[0], versionIds[1]);
        vm.expectRevert(
            abi.encodeWithSelector(IFunctionRegistry.FunctionRegistry_VersionOfAnother.selector, functionIds[0], 99)
        );
        vm.prank(developers[0]);
        functions.setLive(functionIds[0], 99);
    }

    function test_retire_ForEver() public {
        vm.startPrank(developers[0]);
        vm.expectEmit(address(functions));
        emit IFunctionRegistry.LiveVersionSet(functionIds[0], 0);
        vm.expectEmit(address(functions));
        emit IFunctionRegistry.FunctionRetired(functionIds[0]);
        functions.retire(functionIds[0]);
        assertTrue(functions.isRetired(functionIds[0]), "retired");
        bytes memory expected =
            abi.encodeWithSelector(IFunctionRegistry.FunctionRegistry_Retired.selector, functionIds[0]);
        vm.expectRevert(expected);
        functions.publish(functionIds[0], version(1, 64, 2000), true);
        vm.expectRevert(expected);
        functions.setLive(functionIds[0], versionIds[0]);
        vm.expectRevert(expected);
        functions.retire(functionIds[0]);
        vm.stopPrank();
        assertEq(functions.termsOf(versionIds[0]).developer, developers[0], "the version's terms stay");
    }

    function test_transfer_TheNewOwnerPublishesAtItsOwnCost() public {
        vm.expectEmit(address(functions));
        emit IFunctionRegistry.FunctionTransferred(functionIds[0], developers[0], developers[1]);
        vm.prank(developers[0]);
        functions.transfer(functionIds[0], developers[1]);
        assertEq(functions.ownerOf(functionIds[0]), developers[1], "owner");
        assertEq(functions.liveVersionOf(functionIds[0]), 0, "nothing is live");
        assertEq(functions.termsOf(versionIds[0]).developer, developers[0], "who pays for the old version");
        vm.startPrank(developers[1]);
        vm.expectRevert(
            abi.encodeWithSelector(
                IFunctionRegistry.FunctionRegistry_PaidByAnother.selector, versionIds[0], developers[0]
            )
        );
        functions.setLive(functionIds[0], versionIds[0]);
        uint32 id = functions.publish(functionIds[0], version(1, 64, 2000), true);
        vm.stopPrank();
        assertEq(functions.termsOf(id).developer, developers[1], "who pays for the new one");
    }

    function test_RevertWhen_TransferringToNobody() public {
        vm.expectRevert(IFunctionRegistry.FunctionRegistry_ZeroAddress.selector);
        vm.prank(developers[0]);
        functions.transfer(functionIds[0], address(0));
    }

    function testFuzz_publish_InsideTheBoundsOnly(uint48 maxCost, uint16 memoryMiB, uint32 timeoutMs) public {
        bool inside = maxCost >= 1 && memoryMiB >= 32 && memoryMiB <= 4096 && timeoutMs >= 1000 && timeoutMs <= 100_000;
        vm.prank(developers[0]);
        (bool done,) = address(functions)
            .call(abi.encodeCall(functions.publish, (functionIds[0], version(maxCost, memoryMiB, timeoutMs), false)));
        assertTrue(done == inside, "published");
        vm.prank(developers[0]);
        functions.publish(
            functionIds[0],
            version(
                maxCost == 0 ? 1 : maxCost, uint16(bound(memoryMiB, 32, 4096)), uint32(bound(timeoutMs, 1000, 100_000))
            ),
            false
        );
    }

    function _outOfBounds(IFunctionRegistry.Version memory v, bytes32 name, uint256 value, uint256 least, uint256 most)
        private
    {
        vm.expectRevert(
            abi.encodeWithSelector(IFunctionRegistry.FunctionRegistry_OutOfBounds.selector, name, value, least, most)
        );
        vm.prank(developers[0]);
        functions.publish(functionIds[0], v, true);
    }
}
