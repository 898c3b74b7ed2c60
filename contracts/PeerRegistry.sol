// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";

/// @title PeerRegistry
/// @notice See IPeerRegistry.
contract PeerRegistry is IPeerRegistry {
    /// @dev A controller by its id, which is all that opening a batch reads.
    struct Key {
        address key;
        uint32 retiredAt;
    }

    /// @dev A controller by its key, which is all that a settlement reads: its signature tells the key. One word.
    struct Signer {
        uint16 cid;
        uint32 retiredAt;
        address payout;
    }

    /// @dev Ids fit into 15 bits, so that a job id stays below 2^63 and fits into a signed 64-bit integer.
    uint256 private constant MAX_CONTROLLERS = 32_767;

    address[] private _validators;
    mapping(address validator => address payout) private _payouts;
    mapping(address validator => string name) private _names;

    uint16 private _controllerCount;
    mapping(uint16 cid => Key) private _keys;
    mapping(uint16 cid => address) private _controllerPeers;
    mapping(address key => Signer) private _signers;

    constructor(Peer[] memory peers, Controller[] memory controllers) {
        if (peers.length == 0) revert PeerRegistry_NoPeers();
        for (uint256 i = 0; i < peers.length; ++i) {
            _addPeer(peers[i]);
        }
        if (controllers.length > MAX_CONTROLLERS) revert PeerRegistry_TooManyControllers(controllers.length);
        for (uint256 i = 0; i < controllers.length; ++i) {
            _addController(controllers[i], uint16(i + 1));
        }
        _controllerCount = uint16(controllers.length);
    }

    /// @inheritdoc IPeerRegistry
    function setPayout(address payout) external {
        if (_payouts[msg.sender] == address(0)) revert PeerRegistry_NotPeer(msg.sender);
        if (payout == address(0)) revert PeerRegistry_ZeroAddress();
        _payouts[msg.sender] = payout;
        emit PeerChanged(msg.sender, payout, _names[msg.sender], true);
    }

    /// @inheritdoc IPeerRegistry
    function retireController(uint16 cid) external {
        Key storage controller = _keys[cid];
        if (controller.key == address(0) || controller.retiredAt != 0) revert PeerRegistry_NotActive(cid);
        if (_controllerPeers[cid] != msg.sender) revert PeerRegistry_NotControllersPeer(cid, msg.sender);
        controller.retiredAt = uint32(block.timestamp);
        _signers[controller.key].retiredAt = uint32(block.timestamp);
        emit ControllerRetired(cid, uint32(block.timestamp));
    }

    /// @inheritdoc IPeerRegistry
    function payoutOf(address validator) external view returns (address) {
        return _payouts[validator];
    }

    /// @inheritdoc IPeerRegistry
    function peerCount() external view returns (uint256) {
        return _validators.length;
    }

    /// @inheritdoc IPeerRegistry
    function payouts() external view returns (address[] memory result) {
        result = new address[](_validators.length);
        for (uint256 i = 0; i < result.length; ++i) {
            result[i] = _payouts[_validators[i]];
        }
    }

    /// @inheritdoc IPeerRegistry
    function controllerCount() external view returns (uint16) {
        return _controllerCount;
    }

    /// @inheritdoc IPeerRegistry
    function controllerKey(uint16 cid) external view returns (address key, uint32 retiredAt) {
        Key storage controller = _keys[cid];
        return (controller.key, controller.retiredAt);
    }

    /// @inheritdoc IPeerRegistry
    function controllerIdOf(address key) external view returns (uint16) {
        return _signers[key].cid;
    }

    /// @inheritdoc IPeerRegistry
    function settlementParties(address key, address sealer)
        external
        view
        returns (uint16 cid, uint32 retiredAt, address controllerPayee, address sealerPayee)
    {
        Signer storage signer = _signers[key];
        return (signer.cid, signer.retiredAt, signer.payout, _payouts[sealer]);
    }

    function _addPeer(Peer memory peer) private {
        if (peer.validator == address(0) || peer.payout == address(0)) revert PeerRegistry_ZeroAddress();
        if (_payouts[peer.validator] != address(0)) revert PeerRegistry_DuplicatePeer(peer.validator);
        _validators.push(peer.validator);
        _payouts[peer.validator] = peer.payout;
        _names[peer.validator] = peer.name;
        emit PeerChanged(peer.validator, peer.payout, peer.name, true);
    }

    function _addController(Controller memory controller, uint16 cid) private {
        if (controller.key == address(0) || controller.payout == address(0)) revert PeerRegistry_ZeroAddress();
        if (_payouts[controller.peer] == address(0)) revert PeerRegistry_NotPeer(controller.peer);
        if (_signers[controller.key].cid != 0) revert PeerRegistry_DuplicateKey(controller.key);
        _keys[cid] = Key(controller.key, 0);
        _controllerPeers[cid] = controller.peer;
        _signers[controller.key] = Signer(cid, 0, controller.payout);
        emit ControllerRegistered(cid, controller.peer, controller.key, controller.payout);
    }
}
