// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

/// @title IProviderRegistry
/// @notice The providers: a cold key that owns, a hot key that works, where the money goes, what a run costs, a stake.
interface IProviderRegistry {
    /// @notice What a run costs: now, and before the last change, which stays good for the grace.
    /// @param baseFee In token base units a job
    /// @param price In token base units for a MiB held for a millisecond
    /// @param formerBaseFee Before the last change
    /// @param formerPrice Before the last change
    /// @param since Unix time of the last change in seconds
    struct Offer {
        uint64 baseFee;
        uint48 price;
        uint64 formerBaseFee;
        uint48 formerPrice;
        uint32 since;
    }

    /// @notice A provider's stake, in token base units.
    /// @param staked What stands for the provider's word
    /// @param unbonding What was asked back
    /// @param until Unix time in seconds from which `unbonding` may be taken
    struct Stake {
        uint96 staked;
        uint96 unbonding;
        uint32 until;
    }

    /// @notice A provider is there.
    event ProviderRegistered(uint32 indexed providerId, address indexed owner, address operator, address payout);
    /// @notice A provider's keys, payout or metadata are now these.
    event ProviderChanged(uint32 indexed providerId, address owner, address operator, address payout, string metadata);
    /// @notice From this time on the provider asks this.
    event OfferChanged(uint32 indexed providerId, uint64 baseFee, uint48 price, uint32 since);
    /// @notice The provider's stake is now this.
    event StakeChanged(uint32 indexed providerId, uint96 staked, uint96 unbonding, uint32 until);

    /// @notice An owner, operator, payout or receiver may not be zero.
    error ProviderRegistry_ZeroAddress();
    /// @notice Only the provider's owner may do that.
    error ProviderRegistry_NotOwner(uint32 providerId, address account);
    /// @notice Only the provider's owner or operator may do that.
    error ProviderRegistry_NotProvider(uint32 providerId, address account);
    /// @notice The offer may change again at this Unix time in seconds.
    error ProviderRegistry_OfferTooSoon(uint32 providerId, uint256 changeableAt);
    /// @notice Metadata have at most 1,024 bytes.
    error ProviderRegistry_MetadataTooLong(uint256 length);
    /// @notice More was asked back than is staked.
    error ProviderRegistry_StakeTooSmall(uint32 providerId, uint256 staked, uint256 needed);
    /// @notice Nothing can be taken before this Unix time in seconds.
    error ProviderRegistry_StillBonded(uint32 providerId, uint256 until);

    /// @notice Become a provider. The caller is its owner.
    /// @param operator The hot key that the daemon works with
    /// @param payout Where the earnings go
    /// @param baseFee What a job costs before any time is counted, in token base units
    /// @param price What a MiB held for a millisecond costs, in token base units
    /// @param metadata What others may know of it, at most 1,024 bytes
    /// @return providerId The new id, never used before
    function register(address operator, address payout, uint64 baseFee, uint48 price, string calldata metadata)
        external
        returns (uint32 providerId);

    /// @notice Give the provider to another owner. Only its owner.
    /// @dev Warning: at once, and for ever. The new owner can take the stake.
    function setOwner(uint32 providerId, address owner) external;

    /// @notice Change the hot key. Only the owner.
    function setOperator(uint32 providerId, address operator) external;

    /// @notice Change where later earnings go. Only the owner.
    function setPayout(uint32 providerId, address payout) external;

    /// @notice Change the metadata. Owner or operator.
    function setMetadata(uint32 providerId, string calldata metadata) external;

    /// @notice Change the offer, at most once in the grace. Owner or operator.
    /// @dev The former offer stays good for the grace, so that work in flight is not stranded.
    function setOffer(uint32 providerId, uint64 baseFee, uint48 price) external;

    /// @notice Add to the stake, from the caller's tokens. Only the owner.
    function stake(uint32 providerId, uint96 amount) external;

    /// @notice Ask a part of the stake back. Only the owner.
    /// @dev Warning: the wait of two job lives begins anew for all that was asked back before.
    function unbond(uint32 providerId, uint96 amount) external;

    /// @notice Take what was asked back, after the wait. Only the owner.
    function withdrawStake(uint32 providerId, address to) external;

    /// @notice A provider's owner; zero if there is no such provider.
    function ownerOf(uint32 providerId) external view returns (address);

    /// @notice A provider's operator.
    function operatorOf(uint32 providerId) external view returns (address);

    /// @notice Where a provider's earnings go.
    function payoutOf(uint32 providerId) external view returns (address);

    /// @notice A provider's metadata.
    function metadataOf(uint32 providerId) external view returns (string memory);

    /// @notice A provider's offer, and the one before.
    function offerOf(uint32 providerId) external view returns (Offer memory);

    /// @notice A provider's stake.
    function stakeOf(uint32 providerId) external view returns (Stake memory);

    /// @notice The highest provider id.
    function providerCount() external view returns (uint32);

    /// @notice Where the earnings go, if an account may act for a provider.
    /// @return Zero if the account is neither the owner nor the operator
    function payeeFor(uint32 providerId, address account) external view returns (address);

    /// @notice Whether a batch at this price is what the provider asks, or asked until less than the grace ago.
    function accepts(uint32 providerId, uint64 baseFee, uint48 price) external view returns (bool);
}
