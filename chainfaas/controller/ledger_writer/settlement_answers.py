"""What a provider gets for its ended jobs: parts of batches, signed together, that the ledger pays for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.controller.crash_points import ControllerHook, ControllerPoint
from chainfaas.controller.storage.batch_rows import batch_of
from chainfaas.controller.storage.job_rows import read_jobs
from chainfaas.controller.storage.ledger_rows import BatchOnLedger, batches_on_ledger
from chainfaas.controller.storage.states import AttemptState, BatchState
from chainfaas.domain.batches import Part
from chainfaas.domain.job_states import JobState
from chainfaas.domain.masks import Mask, indices_of_mask, mask_of_indices
from chainfaas.domain.typed_data import hash_settlement
from chainfaas.domain.wire.settlements import MAX_PARTS, SettlementsAnswer, SignedSettlement
from chainfaas.observability.crash_points import pass_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chainfaas.controller.storage.database import Database
    from chainfaas.controller.storage.job_rows import JobRow
    from chainfaas.domain.identifiers import BatchId, JobId, ProviderId
    from chainfaas.domain.signatures import SigningKey
    from chainfaas.domain.typed_data import SigningDomain


@dataclass(frozen=True, slots=True)
class SettlementDesk:
    """Answers requests for settlements.

    Attributes:
        database: Where batches and jobs are read.
        key: What is signed with.
        domain: The network and ledger that signatures are for.
        at_point: Called before and after signing.
        close_for_claim: Called with who asks, before anything is read: closes what nothing runs in any more.
    """

    database: Database
    key: SigningKey
    domain: SigningDomain
    at_point: ControllerHook = pass_by
    close_for_claim: Callable[[ProviderId], None] = lambda _: None

    def answer(self, provider: ProviderId, jobs: Sequence[JobId]) -> SettlementsAnswer:
        """Return what can be settled of some jobs now.

        The same state of things gives the same bytes, however often it is asked.

        Args:
            provider: Who asks.
            jobs: Jobs that it reported; those that are not its own are passed over.
        """
        self.close_for_claim(provider)
        reader = self.database.engine.execution_options(reads_only=True)
        with reader.connect() as connection:
            own = [
                row
                for row in read_jobs(connection, jobs)
                if row.provider_id == provider and row.state is AttemptState.ENDED
            ]
            numbers = sorted({row.batch_id for row in own})
            batches = {each.row.batch_id: each for each in batches_on_ledger(connection, numbers)}
        settled = tuple(sorted(row.job_id for row in own if _is_settled(batches, row)))
        parts: dict[BatchId, Part] = {}
        for number, batch in batches.items():
            part = _part(batch, self._is_asked(own, number, settled))
            if part is not None and len(parts) < MAX_PARTS:
                parts[number] = part
        waiting = tuple(
            sorted(
                row.job_id
                for row in own
                if row.job_id not in settled and not _holds(parts.get(row.batch_id), row)
            )
        )
        return SettlementsAnswer(self._signed(tuple(parts.values())), waiting, settled)

    @staticmethod
    def _is_asked(own: Sequence[JobRow], number: BatchId, settled: Sequence[JobId]) -> bool:
        return any(row.batch_id == number and row.job_id not in settled for row in own)

    def _signed(self, parts: tuple[Part, ...]) -> SignedSettlement | None:
        if not parts:
            return None
        # Nothing is paid for a call that a power cut could make this controller forget.
        self.database.sync()
        self.at_point(ControllerPoint.BEFORE_SIGN_SETTLEMENT)
        signature = self.key.sign(self.domain.digest(hash_settlement(parts)))
        self.at_point(ControllerPoint.AFTER_SIGN_SETTLEMENT)
        return SignedSettlement(parts, signature)


def _part(batch: BatchOnLedger, is_asked: bool) -> Part | None:  # noqa: FBT001
    whole = batch_of(batch.row, batch.jobs)
    if not is_asked or whole is None:
        return None
    if batch.is_used:
        mask = Mask(batch.open_jobs & _ended(batch))
    else:
        # Recorded whole or not at all; if an opening is on its way, the same part fits that too.
        is_whole = batch.row.state is not BatchState.FILLING and batch.have_all_ended
        mask = whole.occupied if is_whole else Mask(0)
    if mask == 0:
        return None
    ends = {job.index: job.end for job in batch.jobs}
    records = tuple(end.record for index in indices_of_mask(mask) if (end := ends[index]) is not None)
    return Part(whole, mask, records)


def _ended(batch: BatchOnLedger) -> Mask:
    return mask_of_indices(job.index for job in batch.jobs if job.state is AttemptState.ENDED)


def _is_settled(batches: dict[BatchId, BatchOnLedger], row: JobRow) -> bool:
    shown = batches[row.batch_id].chain.get(row.job_id)
    return shown is not None and shown.state is not JobState.OPEN


def _holds(part: Part | None, row: JobRow) -> bool:
    return part is not None and bool(part.mask >> row.index & 1)
