"""A small controller for tests: it speaks the real messages over real HTTP and decides nothing by itself."""

from __future__ import annotations

import itertools
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Assignment, Work, assignment_of
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.content_hashes import content_hash, file_hash
from chainfaas.domain.encodings import ZERO_BYTES32, Bytes32, format_hex
from chainfaas.domain.identifiers import (
    Address,
    BatchId,
    ControllerId,
    InvocationId,
    JobId,
    ProviderId,
    VersionId,
    compose_batch_id,
    decompose_job_id,
)
from chainfaas.domain.leases import Lease
from chainfaas.domain.masks import mask_of_indices
from chainfaas.domain.orders import Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import SigningKey, check_signer
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import (
    SigningDomain,
    hash_assignment,
    hash_lease,
    hash_receipt,
    hash_settlement,
    hash_work,
)
from chainfaas.domain.wire.blobs import check_blobs, refer_to
from chainfaas.domain.wire.multipart import EncodedBody, decode_body, decode_json, encode_body
from chainfaas.domain.wire.polls import AssignedJob, PollAnswer, SignedLease, parse_poll
from chainfaas.domain.wire.problems import Problem
from chainfaas.domain.wire.reports import Report, ReportResult, ReportsAnswer, parse_reports_request
from chainfaas.domain.wire.settlements import SettlementsAnswer, SignedSettlement, parse_settlements_request

LEASE_SECONDS = 10
WAIT_SECONDS = 0.2
"""Longest wait of a poll here, so that tests end soon."""
DEADLINE_SECONDS = 100
OUTPUT_LIMIT_BYTES = 2**20


class RefusedError(Exception):
    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.problem = Problem(status, code, code)


@dataclass(frozen=True)
class Wanted:
    """Who runs what, at which price."""

    provider_id: ProviderId
    version_id: VersionId
    offer: Offer


@dataclass
class FakeJob:
    """A job that was assigned."""

    assigned: AssignedJob
    input: bytes
    handed_out_at: float = 0.0
    report: Report | None = None
    output: bytes = b""
    log: bytes = b""
    result: ReportResult | None = None
    uploads: dict[str, bytes] = field(default_factory=dict)


@dataclass
class FakeController:
    """Assign with `assign_batch`, wait with `wait_for_reports`."""

    key: SigningKey
    controller_id: ControllerId
    domain: SigningDomain
    operator: Address
    url: str = ""
    signs_in_for: str = ""
    """Host in the sign-in messages; the own one if empty."""
    batches: dict[BatchId, Batch] = field(default_factory=dict)
    opened: set[BatchId] = field(default_factory=set)
    """Batches that are on the chain, whose jobs are settled one by one."""
    held_back: set[BatchId] = field(default_factory=set)
    """Batches that are not settled yet."""
    jobs: dict[JobId, FakeJob] = field(default_factory=dict)
    bundles: dict[str, bytes] = field(default_factory=dict)
    polls: list[Any] = field(default_factory=list)
    challenges: int = 0
    cancelled: set[JobId] = field(default_factory=set)
    ended_leases: set[JobId] = field(default_factory=set)
    tokens: set[str] = field(default_factory=set)
    faults: list[int] = field(default_factory=list)
    """Statuses with which the next requests are answered instead."""
    tamper: Callable[[SignedSettlement], SignedSettlement] = lambda settlement: settlement
    changed: threading.Condition = field(default_factory=threading.Condition)
    _sequences: Iterator[int] = field(
        default_factory=lambda: itertools.count(time.time_ns() // 1_000 % 2**42)
    )
    _to_hand_out: list[JobId] = field(default_factory=list)

    def assign_batch(self, wanted: Wanted, inputs: list[bytes], deadline: int | None = None) -> list[JobId]:
        """Make a batch of jobs that the next poll hands out."""
        deadline = int(time.time()) + DEADLINE_SECONDS if deadline is None else deadline
        works = [self._work(content) for content in inputs]
        batch = Batch(
            compose_batch_id(self.controller_id, next(self._sequences)),
            wanted.provider_id,
            wanted.offer.base_fee,
            wanted.offer.price,
            UnixSeconds(deadline),
            tuple(Order(wanted.version_id, hash_work(work)) for work in works),
        )
        with self.changed:
            self.batches[batch.batch_id] = batch
            for index, (work, content) in enumerate(zip(works, inputs, strict=True)):
                assigned = self.sign(assignment_of(batch, index), work, content)
                self.jobs[assigned.assignment.job_id] = FakeJob(assigned, content)
                self._to_hand_out.append(assigned.assignment.job_id)
            self.changed.notify_all()
        return [batch.job_id(index) for index in range(len(inputs))]

    def assign_again(self, job: JobId) -> None:
        """Have the next poll hand a job out once more."""
        with self.changed:
            self._to_hand_out.append(job)
            self.changed.notify_all()

    def sign(self, assignment: Assignment, work: Work, content: bytes) -> AssignedJob:
        """Sign an assignment."""
        signature = self.key.sign(self.domain.digest(hash_assignment(assignment)))
        return AssignedJob(assignment, signature, work, refer_to("input", assignment.job_id, content, 65_536))

    def wait_for(self, holds: Callable[[], bool], timeout_seconds: float = 30.0) -> None:
        """Wait until something holds that requests bring about."""
        with self.changed:
            assert self.changed.wait_for(holds, timeout_seconds), "the provider did not do it in time"

    def wait_for_reports(self, jobs: list[JobId]) -> list[FakeJob]:
        """Wait until jobs are reported and answered."""
        self.wait_for(lambda: all(self.jobs[job].result is not None for job in jobs))
        return [self.jobs[job] for job in jobs]

    def _work(self, content: bytes) -> Work:
        invocation = InvocationId(secrets.token_bytes(32))
        return Work(
            invocation,
            1,
            content_hash(invocation, content),
            self.key.address,
            NO_CALL_AUTHORIZATION,
            OUTPUT_LIMIT_BYTES,
        )

    # What the routes do.

    def poll(self, value: JsonValue) -> tuple[PollAnswer, dict[str, bytes]]:
        poll = parse_poll(value)
        with self.changed:
            self.polls.append(poll)
            self.changed.notify_all()
            self.changed.wait_for(
                lambda: bool(self._to_hand_out) or bool(self.cancelled & set(poll.running)),
                min(poll.wait_ms / 1_000, WAIT_SECONDS),
            )
            jobs = [self.jobs[job] for job in self._to_hand_out]
            self._to_hand_out.clear()
        for job in jobs:
            job.handed_out_at = time.monotonic()
        inputs = {job.assigned.input.part: job.input for job in jobs if job.assigned.input.part is not None}
        lease = self._lease(poll.running)
        unknown = tuple(job for job in poll.running if job in self.ended_leases)
        cancel = tuple(job for job in poll.running if job in self.cancelled)
        return PollAnswer(tuple(job.assigned for job in jobs), cancel, unknown, lease), inputs

    def report(self, content_type: str, body: bytes) -> EncodedBody:
        decoded = decode_body(content_type, body)
        request = parse_reports_request(decoded.message)
        check_blobs(request.blob_references, decoded.blobs)
        results = tuple(self._take(report, decoded.blobs) for report in request.reports)
        poll, inputs = (None, {}) if request.poll is None else self.poll(request.poll.as_json())
        with self.changed:
            self.changed.notify_all()
        return encode_body(ReportsAnswer(results, poll).as_json(), inputs)

    def settlements(self, body: bytes) -> dict[str, JsonValue]:
        asked = parse_settlements_request(decode_json(body)).jobs
        parts: list[Part] = []
        waiting: set[JobId] = set()
        for batch_id in dict.fromkeys(decompose_job_id(job).batch for job in asked):
            part = self._part(batch_id)
            if part is None or len(parts) == 2:
                waiting |= {job for job in asked if decompose_job_id(job).batch == batch_id}
            else:
                parts.append(part)
        settlement = None
        if parts:
            settlement = self.tamper(self.sign_settlement(tuple(parts)))
        return SettlementsAnswer(settlement, tuple(sorted(waiting)), ()).as_json()

    def sign_settlement(self, parts: tuple[Part, ...]) -> SignedSettlement:
        """Sign parts together."""
        return SignedSettlement(parts, self.key.sign(self.domain.digest(hash_settlement(parts))))

    def _take(self, report: Report, blobs: Mapping[str, bytes]) -> ReportResult:
        job = self.jobs[report.job_id]
        if report.job_id in self.ended_leases:
            return ReportResult(
                report.job_id, 409, problem=Problem(409, "lease-ended", "The lease has ended.")
            )
        job.output = job.uploads["output"] if report.output.part is None else blobs[report.output.part]
        job.log = job.uploads["log"] if report.log.part is None else blobs[report.log.part]
        self._check(job, report)
        receipt = report.receipt
        record = Record(receipt.status, max(1, receipt.run_ms), hash_receipt(receipt))
        result = ReportResult(
            report.job_id, 200, self.key.sign(self.domain.digest(record.receipt_hash)), record
        )
        with self.changed:
            assert job.report is None or job.report == report, "two reports of one job differ"
            job.report, job.result = report, result
        return result

    def _check(self, job: FakeJob, report: Report) -> None:
        receipt, invocation = report.receipt, job.assigned.work.invocation_id
        check_signer(self.domain.digest(hash_receipt(receipt)), report.signature, self.operator)
        assert receipt.assignment_hash == hash_assignment(job.assigned.assignment)
        assert receipt.output_hash == content_hash(invocation, job.output)
        assert receipt.log_hash == content_hash(invocation, job.log)
        assert receipt.metrics_hash == report.metrics.hash_for(invocation)

    def _part(self, batch_id: BatchId) -> Part | None:
        batch = self.batches[batch_id]
        records = {
            index: job.result.record
            for index in range(len(batch.orders))
            if (job := self.jobs[batch.job_id(index)]).result is not None and job.result.record is not None
        }
        for index in range(len(batch.orders)):
            if batch.job_id(index) in self.ended_leases:
                records[index] = Record(Status.PROVIDER_LOST, 1, ZERO_BYTES32)
        is_complete = len(records) == len(batch.orders)
        if batch_id in self.held_back or not (is_complete or (records and batch_id in self.opened)):
            return None
        indices = sorted(records)
        return Part(batch, mask_of_indices(indices), tuple(records[index] for index in indices))

    def _lease(self, running: tuple[JobId, ...]) -> SignedLease | None:
        if not running:
            return None
        lease = Lease(running, UnixSeconds(int(time.time()) + LEASE_SECONDS))
        return SignedLease(lease, self.key.sign(self.domain.digest(hash_lease(lease))))

    def add_bundle(self, bundle: bytes) -> Bytes32:
        """Have a bundle to be fetched."""
        self.bundles[format_hex(file_hash(bundle))] = bundle
        return file_hash(bundle)
