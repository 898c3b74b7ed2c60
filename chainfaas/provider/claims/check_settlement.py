"""Whether a settlement says of every job what the own journal says, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.assignments import assignment_of
from chainfaas.domain.errors import NotFoundError, SignatureError
from chainfaas.domain.identifiers import decompose_batch_id
from chainfaas.domain.masks import indices_of_mask
from chainfaas.domain.prices import job_cost
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import SigningDomain, hash_settlement
from chainfaas.provider.claims.errors import SettlementMismatchError

if TYPE_CHECKING:
    from chainfaas.domain.batches import Batch, Part
    from chainfaas.domain.identifiers import Address, ControllerId, JobId, ProviderId, VersionId
    from chainfaas.domain.prices import Terms
    from chainfaas.domain.records import Record
    from chainfaas.domain.wire.settlements import SignedSettlement
    from chainfaas.provider.journal.job_record import JobRecord


@dataclass(frozen=True)
class ClaimParties:
    """Who claims from whom, on which network."""

    domain: SigningDomain
    provider_id: ProviderId
    controller_id: ControllerId
    controller_key: Address


@dataclass(frozen=True)
class Books:
    """What the provider knows by itself."""

    record: Callable[[JobId], JobRecord]
    """Reads the journal; raises NotFoundError."""
    terms: Callable[[VersionId], Terms | None]
    """What the own node has for a version."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A settlement that may be sent."""

    settlement: SignedSettlement
    jobs: tuple[JobId, ...]
    """All that it closes, those that cost nothing among them."""
    gross: TokenAmount
    """What it is worth before commission."""


def check_settlement(settlement: SignedSettlement, parties: ClaimParties, books: Books) -> Claim:
    """Check a settlement, record by record.

    Args:
        settlement: As the controller sent it.
        parties: Who claims from whom.
        books: What the provider knows by itself.

    Returns:
        The claim.

    Raises:
        SettlementMismatchError: it is not signed, is of others, or says something else of a job.
        ChainError: the own node does not answer.
    """
    _check_signature(settlement, parties)
    jobs: list[JobId] = []
    gross = 0
    for part in settlement.parts:
        _check_parties(part, parties)
        for index, record in _records_of(part):
            job = part.batch.job_id(index)
            jobs.append(job)
            gross += _worth(part.batch, index, record, books)
    return Claim(settlement, tuple(jobs), TokenAmount(gross))


def _check_signature(settlement: SignedSettlement, parties: ClaimParties) -> None:
    digest = parties.domain.digest(hash_settlement(settlement.parts))
    try:
        check_signer(digest, settlement.signature, parties.controller_key)
    except SignatureError as fault:
        raise SettlementMismatchError(f"The settlement is not signed: {fault.message}") from fault


def _check_parties(part: Part, parties: ClaimParties) -> None:
    controller = decompose_batch_id(part.batch.batch_id).controller
    if (controller, part.batch.provider_id) != (parties.controller_id, parties.provider_id):
        raise SettlementMismatchError(f"The batch {part.batch.batch_id} is of other parties.")


def _records_of(part: Part) -> Iterator[tuple[int, Record]]:
    return zip(indices_of_mask(part.mask), part.records, strict=True)


def _worth(batch: Batch, index: int, record: Record, books: Books) -> TokenAmount:
    job = batch.job_id(index)
    try:
        own = books.record(job)
    except NotFoundError as fault:
        # A job that never arrived here may stand in a batch, but nothing is earned with it.
        if record.status.is_paid:
            raise SettlementMismatchError(f"Job {job} would be paid but was never run here.") from fault
        return TokenAmount(0)
    if own.assigned.assignment != assignment_of(batch, index):
        raise SettlementMismatchError(f"The batch has another assignment for job {job} than was signed.")
    if own.countersignature is None:
        if record.status.is_paid:
            raise SettlementMismatchError(f"Job {job} would be paid for a report that was not taken.")
        return TokenAmount(0)
    if (record.status, record.receipt_hash, record.billed_ms) != (
        own.status,
        own.receipt_hash,
        own.billed_ms,
    ):
        raise SettlementMismatchError(
            f"The record of job {job} is {record.status.name} with {record.billed_ms} ms, "
            f"but {own.billed_ms} ms were counter-signed."
        )
    return _cost(batch, index, record, books)


def _cost(batch: Batch, index: int, record: Record, books: Books) -> TokenAmount:
    version = batch.orders[index].version
    terms = books.terms(version)
    if terms is None:
        raise SettlementMismatchError(f"The own node knows no version {version}.")
    return job_cost(terms, batch.offer, record.status, record.billed_ms)
