"""Gives calls to providers: ranks, assigns, lets wait, tries elsewhere, and gives up."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

import structlog

from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.dispatch.held_job import HeldJob
from chainfaas.controller.dispatch.pending_call import CallOutcome, PendingCall
from chainfaas.controller.dispatch.refusals import refusal_of
from chainfaas.controller.dispatch.store_changes import store_call, store_first_job, store_next_job
from chainfaas.controller.errors import BusyError, QueueFullError
from chainfaas.controller.ledger_writer.batch_filler import WantedPlace
from chainfaas.controller.ledger_writer.promise_book import Promise
from chainfaas.controller.problems import problem_document
from chainfaas.controller.scheduling.candidates import Candidate, Demand
from chainfaas.controller.scheduling.rank_candidates import Judgement, Ranking, rank_candidates
from chainfaas.controller.scheduling.verdicts import Answer
from chainfaas.controller.storage.batch_rows import insert_batch
from chainfaas.controller.storage.invocation_rows import InvocationEnd, end_invocation
from chainfaas.controller.storage.job_rows import JobRow
from chainfaas.controller.storage.states import AttemptState, InvocationState
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.prices import reserved_cost
from chainfaas.domain.typed_data import hash_work

if TYPE_CHECKING:
    from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
    from chainfaas.controller.ledger_writer.batch_filler import Place
    from chainfaas.controller.storage.chain_view import KnownProvider
    from chainfaas.domain.errors import ChainFaaSError

_log = structlog.get_logger(__name__)


class Placer:
    """Finds providers for calls."""

    def __init__(self, parts: DispatchParts, state: DispatchState) -> None:
        """Place nothing yet.

        Args:
            parts: What dispatch works with.
            state: What it knows.
        """
        self._parts = parts
        self._state = state

    def submit(self, call: PendingCall) -> None:
        """Take a new call: give it to a provider, or let it wait. On disk when this returns.

        Args:
            call: The call.

        Raises:
            BusyError: The controller is stopping.
            PaymentRequiredError: The escrow cannot carry it on any provider.
            UnplaceableError: No provider can run it as things are.
            QueueFullError: Too many calls of the account wait.
            DuplicateCallError: Its key stands for an earlier call.
            KeyReusedError: Its key stands for another request.
        """
        self._parts.numbers.refill()
        self._parts.at_point(ControllerPoint.BEFORE_STORE_INVOCATION)
        with self._state.lock:
            if self._state.is_stopping:
                raise BusyError("The controller is stopping.")
            ranking = self.rank(call)
            stored = self._assign(call, ranking) if ranking.best else self._let_wait(call, ranking)
        stored.result()
        self._parts.at_point(ControllerPoint.AFTER_STORE_INVOCATION)

    def rank(self, call: PendingCall) -> Ranking:
        """Put the providers in order for a call.

        Args:
            call: The call.
        """
        now = self._parts.monotonic()
        candidates = [self._candidate(call, known, now) for known in self._parts.view.providers()]
        return rank_candidates(self._demand(call), candidates, self._parts.rankers, self._parts.lots)

    def pump(self) -> None:
        """Give waiting calls to providers, as far as there are any. Called with the lock held."""
        if len(self._state.queue) and not self._state.is_stopping:
            self._state.queue.place(self._try_to_place)

    def try_elsewhere(self, call: PendingCall) -> None:
        """Give a call whose job came to nothing to another provider, let it wait, or give it up.

        Called with the lock held, after the write that lets the call wait again was handed in.

        Args:
            call: The call.
        """
        if call.is_cancelled:
            self.end(call, InvocationEnd(InvocationState.CANCELLED, self._parts.now_ms()))
            return
        ranking = self.rank(call)
        may_try = call.attempt < self._parts.settings.max_attempts
        if may_try and ranking.best and self._parts.numbers.are_left and not self._state.is_stopping:
            self._assign(call, ranking)
        elif may_try and (ranking.best or ranking.of(Answer.WAIT)):
            self.wait_again(call)
        else:
            self.fail(call, refusal_of(call, ranking, self._parts))

    def give_up(self) -> None:
        """Answer the calls that waited too long. Called with the lock held."""
        now = self._parts.monotonic()
        for call in self._state.queue:
            if call.give_up_seconds <= now:
                self._state.queue.remove(call)
                self.fail(call, refusal_of(call, self.rank(call), self._parts))

    def cancel(self, call: PendingCall) -> None:
        """Give a call up for its caller: at once if it waits, else its provider is told.

        Called with the lock held.

        Args:
            call: The call.
        """
        call.is_cancelled = True
        if self._state.queue.remove(call):
            self.end(call, InvocationEnd(InvocationState.CANCELLED, self._parts.now_ms()))
            return
        for seat in self._state.seats.values():
            for job in seat.jobs.values():
                if job.call is call:
                    seat.cancel.add(job.job_id)
                    seat.wake()

    def fail(self, call: PendingCall, error: ChainFaaSError) -> None:
        """End a call that nobody ran. Called with the lock held.

        Args:
            call: The call.
            error: Why.
        """
        problem = problem_document(error)
        self.end(call, InvocationEnd(InvocationState.FAILED, self._parts.now_ms(), problem=problem))

    def end(self, call: PendingCall, end: InvocationEnd) -> None:
        """End a call without a job of its own. Called with the lock held.

        Args:
            call: The call.
            end: How.
        """
        written = self._parts.writer.submit(
            lambda connection: end_invocation(connection, call.invocation_id, end)
        )
        written.add_done_callback(lambda _: self.finish(call, CallOutcome(end.state, problem=end.problem)))

    def finish(self, call: PendingCall, outcome: CallOutcome) -> None:
        """Forget a call that ended, and tell those who wait for it.

        Args:
            call: The call.
            outcome: How it ended.
        """
        with self._state.lock:
            self._state.calls.pop(call.invocation_id, None)
        call.finish(outcome)

    def wait_again(self, call: PendingCall) -> None:
        """Let a call wait for its next attempt. Called with the lock held.

        Args:
            call: The call.
        """
        call.give_up_seconds = self._parts.monotonic() + self._parts.settings.queue_seconds
        self._state.queue.add(call)

    def _try_to_place(self, call: PendingCall) -> bool:
        ranking = self.rank(call)
        if ranking.best is None or not self._parts.numbers.are_left:
            return False
        self._assign(call, ranking)
        return True

    def _let_wait(self, call: PendingCall, ranking: Ranking) -> Future[None]:
        if not ranking.of(Answer.WAIT):
            raise refusal_of(call, ranking, self._parts)
        limit = self._parts.limits.account_queue_max
        if self._state.queue.count(call.row.account) >= limit:
            raise QueueFullError(f"{limit} calls of this account wait already.")
        self._state.calls[call.invocation_id] = call
        call.is_stored = True
        self._state.queue.add(call)
        stored = self._parts.writer.submit(lambda connection: store_call(connection, call.row, call.key))
        stored.add_done_callback(partial(self._on_stored, call))
        return stored

    def _on_stored(self, call: PendingCall, stored: Future[None]) -> None:
        if stored.exception() is not None:
            with self._state.lock:
                self._state.queue.remove(call)
                self._state.calls.pop(call.invocation_id, None)

    def _assign(self, call: PendingCall, ranking: Ranking) -> Future[None]:
        best = ranking.best
        assert best is not None  # noqa: S101 - for the type checker: callers looked
        job, place = self._make_job(call, best, ranking)
        is_first, call.is_stored = not call.is_stored, True
        self._state.calls[call.invocation_id] = call
        self._state.jobs[job.job_id] = job
        self._state.seats[job.provider_id].jobs[job.job_id] = job
        self._parts.promises.add(self._promise(job))
        self._parts.at_point(ControllerPoint.BEFORE_STORE_JOB)
        if place.is_first:
            # By itself: others may stand in the batch already if this job is not stored.
            self._parts.writer.submit(lambda connection: insert_batch(connection, place.batch))
        change = (
            partial(store_first_job, row=call.row, key=call.key, job=job.row)
            if is_first
            else partial(store_next_job, job=job.row)
        )
        stored = self._parts.writer.submit(change)
        stored.add_done_callback(partial(self._on_assigned, job, is_first))
        return stored

    def _make_job(self, call: PendingCall, best: Judgement, ranking: Ranking) -> tuple[HeldJob, Place]:
        version, now_ms = call.version, self._parts.now_ms()
        candidate = best.candidate
        place = self._parts.filler.join(
            WantedPlace(candidate.provider_id, candidate.offer, call.lane, version.terms.timeout_ms), now_ms
        )
        call.attempt += 1
        row = JobRow(
            job_id=place.job_id,
            invocation_id=call.invocation_id,
            attempt=call.attempt,
            provider_id=candidate.provider_id,
            version_id=version.version_id,
            developer=version.developer,
            details=hash_work(call.work(call.attempt)),
            unit=reserved_cost(version.terms, candidate.offer),
            state=AttemptState.ASSIGNED,
            choice=ranking.as_json(),
            assigned_at_ms=now_ms,
        )
        lease_end = self._parts.monotonic() + self._parts.settings.lease_seconds
        return HeldJob(row, place.batch, call, lease_end), place

    def _promise(self, job: HeldJob) -> Promise:
        until = job.batch.deadline + self._parts.windows.claim_seconds
        return Promise(job.job_id, job.row.developer, job.row.unit, until)

    def _on_assigned(self, job: HeldJob, is_first: bool, stored: Future[None]) -> None:  # noqa: FBT001
        fault = stored.exception()
        with self._state.lock:
            if fault is not None:
                self._undo(job, is_first=is_first)
                return
            self._parts.at_point(ControllerPoint.AFTER_STORE_JOB)
            seat = self._state.seats.get(job.provider_id)
            if seat is not None and job.job_id in seat.jobs:
                seat.outbox.append(job)
                seat.wake()

    def _undo(self, job: HeldJob, *, is_first: bool) -> None:
        # Its place in the batch stays empty: nothing was signed for it.
        self._state.drop_job(job)
        self._parts.filler.job_ended(job.job_id)
        self._parts.promises.release([job.job_id])
        if is_first:
            self._state.calls.pop(job.call.invocation_id, None)
        else:
            _log.error("A job could not be stored.", action="job_not_stored", job=str(job.job_id))
            self.wait_again(job.call)

    def _demand(self, call: PendingCall) -> Demand:
        parts, version = self._parts, call.version
        now_seconds = int(parts.unix_time())
        escrow = parts.view.escrow(version.developer)
        promised = parts.promises.promised(version.developer)
        is_good = escrow.expiry_seconds >= now_seconds + parts.windows.grace_seconds
        spendable = max(0, escrow.free - promised.amount) if is_good else 0
        return Demand(version.version_id, version.terms, call.tried, TokenAmount(spendable), escrow.job_cap)

    def _candidate(self, call: PendingCall, known: KnownProvider, now: float) -> Candidate:
        seat = self._state.seats.get(known.provider_id)
        if seat is not None:
            return seat.candidate(known.offer, call.version.version_id, now)
        # Who was there before this controller was started may be about to come back.
        return Candidate(known.provider_id, known.offer, now - self._state.started_seconds)
