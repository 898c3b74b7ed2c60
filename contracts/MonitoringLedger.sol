// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { ECDSA } from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import { EIP712 } from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import { IFunctionRegistry } from "./interfaces/IFunctionRegistry.sol";
import { IMonetaryLedger } from "./interfaces/IMonetaryLedger.sol";
import { IMonitoringLedger } from "./interfaces/IMonitoringLedger.sol";
import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";
import { IProviderRegistry } from "./interfaces/IProviderRegistry.sol";
import { Batch, Batches, Part } from "./libraries/Batches.sol";
import { Orders } from "./libraries/Orders.sol";
import { Prices, VersionTerms } from "./libraries/Prices.sol";
import { Record, Records } from "./libraries/Records.sol";
import { Tally } from "./libraries/Tally.sol";
import { Windows } from "./libraries/Windows.sol";

/// @title MonitoringLedger
/// @notice See IMonitoringLedger.
contract MonitoringLedger is IMonitoringLedger, EIP712 {
    using Batches for Batch;
    using Batches for Part;
    using Prices for Prices.Quote;
    using Tally for Tally.Account;
    using Tally for Tally.List;

    /// @dev What one call knows while it goes from job to job. Jobs of one version stand side by side, so that the
    /// version is looked up once and what it pays is added to one line.
    struct Run {
        uint16 cid;
        address key;
        uint32 retiredAt;
        uint32 versionId;
        address developer;
        Prices.Quote quote;
        Tally.Account account;
        Tally.List tally;
    }

    uint256 private constant SIGNATURE_SIZE = 65;

    IPeerRegistry public immutable peers;
    IProviderRegistry public immutable providers;
    IFunctionRegistry public immutable functions;
    IMonetaryLedger public immutable money;
    /// @notice The longest that a job may live, in seconds.
    uint32 public immutable jobLife;
    /// @notice How long a retired controller's batches can still be opened, in seconds.
    uint32 public immutable grace;
    /// @notice How long after its deadline a batch can be handed in for the first time, in seconds.
    uint32 public immutable claimWindow;

    /// @dev Every number that was opened or recorded, 256 to a word.
    mapping(uint256 page => uint256) private _used;
    /// @dev The hash and the open bits of every batch with an open job.
    mapping(uint64 batchId => uint256) private _words;

    /// @param peers_ Whose controllers order and whose sealers are paid
    /// @param providers_ Who runs jobs
    /// @param functions_ What is run
    /// @param money_ Where the money is
    /// @param jobLife_ See `jobLife`
    /// @param grace_ See `grace`
    /// @param claimWindow_ See `claimWindow`
    constructor(
        IPeerRegistry peers_,
        IProviderRegistry providers_,
        IFunctionRegistry functions_,
        IMonetaryLedger money_,
        uint32 jobLife_,
        uint32 grace_,
        uint32 claimWindow_
    ) EIP712("ChainFaaS", "1") {
        Windows.check(jobLife_, grace_, claimWindow_);
        peers = peers_;
        providers = providers_;
        functions = functions_;
        money = money_;
        jobLife = jobLife_;
        grace = grace_;
        claimWindow = claimWindow_;
        emit ParameterChanged("L", jobLife_, block.timestamp);
        emit ParameterChanged("G", grace_, block.timestamp);
        emit ParameterChanged("W", claimWindow_, block.timestamp);
    }

    /// @inheritdoc IMonitoringLedger
    function open(Batch[] calldata batches) external {
        if (batches.length == 0) return;
        Run memory run = _beginOpening(batches[0]);
        if (msg.sender != run.key) revert MonitoringLedger_NotController(run.cid, msg.sender);
        for (uint256 i = 0; i < batches.length; ++i) {
            Batch calldata batch = batches[i];
            if (Batches.controllerId(batch.batchId) != run.cid) revert MonitoringLedger_MixedParties(batch.batchId);
            (Reason reason, uint256 occupied) = _openable(run, batch);
            if (reason == Reason.NONE) _open(run, batch, occupied);
            else emit BatchSkipped(batch.batchId, reason);
        }
        money.reserve(run.cid, run.tally.charges());
    }

    /// @inheritdoc IMonitoringLedger
    function openSigned(Batch calldata batch, bytes calldata signatures) external {
        _payee(batch.providerId);
        Run memory run = _beginOpening(batch);
        (Reason reason, uint256 occupied) = _openable(run, batch);
        if (reason != Reason.NONE) revert MonitoringLedger_Refused(batch.batchId, reason);
        _checkAssignments(run, batch, occupied, signatures);
        _open(run, batch, occupied);
        money.reserve(run.cid, run.tally.charges());
    }

    /// @inheritdoc IMonitoringLedger
    function settle(Part[] calldata parts, bytes calldata signature, uint256 minGross)
        external
        returns (uint256 gross)
    {
        if (parts.length == 0) revert MonitoringLedger_NothingToSettle();
        (Run memory run, IMonetaryLedger.Payees memory payees) = _beginSettlement(parts[0].batch);
        bytes32[] memory hashes = _authorise(run, payees, parts, signature);
        uint256 closed;
        for (uint256 i = 0; i < parts.length; ++i) {
            closed += _settle(run, parts[i], hashes[i]);
        }
        if (closed == 0) revert MonitoringLedger_NothingToSettle();
        gross = money.pay(payees, run.tally.charges());
        if (gross < minGross) revert MonitoringLedger_GrossTooSmall(gross, minGross);
    }

    /// @inheritdoc IMonitoringLedger
    function decline(Batch calldata batch, uint48 mask, uint8 reason) external {
        _payee(batch.providerId);
        (Run memory run, uint256 closing) = _close(batch, mask);
        for (uint256 i = 0; closing >> i != 0; ++i) {
            if (!_has(closing, i)) continue;
            _releaseUnit(run, batch, i);
            emit JobDeclined(Batches.jobId(batch.batchId, i), run.developer, reason);
        }
        money.release(run.cid, run.tally.charges());
    }

    /// @inheritdoc IMonitoringLedger
    function expire(Batch calldata batch, uint48 mask) external {
        uint256 end = uint256(batch.deadline) + claimWindow;
        if (block.timestamp <= end) revert MonitoringLedger_NotExpired(batch.batchId, end);
        (Run memory run, uint256 closing) = _close(batch, mask);
        for (uint256 i = 0; closing >> i != 0; ++i) {
            if (!_has(closing, i)) continue;
            _releaseUnit(run, batch, i);
            emit JobExpired(Batches.jobId(batch.batchId, i), run.developer);
        }
        money.release(run.cid, run.tally.charges());
    }

    /// @inheritdoc IMonitoringLedger
    function openJobs(uint64 batchId) external view returns (uint48) {
        return uint48(_words[batchId]);
    }

    /// @inheritdoc IMonitoringLedger
    function isUsed(uint64 batchId) public view returns (bool) {
        return _has(_used[batchId >> 8], batchId & 0xff);
    }

    /// @inheritdoc IMonitoringLedger
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparatorV4();
    }

    // ---------------------------------------------------------------- opening

    function _beginOpening(Batch calldata first) private view returns (Run memory run) {
        run.cid = Batches.controllerId(first.batchId);
        (run.key, run.retiredAt) = peers.controllerKey(run.cid);
    }

    /// @dev Why a batch cannot be opened, or the mask of its jobs.
    function _openable(Run memory run, Batch calldata batch) private view returns (Reason reason, uint256 occupied) {
        if (block.timestamp > batch.deadline) return (Reason.DEADLINE_PASSED, 0);
        return _recordable(run, batch);
    }

    /// @dev What opening and the fast path ask alike; the deadline may have passed.
    function _recordable(Run memory run, Batch calldata batch) private view returns (Reason reason, uint256 occupied) {
        if (isUsed(batch.batchId)) return (Reason.NUMBER_USED, 0);
        if (batch.deadline > block.timestamp + jobLife) return (Reason.DEADLINE_TOO_FAR, 0);
        if (run.retiredAt != 0 && block.timestamp > uint256(run.retiredAt) + grace) {
            return (Reason.CONTROLLER_RETIRED, 0);
        }
        occupied = Orders.occupied(batch.orders);
        if (occupied == 0) return (Reason.MALFORMED, 0);
        if (!providers.accepts(batch.providerId, batch.baseFee, batch.price)) return (Reason.OFFER_MISMATCH, 0);
    }

    /// @dev Reserves what the jobs of a batch can cost, and stores its word.
    function _open(Run memory run, Batch calldata batch, uint256 occupied) private {
        _record(batch, occupied);
        run.versionId = 0;
        uint256 opened;
        for (uint256 i = 0; occupied >> i != 0; ++i) {
            if (!_has(occupied, i)) continue;
            bytes32 details = _look(run, batch, i);
            if (_reserveUnit(run, Batches.jobId(batch.batchId, i), details)) opened |= 1 << i;
        }
        if (opened != 0) _words[batch.batchId] = Batches.word(batch.hash(), opened);
    }

    function _reserveUnit(Run memory run, uint64 jobId, bytes32 details) private returns (bool reserved) {
        uint256 unit = run.quote.unit;
        reserved = run.developer != address(0) && _known(run).charge(unit, unit);
        if (reserved) emit JobOpened(jobId, run.developer, run.versionId, unit, details);
        else emit JobUnfunded(jobId, run.developer, run.versionId, unit, details);
    }

    /// @dev Every job of the batch was assigned by the controller, one signature each.
    function _checkAssignments(Run memory run, Batch calldata batch, uint256 occupied, bytes calldata signatures)
        private
        view
    {
        if (signatures.length != SIGNATURE_SIZE * Batches.count(occupied)) {
            revert MonitoringLedger_BadSignature(run.cid);
        }
        for (uint256 i = 0; occupied >> i != 0; ++i) {
            if (!_has(occupied, i)) continue;
            (uint32 versionId, bytes32 details) = Orders.read(batch.orders, i);
            bytes32 digest = _hashTypedDataV4(batch.hashAssignment(i, versionId, details));
            _checkSignature(run, digest, signatures[:SIGNATURE_SIZE]);
            signatures = signatures[SIGNATURE_SIZE:];
        }
    }

    // --------------------------------------------------------------- settling

    /// @dev Who is paid, and whose signature counts. Only for the provider itself.
    function _beginSettlement(Batch calldata first)
        private
        view
        returns (Run memory run, IMonetaryLedger.Payees memory payees)
    {
        run.cid = Batches.controllerId(first.batchId);
        payees.cid = run.cid;
        payees.providerId = first.providerId;
        payees.payout = _payee(first.providerId);
        (run.key, run.retiredAt, payees.controllerPayee, payees.sealerPayee) =
            peers.settlementParties(run.cid, block.coinbase);
    }

    /// @dev Checks that all parts are of one provider and one controller, and that the controller signed them.
    /// @return batchHashes The hash of each part's batch
    function _authorise(
        Run memory run,
        IMonetaryLedger.Payees memory payees,
        Part[] calldata parts,
        bytes calldata signature
    ) private view returns (bytes32[] memory batchHashes) {
        batchHashes = new bytes32[](parts.length);
        bytes32[] memory partHashes = new bytes32[](parts.length);
        for (uint256 i = 0; i < parts.length; ++i) {
            Batch calldata batch = parts[i].batch;
            if (Batches.controllerId(batch.batchId) != run.cid || batch.providerId != payees.providerId) {
                revert MonitoringLedger_MixedParties(batch.batchId);
            }
            batchHashes[i] = batch.hash();
            partHashes[i] = parts[i].hash(batchHashes[i]);
        }
        _checkSignature(run, _hashTypedDataV4(Batches.hashSettlement(partHashes)), signature);
    }

    /// @dev Settles a part by whichever path fits and returns how many jobs it closed.
    function _settle(Run memory run, Part calldata part, bytes32 batchHash) private returns (uint256 closed) {
        Reason reason;
        if (isUsed(part.batch.batchId)) (reason, closed) = _settleOpened(run, part, batchHash);
        else (reason, closed) = _settleFast(run, part);
        if (reason != Reason.NONE) emit BatchSkipped(part.batch.batchId, reason);
    }

    /// @dev Closes the jobs of the mask that are open, and charges what they cost.
    function _settleOpened(Run memory run, Part calldata part, bytes32 batchHash)
        private
        returns (Reason, uint256 closed)
    {
        Batch calldata batch = part.batch;
        uint256 word = _words[batch.batchId];
        uint256 mask = part.mask;
        if (word & mask == 0) return (Reason.NOTHING_OPEN, 0);
        if (!Batches.matches(word, batchHash)) return (Reason.HASH_MISMATCH, 0);
        if (!Records.fit(part.records, mask)) return (Reason.MALFORMED, 0);
        run.versionId = 0;
        uint256 closing;
        uint256 next;
        for (uint256 i = 0; mask >> i != 0; ++i) {
            if (!_has(mask, i)) continue;
            if (_has(word, i) && _closeJob(run, batch, i, Records.read(part.records, next))) {
                closing |= 1 << i;
                ++closed;
            }
            ++next;
        }
        _storeClosed(batch.batchId, word, closing);
        return (Reason.NONE, closed);
    }

    /// @dev Settles one open job; a record of an unknown status closes nothing.
    function _closeJob(Run memory run, Batch calldata batch, uint256 index, Record memory record)
        private
        returns (bool)
    {
        if (!Records.known(record)) return false;
        _look(run, batch, index);
        uint256 cost = run.quote.cost(record);
        run.account.released += run.quote.unit;
        run.account.charged += cost;
        emit JobSettled(
            Batches.jobId(batch.batchId, index), run.developer, record.status, record.billedMs, cost, record.receiptHash
        );
        return true;
    }

    /// @dev Records a batch that was never opened: all of its jobs, in one step.
    function _settleFast(Run memory run, Part calldata part) private returns (Reason reason, uint256 closed) {
        Batch calldata batch = part.batch;
        uint256 mask;
        if (block.timestamp > uint256(batch.deadline) + claimWindow) return (Reason.DEADLINE_PASSED, 0);
        (reason, mask) = _recordable(run, batch);
        if (reason != Reason.NONE) return (reason, 0);
        if (mask != part.mask || !Records.fit(part.records, mask)) return (Reason.MALFORMED, 0);
        _record(batch, mask);
        run.versionId = 0;
        uint256 next;
        for (uint256 i = 0; mask >> i != 0; ++i) {
            if (!_has(mask, i)) continue;
            if (_recordJob(run, batch, i, Records.read(part.records, next))) ++closed;
            ++next;
        }
    }

    /// @dev Charges one job that was never opened, if its escrow can pay it now.
    function _recordJob(Run memory run, Batch calldata batch, uint256 index, Record memory record)
        private
        returns (bool)
    {
        if (!Records.known(record)) return false;
        uint64 jobId = Batches.jobId(batch.batchId, index);
        bytes32 details = _look(run, batch, index);
        uint256 cost = run.quote.cost(record);
        if (run.developer == address(0) || (cost != 0 && !_known(run).charge(run.quote.unit, cost))) {
            emit JobUnfunded(jobId, run.developer, run.versionId, cost, details);
            return false;
        }
        emit JobRecorded(
            jobId, run.developer, run.versionId, details, record.status, record.billedMs, cost, record.receiptHash
        );
        return true;
    }

    function _checkSignature(Run memory run, bytes32 digest, bytes calldata signature) private pure {
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecover(digest, signature);
        if (failure != ECDSA.RecoverError.NoError || signer != run.key) revert MonitoringLedger_BadSignature(run.cid);
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
    }

    function _releaseUnit(Run memory run, Batch calldata batch, uint256 index) private view {
        _look(run, batch, index);
        run.account.released += run.quote.unit;
    }

    // ------------------------------------------------------- what all of it uses

    /// @dev Turns the run to the version of the job at an index, and returns the job's details.
    function _look(Run memory run, Batch calldata batch, uint256 index) private view returns (bytes32 details) {
        uint32 versionId;
        (versionId, details) = Orders.read(batch.orders, index);
        if (versionId == run.versionId) return details;
        VersionTerms memory terms = functions.termsOf(versionId);
        run.versionId = versionId;
        run.developer = terms.developer;
        run.quote = Prices.quote(terms, batch);
        if (terms.developer != address(0)) run.account = run.tally.line(terms.developer);
    }

    /// @dev The run's line of the tally, with what the escrow can spend.
    function _known(Run memory run) private view returns (Tally.Account memory account) {
        account = run.account;
        if (!account.known) {
            (account.free, account.jobCap) = money.spendable(run.developer, run.cid);
            account.known = true;
        }
    }

    /// @dev Where a provider's earnings go; only for the provider itself.
    function _payee(uint32 providerId) private view returns (address payee) {
        payee = providers.payeeFor(providerId, msg.sender);
        if (payee == address(0)) revert MonitoringLedger_NotProvider(providerId, msg.sender);
    }

    /// @dev Uses a batch's number up.
    function _record(Batch calldata batch, uint256 occupied) private {
        _used[batch.batchId >> 8] |= 1 << (batch.batchId & 0xff);
        emit BatchOpened(
            batch.batchId, batch.providerId, batch.baseFee, batch.price, batch.deadline, Batches.count(occupied)
        );
    }

    /// @dev A batch without an open job needs no word: its number stays used.
    function _storeClosed(uint64 batchId, uint256 word, uint256 closing) private {
        if (uint48(word) == closing) delete _words[batchId];
        else _words[batchId] = word ^ closing;
    }

    function _has(uint256 mask, uint256 index) private pure returns (bool) {
        return (mask >> index) & 1 != 0;
    }
}
