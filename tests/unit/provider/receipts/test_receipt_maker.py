from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainfaas.domain.content_hashes import content_hash, json_hash
from chainfaas.domain.outcomes import Status
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import hash_assignment, hash_receipt
from chainfaas.domain.wire.multipart import decode_json, encode_json
from chainfaas.domain.wire.reports import ReportsRequest, parse_reports_request
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker, RunOutcome
from tests.unit.provider.provider_samples import DOMAIN, NOW_MS, OPERATOR_KEY, sample_job

JOB = sample_job()
MAKER = ReceiptMaker(OPERATOR_KEY, DOMAIN)


@given(
    status=st.sampled_from(Status),
    output=st.binary(max_size=100),
    log=st.binary(max_size=100),
    run_us=st.integers(0, 10**9),
    reason=st.text(max_size=1_000),
)
def test_ended__any_outcome__report_that_can_be_sent_and_checked(
    status: Status, output: bytes, log: bytes, run_us: int, reason: str
) -> None:
    metrics = RunMetrics(1, 2, 3, run_us, 4, 5)
    outcome = RunOutcome(status, 0, output, log, metrics, {"pids": 64}, 9, reason)
    ended = MAKER.ended(JOB, outcome, NOW_MS)
    receipt, invocation = ended.report.receipt, JOB.work.invocation_id
    assert receipt.assignment_hash == hash_assignment(JOB.assignment)
    assert receipt.output_hash == content_hash(invocation, output)
    assert receipt.log_hash == content_hash(invocation, log)
    assert receipt.sandbox_hash == json_hash(invocation, {"pids": 64})
    assert receipt.metrics_hash == metrics.hash_for(invocation)
    assert receipt.run_ms == -(-run_us // 1_000)
    assert ended.receipt_hash == hash_receipt(receipt)
    check_signer(DOMAIN.digest(ended.receipt_hash), ended.report.signature, OPERATOR_KEY.address)
    request = ReportsRequest((ended.report,))
    assert parse_reports_request(decode_json(encode_json(request.as_json()))) == request


@pytest.mark.parametrize(("limit", "in_body"), [(5, True), (4, False)])
def test_ended__contents_around_the_limit__in_the_body_up_to_it(limit: int, in_body: bool) -> None:
    ended = MAKER.ended(JOB, RunOutcome(Status.SUCCEEDED, 0, b"12345"), NOW_MS, limit)
    assert (ended.report.output.part is not None) is in_body
    assert ended.output == b"12345"
