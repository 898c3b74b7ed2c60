"""What dispatch knows in memory, behind one lock, and the parts that it works with."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chainfaas.controller.crash_points import ControllerHook
from chainfaas.controller.dispatch.call_queue import CallQueue
from chainfaas.observability.crash_points import pass_by

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.controller.dispatch.held_job import HeldJob
    from chainfaas.controller.dispatch.pending_call import PendingCall
    from chainfaas.controller.dispatch.provider_seat import ProviderSeat
    from chainfaas.controller.ledger_writer.batch_filler import BatchFiller
    from chainfaas.controller.ledger_writer.batch_numbers import BatchNumbers
    from chainfaas.controller.ledger_writer.promise_book import PromiseBook
    from chainfaas.controller.scheduling.policies import WeighedRanker
    from chainfaas.controller.settings import ControllerSettings
    from chainfaas.controller.storage.chain_view import ChainView
    from chainfaas.controller.storage.content_store import ContentStore
    from chainfaas.controller.storage.group_writer import GroupWriter
    from chainfaas.domain.identifiers import ControllerId, InvocationId, JobId, ProviderId
    from chainfaas.domain.limits import Limits
    from chainfaas.domain.signatures import SigningKey
    from chainfaas.domain.typed_data import SigningDomain
    from chainfaas.domain.windows import Windows


@dataclass(frozen=True, slots=True)
class ControllerIdentity:
    """Who this controller is.

    Attributes:
        controller_id: Its number.
        key: What it signs with.
        domain: The network and ledger that its signatures are for.
    """

    controller_id: ControllerId
    key: SigningKey
    domain: SigningDomain


@dataclass(frozen=True, slots=True)
class DispatchParts:
    """What dispatch works with.

    Attributes:
        identity: Who this controller is.
        settings: How it behaves.
        windows: The network's.
        limits: What one call may use.
        writer: The one thread that writes.
        contents: Where long inputs, outputs and logs are.
        view: What the chain says of functions, providers and escrows.
        numbers: Numbers for batches.
        filler: The batches that are being filled.
        promises: What is promised and not on the chain.
        rankers: The scheduler's rules.
        lots: Draws between equals.
        at_point: Called before and after each effect.
        monotonic: Seconds of a clock that never jumps.
        unix_time: Unix seconds.
        on_closed: Called when batches were closed; must not wait.
    """

    identity: ControllerIdentity
    settings: ControllerSettings
    windows: Windows
    limits: Limits
    writer: GroupWriter
    contents: ContentStore
    view: ChainView
    numbers: BatchNumbers
    filler: BatchFiller
    promises: PromiseBook
    rankers: Sequence[WeighedRanker]
    lots: random.Random = field(default_factory=random.SystemRandom)
    at_point: ControllerHook = pass_by
    monotonic: Callable[[], float] = time.monotonic
    unix_time: Callable[[], float] = time.time
    on_closed: Callable[[], None] = lambda: None

    def now_ms(self) -> int:
        """Return Unix milliseconds."""
        return int(self.unix_time() * 1_000)


@dataclass(slots=True)
class DispatchState:
    """Calls, jobs and providers. Everything is read and changed under the lock.

    Attributes:
        started_seconds: When this controller began, on the monotonic clock.
        lock: Held for moments only, never while waiting for the disk.
        seats: The providers that were heard.
        calls: The calls that have not ended.
        jobs: The jobs that providers have.
        queue: The calls that wait for a provider.
        is_stopping: Whether nothing new is taken.
    """

    started_seconds: float
    # Re-entrant, since a write that is over at once reports so in the thread that asked for it.
    lock: threading.RLock = field(default_factory=threading.RLock)
    seats: dict[ProviderId, ProviderSeat] = field(default_factory=dict)
    calls: dict[InvocationId, PendingCall] = field(default_factory=dict)
    jobs: dict[JobId, HeldJob] = field(default_factory=dict)
    queue: CallQueue = field(default_factory=CallQueue)
    is_stopping: bool = False

    def drop_job(self, job: HeldJob) -> bool:
        """Forget a job that its provider no longer has.

        Args:
            job: The job.

        Returns:
            Whether it was there.
        """
        if self.jobs.pop(job.job_id, None) is None:
            return False
        seat = self.seats.get(job.provider_id)
        if seat is not None:
            seat.jobs.pop(job.job_id, None)
            seat.cancel.discard(job.job_id)
            if job in seat.outbox:
                seat.outbox.remove(job)
        return True
