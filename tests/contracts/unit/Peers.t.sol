// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { PeerRegistry } from "../../../contracts/PeerRegistry.sol";
import { IPeerRegistry } from "../../../contracts/interfaces/IPeerRegistry.sol";
import { Steps } from "../foundation/Steps.sol";
import { vm } from "../foundation/Vm.sol";

contract PeersTest is Steps {
    function test_constructor_TellsAndKeepsEverybody() public {
        (IPeerRegistry.Peer[] memory p, IPeerRegistry.Controller[] memory c) = _everybody();
        vm.recordLogs();
        PeerRegistry registry = new PeerRegistry(p, c);
        assertEq(vm.getRecordedLogs().length, 4, "two peers and two controllers");
        assertEq(registry.peerCount(), 2, "peers");
        assertEq(registry.controllerCount(), 2, "controllers");
        assertEq(registry.payoutOf(p[1].validator), p[1].payout, "payout");
        assertEq(registry.payouts()[0], p[0].payout, "payouts");
        assertEq(registry.controllerIdOf(c[1].key), 2, "controller id");
        assertEq(registry.controllerIdOf(c[1].payout), 0, "of another key");
        (address key, uint32 retiredAt) = registry.controllerKey(2);
        assertEq(key, c[1].key, "key");
        assertEq(retiredAt, 0, "active");
    }

    function test_settlementParties_InOneCall() public view {
        (uint16 cid, uint32 retiredAt, address controllerPayee, address sealerPayee) =
            peers.settlementParties(controller(1), validators[1]);
        assertEq(cid, 2, "id");
        assertEq(retiredAt, 0, "active");
        assertEq(controllerPayee, controllerPayouts[1], "controller");
        assertEq(sealerPayee, peerPayouts[1], "sealer");
        (cid, retiredAt, controllerPayee, sealerPayee) = peers.settlementParties(controllerPayouts[1], stranger);
        assertEq(cid, 0, "no controller's key");
        assertEq(retiredAt, 0, "nothing to retire");
        assertEq(controllerPayee, address(0), "nobody");
        assertEq(sealerPayee, address(0), "no peer");
        (cid,,,) = peers.settlementParties(address(0), validators[0]);
        assertEq(cid, 0, "nor is zero, which stands for a signature that is not valid");
    }

    function test_setPayout_OfTheCallerItself() public {
        vm.expectEmit(address(peers));
        emit IPeerRegistry.PeerChanged(validators[0], stranger, "peer", true);
        vm.prank(validators[0]);
        peers.setPayout(stranger);
        assertEq(peers.payoutOf(validators[0]), stranger, "payout");
        assertEq(peers.payouts()[0], stranger, "in the list too");
    }

    function test_RevertWhen_SettingAPayoutWithoutBeingAPeer() public {
        address[3] memory others = [stranger, peerPayouts[0], controller(0)];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.PeerRegistry_NotPeer.selector, others[i]));
            vm.prank(others[i]);
            peers.setPayout(stranger);
        }
    }

    function test_RevertWhen_SettingThePayoutToNobody() public {
        vm.expectRevert(IPeerRegistry.PeerRegistry_ZeroAddress.selector);
        vm.prank(validators[0]);
        peers.setPayout(address(0));
    }

    function test_retireController_Once() public {
        vm.expectEmit(address(peers));
        emit IPeerRegistry.ControllerRetired(1, uint32(START));
        retireController(0);
        (address key, uint32 retiredAt) = peers.controllerKey(1);
        assertEq(key, controller(0), "the key stays known");
        assertEq(retiredAt, START, "retired");
        uint16 cid;
        (cid, retiredAt,,) = peers.settlementParties(controller(0), validators[0]);
        assertEq(cid, 1, "the id stays known");
        assertEq(retiredAt, START, "retired for settlements too");
        pass(5);
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.PeerRegistry_NotActive.selector, 1));
        vm.prank(validators[0]);
        peers.retireController(1);
    }

    function test_RevertWhen_RetiringAnUnknownController() public {
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.PeerRegistry_NotActive.selector, 3));
        vm.prank(validators[0]);
        peers.retireController(3);
    }

    function test_RevertWhen_AnotherRetiresTheController() public {
        address[3] memory others = [validators[1], controller(0), stranger];
        for (uint256 i = 0; i < others.length; ++i) {
            vm.expectRevert(
                abi.encodeWithSelector(IPeerRegistry.PeerRegistry_NotControllersPeer.selector, 1, others[i])
            );
            vm.prank(others[i]);
            peers.retireController(1);
        }
    }

    function test_RevertWhen_ThereAreNoPeers() public {
        vm.expectRevert(IPeerRegistry.PeerRegistry_NoPeers.selector);
        new PeerRegistry(new IPeerRegistry.Peer[](0), new IPeerRegistry.Controller[](0));
    }

    function test_RevertWhen_ThereAreMoreControllersThanIds() public {
        (IPeerRegistry.Peer[] memory p,) = _everybody();
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.PeerRegistry_TooManyControllers.selector, 32_768));
        new PeerRegistry(p, new IPeerRegistry.Controller[](32_768));
    }

    function test_RevertWhen_AnAddressIsMissing() public {
        for (uint256 field = 0; field < 4; ++field) {
            (IPeerRegistry.Peer[] memory p, IPeerRegistry.Controller[] memory c) = _everybody();
            if (field == 0) p[1].validator = address(0);
            if (field == 1) p[1].payout = address(0);
            if (field == 2) c[1].key = address(0);
            if (field == 3) c[1].payout = address(0);
            vm.expectRevert(IPeerRegistry.PeerRegistry_ZeroAddress.selector);
            new PeerRegistry(p, c);
        }
    }

    function test_RevertWhen_SomebodyIsThereTwice() public {
        (IPeerRegistry.Peer[] memory p, IPeerRegistry.Controller[] memory c) = _everybody();
        p[1].validator = p[0].validator;
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.PeerRegistry_DuplicatePeer.selector, p[0].validator));
        new PeerRegistry(p, c);
        (p, c) = _everybody();
        c[1].key = c[0].key;
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.PeerRegistry_DuplicateKey.selector, c[0].key));
        new PeerRegistry(p, c);
    }

    function test_RevertWhen_AControllersPeerIsNoPeer() public {
        (IPeerRegistry.Peer[] memory p, IPeerRegistry.Controller[] memory c) = _everybody();
        c[1].peer = stranger;
        vm.expectRevert(abi.encodeWithSelector(IPeerRegistry.PeerRegistry_NotPeer.selector, stranger));
        new PeerRegistry(p, c);
    }

    function _everybody() private view returns (IPeerRegistry.Peer[] memory p, IPeerRegistry.Controller[] memory c) {
        p = new IPeerRegistry.Peer[](2);
        c = new IPeerRegistry.Controller[](2);
        for (uint256 i = 0; i < 2; ++i) {
            p[i] = IPeerRegistry.Peer(validators[i], peerPayouts[i], "peer");
            c[i] = IPeerRegistry.Controller(validators[0], controller(i), controllerPayouts[i]);
        }
    }
}
