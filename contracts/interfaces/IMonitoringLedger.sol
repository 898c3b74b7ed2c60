// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import { Batch, Part } from "../libraries/Batches.sol";

/// @title IMonitoringLedger
/// @notice The record of every job: opened, settled, declined or expired, or recorded in one step after it ran.
/// @dev The controller orders and signs, the provider hands in and is paid. There is no way for a controller to close
/// a job by itself, for a provider to be paid without the controller's signature, or for a job to be paid twice.
interface IMonitoringLedger {
    /// @notice Why a batch or a part of a settlement had no effect.
    /// @param NONE It had one
    /// @param NUMBER_USED The number was opened or recorded before
    /// @param MALFORMED The orders, the mask or the records do not have the form that they must
    /// @param DEADLINE_PASSED The deadline, or the claim window after it, is over
    /// @param DEADLINE_TOO_FAR The deadline is further ahead than a job may live
    /// @param OFFER_MISMATCH The provider does not ask this price, or there is none of that id
    /// @param CONTROLLER_RETIRED The controller was retired longer than the grace ago
    /// @param HASH_MISMATCH Another batch was opened under this number
    /// @param NOTHING_OPEN None of the jobs in the mask is open
    enum Reason {
        NONE,
        NUMBER_USED,
        MALFORMED,
        DEADLINE_PASSED,
        DEADLINE_TOO_FAR,
        OFFER_MISMATCH,
        CONTROLLER_RETIRED,
        HASH_MISMATCH,
        NOTHING_OPEN
    }

    /// @notice A batch is on record, opened or, on the fast path, settled in the same transaction. It comes before the
    /// events of its jobs; `count` is how many jobs were ordered, funded or not.
    event BatchOpened(
        uint64 indexed batchId, uint32 indexed providerId, uint64 baseFee, uint48 price, uint32 deadline, uint256 count
    );
    /// @notice A batch, or a part of a settlement, had no effect.
    event BatchSkipped(uint64 indexed batchId, Reason reason);
    /// @notice A job is open, and the most it can cost is reserved.
    event JobOpened(
        uint64 indexed jobId, address indexed developer, uint32 indexed versionId, uint256 reserved, bytes32 details
    );
    /// @notice A job is not paid for: the escrow has expired, or has less than this, or allows a job less.
    /// @dev The developer is zero if there is no such version.
    event JobUnfunded(
        uint64 indexed jobId, address indexed developer, uint32 indexed versionId, uint256 needed, bytes32 details
    );
    /// @notice An open job has ended and is paid.
    event JobSettled(
        uint64 indexed jobId,
        address indexed developer,
        uint8 status,
        uint32 billedMs,
        uint256 cost,
        bytes32 receiptHash
    );
    /// @notice A job was opened and settled in one step, after it ran.
    event JobRecorded(
        uint64 indexed jobId,
        address indexed developer,
        uint32 indexed versionId,
        bytes32 details,
        uint8 status,
        uint32 billedMs,
        uint256 cost,
        bytes32 receiptHash
    );
    /// @notice The provider gave an open job back. Nothing is paid.
    event JobDeclined(uint64 indexed jobId, address indexed developer, uint8 reason);
    /// @notice Nobody settled an open job in time. Nothing is paid.
    event JobExpired(uint64 indexed jobId, address indexed developer);

    /// @notice The caller is not the controller whose id the batch carries.
    error MonitoringLedger_NotController(uint16 cid, address account);
    /// @notice The caller is neither the provider's operator nor its owner.
    error MonitoringLedger_NotProvider(uint32 providerId, address account);
    /// @notice A call is about one controller, and a settlement about one provider too.
    error MonitoringLedger_MixedParties(uint64 batchId);
    /// @notice The signature is not the controller's, or is not in its only valid form of 65 bytes with a low s.
    error MonitoringLedger_BadSignature(uint16 cid);
    /// @notice The batch cannot be opened.
    error MonitoringLedger_Refused(uint64 batchId, Reason reason);
    /// @notice None of the jobs is open, or, on the fast path, none can be paid.
    error MonitoringLedger_NothingToSettle();
    /// @notice The settlement is worth less than the caller wants.
    error MonitoringLedger_GrossTooSmall(uint256 gross, uint256 minGross);
    /// @notice A batch can be expired after this Unix time in seconds.
    error MonitoringLedger_NotExpired(uint64 batchId, uint256 end);

    /// @notice Open batches: reserve what their jobs can cost at most. The key of the batches' controller only.
    /// @dev What does not fit is skipped and said so in an event; it never stops the rest.
    function open(Batch[] calldata batches) external;

    /// @notice Open a batch in the place of a silent controller. The batch's provider only.
    /// @param batch The batch; jobs that the controller did not assign can be left out as holes
    /// @param signatures The controller's signatures of the jobs' assignments, 65 bytes each, one for each job
    function openSigned(Batch calldata batch, bytes calldata signatures) external;

    /// @notice Settle jobs and be paid. The provider of all the parts only, its operator or its owner.
    /// @dev The same call may be sent again and again: what was paid is not paid again. A part whose batch was not
    /// opened is recorded at once if it holds all jobs of the batch: the fast path.
    /// @param parts What has ended, all of one provider and one controller
    /// @param signature The controller's, over all the parts
    /// @param minGross What the settlement must be worth to the caller, in token base units
    /// @return gross What was charged, commission included
    function settle(Part[] calldata parts, bytes calldata signature, uint256 minGross) external returns (uint256 gross);

    /// @notice Give open jobs back. The batch's provider only.
    /// @param batch The batch as it was opened
    /// @param mask Bit i stands for the job of index i
    /// @param reason Free for the provider to use
    function decline(Batch calldata batch, uint48 mask, uint8 reason) external;

    /// @notice Free the reserves of jobs that nobody settled in time. Anybody.
    /// @param batch The batch as it was opened
    /// @param mask Bit i stands for the job of index i
    function expire(Batch calldata batch, uint48 mask) external;

    /// @notice Which jobs of a batch are open.
    function openJobs(uint64 batchId) external view returns (uint48);

    /// @notice Whether a batch number was opened or recorded, ever.
    function isUsed(uint64 batchId) external view returns (bool);

    /// @notice The EIP-712 domain separator of all that the parties sign.
    function domainSeparator() external view returns (bytes32);
}
