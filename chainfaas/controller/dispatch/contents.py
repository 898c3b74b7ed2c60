"""Inputs, outputs and logs that are too long for the body of their message."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chainfaas.controller.errors import JobNotFoundError, LeaseEndedError, TooLargeError
from chainfaas.controller.storage.stored_content import StoredContent
from chainfaas.controller.storage.upload_rows import UploadKind, keep_upload

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.domain.identifiers import JobId, ProviderId

_CUT_MARK_BYTES = 1024


class ContentDesk:
    """Hands out inputs and takes outputs and logs, for jobs that their providers have."""

    def __init__(self, parts: DispatchParts, state: DispatchState) -> None:
        """Hand out nothing yet.

        Args:
            parts: What dispatch works with.
            state: What it knows.
        """
        self._parts = parts
        self._state = state

    def read_input(self, provider: ProviderId, job_id: JobId) -> bytes:
        """Return the input of a job.

        Args:
            provider: Who asks.
            job_id: The job.

        Raises:
            JobNotFoundError: The provider does not have it.
        """
        return self._held(provider, job_id).call.input.read(self._parts.contents)

    def keep(self, provider: ProviderId, job_id: JobId, kind: UploadKind, content: bytes) -> None:
        """Keep an output or log until its report comes; a later one replaces it.

        Args:
            provider: Who sends it.
            job_id: The job.
            kind: What it is.
            content: The bytes.

        Raises:
            JobNotFoundError: The provider does not have it.
            LeaseEndedError: It no longer has it.
            TooLargeError: The content is too long.
        """
        job = self._held(provider, job_id)
        limits = self._parts.limits
        limit = (
            job.call.row.output_limit_bytes
            if kind is UploadKind.OUTPUT
            else limits.log_max_bytes + _CUT_MARK_BYTES
        )
        if len(content) > limit:
            raise TooLargeError(f"The {kind.value} is {len(content)} bytes long, above {limit}.")
        if job.lease_end_seconds <= self._parts.monotonic():
            raise LeaseEndedError(f"The lease of the job {job_id} has ended.")
        stored = StoredContent(len(content), reference=self._parts.contents.put(content))
        self._parts.writer.run(partial(keep_upload, job=job_id, kind=kind, content=stored))

    def _held(self, provider: ProviderId, job_id: JobId) -> HeldJob:
        with self._state.lock:
            job = self._state.jobs.get(job_id)
        if job is None or job.provider_id != provider:
            raise JobNotFoundError(f"Provider {provider} does not have the job {job_id}.")
        return job
