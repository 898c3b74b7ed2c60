// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { IFunctionRegistry } from "./interfaces/IFunctionRegistry.sol";
import { IMonitoringLedger } from "./interfaces/IMonitoringLedger.sol";
import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";
import { IProviderRegistry } from "./interfaces/IProviderRegistry.sol";
import { JobRun } from "./JobRun.sol";
import { Batch, Batches, Part } from "./libraries/Batches.sol";
import { Orders } from "./libraries/Orders.sol";
import { Records } from "./libraries/Records.sol";
import { Signatures } from "./libraries/Signatures.sol";
import { Windows } from "./libraries/Windows.sol";

/// @title MonitoringLedger
/// @notice See IMonitoringLedger, and IMonetaryLedger for the money.
contract MonitoringLedger is JobRun, EIP712 {
    using Batches for Batch;
    using Batches for Part;

    IProviderRegistry public immutable providers;
    /// @notice The longest that a job may live, in seconds.
    uint32 public immutable jobLife;
    /// @notice How long after its deadline a batch can be handed in for the first time, in seconds.
    uint32 public immutable claimWindow;

    /// @dev Every number that was opened or recorded, 256 to a word.
    mapping(uint256 page => uint256) private _used;
    /// @dev The hash and the open bits of every batch with an open job.
    mapping(uint64 batchId => uint256) private _words;

    /// @param token_ The unit of payment
    /// @param peers_ Whose controllers order and whose sealers are paid
    /// @param providers_ Who runs jobs
    /// @param functions_ What is run
    /// @param jobLife_ See `jobLife`
    /// @param grace_ See `grace`
    /// @param claimWindow_ See `claimWindow`
    /// @param commission_ See `commission`
    constructor(
        IERC20 token_,
        IPeerRegistry peers_,
        IProviderRegistry providers_,
        IFunctionRegistry functions_,
        uint32 jobLife_,
        uint32 grace_,
        uint32 claimWindow_,
        uint16 commission_
    ) JobRun(token_, peers_, functions_, grace_, commission_) EIP712("ChainFaaS", "1") {
        Windows.check(jobLife_, grace_, claimWindow_);
        providers = providers_;
        jobLife = jobLife_;
        claimWindow = claimWindow_;
        emit ParameterChanged("L", jobLife_, block.timestamp);
        emit ParameterChanged("G", grace_, block.timestamp);
        emit ParameterChanged("W", claimWindow_, block.timestamp);
    }

    /// @inheritdoc IMonitoringLedger
    function open(Batch[] calldata batches) external {
        if (batches.length == 0) return;
        (Run memory run, address key) = _beginOpening(batches[0]);
        uint16 cid = run.cid;
        if (msg.sender != key) revert MonitoringLedger_NotController(cid, msg.sender);
        for (uint256 i = 0; i < batches.length; ++i) {
            Batch calldata batch = batches[i];
            bytes calldata orders = _enter(run, batch);
            if (Batches.controllerId(run.batchId) != cid) revert MonitoringLedger_MixedParties(run.batchId);
            (Reason reason, uint256 occupied, uint256 page) = _openable(run, orders);
            if (reason == Reason.NONE) _open(run, batch, occupied, page);
            else emit BatchSkipped(run.batchId, reason);
        }
    }

    /// @inheritdoc IMonitoringLedger
    function openSigned(Batch calldata batch, bytes calldata signatures) external {
        _payee(batch.providerId);
        (Run memory run, address key) = _beginOpening(batch);
        (Reason reason, uint256 occupied, uint256 page) = _openable(run, _enter(run, batch));
        if (reason != Reason.NONE) revert MonitoringLedger_Refused(run.batchId, reason);
        _checkAssignments(run, key, batch, occupied, signatures);
        _open(run, batch, occupied, page);
    }

    /// @inheritdoc IMonitoringLedger
    function settle(Part[] calldata parts, bytes calldata signature, uint256 minGross)
        external
        returns (uint256 gross)
    {
        if (parts.length == 0) revert MonitoringLedger_NothingToSettle();
        (Run memory run, Payees memory payees, bytes32[] memory hashes) = _authorise(parts, signature);
        bool any;
        unchecked {
            for (uint256 i = 0; i < parts.length; ++i) {
                if (_settle(run, parts[i], hashes[parts.length + i])) any = true;
            }
        }
        if (!any) revert MonitoringLedger_NothingToSettle();
        gross = run.gross;
        if (gross < minGross) revert MonitoringLedger_GrossTooSmall(gross, minGross);
        if (gross != 0) _pay(payees, gross);
    }

    /// @inheritdoc IMonitoringLedger
    function decline(Batch calldata batch, uint48 mask, uint8 reason) external {
        _payee(batch.providerId);
        (Run memory run, uint256 closing) = _close(batch, mask);
        for (uint256 i = 0; closing >> i != 0; ++i) {
            if (!_has(closing, i)) continue;
            uint64 jobId = _releaseUnit(run, i);
            emit JobDeclined(jobId, run.developer, reason);
        }
        _leave(run);
    }

    /// @inheritdoc IMonitoringLedger
    function expire(Batch calldata batch, uint48 mask) external {
        uint256 end = uint256(batch.deadline) + claimWindow;
        if (block.timestamp <= end) revert MonitoringLedger_NotExpired(batch.batchId, end);
        (Run memory run, uint256 closing) = _close(batch, mask);
        for (uint256 i = 0; closing >> i != 0; ++i) {
            if (!_has(closing, i)) continue;
            uint64 jobId = _releaseUnit(run, i);
            emit JobExpired(jobId, run.developer);
        }
        _leave(run);
    }

    /// @inheritdoc IMonitoringLedger
    function openJobs(uint64 batchId) external view returns (uint48) {
        return uint48(_words[batchId]);
    }

    /// @inheritdoc IMonitoringLedger
    function isUsed(uint64 batchId) external view returns (bool) {
        return _isOn(_used[batchId >> 8], batchId);
    }

    /// @inheritdoc IMonitoringLedger
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---------------------------------------------------------------- opening

    /// @dev Whose batches are to be opened, and the controller's key.
    function _beginOpening(Batch calldata first) private view returns (Run memory run, address key) {
        run.cid = Batches.controllerId(first.batchId);
        (key, run.retiredAt) = peers.controllerKey(run.cid);
    }

    /// @dev Why the batch cannot be opened, or the mask of its jobs, and the page of its number.
    function _openable(Run memory run, bytes calldata orders)
        private
        view
        returns (Reason reason, uint256 occupied, uint256 page)
    {
        page = _used[run.batchId >> 8];
        if (_isOn(page, run.batchId)) return (Reason.NUMBER_USED, 0, page);
        if (block.timestamp > run.deadline) return (Reason.DEADLINE_PASSED, 0, page);
        (reason, occupied) = _recordable(run, orders);
    }

    /// @dev What opening and the fast path ask alike; the deadline may have passed.
    function _recordable(Run memory run, bytes calldata orders) private view returns (Reason reason, uint256 occupied) {
        if (_isLater(run.deadline, block.timestamp, jobLife)) return (Reason.DEADLINE_TOO_FAR, 0);
        if (run.retiredAt != 0 && _isLater(block.timestamp, run.retiredAt, grace)) {
            return (Reason.CONTROLLER_RETIRED, 0);
        }
        occupied = Orders.occupied(orders);
        if (occupied == 0) return (Reason.MALFORMED, 0);
        if (!providers.accepts(run.providerId, run.baseFee, run.price)) return (Reason.OFFER_MISMATCH, 0);
    }

    /// @dev Reserves what the jobs of a batch can cost, and stores its word.
    function _open(Run memory run, Batch calldata batch, uint256 occupied, uint256 page) private {
        _record(run, occupied, page);
        uint256 opened = _reserveUnits(run, occupied);
        if (opened != 0) _words[run.batchId] = Batches.word(batch.hash(), opened);
    }

    /// @dev Every job of the batch was assigned by the controller, one signature each.
    function _checkAssignments(
        Run memory run,
        address key,
        Batch calldata batch,
        uint256 occupied,
        bytes calldata signatures
    ) private view {
        uint256 size = Signatures.SIZE;
        if (signatures.length != size * Batches.count(occupied)) revert MonitoringLedger_BadSignature(run.cid);
        for (uint256 i = 0; occupied >> i != 0; ++i) {
            if (!_has(occupied, i)) continue;
            (uint256 versionId, bytes32 details) = Orders.read(run.orders, i);
            bytes32 digest = _hashTypedDataV4(batch.hashAssignment(i, uint32(versionId), details));
            address signer = Signatures.signer(signatures[:size], digest);
            if (signer == address(0) || signer != key) revert MonitoringLedger_BadSignature(run.cid);
            signatures = signatures[size:];
        }
    }

    // --------------------------------------------------------------- settling

    /// @dev Checks that all parts are the caller's and of one controller, and that this controller signed them.
    /// @return run The settlement, not yet in any batch
    /// @return payees Who is paid
    /// @return hashes The hash of each part, then the hash of each part's batch
    function _authorise(Part[] calldata parts, bytes calldata signature)
        private
        view
        returns (Run memory run, Payees memory payees, bytes32[] memory hashes)
    {
        uint256 count = parts.length;
        // No call data hold so many parts that these sums were too large.
        unchecked {
            hashes = new bytes32[](2 * count);
            for (uint256 i = 0; i < count; ++i) {
                Part calldata part = parts[i];
                Batch calldata batch = part.batch;
                (uint16 cid, uint32 providerId) = (Batches.controllerId(batch.batchId), batch.providerId);
                if (i == 0) {
                    (payees.cid, payees.providerId, payees.payout) = (cid, providerId, _payee(providerId));
                } else if (cid != payees.cid || providerId != payees.providerId) {
                    revert MonitoringLedger_MixedParties(batch.batchId);
                }
                bytes32 batchHash = batch.hash();
                hashes[i] = part.hash(batchHash);
                hashes[count + i] = batchHash;
            }
        }
        address signer = Signatures.signer(signature, _hashTypedDataV4(Batches.hashSettlement(hashes, count)));
        (run.cid, run.retiredAt, payees.controllerPayee, payees.sealerPayee) =
            peers.settlementParties(signer, block.coinbase);
        // An id that is no controller's is zero, as is what the registry says of a key that is no controller's.
        if (run.cid != payees.cid || run.cid == 0) revert MonitoringLedger_BadSignature(payees.cid);
    }

    /// @dev Settles a part by whichever path fits, and says whether it closed any job.
    function _settle(Run memory run, Part calldata part, bytes32 batchHash) private returns (bool any) {
        Reason reason;
        bytes calldata records = part.records;
        bytes calldata orders = _enter(run, part.batch);
        uint256 page = _used[run.batchId >> 8];
        if (_isOn(page, run.batchId)) (reason, any) = _settleOpened(run, part.mask, records, batchHash);
        else (reason, any) = _settleFast(run, part.mask, records, orders, page);
        if (reason != Reason.NONE) emit BatchSkipped(run.batchId, reason);
    }

    /// @dev Closes the jobs of the mask that are open, and charges what they cost.
    function _settleOpened(Run memory run, uint256 mask, bytes calldata records, bytes32 batchHash)
        private
        returns (Reason, bool any)
    {
        uint64 batchId = run.batchId;
        uint256 word = _words[batchId];
        uint256 closing = word & mask;
        if (closing == 0) return (Reason.NOTHING_OPEN, false);
        if (!Batches.matches(word, batchHash)) return (Reason.HASH_MISMATCH, false);
        if (!Records.fit(records, mask)) return (Reason.MALFORMED, false);
        closing = _closeJobs(run, mask, closing, Records.start(records));
        _storeClosed(batchId, word, closing);
        return (Reason.NONE, closing != 0);
    }

    /// @dev Records a batch that was never opened: all of its jobs, in one step.
    function _settleFast(Run memory run, uint256 mask, bytes calldata records, bytes calldata orders, uint256 page)
        private
        returns (Reason, bool any)
    {
        if (_isLater(block.timestamp, run.deadline, claimWindow)) return (Reason.DEADLINE_PASSED, false);
        (Reason reason, uint256 occupied) = _recordable(run, orders);
        if (reason != Reason.NONE) return (reason, false);
        if (occupied != mask || !Records.fit(records, mask)) return (Reason.MALFORMED, false);
        _record(run, mask, page);
        return (Reason.NONE, _recordJobs(run, mask, Records.start(records)));
    }

    // ----------------------------------------------- closing without a payment

    /// @dev Takes the open jobs of a mask out of a batch's word.
    function _close(Batch calldata batch, uint256 mask) private returns (Run memory run, uint256 closing) {
        uint256 word = _words[batch.batchId];
        closing = word & mask;
        if (closing == 0) revert MonitoringLedger_NothingToSettle();
        if (!Batches.matches(word, batch.hash())) {
            revert MonitoringLedger_Refused(batch.batchId, Reason.HASH_MISMATCH);
        }
        _storeClosed(batch.batchId, word, closing);
        run.cid = Batches.controllerId(batch.batchId);
        _enter(run, batch);
    }

    // ------------------------------------------------------- what all of it uses

    /// @dev Where a provider's earnings go; only for the provider itself.
    function _payee(uint32 providerId) private view returns (address payee) {
        payee = providers.payeeFor(providerId, msg.sender);
        if (payee == address(0)) revert MonitoringLedger_NotProvider(providerId, msg.sender);
    }

    /// @dev Uses the batch's number up.
    /// @param page The page of the number, as it is stored
    function _record(Run memory run, uint256 occupied, uint256 page) private {
        uint64 batchId = run.batchId;
        _used[batchId >> 8] = page | (1 << (batchId & 0xff));
        emit BatchOpened(batchId, run.providerId, run.baseFee, run.price, run.deadline, Batches.count(occupied));
    }

    /// @dev A batch without an open job needs no word: its number stays used.
    function _storeClosed(uint64 batchId, uint256 word, uint256 closing) private {
        if (uint48(word) == closing) delete _words[batchId];
        else _words[batchId] = word ^ closing;
    }

    /// @dev Whether a time is after another and a span; both are of 32 bits, or of the clock.
    function _isLater(uint256 time, uint256 other, uint256 span) private pure returns (bool) {
        unchecked {
            return time > other + span;
        }
    }

    /// @dev Whether a batch's number is used, by the page that it is on.
    function _isOn(uint256 page, uint64 batchId) private pure returns (bool) {
        return _has(page, batchId & 0xff);
    }

    function _has(uint256 mask, uint256 index) private pure returns (bool) {
        return (mask >> index) & 1 != 0;
    }
}
