import json

from hypothesis import given
from hypothesis import strategies as st

from examples.scripts.exchange import (
    AssignedBatch,
    AssignedJob,
    Report,
    ReportedJob,
    assigned_document,
    parse_assigned,
    parse_report,
    report_document,
)
from tests.unit.domain.strategies import batches, receipts, signing_keys, works

signatures = st.builds(
    lambda key, digest: key.sign(digest), signing_keys, st.binary(min_size=32, max_size=32)
)
indices = st.integers(0, 47)
assigned_jobs = st.builds(AssignedJob, index=indices, work=works, input_text=st.text(), signature=signatures)
reported_jobs = st.builds(
    ReportedJob, index=indices, receipt=receipts, signature=signatures, output_text=st.text()
)


@given(st.builds(AssignedBatch, batch=batches(), jobs=st.lists(assigned_jobs, max_size=3).map(tuple)))
def test_parse_assigned__what_was_written__the_same(assigned: AssignedBatch) -> None:
    assert parse_assigned(json.loads(json.dumps(assigned_document(assigned)))) == assigned


@given(st.builds(Report, batch=batches(), jobs=st.lists(reported_jobs, max_size=3).map(tuple)))
def test_parse_report__what_was_written__the_same(report: Report) -> None:
    assert parse_report(json.loads(json.dumps(report_document(report)))) == report
