// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IERC20Permit } from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import { SafeERC20 } from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import { IMonetaryLedger } from "./interfaces/IMonetaryLedger.sol";
import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";
import { Charge } from "./libraries/Tally.sol";
import { Prices } from "./libraries/Prices.sol";
import { Windows } from "./libraries/Windows.sol";

/// @title MonetaryLedger
/// @notice See IMonetaryLedger.
/// @dev Money enters by a deposit and leaves by a withdrawal; nothing in between changes the sum. No address has any
/// power over it but the MonitoringLedger, which can move an escrow's money only as `pay` does.
contract MonetaryLedger is IMonetaryLedger {
    using SafeERC20 for IERC20;

    uint256 private constant JOB_CAP_UNIT = 1e12;
    uint256 private constant MAX_COMMISSION = 1000;

    IERC20 public immutable token;
    IPeerRegistry public immutable peers;
    address public immutable monitoringLedger;
    /// @notice How long a revoked escrow still pays, in seconds.
    uint32 public immutable grace;
    /// @notice The commission on what is paid, in hundredths of a per cent.
    uint16 public immutable commission;

    mapping(address account => uint256) private _balances;
    mapping(address developer => mapping(uint16 cid => Escrow)) private _escrows;

    modifier onlyMonitoringLedger() {
        if (msg.sender != monitoringLedger) revert MonetaryLedger_NotMonitoringLedger(msg.sender);
        _;
    }

    /// @param token_ The unit of payment
    /// @param peers_ Who gets commissions
    /// @param monitoringLedger_ The only contract that may reserve and pay
    /// @param jobLife The longest that a job may live, in seconds
    /// @param grace_ See `grace`
    /// @param commission_ See `commission`
    constructor(
        IERC20 token_,
        IPeerRegistry peers_,
        address monitoringLedger_,
        uint32 jobLife,
        uint32 grace_,
        uint16 commission_
    ) {
        Windows.check(jobLife, grace_);
        if (commission_ > MAX_COMMISSION) revert MonetaryLedger_CommissionTooHigh(commission_);
        token = token_;
        peers = peers_;
        monitoringLedger = monitoringLedger_;
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
        if (to == address(0) || to == address(token) || to == address(this) || to == monitoringLedger) {
            revert MonetaryLedger_BadReceiver(to);
        }
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
        Escrow storage escrow = _escrows[msg.sender][cid];
        uint32 end = uint32(block.timestamp) + grace;
        if (escrow.expiry > end) escrow.expiry = end;
        emit EscrowRevoked(msg.sender, cid, escrow.expiry);
    }

    /// @inheritdoc IMonetaryLedger
    function close(uint16 cid) external {
        Escrow storage escrow = _escrows[msg.sender][cid];
        if (block.timestamp <= escrow.expiry) revert MonetaryLedger_NotExpired(escrow.expiry);
        uint256 amount = escrow.free;
        escrow.free = 0;
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
    function reserve(uint16 cid, Charge[] calldata charges) external onlyMonitoringLedger {
        for (uint256 i = 0; i < charges.length; ++i) {
            Escrow storage escrow = _escrows[charges[i].developer][cid];
            uint96 amount = charges[i].charged;
            (escrow.free, escrow.reserved) = (escrow.free - amount, escrow.reserved + amount);
        }
    }

    /// @inheritdoc IMonetaryLedger
    function release(uint16 cid, Charge[] calldata charges) external onlyMonitoringLedger {
        for (uint256 i = 0; i < charges.length; ++i) {
            Escrow storage escrow = _escrows[charges[i].developer][cid];
            uint96 amount = charges[i].released;
            (escrow.free, escrow.reserved) = (escrow.free + amount, escrow.reserved - amount);
        }
    }

    /// @inheritdoc IMonetaryLedger
    function pay(Payees calldata payees, Charge[] calldata charges)
        external
        onlyMonitoringLedger
        returns (uint256 gross)
    {
        for (uint256 i = 0; i < charges.length; ++i) {
            gross += _charge(payees.cid, charges[i]);
        }
        if (gross == 0) return 0;
        (uint256 controllerShare, uint256 sealerShare) = Prices.commission(gross, commission);
        address sealerPayee = payees.sealerPayee == address(0) ? address(this) : payees.sealerPayee;
        _balances[payees.payout] += gross - controllerShare - sealerShare;
        _balances[payees.controllerPayee] += controllerShare;
        _balances[sealerPayee] += sealerShare;
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

    /// @inheritdoc IMonetaryLedger
    function balanceOf(address account) external view returns (uint256) {
        return _balances[account];
    }

    /// @inheritdoc IMonetaryLedger
    function escrowOf(address developer, uint16 cid) external view returns (Escrow memory) {
        return _escrows[developer][cid];
    }

    /// @inheritdoc IMonetaryLedger
    function spendable(address developer, uint16 cid) external view returns (uint256 free, uint256 jobCap) {
        Escrow memory escrow = _escrows[developer][cid];
        if (block.timestamp > escrow.expiry) return (0, 0);
        return (escrow.free, uint256(escrow.jobCap) * JOB_CAP_UNIT);
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
        Escrow memory escrow = _escrows[msg.sender][funding.cid];
        if (block.timestamp <= escrow.expiry && (funding.jobCap < escrow.jobCap || funding.expiry < escrow.expiry)) {
            revert MonetaryLedger_LimitLowered(escrow.jobCap, escrow.expiry);
        }
        _take(msg.sender, funding.amount);
        _escrows[msg.sender][funding.cid] =
            Escrow(escrow.free + funding.amount, escrow.reserved, funding.jobCap, funding.expiry);
        emit EscrowFunded(msg.sender, funding.cid, funding.amount, funding.jobCap, funding.expiry);
    }

    /// @dev Takes a charge out of an escrow. The reserve that it releases is there: the open bits say so.
    function _charge(uint16 cid, Charge calldata charge) private returns (uint256) {
        Escrow storage escrow = _escrows[charge.developer][cid];
        (escrow.free, escrow.reserved) =
        (escrow.free + charge.released - charge.charged, escrow.reserved - charge.released);
        return charge.charged;
    }
}
