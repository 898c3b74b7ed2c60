// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IFunctionRegistry } from "./interfaces/IFunctionRegistry.sol";
import { IMonitoringLedger } from "./interfaces/IMonitoringLedger.sol";
import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";
import { MonetaryLedger } from "./MonetaryLedger.sol";
import { Batch } from "./libraries/Batches.sol";
import { Escrows } from "./libraries/Escrows.sol";
import { JobEvents } from "./libraries/JobEvents.sol";
import { Orders } from "./libraries/Orders.sol";
import { Prices, VersionTerms } from "./libraries/Prices.sol";
import { Outcome, Records } from "./libraries/Records.sol";

/// @title JobRun
/// @notice What happens to one job after another within a call of the MonitoringLedger: what it costs, out of whose
/// escrow, and the event that says so. Which jobs these are, and who may say so, is the MonitoringLedger's to decide.
/// @dev The loops over jobs keep on the stack what they change with every job, and call nothing that has a branch.
/// What every job costs is most of what a full transaction costs.
abstract contract JobRun is IMonitoringLedger, MonetaryLedger {
    using Escrows for uint256;
    using JobEvents for Outcome;
    using Records for Outcome;

    /// @dev What a call knows while it goes from batch to batch, from version to version and from job to job. Jobs of
    /// one version stand side by side: the version is looked up once, and its developer's escrow changed once.
    struct Run {
        // The call: its controller, and what was charged.
        uint16 cid;
        uint32 retiredAt;
        uint256 gross;
        // The batch: its fields, read and checked once, and where in the call data its orders begin.
        uint64 batchId;
        uint32 providerId;
        uint64 baseFee;
        uint48 price;
        uint32 deadline;
        uint256 orders;
        // The version: who pays, what a job costs, and the escrow's word as it is stored.
        uint256 versionId;
        address developer;
        uint256 unit;
        uint256 perMs;
        uint256 escrow;
        // One more than jobs of the version can take out of the escrow; zero if there is no such version, of which
        // not even a job that costs nothing can be taken.
        uint256 limit;
        // How the escrow is to change.
        uint256 reserved;
        uint256 released;
        uint256 charged;
        // The job.
        Outcome outcome;
    }

    IFunctionRegistry public immutable functions;

    /// @dev What the function registry says of every version that a job was of. It never changes there, and asking
    /// another contract costs more than reading one's own.
    mapping(uint32 versionId => VersionTerms) private _terms;

    /// @param token_ The unit of payment
    /// @param peers_ Who gets commissions
    /// @param functions_ What is run
    /// @param grace_ See `grace`
    /// @param commission_ See `commission`
    constructor(IERC20 token_, IPeerRegistry peers_, IFunctionRegistry functions_, uint32 grace_, uint16 commission_)
        MonetaryLedger(token_, peers_, grace_, commission_)
    {
        functions = functions_;
    }

    // ------------------------------------------------- what happens to jobs

    /// @dev Reserves what the jobs of a mask can cost, as far as that is possible.
    /// @return opened The jobs for which it was
    function _reserveUnits(Run memory run, uint256 mask) internal returns (uint256 opened) {
        uint256 jobId = _firstJobId(run);
        uint256 order = run.orders;
        uint256 limit;
        unchecked {
            for (uint256 bit = 1; bit <= mask; bit <<= 1) {
                if (mask & bit != 0) {
                    uint256 versionId = Orders.versionAt(order);
                    if (versionId != run.versionId) {
                        run.reserved = run.limit - limit;
                        limit = _turn(run, versionId);
                    }
                    uint256 unit = run.unit;
                    if (unit < limit) {
                        limit -= unit;
                        opened |= bit;
                        JobEvents.emitOpened(jobId, run.developer, versionId, unit, Orders.detailsAt(order));
                    } else {
                        _reportUnfunded(run, jobId, unit, Orders.detailsAt(order));
                    }
                }
                ++jobId;
                order += Orders.SIZE;
            }
            run.reserved = run.limit - limit;
        }
        _leave(run);
    }

    /// @dev Settles the open jobs of a mask.
    /// @param closing Those jobs of the mask that are open
    /// @param record Where in the call data the record of the mask's first job is
    /// @return Those of them whose record says how the job ended; the others stay open
    function _closeJobs(Run memory run, uint256 mask, uint256 closing, uint256 record) internal returns (uint256) {
        Outcome memory outcome = run.outcome;
        uint256 jobId = _firstJobId(run);
        uint256 order = run.orders;
        unchecked {
            for (uint256 bit = 1; bit <= mask; bit <<= 1) {
                if (mask & bit != 0) {
                    if (!outcome.read(record)) closing &= ~bit;
                    if (closing & bit != 0) {
                        uint256 versionId = Orders.versionAt(order);
                        if (versionId != run.versionId) _turn(run, versionId);
                        uint256 cost = _costOf(run, outcome);
                        outcome.cost = cost;
                        run.released += run.unit;
                        run.charged += cost;
                        outcome.emitSettled(jobId, run.developer);
                    }
                    record += Records.SIZE;
                }
                ++jobId;
                order += Orders.SIZE;
            }
        }
        _leave(run);
        return closing;
    }

    /// @dev Charges the jobs of a mask, which were never opened, as far as their escrows can pay them now.
    /// @param record Where in the call data the record of the mask's first job is
    /// @return any Whether any of the jobs is on record now
    function _recordJobs(Run memory run, uint256 mask, uint256 record) internal returns (bool any) {
        Outcome memory outcome = run.outcome;
        uint256 jobId = _firstJobId(run);
        uint256 order = run.orders;
        uint256 limit;
        unchecked {
            for (; mask != 0; mask >>= 1) {
                if (mask & 1 != 0) {
                    if (outcome.read(record)) {
                        uint256 versionId = Orders.versionAt(order);
                        if (versionId != run.versionId) {
                            run.charged = run.limit - limit;
                            limit = _turn(run, versionId);
                        }
                        uint256 cost = _costOf(run, outcome);
                        outcome.details = Orders.detailsAt(order);
                        if (cost < limit) {
                            limit -= cost;
                            any = true;
                            outcome.cost = cost;
                            outcome.emitRecorded(jobId, run.developer, versionId);
                        } else {
                            _reportUnfunded(run, jobId, cost, outcome.details);
                        }
                    }
                    record += Records.SIZE;
                }
                ++jobId;
                order += Orders.SIZE;
            }
            run.charged = run.limit - limit;
        }
        _leave(run);
    }

    /// @dev Frees what is reserved for the job at an index.
    /// @return jobId The job's id
    function _releaseUnit(Run memory run, uint256 index) internal returns (uint64 jobId) {
        (uint256 versionId,) = Orders.read(run.orders, index);
        if (versionId != run.versionId) _turn(run, versionId);
        run.released += run.unit;
        jobId = uint64(_firstJobId(run) + index);
    }

    // ------------------------------------------- from batch to batch, from version to version

    /// @dev Turns the run to a batch.
    /// @return orders The batch's orders
    function _enter(Run memory run, Batch calldata batch) internal pure returns (bytes calldata orders) {
        orders = batch.orders;
        run.batchId = batch.batchId;
        run.providerId = batch.providerId;
        run.baseFee = batch.baseFee;
        run.price = batch.price;
        run.deadline = batch.deadline;
        run.orders = Orders.start(orders);
        run.versionId = 0;
        run.limit = 0;
    }

    /// @dev Applies to the escrow what the run has added up for it.
    function _leave(Run memory run) internal {
        (uint256 reserved, uint256 released, uint256 charged) = (run.reserved, run.released, run.charged);
        if (reserved | released | charged == 0) return;
        (run.reserved, run.released, run.charged) = (0, 0, 0);
        // Of tokens that exist, as all sums of a run are: the whole supply fits into 96 bits.
        unchecked {
            run.gross += charged;
        }
        _storeEscrow(run.developer, run.cid, run.escrow.change(reserved, released, charged));
    }

    /// @dev Turns the run to a version, and so to its developer's escrow.
    /// @return limit As in Run
    function _turn(Run memory run, uint256 versionId) private returns (uint256 limit) {
        _leave(run);
        VersionTerms memory terms = _terms[uint32(versionId)];
        if (terms.developer == address(0)) terms = _askFor(uint32(versionId));
        address developer = terms.developer;
        uint256 perMs = Prices.perMs(terms, run.price);
        uint256 unit = Prices.unit(terms, run.baseFee, perMs);
        uint256 escrow = _escrow(developer, run.cid);
        if (developer != address(0)) limit = escrow.spendable(unit) + 1;
        (run.versionId, run.developer, run.unit, run.perMs) = (versionId, developer, unit, perMs);
        (run.escrow, run.limit) = (escrow, limit);
    }

    /// @dev Has a version's terms told, and keeps them; a version that does not exist may come into being.
    function _askFor(uint32 versionId) private returns (VersionTerms memory terms) {
        terms = functions.termsOf(versionId);
        if (terms.developer != address(0)) _terms[versionId] = terms;
    }

    function _costOf(Run memory run, Outcome memory outcome) private pure returns (uint256) {
        return Prices.cost(run.unit, run.baseFee, run.perMs, outcome.status, outcome.billedMs);
    }

    function _firstJobId(Run memory run) private pure returns (uint256) {
        return uint256(run.batchId) << 6;
    }

    function _reportUnfunded(Run memory run, uint256 jobId, uint256 needed, bytes32 details) private {
        emit JobUnfunded(uint64(jobId), run.developer, uint32(run.versionId), needed, details);
    }
}
