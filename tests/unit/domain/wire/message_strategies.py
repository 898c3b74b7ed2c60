"""Hypothesis strategies for every message between provider and controller."""

from __future__ import annotations

from hypothesis import strategies as st

from chainfaas.domain.identifiers import ControllerId
from chainfaas.domain.leases import Lease
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.signatures import Signature, SigningKey
from chainfaas.domain.wire.blobs import BlobReference
from chainfaas.domain.wire.log_in import (
    Challenge,
    ChallengeRequest,
    ControllerIdentity,
    SessionGrant,
    SessionRequest,
)
from chainfaas.domain.wire.polls import AssignedJob, Capacity, Poll, PollAnswer, ReadyVersion, SignedLease
from chainfaas.domain.wire.problems import Problem
from chainfaas.domain.wire.reports import Report, ReportResult, ReportsAnswer, ReportsRequest
from chainfaas.domain.wire.settlements import SettlementsAnswer, SettlementsRequest, SignedSettlement
from tests.unit.domain import strategies as values

KEY = SigningKey(b"\x01" * 32)

signatures: st.SearchStrategy[Signature] = values.digests.map(KEY.sign)
numbers = values.unsigned(32)
exact_numbers = values.unsigned(53)
texts = st.text(max_size=40)
job_lists = st.lists(values.job_ids, max_size=4, unique=True).map(tuple)
references = st.builds(BlobReference, part=st.none() | texts, size_bytes=numbers)

challenge_requests = st.builds(ChallengeRequest, operator=values.addresses, provider_id=values.provider_ids)
challenges = st.builds(Challenge, message=texts, nonce=values.bytes32s)
session_requests = st.builds(SessionRequest, message=texts, signature=signatures)
identities = st.builds(
    ControllerIdentity,
    controller_id=values.unsigned(15, least=1).map(ControllerId),
    key=values.addresses,
    domain=values.domains,
)
session_grants = st.builds(
    SessionGrant,
    token=texts,
    session=values.sessions,
    signature=signatures,
    controller=identities,
    lease_ms=values.unsigned(32, least=1),
    idle_wait_ms=numbers,
    blob_limit_bytes=numbers,
)
polls = st.builds(
    Poll,
    wait_ms=numbers,
    capacity=st.builds(Capacity, memory_mib=numbers, cpu_millis=numbers, jobs=numbers),
    ready=st.lists(
        st.builds(ReadyVersion, version_id=values.version_ids, depth=numbers),
        max_size=3,
        unique_by=lambda version: version.version_id,
    ).map(tuple),
    running=job_lists,
    draining=st.booleans(),
)
assigned_jobs = st.builds(
    AssignedJob, assignment=values.assignments, signature=signatures, work=values.works, input=references
)
signed_leases = st.builds(
    SignedLease,
    lease=st.builds(Lease, job_ids=job_lists, lease_until=values.times),
    signature=signatures,
)
poll_answers = st.builds(
    PollAnswer,
    assignments=st.lists(assigned_jobs, max_size=2, unique_by=lambda job: job.assignment.job_id).map(tuple),
    cancel=job_lists,
    unknown=job_lists,
    lease=st.none() | signed_leases,
)
metrics = st.builds(
    RunMetrics,
    queued_us=exact_numbers,
    pulled_us=exact_numbers,
    initialised_us=exact_numbers,
    run_us=exact_numbers,
    cpu_us=exact_numbers,
    peak_memory_bytes=exact_numbers,
)
reports = st.builds(
    Report,
    job_id=values.job_ids,
    receipt=values.receipts,
    signature=signatures,
    metrics=metrics,
    sandbox=st.dictionaries(texts, st.booleans() | texts | numbers, max_size=3),
    start_delay_us=exact_numbers,
    output=references,
    log=references,
    reason=texts,
)
report_requests = st.builds(
    ReportsRequest,
    reports=st.lists(reports, max_size=2, unique_by=lambda report: report.job_id).map(tuple),
    poll=st.none() | polls,
)
problems = st.builds(
    Problem,
    status=st.integers(400, 599),
    code=st.text(min_size=1, max_size=20),
    title=texts,
    detail=texts,
)
taken = st.builds(
    ReportResult, job_id=values.job_ids, status=st.just(200), signature=signatures, record=values.records
)
refused = st.builds(
    ReportResult, job_id=values.job_ids, status=st.sampled_from((404, 409, 422)), problem=problems
)
report_answers = st.builds(
    ReportsAnswer,
    results=st.lists(taken | refused, max_size=2, unique_by=lambda result: result.job_id).map(tuple),
    poll=st.none() | poll_answers,
)
settlement_requests = st.builds(SettlementsRequest, jobs=job_lists)
signed_settlements = st.builds(
    SignedSettlement,
    parts=st.lists(values.parts(), min_size=1, max_size=2, unique_by=lambda part: part.batch.batch_id).map(
        tuple
    ),
    signature=signatures,
)
settlement_answers = st.builds(
    SettlementsAnswer, settlement=st.none() | signed_settlements, waiting=job_lists, settled=job_lists
)
