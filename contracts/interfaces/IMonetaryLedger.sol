// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IParameters } from "./IParameters.sol";

/// @title IMonetaryLedger
/// @notice Balances, and the escrows out of which controllers have jobs paid.
/// @dev All amounts are token base units. Tokens that are sent here without a deposit count for nothing and are lost.
interface IMonetaryLedger is IParameters {
    /// @notice What one controller may spend of one developer's money. It is set aside: it stands for no other
    /// controller, and nothing of it can be withdrawn from under a job that ran.
    /// @param free What is neither spent nor reserved
    /// @param reserved What open jobs can cost at most
    /// @param jobCap The most that one job may cost, in 10^12 base units
    /// @param expiry Unix time in seconds after which no job is opened or recorded
    struct Escrow {
        uint96 free;
        uint96 reserved;
        uint32 jobCap;
        uint32 expiry;
    }

    /// @notice What a developer sets aside for a controller.
    /// @param cid The controller
    /// @param amount Taken from the developer's balance
    /// @param jobCap The most that one job may cost, in 10^12 base units
    /// @param expiry Unix time in seconds
    struct Funding {
        uint16 cid;
        uint96 amount;
        uint32 jobCap;
        uint32 expiry;
    }

    /// @notice An account has more.
    event Deposited(address indexed account, address indexed from, uint256 amount);
    /// @notice An account has less, and the receiver has the tokens.
    event Withdrawn(address indexed account, address indexed to, uint256 amount);
    /// @notice A developer has set this amount aside for a controller, with these limits for all that is there.
    event EscrowFunded(address indexed developer, uint16 indexed cid, uint96 amount, uint32 jobCap, uint32 expiry);
    /// @notice An escrow ends at this time.
    event EscrowRevoked(address indexed developer, uint16 indexed cid, uint32 expiry);
    /// @notice What was free in an escrow is the developer's balance again.
    event EscrowClosed(address indexed developer, uint16 indexed cid, uint256 amount);
    /// @notice Jobs were paid: the provider has the gross less the two shares. The pool is this contract's own address.
    event Paid(
        uint32 indexed providerId,
        address indexed payout,
        address indexed sealerPayee,
        uint16 cid,
        address controllerPayee,
        uint256 gross,
        uint256 controllerShare,
        uint256 sealerShare
    );
    /// @notice A peer's part of the pool.
    event Distributed(address indexed payee, uint256 amount);

    /// @notice The account has less than that.
    error MonetaryLedger_BalanceTooSmall(address account, uint256 balance, uint256 needed);
    /// @notice Tokens do not go to nobody, to the token itself or to this ledger, where nobody could get at them.
    error MonetaryLedger_BadReceiver(address to);
    /// @notice There is no such controller, or it is retired.
    error MonetaryLedger_NoController(uint16 cid);
    /// @notice The expiry is not in the future.
    error MonetaryLedger_ExpiryPassed(uint32 expiry);
    /// @notice Until an escrow expires its limits only rise; these are the present ones.
    error MonetaryLedger_LimitLowered(uint32 jobCap, uint32 expiry);
    /// @notice An escrow can be closed after its expiry only.
    error MonetaryLedger_NotExpired(uint32 expiry);
    /// @notice The commission is at most 1,000 basis points.
    error MonetaryLedger_CommissionTooHigh(uint256 basisPoints);

    /// @notice Move the caller's tokens into its balance. The token must have been approved.
    function deposit(uint96 amount) external;

    /// @notice Move the caller's tokens into another's balance.
    function depositFor(address account, uint96 amount) external;

    /// @notice Deposit, and set a part of the balance aside for a controller.
    function depositAndFund(uint96 amount, Funding calldata funding) external;

    /// @notice Deposit by an EIP-2612 permit, and set a part of the balance aside unless `funding.cid` is zero.
    /// @dev A permit that somebody else has used already does not stop the deposit, as long as the allowance is there.
    function depositWithPermit(uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s, Funding calldata funding)
        external;

    /// @notice Take tokens out of the caller's balance.
    function withdraw(address to, uint256 amount) external;

    /// @notice Set a part of the caller's balance aside for a controller.
    /// @dev Warning: the limits hold for all that is in the escrow, not for this amount. Until the expiry they only rise.
    function fund(Funding calldata funding) external;

    /// @notice End the caller's escrow after the grace, or at its expiry if that is earlier.
    function revoke(uint16 cid) external;

    /// @notice Move what is free in the caller's expired escrow back into its balance.
    /// @dev What is reserved stays until its jobs are settled or expire; then it is free, and can be closed again.
    function close(uint16 cid) external;

    /// @notice Share the pool among the peers. What does not divide stays.
    function distribute() external;

    /// @notice What an account can withdraw. The pool is this contract's own address.
    function balanceOf(address account) external view returns (uint256);

    /// @notice What a developer has set aside for a controller.
    function escrowOf(address developer, uint16 cid) external view returns (Escrow memory);
}
