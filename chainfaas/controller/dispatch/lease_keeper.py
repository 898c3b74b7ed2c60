"""Takes jobs from providers that fell silent, so that others get them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.dispatch.store_changes import store_loss
from chainfaas.controller.storage.states import AttemptState

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.controller.dispatch.placer import Placer

_log = structlog.get_logger(__name__)


class LeaseKeeper:
    """Looks at the clock. Whoever ticks calls `tick`."""

    def __init__(self, parts: DispatchParts, state: DispatchState, placer: Placer) -> None:
        """Take nothing yet.

        Args:
            parts: What dispatch works with.
            state: What it knows.
            placer: Finds providers for calls.
        """
        self._parts = parts
        self._state = state
        self._placer = placer

    def tick(self) -> None:
        """Take jobs whose lease has ended and jobs that were never fetched, and give up calls that waited."""
        self._parts.numbers.refill()
        with self._state.lock:
            for job in self._due():
                self._take_away(job)
            self._placer.give_up()
            self._placer.pump()
        self._parts.on_closed()

    def _due(self) -> list[HeldJob]:
        now = self._parts.monotonic()
        presence = self._parts.settings.presence_seconds
        due = []
        for job in self._state.jobs.values():
            seat = self._state.seats.get(job.provider_id)
            is_unfetched = (
                job.handed_out_ns is None
                and seat is not None
                and job in seat.outbox
                and (job.call.is_cancelled or not seat.is_present(now, presence))
            )
            if not job.is_reporting and (job.lease_end_seconds <= now or is_unfetched):
                due.append(job)
        return due

    def _take_away(self, job: HeldJob) -> None:
        state = AttemptState.WITHDRAWN if job.handed_out_ns is None else AttemptState.LOST
        self._state.drop_job(job)
        self._parts.filler.job_ended(job.job_id)
        if state is AttemptState.WITHDRAWN:
            self._parts.promises.release([job.job_id])
        elif not job.is_inherited:
            seat = self._state.seats.get(job.provider_id)
            if seat is not None:
                seat.judge_end(is_good=False)
        if not job.is_inherited:  # what a controller that died may never have handed out is nobody's fault
            job.call.tried[job.provider_id] = "lost: it was not heard for as long as the lease"
        _log.warning(
            "A provider fell silent with a job.",
            action="job_lost",
            job=str(job.job_id),
            provider=job.provider_id,
            state=state.value,
        )
        self._parts.at_point(ControllerPoint.BEFORE_STORE_LOSS)
        self._parts.writer.submit(
            partial(
                store_loss,
                job=job.job_id,
                invocation=job.call.invocation_id,
                state=state,
                at_ms=self._parts.now_ms(),
            )
        ).add_done_callback(lambda _: self._parts.at_point(ControllerPoint.AFTER_STORE_LOSS))
        self._placer.try_elsewhere(job.call)
