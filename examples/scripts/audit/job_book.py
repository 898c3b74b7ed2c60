"""Every job from its batch to its end, its price computed again, and the payments that it is part of."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.domain.amounts import BaseFee, Price, TokenAmount
from chainfaas.domain.errors import InvalidOutcomeError, InvalidTransitionError
from chainfaas.domain.identifiers import INDEX_BITS, MAX_BATCH_JOBS, SEQUENCE_BITS, ZERO_ADDRESS, Address
from chainfaas.domain.job_states import JobState, JobStep, transition
from chainfaas.domain.outcomes import Status, status
from chainfaas.domain.prices import Offer, job_cost, reserved_cost, split_gross
from examples.scripts.audit.findings import Findings
from examples.scripts.audit.money_book import MoneyBook
from examples.scripts.audit.party_book import PartyBook, Version
from examples.scripts.event_fields import account, number, place


@dataclass(slots=True)
class BatchEntry:
    """A batch that is on record."""

    batch_id: int
    provider_id: int
    offer: Offer
    deadline: int
    count: int
    """How many jobs were ordered."""
    jobs: int = 0
    """How many were told of."""
    is_fast: bool = False

    @property
    def cid(self) -> int:
        """The controller that ordered it."""
        return self.batch_id >> SEQUENCE_BITS


@dataclass(slots=True)
class JobEntry:
    """A job, and how far it came; amounts in base units."""

    job_id: int
    batch: BatchEntry
    developer: Address
    version_id: int
    state: JobState = JobState.NONE
    reserved: int = 0
    status: int | None = None
    billed_ms: int | None = None
    cost: int = 0


@dataclass(slots=True)
class JobBook:
    """All batches, jobs and payments."""

    findings: Findings
    parties: PartyBook
    money: MoneyBook
    batches: dict[int, BatchEntry] = field(default_factory=dict)
    jobs: dict[int, JobEntry] = field(default_factory=dict)
    payments: list[ChainEvent] = field(default_factory=list)
    skipped: int = 0
    _due: Counter[tuple[bytes, int, int]] = field(default_factory=Counter)

    def open_mask(self, batch_id: int) -> int:
        """Return the bits of a batch's jobs that are open."""
        jobs = (self.jobs.get(batch_id << INDEX_BITS | index) for index in range(MAX_BATCH_JOBS))
        return sum(1 << i for i, job in enumerate(jobs) if job is not None and job.state is JobState.OPEN)

    def batch_opened(self, event: ChainEvent) -> None:
        """Take a batch: a new number, of a known controller, at a price that the provider asks."""
        batch_id, provider_id = number(event, "batchId"), number(event, "providerId")
        subject = f"batch {batch_id}"
        offer = Offer(BaseFee(number(event, "baseFee")), Price(number(event, "price")))
        batch = BatchEntry(batch_id, provider_id, offer, number(event, "deadline"), number(event, "count"))
        require = self.findings.require
        require("a number is used once", event, subject, holds=batch_id not in self.batches)
        require("the controller is known", event, subject, holds=batch.cid in self.parties.controllers)
        provider = self.parties.providers.get(provider_id)
        asked = () if provider is None else (provider.offer, provider.former)
        require("the price is the provider's", event, subject, holds=offer in asked)
        self.batches[batch_id] = batch

    def batch_skipped(self, event: ChainEvent) -> None:
        """Count what had no effect."""
        del event
        self.skipped += 1

    def job_opened(self, event: ChainEvent) -> None:
        """Reserve what an opened job can cost at most."""
        job, version = self._new_job(event, JobStep.OPEN)
        if job is None or version is None:
            return
        job.reserved = number(event, "reserved")
        unit = reserved_cost(version.terms, job.batch.offer)
        self.findings.compare("reserved", f"job {job.job_id}", unit, job.reserved, place(event))
        escrow = self.money.escrow(job.developer, job.batch.cid)
        self._check_cap(event, job, unit)
        self.money.reserve(event, escrow, job.reserved)

    def job_unfunded(self, event: ChainEvent) -> None:
        """Note a job that nobody pays; what it needed is at most what it could have cost."""
        job, version = self._new_job(event, JobStep.LEAVE_UNFUNDED)
        if job is None:
            return
        unit = 0 if version is None else reserved_cost(version.terms, job.batch.offer)
        holds = number(event, "needed") <= unit
        self.findings.require("needed no more than the most", event, f"job {job.job_id}", holds=holds)

    def job_recorded(self, event: ChainEvent) -> None:
        """Charge a job of the fast path."""
        job, version = self._new_job(event, JobStep.RECORD)
        if job is None or version is None:
            return
        job.batch.is_fast = True
        self._price(event, job, version)
        self._check_cap(event, job, reserved_cost(version.terms, job.batch.offer))
        self.money.charge(event, self.money.escrow(job.developer, job.batch.cid), job.cost)

    def job_settled(self, event: ChainEvent) -> None:
        """Release what was reserved for an open job, and charge what it cost."""
        job = self._ended_job(event, JobStep.SETTLE)
        if job is None:
            return
        self._price(event, job, self.parties.versions[job.version_id])
        escrow = self.money.escrow(job.developer, job.batch.cid)
        self.money.reserve(event, escrow, -job.reserved)
        self.money.charge(event, escrow, job.cost)

    def job_declined(self, event: ChainEvent) -> None:
        """Release what was reserved for a job that the provider gave back."""
        self._give_back(event, JobStep.DECLINE)

    def job_expired(self, event: ChainEvent) -> None:
        """Release what was reserved for a job that nobody settled."""
        self._give_back(event, JobStep.EXPIRE)

    def paid(self, event: ChainEvent) -> None:
        """Compare a payment with the jobs before it, and its parts with the commission."""
        provider_id, cid = number(event, "providerId"), number(event, "cid")
        subject, where = f"payment to provider {provider_id}", place(event)
        gross = number(event, "gross")
        due = self._due.pop((event.tx_hash, provider_id, cid), 0)
        compare = self.findings.compare
        compare("gross", subject, due, gross, where)
        split = split_gross(TokenAmount(gross), self.parties.parameters.get("bps", 0))
        shares = number(event, "controllerShare"), number(event, "sealerShare")
        compare("controller's share", subject, split.controller, shares[0], where)
        compare("sealer's share", subject, split.sealer, shares[1], where)
        self._check_payees(event, subject)
        self.money.pay(event, gross - sum(shares))
        self.payments.append(event)

    def close(self) -> None:
        """Compare, after the last event, what was charged with what was paid, and jobs with their batches."""
        for (tx_hash, provider_id, _), due in self._due.items():
            where = f"transaction 0x{tx_hash.hex()}"
            self.findings.compare("charged and not paid", f"provider {provider_id}", 0, due, where)
        for batch in self.batches.values():
            # On the fast path a record with a status that does not exist closes nothing and is not told of.
            expected = min(batch.count, batch.jobs) if batch.is_fast else batch.count
            self.findings.compare(
                "jobs of a batch", f"batch {batch.batch_id}", expected, batch.jobs, "events"
            )

    def _check_payees(self, event: ChainEvent, subject: str) -> None:
        parties, where = self.parties, place(event)
        provider = parties.providers.get(number(event, "providerId"))
        controller = parties.controllers.get(number(event, "cid"))
        compare = self.findings.compare
        compare("provider's payee", subject, provider and provider.payout, account(event, "payout"), where)
        payee = account(event, "controllerPayee")
        compare("controller's payee", subject, controller and controller.payout, payee, where)
        sealers = {*parties.peers.values(), self.money.ledger}
        self.findings.require(
            "the sealer is a peer", event, subject, holds=account(event, "sealerPayee") in sealers
        )

    def _check_cap(self, event: ChainEvent, job: JobEntry, unit: int) -> None:
        escrow = self.money.escrow(job.developer, job.batch.cid)
        self.findings.require("the cap allows it", event, f"job {job.job_id}", holds=escrow.allows(unit))

    def _new_job(self, event: ChainEvent, step: JobStep) -> tuple[JobEntry | None, Version | None]:
        job_id, version_id = number(event, "jobId"), number(event, "versionId")
        subject, batch = f"job {job_id}", self.batches.get(job_id >> INDEX_BITS)
        if not self.findings.require("a batch comes first", event, subject, holds=batch is not None):
            return None, None
        assert batch is not None  # noqa: S101 - said by the line above
        version = self.parties.versions.get(version_id)
        payer = ZERO_ADDRESS if version is None else version.developer
        developer = account(event, "developer")
        self.findings.compare("who pays", subject, payer, developer, place(event))
        known = self.jobs.get(job_id)
        job = known or JobEntry(job_id, batch, developer, version_id)
        self.jobs[job_id] = job
        batch.jobs += 1
        return (job, version) if self._step(event, job, step) else (None, None)

    def _ended_job(self, event: ChainEvent, step: JobStep) -> JobEntry | None:
        job_id = number(event, "jobId")
        job = self.jobs.get(job_id)
        if not self.findings.require("a job is opened first", event, f"job {job_id}", holds=job is not None):
            return None
        assert job is not None  # noqa: S101 - said by the line above
        developer = account(event, "developer")
        self.findings.compare("who pays", f"job {job_id}", job.developer, developer, place(event))
        return job if self._step(event, job, step) else None

    def _step(self, event: ChainEvent, job: JobEntry, step: JobStep) -> bool:
        try:
            job.state = transition(job.state, step)
        except InvalidTransitionError:
            return self.findings.require(
                f"a job that is {job.state} takes no step {step}", event, f"job {job.job_id}", holds=False
            )
        return True

    def _price(self, event: ChainEvent, job: JobEntry, version: Version) -> None:
        job.cost, job.billed_ms = number(event, "cost"), number(event, "billedMs")
        subject, where = f"job {job.job_id}", place(event)
        try:
            ended = status(number(event, "status"))
        except InvalidOutcomeError:
            self.findings.compare("status", subject, "1 to 9", number(event, "status"), where)
            ended = Status.INFRASTRUCTURE
        job.status = int(ended)
        cost = job_cost(version.terms, job.batch.offer, ended, job.billed_ms)
        self.findings.compare("cost", subject, cost, job.cost, where)
        self._due[event.tx_hash, job.batch.provider_id, job.batch.cid] += job.cost

    def _give_back(self, event: ChainEvent, step: JobStep) -> None:
        job = self._ended_job(event, step)
        if job is not None:
            self.money.reserve(event, self.money.escrow(job.developer, job.batch.cid), -job.reserved)
