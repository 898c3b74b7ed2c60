"""The jobs that this provider holds: from their arrival until their reports are answered."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chainfaas.domain.identifiers import ControllerId, JobId, VersionId
    from chainfaas.provider.sandbox.runtime import Sandbox


@dataclass(slots=True)
class _Held:
    controller: ControllerId
    version: VersionId
    sandbox: Sandbox | None = None
    is_cancelled: bool = False


class HeldJobs:
    """Knows which jobs are held for whom, and stops them. Any thread may use it."""

    def __init__(self) -> None:
        """Begin without any."""
        self._changed = threading.Condition()
        self._jobs: dict[JobId, _Held] = {}

    def add(self, job: JobId, controller: ControllerId, version: VersionId) -> bool:
        """Hold a job of a version.

        Returns:
            Whether it was not held before.
        """
        with self._changed:
            if job in self._jobs:
                return False
            self._jobs[job] = _Held(controller, version)
            return True

    def let_go(self, job: JobId) -> None:
        """Hold a job no longer."""
        with self._changed:
            self._jobs.pop(job, None)
            self._changed.notify_all()

    def of(self, controller: ControllerId) -> Mapping[JobId, VersionId]:
        """Return the jobs that are held for a controller, and what each runs."""
        with self._changed:
            return {job: held.version for job, held in self._jobs.items() if held.controller == controller}

    def count(self) -> int:
        """Return how many jobs are held, for whomever."""
        with self._changed:
            return len(self._jobs)

    def enter(self, job: JobId, sandbox: Sandbox) -> bool:
        """Say in which sandbox a job is about to run.

        Returns:
            Whether it may: it was not cancelled before.
        """
        with self._changed:
            held = self._jobs.get(job)
            if held is None or held.is_cancelled:
                return False
            held.sandbox = sandbox
            return True

    def leave(self, job: JobId) -> None:
        """Say that a job's sandbox is not running it any more."""
        with self._changed:
            held = self._jobs.get(job)
            if held is not None:
                held.sandbox = None

    def cancel(self, job: JobId) -> None:
        """Stop a job, or keep it from starting; nothing happens if it is not held or has ended."""
        with self._changed:
            held = self._jobs.get(job)
            if held is None:
                return
            held.is_cancelled = True
            sandbox = held.sandbox
        if sandbox is not None:
            sandbox.cancel()

    def wait_until_empty(self, timeout_seconds: float) -> bool:
        """Wait until no job is held, at most so long.

        Returns:
            Whether none is.
        """
        with self._changed:
            return self._changed.wait_for(lambda: not self._jobs, timeout_seconds)
