"""Whether a report fits its job: every hash, every size, and the signature."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.errors import ReportMismatchError
from chainfaas.domain.content_hashes import content_hash, json_hash
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.outcomes import Status
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import hash_assignment, hash_receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import Address
    from chainfaas.domain.typed_data import SigningDomain
    from chainfaas.domain.wire.reports import Report

LOG_MAX_BYTES = 256 * 1024
_CUT_MARK_BYTES = 1024


@dataclass(frozen=True, slots=True)
class ReportedContents:
    """What a function wrote.

    Attributes:
        output: Its output.
        log: Its log.
    """

    output: bytes
    log: bytes


def check_report(
    job: HeldJob, report: Report, contents: ReportedContents, operator: Address, domain: SigningDomain
) -> None:
    """Make sure that a report fits its job.

    Args:
        job: The job.
        report: The report.
        contents: Output and log that belong to it.
        operator: Whose signature it must carry.
        domain: What signatures on this network are for.

    Raises:
        ReportMismatchError: Something does not fit; the message names all of it.
    """
    wrong = [*_wrong_hashes(job, report, contents), *_wrong_sizes(job, report, contents)]
    if wrong:
        raise ReportMismatchError(f"The report of the job {report.job_id} does not fit: {', '.join(wrong)}.")
    try:
        check_signer(domain.digest(hash_receipt(report.receipt)), report.signature, operator)
    except InvalidInputError as fault:
        raise ReportMismatchError(f"The receipt of the job {report.job_id}: {fault.message}") from fault


def _wrong_hashes(job: HeldJob, report: Report, contents: ReportedContents) -> Iterator[str]:
    receipt, invocation = report.receipt, job.call.invocation_id
    expected: dict[str, tuple[Bytes32, Bytes32]] = {
        "assignmentHash": (receipt.assignment_hash, hash_assignment(job.assignment())),
        "outputHash": (receipt.output_hash, content_hash(invocation, contents.output)),
        "logHash": (receipt.log_hash, content_hash(invocation, contents.log)),
        "metricsHash": (receipt.metrics_hash, report.metrics.hash_for(invocation)),
        "sandboxHash": (receipt.sandbox_hash, json_hash(invocation, report.sandbox)),
    }
    return (name for name, (stated, made) in expected.items() if stated != made)


def _wrong_sizes(job: HeldJob, report: Report, contents: ReportedContents) -> Iterator[str]:
    if report.output.size_bytes != len(contents.output):
        yield "output.size"
    if report.log.size_bytes != len(contents.log):
        yield "log.size"
    if len(contents.log) > LOG_MAX_BYTES + _CUT_MARK_BYTES:
        yield "log above its limit"
    limit = job.call.row.output_limit_bytes
    if report.receipt.status is Status.SUCCEEDED and len(contents.output) > limit:
        yield "output above its limit"
