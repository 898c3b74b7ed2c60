"""The chain's own answers, at one block, beside what the books say."""

from __future__ import annotations

from chainfaas.chain.bindings.contract_set import ContractSet
from chainfaas.chain.bindings.function_registry import PublishedTerms
from chainfaas.chain.bindings.monetary_ledger import Escrow
from chainfaas.domain.amounts import JobCap, TokenAmount
from chainfaas.domain.identifiers import BatchId, ControllerId, FunctionId, ProviderId, VersionId
from chainfaas.domain.times import UnixSeconds
from examples.scripts.audit.findings import Findings
from examples.scripts.audit.job_book import JobBook
from examples.scripts.audit.money_book import MoneyBook
from examples.scripts.audit.party_book import PartyBook

_CALL = "call"
"""Where these values come from: the contracts' own answers, at the last block that was read."""


def compare_money(findings: Findings, book: MoneyBook, contracts: ContractSet) -> None:
    """Compare supply, tokens, balances and escrows.

    Args:
        findings: Takes what does not agree.
        book: What follows from the events.
        contracts: The contracts as they were after the last block that was read.
    """
    findings.compare("totalSupply", "token", book.supply, contracts.token.total_supply(), _CALL)
    for holder, tokens in sorted(book.tokens.items()):
        findings.compare("tokens", str(holder), tokens, contracts.token.balance_of(holder), _CALL)
    for account, amount in sorted(book.balances.items()):
        findings.compare("balanceOf", str(account), amount, contracts.money.balance_of(account), _CALL)
    for (developer, cid), entry in sorted(book.escrows.items()):
        expected = Escrow(
            TokenAmount(entry.free),
            TokenAmount(entry.reserved),
            JobCap(entry.job_cap),
            UnixSeconds(entry.expiry),
        )
        found = contracts.money.escrow_of(developer, ControllerId(cid))
        findings.compare("escrowOf", f"{developer} for controller {cid}", expected, found, _CALL)


def compare_jobs(findings: Findings, book: JobBook, contracts: ContractSet) -> None:
    """Compare used numbers and open jobs.

    Args:
        findings: Takes what does not agree.
        book: What follows from the events.
        contracts: The contracts as they were after the last block that was read.
    """
    for batch in sorted(book.batches):
        subject, known = f"batch {batch}", BatchId(batch)
        findings.compare("is used", subject, "yes", "yes" if contracts.jobs.is_used(known) else "no", _CALL)
        open_jobs = contracts.jobs.open_jobs(known)
        findings.compare("openJobs", subject, book.open_mask(batch), open_jobs, _CALL)


def compare_parties(findings: Findings, book: PartyBook, contracts: ContractSet) -> None:
    """Compare peers, controllers, providers, functions, versions and parameters.

    Args:
        findings: Takes what does not agree.
        book: What follows from the events.
        contracts: The contracts as they were after the last block that was read.
    """
    counts = (
        ("peers", len(book.peers), contracts.peers.peer_count()),
        ("controllers", len(book.controllers), contracts.peers.controller_count()),
        ("providers", len(book.providers), contracts.providers.provider_count()),
        ("functions", len(book.functions), contracts.functions.function_count()),
        ("versions", len(book.versions), contracts.functions.version_count()),
        ("commission", book.parameters.get("bps"), contracts.money.commission()),
        ("G", book.parameters.get("G"), contracts.money.grace()),
        ("L", book.parameters.get("L"), contracts.jobs.job_life()),
        ("W", book.parameters.get("W"), contracts.jobs.claim_window()),
    )
    for name, expected, found in counts:
        findings.compare(name, "registry", expected, found, _CALL)
    for validator, payout in book.peers.items():
        findings.compare("peer's payout", str(validator), payout, contracts.peers.payout_of(validator), _CALL)
    for cid, controller in book.controllers.items():
        known = contracts.peers.controller_key(ControllerId(cid))
        findings.compare("controller's key", str(cid), controller.key, known and known.key, _CALL)
    _compare_providers(findings, book, contracts)
    _compare_functions(findings, book, contracts)


def _compare_providers(findings: Findings, book: PartyBook, contracts: ContractSet) -> None:
    registry = contracts.providers
    for number, entry in book.providers.items():
        provider, subject = ProviderId(number), f"provider {number}"
        standing, stake = registry.offer_of(provider), registry.stake_of(provider)
        findings.compare("owner", subject, entry.owner, registry.owner_of(provider), _CALL)
        findings.compare("operator", subject, entry.operator, registry.operator_of(provider), _CALL)
        findings.compare("payout", subject, entry.payout, registry.payout_of(provider), _CALL)
        findings.compare("offer", subject, entry.offer, standing.offer, _CALL)
        findings.compare("stake", subject, entry.staked, stake.staked + stake.unbonding, _CALL)


def _compare_functions(findings: Findings, book: PartyBook, contracts: ContractSet) -> None:
    registry = contracts.functions
    for number, owner in book.functions.items():
        found = registry.owner_of(FunctionId(number))
        findings.compare("function's owner", f"function {number}", owner, found, _CALL)
    for number, entry in book.versions.items():
        version, subject = VersionId(number), f"version {number}"
        terms = PublishedTerms(entry.developer, entry.terms)
        findings.compare("version's terms", subject, terms, registry.terms_of(version), _CALL)
        function = registry.function_of(version)
        findings.compare("version's function", subject, entry.function_id, function, _CALL)
