// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { VersionTerms } from "../../../contracts/libraries/Prices.sol";
import { Steps } from "../foundation/Steps.sol";
import { Vm } from "../foundation/Vm.sol";

/// @notice The part of the books that is about jobs: what may follow what, what each costs, and who may say so.
abstract contract JobBook is Steps {
    enum State {
        NONE,
        UNFUNDED,
        OPEN,
        SETTLED,
        RECORDED,
        DECLINED,
        EXPIRED
    }

    struct Header {
        uint32 providerId;
        uint64 baseFee;
        uint48 price;
        uint32 deadline;
        bytes32 hash;
    }

    struct Job {
        State state;
        address developer;
        uint32 versionId;
        uint256 unit;
    }

    struct Line {
        uint256 free;
        uint256 reserved;
        uint256 jobCap;
        uint256 expiry;
        bool known;
    }

    struct Place {
        address developer;
        uint16 cid;
    }

    mapping(uint64 batchId => Header) internal headers;
    mapping(uint64 jobId => Job) internal jobs;
    uint64[] internal openedJobs;

    mapping(address account => uint256) internal balances;
    mapping(address account => bool) private _known;
    address[] internal accounts;
    mapping(address developer => mapping(uint16 cid => Line)) internal lines;
    Place[] internal escrows;
    /// @dev Tokens that somebody sent to the ledger without a deposit.
    uint256 internal donated;

    /// @dev Who sends the present call, and what it hands in.
    address internal caller;
    uint16 internal signedBy;
    mapping(uint64 batchId => bytes32) internal handed;
    mapping(uint64 jobId => bytes32) internal handedRecords;
    /// @dev What the present call has charged and not yet paid out.
    uint256 internal gross;
    mapping(address developer => mapping(uint16 cid => uint256)) private _sums;

    /// @notice I7: what is reserved is what the open jobs can cost.
    function checkReserves() internal {
        for (uint256 i = 0; i < escrows.length; ++i) {
            _sums[escrows[i].developer][escrows[i].cid] = 0;
        }
        for (uint256 i = 0; i < openedJobs.length; ++i) {
            uint64 id = openedJobs[i];
            bool open_ = (ledger.openJobs(id >> 6) >> (id & 63)) & 1 == 1;
            assertTrue(open_ == (jobs[id].state == State.OPEN), "I7: which jobs are open");
            if (open_) _sums[jobs[id].developer][uint16(id >> 48)] += jobs[id].unit;
        }
        for (uint256 i = 0; i < escrows.length; ++i) {
            Place memory place = escrows[i];
            uint256 reserved = money.escrowOf(place.developer, place.cid).reserved;
            assertEq(reserved, _sums[place.developer][place.cid], "I7: a reserve");
        }
    }

    function credit(address account, uint256 amount) internal {
        if (!_known[account]) {
            _known[account] = true;
            accounts.push(account);
        }
        balances[account] += amount;
    }

    function openLine(address developer, uint16 cid) internal returns (Line storage line) {
        line = lines[developer][cid];
        if (line.known) return line;
        line.known = true;
        escrows.push(Place(developer, cid));
    }

    function readBatchOpened(uint64 batchId, Vm.Log memory log) internal {
        assertEq(headers[batchId].providerId, 0, "I1: a number is used once");
        assertTrue(handed[batchId] != 0, "I3: nobody handed this batch in");
        Header memory header;
        header.providerId = uint32(uint256(log.topics[2]));
        header.hash = handed[batchId];
        (header.baseFee, header.price, header.deadline,) = abi.decode(log.data, (uint64, uint48, uint32, uint256));
        headers[batchId] = header;
    }

    function readOpened(uint64 jobId, Vm.Log memory log) internal {
        uint16 cid = uint16(jobId >> 48);
        Job memory job = _begin(jobId, State.OPEN, log);
        (uint256 reserved,) = abi.decode(log.data, (uint256, bytes32));
        Line storage line = lines[job.developer][cid];
        assertEq(reserved, job.unit, "I8: the unit is what the version and the offer say");
        assertTrue(caller == controller(cid - 1) || signedBy == cid, "I6: opened without the controller");
        if (reserved != 0) _checkLimits(line, job.unit);
        line.free -= reserved;
        line.reserved += reserved;
        openedJobs.push(jobId);
    }

    function readUnfunded(uint64 jobId) internal {
        assertTrue(jobs[jobId].state == State.NONE, "I1: unfunded after something else");
        jobs[jobId].state = State.UNFUNDED;
    }

    function readSettled(uint64 jobId, Vm.Log memory log) internal {
        Job storage job = jobs[jobId];
        assertTrue(job.state == State.OPEN, "I1: settled twice, or never opened");
        job.state = State.SETTLED;
        assertEq(_address(log.topics[2]), job.developer, "the payer");
        (uint8 status, uint32 billedMs, uint256 cost, bytes32 receiptHash) =
            abi.decode(log.data, (uint8, uint32, uint256, bytes32));
        _checkEnd(jobId, abi.encodePacked(status, billedMs, receiptHash));
        assertEq(cost, _costOf(job.versionId, headers[jobId >> 6], status, billedMs), "I8: a settled job's cost");
        assertLe(cost, job.unit, "I8: the cost is within the unit");
        Line storage line = lines[job.developer][uint16(jobId >> 48)];
        line.reserved -= job.unit;
        line.free += job.unit - cost;
        gross += cost;
    }

    function readRecorded(uint64 jobId, Vm.Log memory log) internal {
        Job memory job = _begin(jobId, State.RECORDED, log);
        (, uint8 status, uint32 billedMs, uint256 cost, bytes32 receiptHash) =
            abi.decode(log.data, (bytes32, uint8, uint32, uint256, bytes32));
        _checkEnd(jobId, abi.encodePacked(status, billedMs, receiptHash));
        assertEq(cost, _costOf(job.versionId, headers[jobId >> 6], status, billedMs), "I8: a recorded job's cost");
        Line storage line = lines[job.developer][uint16(jobId >> 48)];
        if (cost != 0) _checkLimits(line, job.unit);
        line.free -= cost;
        gross += cost;
    }

    function readGivenBack(uint64 jobId, State state) internal {
        Job storage job = jobs[jobId];
        Header memory header = headers[jobId >> 6];
        assertTrue(job.state == State.OPEN, "I1: given back twice, or never opened");
        job.state = state;
        if (state == State.EXPIRED) {
            assertTrue(block.timestamp > uint256(header.deadline) + W, "I5: expired too early");
        } else {
            assertTrue(_actsFor(header.providerId), "I4: declined by another");
        }
        Line storage line = lines[job.developer][uint16(jobId >> 48)];
        line.reserved -= job.unit;
        line.free += job.unit;
    }

    function _address(bytes32 topic) internal pure returns (address) {
        return address(uint160(uint256(topic)));
    }

    /// @dev A job comes on record, opened or recorded.
    function _begin(uint64 jobId, State state, Vm.Log memory log) private returns (Job memory job) {
        assertTrue(jobs[jobId].state == State.NONE, "I1: a job comes on record once");
        assertTrue(headers[jobId >> 6].providerId != 0, "I1: a job of a batch that is not on record");
        job = Job(state, _address(log.topics[2]), uint32(uint256(log.topics[3])), 0);
        assertEq(functions.termsOf(job.versionId).developer, job.developer, "the payer is the version's developer");
        job.unit = _costOf(job.versionId, headers[jobId >> 6], SUCCEEDED, type(uint32).max);
        jobs[jobId] = job;
    }

    /// @dev The provider itself handed in what the controller signed, for the batch as it was opened.
    function _checkEnd(uint64 jobId, bytes memory record_) private view {
        Header memory header = headers[jobId >> 6];
        assertTrue(_actsFor(header.providerId), "I4: settled by another than the provider");
        assertEq(signedBy, jobId >> 48, "I4: settled without its controller's signature");
        assertEq(handed[jobId >> 6], header.hash, "I3: settled by another batch");
        assertEq(handedRecords[jobId], keccak256(record_), "I3: settled by another record");
    }

    function _checkLimits(Line storage line, uint256 unit) private view {
        assertLe(unit, line.jobCap * 1e12, "I8: the unit is within the cap");
        assertLe(block.timestamp, line.expiry, "the escrow has not expired");
    }

    function _actsFor(uint32 providerId) private view returns (bool) {
        return caller == providers.operatorOf(providerId) || caller == providers.ownerOf(providerId);
    }

    function _costOf(uint32 versionId, Header memory header, uint8 status, uint32 billedMs)
        private
        view
        returns (uint256 cost)
    {
        VersionTerms memory terms = functions.termsOf(versionId);
        if (status == 7 || status == 8 || status == 9) return 0;
        uint256 ms = billedMs < terms.timeoutMs ? billedMs : terms.timeoutMs;
        cost = uint256(header.baseFee) + uint256(header.price) * terms.memoryMiB * ms;
        if (cost > uint256(terms.maxCost) * 1e9) cost = uint256(terms.maxCost) * 1e9;
    }
}
