// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { IMonetaryLedger } from "./interfaces/IMonetaryLedger.sol";
import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";
import { Escrows } from "./libraries/Escrows.sol";
import { Prices } from "./libraries/Prices.sol";

/// @title MonetaryLedger
/// @notice See IMonetaryLedger.
/// @dev One source of two: the MonitoringLedger extends it, so that both are at one address and no call between them
/// has to be paid for. Money enters by a deposit and leaves by a withdrawal; nothing in between changes the sum. No
/// address has any power over it.
abstract contract MonetaryLedger is IMonetaryLedger {
    using Escrows for uint256;
    using SafeERC20 for IERC20;

    /// @dev Who gets the money of a settlement; a sealer of zero stands for the pool.
    struct Payees {
        uint32 providerId;
        uint16 cid;
        address payout;
        address controllerPayee;
        address sealerPayee;
    }

    uint256 private constant MAX_COMMISSION = 1000;

    IERC20 public immutable token;
    IPeerRegistry public immutable peers;
    /// @notice How long a revoked escrow still pays, and a retired controller's batches can be opened, in seconds.
    uint32 public immutable grace;
    /// @notice The commission on what is paid, in hundredths of a per cent.
    uint16 public immutable commission;

    mapping(address account => uint256) private _balances;
    /// @dev See the library Escrows.
    mapping(uint256 developerAndCid => uint256 word) private _escrows;

    /// @param token_ The unit of payment
    /// @param peers_ Who gets commissions
    /// @param grace_ See `grace`
    /// @param commission_ See `commission`
    constructor(IERC20 token_, IPeerRegistry peers_, uint32 grace_, uint16 commission_) {
        if (commission_ > MAX_COMMISSION) revert MonetaryLedger_CommissionTooHigh(commission_);
        token = token_;
        peers = peers_;
        grace = grace_;
        commission = commission_;
        emit ParameterChanged("bps", commission_, block.timestamp);
    }

    /// @inheritdoc IMonetaryLedger
    function deposit(uint96 amount) external {
        _deposit(msg.sender, amount);
    }

    /// @inheritdoc IMonetaryLedger
    function depositFor(address account, uint96 amount) external {
        if (account == address(0)) revert MonetaryLedger_BadReceiver(account);
        _deposit(account, amount);
    }

    /// @inheritdoc IMonetaryLedger
    function depositAndFund(uint96 amount, Funding calldata funding) external {
        _deposit(msg.sender, amount);
        _fund(funding);
    }

    /// @inheritdoc IMonetaryLedger
    function depositWithPermit(uint96 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s, Funding calldata funding)
        external
    {
        // Whoever saw the permit may have used it first: then the allowance is there, and that is all that is needed.
        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) { } catch { }
        _deposit(msg.sender, amount);
        if (funding.cid != 0) _fund(funding);
    }

    /// @inheritdoc IMonetaryLedger
    function withdraw(address to, uint256 amount) external {
        if (to == address(0) || to == address(token) || to == address(this)) revert MonetaryLedger_BadReceiver(to);
        _take(msg.sender, amount);
        emit Withdrawn(msg.sender, to, amount);
        token.safeTransfer(to, amount);
    }

    /// @inheritdoc IMonetaryLedger
    function fund(Funding calldata funding) external {
        _fund(funding);
    }

    /// @inheritdoc IMonetaryLedger
    function revoke(uint16 cid) external {
        uint256 word = _escrows[_escrowKey(msg.sender, cid)];
        uint256 expiry = block.timestamp + grace;
        if (word.expiry() <= expiry) {
            expiry = word.expiry();
        } else {
            _escrows[_escrowKey(msg.sender, cid)] = Escrows.pack(word.free(), word.reserved(), word.jobCap(), expiry);
        }
        emit EscrowRevoked(msg.sender, cid, uint32(expiry));
    }

    /// @inheritdoc IMonetaryLedger
    function close(uint16 cid) external {
        uint256 word = _escrows[_escrowKey(msg.sender, cid)];
        if (block.timestamp <= word.expiry()) revert MonetaryLedger_NotExpired(uint32(word.expiry()));
        uint256 amount = word.free();
        _escrows[_escrowKey(msg.sender, cid)] = word.change(0, 0, amount);
        _balances[msg.sender] += amount;
        emit EscrowClosed(msg.sender, cid, amount);
    }

    /// @inheritdoc IMonetaryLedger
    function distribute() external {
        address[] memory payees = peers.payouts();
        uint256 share = _balances[address(this)] / payees.length;
        _balances[address(this)] -= share * payees.length;
        for (uint256 i = 0; i < payees.length; ++i) {
            _balances[payees[i]] += share;
            emit Distributed(payees[i], share);
        }
    }

    /// @inheritdoc IMonetaryLedger
    function balanceOf(address account) external view returns (uint256) {
        return _balances[account];
    }

    /// @inheritdoc IMonetaryLedger
    function escrowOf(address developer, uint16 cid) external view returns (Escrow memory) {
        uint256 word = _escrows[_escrowKey(developer, cid)];
        return Escrow(uint96(word.free()), uint96(word.reserved()), uint32(word.jobCap()), uint32(word.expiry()));
    }

    /// @dev A developer's escrow for a controller, see the library Escrows.
    function _escrow(address developer, uint16 cid) internal view returns (uint256 word) {
        return _escrows[_escrowKey(developer, cid)];
    }

    /// @dev Changes an escrow. What has been charged to it is gone: the caller pays that out, in the same call.
    function _storeEscrow(address developer, uint16 cid, uint256 word) internal {
        _escrows[_escrowKey(developer, cid)] = word;
    }

    /// @dev Shares out what was charged.
    function _pay(Payees memory payees, uint256 gross) internal {
        (uint256 controllerShare, uint256 sealerShare) = Prices.commission(gross, commission);
        address sealerPayee = payees.sealerPayee == address(0) ? address(this) : payees.sealerPayee;
        // The shares are parts of the gross, and no balance can have more than the whole supply.
        unchecked {
            _balances[payees.payout] += gross - controllerShare - sealerShare;
            _balances[payees.controllerPayee] += controllerShare;
            _balances[sealerPayee] += sealerShare;
        }
        emit Paid(
            payees.providerId,
            payees.payout,
            sealerPayee,
            payees.cid,
            payees.controllerPayee,
            gross,
            controllerShare,
            sealerShare
        );
    }

    /// @dev One number for a developer and a controller: a mapping of mappings would hash twice.
    function _escrowKey(address developer, uint16 cid) private pure returns (uint256) {
        return (uint256(uint160(developer)) << 16) | cid;
    }

    function _deposit(address account, uint96 amount) private {
        _balances[account] += amount;
        emit Deposited(account, msg.sender, amount);
        token.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _take(address account, uint256 amount) private {
        uint256 balance = _balances[account];
        if (balance < amount) revert MonetaryLedger_BalanceTooSmall(account, balance, amount);
        _balances[account] = balance - amount;
    }

    function _fund(Funding calldata funding) private {
        (address key, uint32 retiredAt) = peers.controllerKey(funding.cid);
        if (key == address(0) || retiredAt != 0) revert MonetaryLedger_NoController(funding.cid);
        if (funding.expiry <= block.timestamp) revert MonetaryLedger_ExpiryPassed(funding.expiry);
        uint256 word = _escrows[_escrowKey(msg.sender, funding.cid)];
        if (block.timestamp <= word.expiry() && (funding.jobCap < word.jobCap() || funding.expiry < word.expiry())) {
            revert MonetaryLedger_LimitLowered(uint32(word.jobCap()), uint32(word.expiry()));
        }
        _take(msg.sender, funding.amount);
        _escrows[_escrowKey(msg.sender, funding.cid)] =
            Escrows.pack(word.free() + funding.amount, word.reserved(), funding.jobCap, funding.expiry);
        emit EscrowFunded(msg.sender, funding.cid, funding.amount, funding.jobCap, funding.expiry);
    }
}
