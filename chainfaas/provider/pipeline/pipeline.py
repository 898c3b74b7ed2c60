"""Takes jobs in, decides, runs several at once, and stores each step before the next one has an effect."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer
from chainfaas.domain.times import UnixSeconds
from chainfaas.provider.crash_points import ProviderPoint
from chainfaas.provider.journal.errors import JobKnownError
from chainfaas.provider.journal.job_record import EndedJob, NewJob
from chainfaas.provider.offers.admission import (
    Admitted,
    Circumstances,
    House,
    Refusal,
    RefusalReason,
    check_input,
    decide_admission,
)
from chainfaas.provider.offers.house_rules import HouseRules
from chainfaas.provider.offers.room import JobSize
from chainfaas.provider.pipeline.run_job import Workshop, run_job
from chainfaas.provider.receipts.receipt_maker import RunOutcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from chainfaas.domain.identifiers import JobId, VersionId
    from chainfaas.provider.journal.chain_notes import PublishedVersion
    from chainfaas.provider.journal.job_journal import JobJournal
    from chainfaas.provider.offers.exposure import Exposure
    from chainfaas.provider.offers.room import Room
    from chainfaas.provider.own_node.standing import Standing
    from chainfaas.provider.pipeline.offered_job import OfferedJob
    from chainfaas.provider.receipts.receipt_maker import ReceiptMaker

_MS_PER_SECOND = 1_000
_DECLINING_THREADS = 4
NO_RULES = HouseRules()

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class PipelineParts:
    """What a pipeline works with."""

    house: House
    standing: Standing
    find_version: Callable[[VersionId], PublishedVersion | None]
    """Looks a version up at the own node; may wait a moment for a block that is on its way."""
    room: Room
    exposure: Exposure
    workshop: Workshop
    receipts: ReceiptMaker
    journal: JobJournal
    on_end: Callable[[JobId], None]
    """Called at the very end of each run, for the time until its payment."""
    now: Callable[[], float] = time.time
    rules: HouseRules = NO_RULES


class Pipeline:
    """The way of every job through the daemon."""

    def __init__(self, parts: PipelineParts) -> None:
        """Take no jobs yet.

        Args:
            parts: What it works with.
        """
        self._parts = parts
        self._draining = threading.Event()
        workers = parts.room.free.jobs + _DECLINING_THREADS
        self._workers = ThreadPoolExecutor(workers, thread_name_prefix="job")

    @property
    def is_draining(self) -> bool:
        """Whether no more jobs are taken, now or for good."""
        return self._draining.is_set() or not self._parts.rules.schedule.is_open(self._parts.now())

    def submit(self, offered: OfferedJob) -> None:
        """Take a job in; returns at once. A job that is held already is not taken twice."""
        version = offered.assigned.assignment.version_id
        if self._parts.workshop.held.add(offered.job_id, offered.link.controller_id, version):
            self._workers.submit(self._process, offered)

    def drain(self) -> None:
        """Take no more jobs; those that are held go on."""
        self._draining.set()

    def close(self) -> None:
        """Wait for the workers to end."""
        self._workers.shutdown(wait=True, cancel_futures=True)

    def _process(self, offered: OfferedJob) -> None:
        try:
            ended = self._end_of(offered)
        except JobKnownError:
            # Its report was answered before this daemon started: a second run could not be paid.
            self._parts.workshop.held.let_go(offered.job_id)
            _log.info("A job was assigned again.", action="job_known", job=offered.job_id)
            return
        except Exception:
            self._parts.workshop.held.let_go(offered.job_id)
            _log.exception("A job was lost by a fault of ours.", action="job_lost", job=offered.job_id)
            raise
        offered.link.hand_in(ended)

    def _end_of(self, offered: OfferedJob) -> EndedJob:
        decision = self._decide(offered)
        if isinstance(decision, Refusal):
            return self._decline(offered, decision)
        size = JobSize(decision.version.terms.memory_mib, self._parts.workshop.job_cpu_millis)
        if not self._parts.room.take(offered.job_id, size):
            return self._decline(offered, Refusal(RefusalReason.NO_ROOM, "No room for it at the moment."))
        try:
            return self._accept_and_run(offered, decision)
        finally:
            self._parts.room.give_back(offered.job_id)

    def _decide(self, offered: OfferedJob) -> Admitted | Refusal:
        if self._draining.is_set():
            return Refusal(RefusalReason.DRAINING, "The provider is stopping.")
        if self.is_draining:
            return Refusal(RefusalReason.SCHEDULE, "The provider does not work at this hour.")
        parts, assignment = self._parts, offered.assigned.assignment
        try:
            now = UnixSeconds(int(parts.now()))
            controller_id = offered.link.controller_id
            at = Circumstances(
                now=now,
                controller_id=controller_id,
                controller=parts.standing.controller(controller_id),
                version=parts.find_version(assignment.version_id),
                is_price_asked=parts.standing.asks(Offer(assignment.base_fee, assignment.price), now),
            )
        except ChainFaaSError as fault:
            return Refusal(RefusalReason.NODE_SILENT, f"The provider's own node is silent: {fault.message}")
        decision = decide_admission(offered.assigned, parts.house, at)
        if isinstance(decision, Refusal):
            return decision
        return parts.rules.decide(offered.assigned, decision) or decision

    def _accept_and_run(self, offered: OfferedJob, admitted: Admitted) -> EndedJob:
        content = self._input_of(offered)
        if isinstance(content, Refusal):
            return self._decline(offered, content)
        exposure, controller = self._parts.exposure, offered.link.controller_id
        if not exposure.promise(offered.job_id, controller, admitted.reserved):
            return self._decline(
                offered, Refusal(RefusalReason.EXPOSURE, "The controller owes this provider enough already.")
            )
        try:
            self._at(ProviderPoint.BEFORE_ACCEPT)
            self._parts.journal.accept(self._new_job(offered, admitted.reserved))
            self._at(ProviderPoint.AFTER_ACCEPT)
            exposure.store(offered.job_id)
        finally:
            exposure.withdraw(offered.job_id)
        outcome = run_job(offered, admitted, content, self._parts.workshop)
        self._parts.on_end(offered.job_id)
        ended = self._ended(offered, outcome)
        self._at(ProviderPoint.BEFORE_STORE_REPORT)
        self._parts.journal.store_report(ended)
        self._at(ProviderPoint.AFTER_STORE_REPORT)
        return ended

    def _input_of(self, offered: OfferedJob) -> bytes | Refusal:
        content = offered.input
        try:
            if content is None:
                content = offered.link.fetch_input(offered.job_id)
        except ChainFaaSError as fault:
            return Refusal(RefusalReason.WORK_MISMATCH, f"The input could not be fetched: {fault.message}")
        return check_input(offered.assigned.work, content) or content

    def _decline(self, offered: OfferedJob, refusal: Refusal) -> EndedJob:
        _log.info(
            "A job was declined.", action="job_declined", job=offered.job_id, reason=refusal.reason.value
        )
        outcome = RunOutcome(Status.DECLINED, reason=f"{refusal.reason}: {refusal.sentence}")
        ended = self._ended(offered, outcome)
        self._parts.journal.decline(self._new_job(offered, TokenAmount(0)), ended)
        return ended

    def _new_job(self, offered: OfferedJob, reserved: TokenAmount) -> NewJob:
        return NewJob(offered.link.controller_id, offered.assigned, reserved, self._now_ms())

    def _ended(self, offered: OfferedJob, outcome: RunOutcome) -> EndedJob:
        return self._parts.receipts.ended(
            offered.assigned, outcome, self._now_ms(), offered.link.blob_limit_bytes
        )

    def _now_ms(self) -> int:
        return int(self._parts.now() * _MS_PER_SECOND)

    def _at(self, point: ProviderPoint) -> None:
        self._parts.workshop.at_point(point)
