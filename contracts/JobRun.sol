// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IFunctionRegistry } from "./interfaces/IFunctionRegistry.sol";
import { IMonitoringLedger } from "./interfaces/IMonitoringLedger.sol";
import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";
import { MonetaryLedger } from "./MonetaryLedger.sol";
import { Batch } from "./libraries/Batches.sol";
import { JobEvents } from "./libraries/JobEvents.sol";
import { Orders } from "./libraries/Orders.sol";
import { Prices, VersionTerms } from "./libraries/Prices.sol";
import { Outcome, Records } from "./libraries/Records.sol";

/// @title JobRun
/// @notice What happens to one job after another within a call of the MonitoringLedger: what it costs, out of whose
/// escrow, and the event that says so. Which jobs these are, and who may say so, is the MonitoringLedger's to decide.
abstract contract JobRun is IMonitoringLedger, MonetaryLedger {
    using JobEvents for Outcome;
    using Records for Outcome;

    /// @dev What a call knows while it goes from batch to batch, from version to version and from job to job. Jobs of
    /// one version stand side by side: the version is looked up once, and its developer's escrow changed once.
    struct Run {
        // The call: its controller, and what was charged.
        uint16 cid;
        address key;
        uint32 retiredAt;
        uint256 gross;
        // The batch: the id of the job of index 0, the price, and where in the call data the orders begin.
        uint256 firstJobId;
        uint256 baseFee;
        uint256 price;
        uint256 orders;
        // The version: who pays, what a job costs, what the escrow can spend on it, and how it is to change.
        uint256 versionId;
        address developer;
        uint256 unit;
        uint256 perMs;
        uint256 free;
        uint256 reserved;
        uint256 released;
        uint256 charged;
        // The job.
        Outcome outcome;
    }

    IFunctionRegistry public immutable functions;

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

    // ------------------------------------------------------ from job to job

    /// @dev Turns the run to a batch.
    function _enter(Run memory run, Batch calldata batch) internal pure {
        run.firstJobId = uint256(batch.batchId) << 6;
        run.baseFee = batch.baseFee;
        run.price = batch.price;
        run.orders = Orders.start(batch.orders);
        run.versionId = 0;
    }

    /// @dev Reads the order at an index, which may turn the run to another version and another escrow.
    function _look(Run memory run, uint256 index) private {
        uint256 versionId;
        (versionId, run.outcome.details) = Orders.read(run.orders, index);
        if (versionId != run.versionId) _turn(run, versionId);
    }

    function _turn(Run memory run, uint256 versionId) private {
        _leave(run);
        VersionTerms memory terms = functions.termsOf(uint32(versionId));
        run.versionId = versionId;
        run.developer = terms.developer;
        run.perMs = Prices.perMs(terms, run.price);
        run.unit = Prices.unit(terms, run.baseFee, run.perMs);
        run.free = _spendable(terms.developer, run.cid, run.unit);
    }

    /// @dev Applies to the escrow what the run has added up for it.
    function _leave(Run memory run) internal {
        (uint256 reserved, uint256 released, uint256 charged) = (run.reserved, run.released, run.charged);
        if (reserved | released | charged == 0) return;
        run.gross += charged;
        _change(run.developer, run.cid, reserved, released, charged);
        (run.reserved, run.released, run.charged) = (0, 0, 0);
    }

    // ------------------------------------------------- what happens to a job

    /// @dev Reserves what the job at an index can cost, and says whether that was possible.
    function _reserveUnit(Run memory run, uint256 index) internal returns (bool) {
        _look(run, index);
        uint256 unit = run.unit;
        if (!_spend(run, unit)) return _reportUnfunded(run, index, unit);
        unchecked {
            run.reserved += unit;
            emit JobOpened(
                uint64(run.firstJobId + index), run.developer, uint32(run.versionId), unit, run.outcome.details
            );
        }
        return true;
    }

    /// @dev Settles the open job at an index.
    /// @param record Where in the call data its record is
    /// @return Whether the record says how the job ended; if not, the job stays open
    function _closeJob(Run memory run, uint256 index, uint256 record) internal returns (bool) {
        Outcome memory outcome = run.outcome;
        if (!outcome.read(record)) return false;
        _look(run, index);
        uint256 unit = run.unit;
        uint256 cost = Prices.cost(unit, run.baseFee, run.perMs, outcome.status, outcome.billedMs);
        outcome.cost = cost;
        unchecked {
            run.released += unit;
            run.charged += cost;
            outcome.emitSettled(run.firstJobId + index, run.developer);
        }
        return true;
    }

    /// @dev Charges the job at an index, which was never opened, if its escrow can pay it now.
    /// @param record Where in the call data its record is
    /// @return Whether the job is on record now
    function _recordJob(Run memory run, uint256 index, uint256 record) internal returns (bool) {
        Outcome memory outcome = run.outcome;
        if (!outcome.read(record)) return false;
        _look(run, index);
        uint256 cost = Prices.cost(run.unit, run.baseFee, run.perMs, outcome.status, outcome.billedMs);
        if (!_spend(run, cost)) return _reportUnfunded(run, index, cost);
        outcome.cost = cost;
        unchecked {
            run.charged += cost;
            outcome.emitRecorded(run.firstJobId + index, run.developer, run.versionId);
        }
        return true;
    }

    /// @dev Frees what is reserved for the job at an index.
    /// @return jobId The job's id
    function _releaseUnit(Run memory run, uint256 index) internal returns (uint64 jobId) {
        _look(run, index);
        run.released += run.unit;
        jobId = uint64(run.firstJobId + index);
    }

    /// @dev Takes an amount of what the escrow can spend. What costs nothing can always be taken, but for a version
    /// that does not exist.
    function _spend(Run memory run, uint256 amount) private pure returns (bool) {
        uint256 free = run.free;
        if (amount > free || run.developer == address(0)) return false;
        unchecked {
            run.free = free - amount;
        }
        return true;
    }

    /// @return Always false: the job is not on record
    function _reportUnfunded(Run memory run, uint256 index, uint256 needed) private returns (bool) {
        emit JobUnfunded(
            uint64(run.firstJobId + index), run.developer, uint32(run.versionId), needed, run.outcome.details
        );
        return false;
    }
}
