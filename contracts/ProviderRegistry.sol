// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { IProviderRegistry } from "./interfaces/IProviderRegistry.sol";
import { Windows } from "./libraries/Windows.sol";

/// @title ProviderRegistry
/// @notice See IProviderRegistry.
contract ProviderRegistry is IProviderRegistry {
    using SafeERC20 for IERC20;

    uint256 private constant MAX_METADATA = 1024;

    IERC20 public immutable token;
    /// @notice How long a former offer stays good, and how long an offer stands at least, in seconds.
    uint32 public immutable grace;
    /// @notice How long a stake that was asked back still stands, in seconds.
    uint32 public immutable unbondingTime;

    uint32 private _count;
    mapping(uint32 providerId => address) private _owners;
    mapping(uint32 providerId => address) private _operators;
    mapping(uint32 providerId => address) private _payouts;
    mapping(uint32 providerId => Offer) private _offers;
    mapping(uint32 providerId => Stake) private _stakes;
    mapping(uint32 providerId => string) private _metadata;
    /// @dev The payout under each of the two keys that act for a provider, so that a settlement reads one word.
    mapping(uint32 providerId => mapping(address account => address)) private _payees;

    modifier onlyOwner(uint32 providerId) {
        if (_owners[providerId] != msg.sender) revert ProviderRegistry_NotOwner(providerId, msg.sender);
        _;
    }

    modifier onlyProvider(uint32 providerId) {
        if (!_actsFor(providerId, msg.sender)) revert ProviderRegistry_NotProvider(providerId, msg.sender);
        _;
    }

    /// @param token_ What stakes are made of
    /// @param jobLife The longest that a job may live, in seconds
    /// @param grace_ See `grace`
    constructor(IERC20 token_, uint32 jobLife, uint32 grace_) {
        Windows.check(jobLife, grace_);
        token = token_;
        grace = grace_;
        unbondingTime = 2 * jobLife;
    }

    /// @inheritdoc IProviderRegistry
    function register(address operator, address payout, uint64 baseFee, uint48 price, string calldata metadata)
        external
        returns (uint32 providerId)
    {
        if (operator == address(0) || payout == address(0)) revert ProviderRegistry_ZeroAddress();
        _checkMetadata(metadata);
        providerId = ++_count;
        _owners[providerId] = msg.sender;
        _operators[providerId] = operator;
        _payouts[providerId] = payout;
        _metadata[providerId] = metadata;
        _offers[providerId] = Offer(baseFee, price, baseFee, price, uint32(block.timestamp));
        _setPayees(providerId, payout);
        emit ProviderRegistered(providerId, msg.sender, operator, payout);
        _emitChanged(providerId);
        emit OfferChanged(providerId, baseFee, price, uint32(block.timestamp));
    }

    /// @inheritdoc IProviderRegistry
    function setOwner(uint32 providerId, address owner) external onlyOwner(providerId) {
        if (owner == address(0)) revert ProviderRegistry_ZeroAddress();
        _setPayees(providerId, address(0));
        _owners[providerId] = owner;
        _setPayees(providerId, _payouts[providerId]);
        _emitChanged(providerId);
    }

    /// @inheritdoc IProviderRegistry
    function setOperator(uint32 providerId, address operator) external onlyOwner(providerId) {
        if (operator == address(0)) revert ProviderRegistry_ZeroAddress();
        _setPayees(providerId, address(0));
        _operators[providerId] = operator;
        _setPayees(providerId, _payouts[providerId]);
        _emitChanged(providerId);
    }

    /// @inheritdoc IProviderRegistry
    function setPayout(uint32 providerId, address payout) external onlyOwner(providerId) {
        if (payout == address(0)) revert ProviderRegistry_ZeroAddress();
        _payouts[providerId] = payout;
        _setPayees(providerId, payout);
        _emitChanged(providerId);
    }

    /// @inheritdoc IProviderRegistry
    function setMetadata(uint32 providerId, string calldata metadata) external onlyProvider(providerId) {
        _checkMetadata(metadata);
        _metadata[providerId] = metadata;
        _emitChanged(providerId);
    }

    /// @inheritdoc IProviderRegistry
    function setOffer(uint32 providerId, uint64 baseFee, uint48 price) external onlyProvider(providerId) {
        Offer storage offer = _offers[providerId];
        uint256 changeableAt = uint256(offer.since) + grace;
        if (block.timestamp <= changeableAt) revert ProviderRegistry_OfferTooSoon(providerId, changeableAt + 1);
        _offers[providerId] = Offer(baseFee, price, offer.baseFee, offer.price, uint32(block.timestamp));
        emit OfferChanged(providerId, baseFee, price, uint32(block.timestamp));
    }

    /// @inheritdoc IProviderRegistry
    function stake(uint32 providerId, uint96 amount) external onlyOwner(providerId) {
        _stakes[providerId].staked += amount;
        _emitStake(providerId);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    /// @inheritdoc IProviderRegistry
    function unbond(uint32 providerId, uint96 amount) external onlyOwner(providerId) {
        Stake storage s = _stakes[providerId];
        if (s.staked < amount) revert ProviderRegistry_StakeTooSmall(providerId, s.staked, amount);
        s.staked -= amount;
        s.unbonding += amount;
        s.until = uint32(block.timestamp) + unbondingTime;
        _emitStake(providerId);
    }

    /// @inheritdoc IProviderRegistry
    function withdrawStake(uint32 providerId, address to) external onlyOwner(providerId) {
        if (to == address(0)) revert ProviderRegistry_ZeroAddress();
        Stake storage s = _stakes[providerId];
        if (block.timestamp < s.until) revert ProviderRegistry_StillBonded(providerId, s.until);
        uint96 amount = s.unbonding;
        s.unbonding = 0;
        _emitStake(providerId);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IProviderRegistry
    function ownerOf(uint32 providerId) external view returns (address) {
        return _owners[providerId];
    }

    /// @inheritdoc IProviderRegistry
    function operatorOf(uint32 providerId) external view returns (address) {
        return _operators[providerId];
    }

    /// @inheritdoc IProviderRegistry
    function payoutOf(uint32 providerId) external view returns (address) {
        return _payouts[providerId];
    }

    /// @inheritdoc IProviderRegistry
    function metadataOf(uint32 providerId) external view returns (string memory) {
        return _metadata[providerId];
    }

    /// @inheritdoc IProviderRegistry
    function offerOf(uint32 providerId) external view returns (Offer memory) {
        return _offers[providerId];
    }

    /// @inheritdoc IProviderRegistry
    function stakeOf(uint32 providerId) external view returns (Stake memory) {
        return _stakes[providerId];
    }

    /// @inheritdoc IProviderRegistry
    function providerCount() external view returns (uint32) {
        return _count;
    }

    /// @inheritdoc IProviderRegistry
    function payeeFor(uint32 providerId, address account) external view returns (address) {
        return _payees[providerId][account];
    }

    /// @inheritdoc IProviderRegistry
    function accepts(uint32 providerId, uint64 baseFee, uint48 price) external view returns (bool) {
        Offer storage offer = _offers[providerId];
        // All that is needed as a rule, read at once.
        (uint64 presentBaseFee, uint48 presentPrice, uint32 since) = (offer.baseFee, offer.price, offer.since);
        if (since == 0) return false;
        if (baseFee == presentBaseFee && price == presentPrice) return true;
        return baseFee == offer.formerBaseFee && price == offer.formerPrice && block.timestamp <= uint256(since) + grace;
    }

    function _actsFor(uint32 providerId, address account) private view returns (bool) {
        return _payees[providerId][account] != address(0);
    }

    /// @dev Says what both keys are paid to; nobody, which a change of a key does before, is that they do not act.
    function _setPayees(uint32 providerId, address payee) private {
        _payees[providerId][_owners[providerId]] = payee;
        _payees[providerId][_operators[providerId]] = payee;
    }

    function _checkMetadata(string calldata metadata) private pure {
        uint256 length = bytes(metadata).length;
        if (length > MAX_METADATA) revert ProviderRegistry_MetadataTooLong(length);
    }

    function _emitChanged(uint32 providerId) private {
        emit ProviderChanged(
            providerId, _owners[providerId], _operators[providerId], _payouts[providerId], _metadata[providerId]
        );
    }

    function _emitStake(uint32 providerId) private {
        Stake memory s = _stakes[providerId];
        emit StakeChanged(providerId, s.staked, s.unbonding, s.until);
    }
}
