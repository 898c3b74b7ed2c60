// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title IPeerRegistry
/// @notice The peers that keep the ledger, and the controllers that they run. Both are set at deployment.
interface IPeerRegistry {
    /// @notice A peer at deployment.
    /// @param validator The address that its node seals blocks with
    /// @param payout Where its commissions go
    /// @param name What people call it
    struct Peer {
        address validator;
        address payout;
        string name;
    }

    /// @notice A controller at deployment.
    /// @param peer The validator address of the peer that runs it
    /// @param key The address that it signs and sends with, one for ever
    /// @param payout Where its commissions go, fixed
    struct Controller {
        address peer;
        address key;
        address payout;
    }

    /// @notice A peer is there, or something about it has changed.
    event PeerChanged(address indexed validator, address payout, string name, bool active);
    /// @notice A controller is there.
    event ControllerRegistered(uint16 indexed cid, address indexed peer, address key, address payout);
    /// @notice A controller is to stop. What it signed before may still be opened for the grace, and settled for ever.
    event ControllerRetired(uint16 indexed cid, uint32 retiredAt);

    /// @notice There must be at least one peer.
    error PeerRegistry_NoPeers();
    /// @notice Controller ids have 15 bits.
    error PeerRegistry_TooManyControllers(uint256 count);
    /// @notice A validator, payout or key may not be zero.
    error PeerRegistry_ZeroAddress();
    /// @notice The validator is a peer already.
    error PeerRegistry_DuplicatePeer(address validator);
    /// @notice The key belongs to a controller already.
    error PeerRegistry_DuplicateKey(address key);
    /// @notice The address is no peer's validator.
    error PeerRegistry_NotPeer(address account);
    /// @notice Only the peer that runs the controller may do that.
    error PeerRegistry_NotControllersPeer(uint16 cid, address account);
    /// @notice The controller is retired already, or there is none of that id.
    error PeerRegistry_NotActive(uint16 cid);

    /// @notice Set where the caller's commissions go. The caller is a peer's validator.
    /// @dev Does not move what has been paid to the former payout.
    function setPayout(address payout) external;

    /// @notice Stop a controller, at once, for instance because its key was stolen. Only the peer that runs it.
    /// @dev Warning: for the grace after this, batches that its key signs can still be opened.
    function retireController(uint16 cid) external;

    /// @notice Where a validator's commissions go; zero if it is no peer.
    function payoutOf(address validator) external view returns (address);

    /// @notice How many peers there are.
    function peerCount() external view returns (uint256);

    /// @notice The payouts of all peers, in the order of the peers.
    function payouts() external view returns (address[] memory);

    /// @notice How many controllers there are; their ids run from 1.
    function controllerCount() external view returns (uint16);

    /// @notice A controller's key and when it was retired.
    /// @return key Zero if there is no such controller
    /// @return retiredAt Unix seconds; zero if it is active
    function controllerKey(uint16 cid) external view returns (address key, uint32 retiredAt);

    /// @notice The id of the controller with a key; zero if there is none.
    function controllerIdOf(address key) external view returns (uint16);

    /// @notice All that a settlement needs to know of the peers, in one call.
    /// @param key Who signed the settlement
    /// @param sealer Who seals the block
    /// @return cid The controller with this key, zero if there is none
    /// @return retiredAt When it was retired, zero if it is active
    /// @return controllerPayee Where the controller's commission goes
    /// @return sealerPayee Where the sealer's commission goes, zero if the sealer is no peer
    function settlementParties(address key, address sealer)
        external
        view
        returns (uint16 cid, uint32 retiredAt, address controllerPayee, address sealerPayee);
}
