"""Portable receipts, made again from what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.storage.batch_rows import read_batches
from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Assignment, Work
from chainfaas.domain.errors import InternalError
from chainfaas.domain.receipt_documents import ReceiptDocument

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.dispatch_state import ControllerIdentity
    from chainfaas.controller.storage.batch_rows import BatchRow
    from chainfaas.controller.storage.database import Database
    from chainfaas.controller.storage.invocation_rows import InvocationRow
    from chainfaas.controller.storage.job_ends import JobEnd
    from chainfaas.controller.storage.job_rows import JobRow


@dataclass(frozen=True, slots=True)
class ReceiptDesk:
    """Makes receipt documents.

    Attributes:
        identity: Who this controller is.
        database: Where batches are read.
    """

    identity: ControllerIdentity
    database: Database

    def document(
        self, row: InvocationRow, job: JobRow, end: JobEnd, batch: BatchRow | None = None
    ) -> ReceiptDocument:
        """Return the receipt of a job, which `verify_receipt` checks without a network.

        Args:
            row: The call.
            job: The job.
            end: How it ended.
            batch: Its batch, where it is at hand.

        Raises:
            InternalError: The job's batch is gone.
        """
        return ReceiptDocument(
            domain=self.identity.domain,
            assignment=_assignment(job, batch or self._batch(job)),
            work=_work(row, job),
            receipt=end.receipt,
            controller=self.identity.key.address,
            operator=end.operator,
            controller_signature=end.controller_signature,
            operator_signature=end.operator_signature,
        )

    def _batch(self, job: JobRow) -> BatchRow:
        with self.database.engine.execution_options(reads_only=True).connect() as connection:
            batches = read_batches(connection, [job.batch_id])
        if not batches:
            raise InternalError(f"The batch of the job {job.job_id} is not in the database.")
        return batches[0]


def _assignment(job: JobRow, batch: BatchRow) -> Assignment:
    return Assignment(
        job_id=job.job_id,
        version_id=job.version_id,
        provider_id=job.provider_id,
        base_fee=batch.base_fee,
        price=batch.price,
        deadline=batch.deadline,
        details=job.details,
    )


def _work(row: InvocationRow, job: JobRow) -> Work:
    return Work(
        invocation_id=row.invocation_id,
        attempt=job.attempt,
        input_hash=row.input_hash,
        caller=row.account,
        call_authorization=NO_CALL_AUTHORIZATION,
        output_limit_bytes=row.output_limit_bytes,
    )
