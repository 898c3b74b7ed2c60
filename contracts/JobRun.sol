// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { IERC20 } from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import { IFunctionRegistry } from "./interfaces/IFunctionRegistry.sol";
import { IMonitoringLedger } from "./interfaces/IMonitoringLedger.sol";
import { IPeerRegistry } from "./interfaces/IPeerRegistry.sol";
import { MonetaryLedger } from "./MonetaryLedger.sol";
import { Batch } from "./libraries/Batches.sol";
import { Orders } from "./libraries/Orders.sol";
import { Prices, VersionTerms } from "./libraries/Prices.sol";
import { Outcome, Records } from "./libraries/Records.sol";

/// @title JobRun
/// @notice What happens to one job after another within a call of the MonitoringLedger: what it costs, out of whose
/// escrow, and the event that says so. Which jobs these are, and who may say so, is the MonitoringLedger's to decide.
abstract contract JobRun is IMonitoringLedger, MonetaryLedger {
    using Records for Outcome;

    /// @dev What a call knows while it goes from batch to batch, from version to version and from job to job. Jobs of
    /// one version stand side by side: the version is looked up once, and its developer's escrow changed once.
    struct Run {
        // The call: its controller, and what was charged.
        uint16 cid;
        address key;
        uint32 retiredAt;
        uint256 gross;
        // The batch: its price, and where its next order and record are.
        uint256 baseFee;
        uint256 price;
        uint256 order;
        uint256 record;
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
        uint256 jobId;
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

    /// @dev Turns the run to the first job of a batch.
    function _enter(Run memory run, Batch calldata batch) internal pure {
        run.jobId = uint256(batch.batchId) << 6;
        run.baseFee = batch.baseFee;
        run.price = batch.price;
        run.order = Orders.start(batch.orders);
        run.versionId = 0;
    }

    /// @dev Turns the run to the next index.
    function _next(Run memory run) internal pure {
        unchecked {
            run.order += Orders.SIZE;
            ++run.jobId;
        }
    }

    /// @dev Reads the order of the run's job, which may turn it to another version and another escrow.
    function _look(Run memory run) private {
        (uint256 versionId, bytes32 details) = Orders.read(run.order);
        run.outcome.details = details;
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

    /// @dev Reserves what the run's job can cost, and says whether that was possible.
    function _reserveUnit(Run memory run) internal returns (bool) {
        _look(run);
        uint256 unit = run.unit;
        if (!_spend(run, unit)) return _reportUnfunded(run, unit);
        unchecked {
            run.reserved += unit;
        }
        emit JobOpened(uint64(run.jobId), run.developer, uint32(run.versionId), unit, run.outcome.details);
        return true;
    }

    /// @dev Settles one open job.
    function _closeJob(Run memory run) internal {
        _look(run);
        Outcome memory outcome = run.outcome;
        uint256 unit = run.unit;
        uint256 cost = Prices.cost(unit, run.baseFee, run.perMs, outcome.status, outcome.billedMs);
        outcome.cost = cost;
        unchecked {
            run.released += unit;
            run.charged += cost;
        }
        outcome.emitSettled(run.jobId, run.developer);
    }

    /// @dev Charges one job that was never opened, if its escrow can pay it now.
    function _recordJob(Run memory run) internal returns (bool) {
        _look(run);
        Outcome memory outcome = run.outcome;
        uint256 cost = Prices.cost(run.unit, run.baseFee, run.perMs, outcome.status, outcome.billedMs);
        if (!_spend(run, cost)) return _reportUnfunded(run, cost);
        outcome.cost = cost;
        unchecked {
            run.charged += cost;
        }
        outcome.emitRecorded(run.jobId, run.developer, run.versionId);
        return true;
    }

    /// @dev Frees what is reserved for the run's job.
    function _releaseUnit(Run memory run) internal {
        _look(run);
        run.released += run.unit;
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
    function _reportUnfunded(Run memory run, uint256 needed) private returns (bool) {
        emit JobUnfunded(uint64(run.jobId), run.developer, uint32(run.versionId), needed, run.outcome.details);
        return false;
    }
}
