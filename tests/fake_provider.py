"""A provider that speaks the wire messages and runs nothing, for tests of the controller."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chainfaas.domain.content_hashes import content_hash, json_hash
from chainfaas.domain.identifiers import JobId, ProviderId, VersionId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.sign_in import personal_digest
from chainfaas.domain.signatures import SigningKey, check_signer
from chainfaas.domain.typed_data import (
    SigningDomain,
    hash_assignment,
    hash_lease,
    hash_receipt,
    hash_session,
)
from chainfaas.domain.wire.blobs import BlobReference, check_blobs
from chainfaas.domain.wire.log_in import parse_session_grant
from chainfaas.domain.wire.multipart import decode_body, encode_body, encode_json
from chainfaas.domain.wire.polls import (
    AssignedJob,
    Capacity,
    Poll,
    PollAnswer,
    ReadyVersion,
    parse_poll_answer,
)
from chainfaas.domain.wire.reports import (
    Report,
    ReportResult,
    ReportsRequest,
    parse_reports_answer,
)
from chainfaas.domain.wire.settlements import (
    SettlementsAnswer,
    SettlementsRequest,
    parse_settlements_answer,
)

JSON = "application/json"
BLOB_LIMIT = 65_536
PATIENCE_SECONDS = 40.0


@dataclass(frozen=True)
class HttpReply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - whatever a test looks into
        return json.loads(self.body)


# Method, path, body, headers.
Send = Callable[[str, str, bytes, Mapping[str, str]], HttpReply]


class RefusedError(AssertionError):
    def __init__(self, reply: HttpReply) -> None:
        super().__init__(f"{reply.status}: {reply.body[:500]!r}")
        self.reply = reply


@dataclass(frozen=True)
class Ran:
    """How a job is said to have ended."""

    status: Status = Status.SUCCEEDED
    output: bytes = b"done"
    log: bytes = b""
    run_ms: int = 5
    exit_code: int = 0
    reason: str = ""


@dataclass
class FakeProvider:
    """One provider. What it says can be bent before it is sent."""

    send: Send
    key: SigningKey
    provider_id: ProviderId
    domain: SigningDomain
    capacity: Capacity = field(default_factory=lambda: Capacity(4_096, 4_000, 8))
    ready: tuple[VersionId, ...] = ()
    running: dict[JobId, AssignedJob] = field(default_factory=dict)
    inputs: dict[JobId, bytes] = field(default_factory=dict)
    reported: list[JobId] = field(default_factory=list)
    records: dict[JobId, Any] = field(default_factory=dict)
    cancelled: list[JobId] = field(default_factory=list)
    unknown: list[JobId] = field(default_factory=list)
    draining: bool = False
    token: str = ""
    controller_key: Any = None

    def log_in(self) -> None:
        challenge = self.post(
            "/v1/provider/challenge", {"operator": str(self.key.address), "providerId": self.provider_id}
        ).json()
        signature = self.key.sign(personal_digest(challenge["message"]))
        reply = self.post(
            "/v1/provider/session", {"message": challenge["message"], "signature": str(signature)}
        )
        grant = parse_session_grant(reply.json())
        digest = self.domain.digest(hash_session(grant.session))
        check_signer(digest, grant.signature, grant.controller.key)
        assert grant.controller.domain == self.domain
        self.token, self.controller_key = grant.token, grant.controller.key

    def post(self, path: str, message: Mapping[str, Any]) -> HttpReply:
        return self._send("POST", path, encode_json(message), JSON)

    def poll(self, wait_ms: int = 0) -> PollAnswer:
        """Poll once, and hold what comes."""
        reply = self.post("/v1/provider/poll", self.wanted(wait_ms).as_json())
        body = decode_body(reply.headers["Content-Type"], reply.body)
        answer = parse_poll_answer(body.message)
        check_blobs(answer.blob_references, body.blobs)
        self._take(answer, body.blobs)
        return answer

    def wanted(self, wait_ms: int) -> Poll:
        ready = tuple(ReadyVersion(version, 1) for version in self.ready)
        return Poll(wait_ms, self._free(), ready, tuple(self.running), self.draining)

    def report(self, job: JobId, ran: Ran = Ran()) -> ReportResult:
        """Report one job; it is held no longer if the report was taken."""
        report, blobs = self.made_report(job, ran)
        return self.hand_in(report, blobs)

    def hand_in(self, report: Report, blobs: Mapping[str, bytes]) -> ReportResult:
        body = encode_body(ReportsRequest((report,)).as_json(), blobs)
        reply = self._send("POST", "/v1/provider/reports", body.raw, body.content_type)
        decoded = decode_body(reply.headers["Content-Type"], reply.body)
        [result] = parse_reports_answer(decoded.message).results
        if result.is_taken:
            assert result.signature is not None
            assert result.record is not None
            digest = self.domain.digest(hash_receipt(report.receipt))
            check_signer(digest, result.signature, self.controller_key)
            assert result.record.agrees_with(report.receipt, hash_receipt(report.receipt))
            self.running.pop(report.job_id, None)
            self.records[report.job_id] = result.record
            if report.job_id not in self.reported:
                self.reported.append(report.job_id)
        return result

    def report_and_poll(self, job: JobId) -> int:
        """Report and poll in one request; say how many jobs came with the answer."""
        report, blobs = self.made_report(job, Ran())
        self.running.pop(job)
        body = encode_body(ReportsRequest((report,), self.wanted(0)).as_json(), blobs)
        reply = self._send("POST", "/v1/provider/reports", body.raw, body.content_type)
        decoded = decode_body(reply.headers["Content-Type"], reply.body)
        answer = parse_reports_answer(decoded.message)
        assert answer.results[0].is_taken
        assert answer.poll is not None
        self._take(answer.poll, decoded.blobs)
        return len(answer.poll.assignments)

    def made_report(self, job: JobId, ran: Ran) -> tuple[Report, dict[str, bytes]]:
        assigned = self.running[job]
        invocation = assigned.work.invocation_id
        metrics, sandbox = RunMetrics(1, 0, 900, ran.run_ms * 1_000, 500, 9_000_000), {"memory": "64m"}
        receipt = Receipt(
            assignment_hash=hash_assignment(assigned.assignment),
            status=ran.status,
            exit_code=ran.exit_code,
            run_ms=ran.run_ms,
            output_hash=content_hash(invocation, ran.output),
            log_hash=content_hash(invocation, ran.log),
            metrics_hash=metrics.hash_for(invocation),
            sandbox_hash=json_hash(invocation, sandbox),
        )
        blobs: dict[str, bytes] = {}
        report = Report(
            job_id=job,
            receipt=receipt,
            signature=self.key.sign(self.domain.digest(hash_receipt(receipt))),
            metrics=metrics,
            sandbox=sandbox,
            start_delay_us=1_500,
            output=self._reference("output", job, ran.output, blobs),
            log=self._reference("log", job, ran.log, blobs),
            reason=ran.reason,
        )
        return report, blobs

    def settlements(self, *jobs: JobId) -> SettlementsAnswer:
        reply = self.post("/v1/provider/settlements", SettlementsRequest(jobs).as_json())
        return parse_settlements_answer(reply.json())

    def run_one(self, ran: Ran = Ran(), wait_ms: int = 10_000) -> JobId:
        """Wait for a job and report it."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.running:
            assert time.monotonic() < end, "no job came"
            self.poll(wait_ms)
        job = next(iter(self.running))
        result = self.report(job, ran)
        assert result.is_taken, result
        return job

    def _reference(self, kind: str, job: JobId, content: bytes, blobs: dict[str, bytes]) -> BlobReference:
        if len(content) > BLOB_LIMIT:
            self._send("PUT", f"/v1/jobs/{job}/{kind}", content, "application/octet-stream")
            return BlobReference(None, len(content))
        blobs[f"{kind}-{job}"] = content
        return BlobReference(f"{kind}-{job}", len(content))

    def _take(self, answer: PollAnswer, blobs: Mapping[str, bytes]) -> None:
        for assigned in answer.assignments:
            job = assigned.assignment.job_id
            digest = self.domain.digest(hash_assignment(assigned.assignment))
            check_signer(digest, assigned.signature, self.controller_key)
            self.running[job] = assigned
            part = assigned.input.part
            self.inputs[job] = (
                self._send("GET", f"/v1/jobs/{job}/input", b"", JSON).body if part is None else blobs[part]
            )
        if answer.lease is not None:
            digest = self.domain.digest(hash_lease(answer.lease.lease))
            check_signer(digest, answer.lease.signature, self.controller_key)
        self.cancelled += answer.cancel
        self.unknown += answer.unknown

    def _free(self) -> Capacity:
        return Capacity(
            self.capacity.memory_mib - 128 * len(self.running),
            self.capacity.cpu_millis,
            self.capacity.jobs - len(self.running),
        )

    def _send(self, method: str, path: str, body: bytes, content_type: str) -> HttpReply:
        headers = {"Content-Type": content_type}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        reply = self.send(method, path, body, headers)
        if reply.status >= 300:
            raise RefusedError(reply)
        return reply
