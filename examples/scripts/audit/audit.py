"""The whole audit: events in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chainfaas.chain.bindings.contract_set import ContractSet
from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.domain.identifiers import Address
from examples.scripts.audit.chain_state import compare_jobs, compare_money, compare_parties
from examples.scripts.audit.findings import Findings
from examples.scripts.audit.job_book import JobBook
from examples.scripts.audit.money_book import MoneyBook
from examples.scripts.audit.party_book import PartyBook

_WITHOUT_MEANING_FOR_MONEY = frozenset(
    ("Approval", "EIP712DomainChanged", "ControllerRetired", "LiveVersionSet", "FunctionRetired")
)


@dataclass(slots=True)
class Audit:
    """The three books, filled event by event."""

    findings: Findings
    parties: PartyBook
    money: MoneyBook
    jobs: JobBook
    events: int = 0

    @classmethod
    def begin(cls, ledger: Address) -> Audit:
        """Open empty books.

        Args:
            ledger: The ledger's address, which is the pool's account too.
        """
        findings = Findings()
        parties, money = PartyBook(findings), MoneyBook(findings, ledger)
        return cls(findings, parties, money, JobBook(findings, parties, money))

    def read(self, events: Iterable[ChainEvent]) -> None:
        """Enter events into the books, in the order of the chain.

        Args:
            events: All events since the contracts were deployed.
        """
        handlers = self._handlers()
        for event in events:
            self.events += 1
            if event.name not in _WITHOUT_MEANING_FOR_MONEY:
                handlers[event.name](event)

    def finish(self, contracts: ContractSet) -> Findings:
        """Add everything up, and ask the chain.

        Args:
            contracts: The contracts as they were after the last block that was read.
        """
        self.jobs.close()
        self.money.close()
        stakes = sum(each.staked for each in self.parties.providers.values())
        held = self.money.tokens[contracts.providers.address]
        self.findings.compare("stakes", "provider registry", min(stakes, held), stakes, "all events")
        compare_money(self.findings, self.money, contracts)
        compare_jobs(self.findings, self.jobs, contracts)
        compare_parties(self.findings, self.parties, contracts)
        return self.findings

    def _handlers(self) -> dict[str, Callable[[ChainEvent], None]]:
        parties, money, jobs = self.parties, self.money, self.jobs
        return {
            "ParameterChanged": parties.parameter_changed,
            "PeerChanged": parties.peer_changed,
            "ControllerRegistered": parties.controller_registered,
            "ProviderRegistered": parties.provider_registered,
            "ProviderChanged": parties.provider_changed,
            "OfferChanged": parties.offer_changed,
            "StakeChanged": parties.stake_changed,
            "FunctionCreated": parties.function_created,
            "FunctionTransferred": parties.function_transferred,
            "VersionPublished": parties.version_published,
            "Transfer": money.transfer,
            "Deposited": money.deposited_event,
            "Withdrawn": money.withdrawn_event,
            "EscrowFunded": money.escrow_funded,
            "EscrowRevoked": money.escrow_revoked,
            "EscrowClosed": money.escrow_closed,
            "Distributed": money.distributed,
            "BatchOpened": jobs.batch_opened,
            "BatchSkipped": jobs.batch_skipped,
            "JobOpened": jobs.job_opened,
            "JobUnfunded": jobs.job_unfunded,
            "JobRecorded": jobs.job_recorded,
            "JobSettled": jobs.job_settled,
            "JobDeclined": jobs.job_declined,
            "JobExpired": jobs.job_expired,
            "Paid": jobs.paid,
        }
