"""The bindings against the shipped contracts on the real node: what is written is what is read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chainfaas.chain.bindings.function_registry import NewVersion, PublishedTerms
from chainfaas.chain.bindings.monetary_ledger import Escrow, Funding
from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.chain.bindings.provider_registry import Stake, StandingOffer
from chainfaas.chain.bindings.token import Permit
from chainfaas.domain.amounts import TOKEN, BaseFee, JobCap, Price, TokenAmount
from chainfaas.domain.identifiers import ControllerId, FunctionId, ProviderId, VersionId
from chainfaas.domain.masks import Mask
from chainfaas.domain.prices import Offer, job_cost, reserved_cost, split_gross
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.windows import DEV_WINDOWS
from tests.integration.contracts_agree.market import (
    CID,
    DEPOSIT,
    FUNDED,
    JOB_CAP,
    MANIFEST,
    OFFER,
    RECORD,
    TERMS,
    Market,
    number_in,
)
from tests.integration.deployed_network import TOKENS, DeployedNetwork, address_of

NOTHING = TokenAmount(0)
UNIT = reserved_cost(TERMS, OFFER)
COST = job_cost(TERMS, OFFER, RECORD.status, RECORD.billed_ms)


@pytest.fixture
def market(deployed_on_demand: DeployedNetwork) -> Market:
    return Market.made(deployed_on_demand)


def test_deposit_and_fund__read_back__balance_and_escrow(market: Market) -> None:
    money, developer = market.contracts.money, address_of(market.developer)
    assert money.balance_of(developer) == DEPOSIT - FUNDED
    escrow = money.escrow_of(developer, CID)
    assert (escrow.free, escrow.reserved, escrow.job_cap) == (FUNDED, 0, JOB_CAP)
    assert money.escrow_of(developer, ControllerId(2)) == Escrow(NOTHING, NOTHING, JobCap(0), UnixSeconds(0))


def test_open_settle_decline__one_batch__reserves_pays_and_gives_back(market: Market) -> None:
    deployed, jobs, money = market.deployed, market.contracts.jobs, market.contracts.money
    developer, payout = address_of(market.developer), address_of(market.owner)
    batch = market.batch(jobs=3)
    assert not jobs.is_used(batch.batch_id)
    deployed.send(deployed.controller(CID), jobs.open([batch]))
    assert (jobs.is_used(batch.batch_id), jobs.open_jobs(batch.batch_id)) == (True, Mask(0b111))
    assert money.escrow_of(developer, CID).reserved == 3 * UNIT

    part = replace(market.part(batch), mask=Mask(0b011), records=(RECORD, RECORD))
    gross = TokenAmount(2 * COST)
    settled = deployed.send(market.operator, jobs.settle([part], market.signature(part), gross))
    assert jobs.open_jobs(batch.batch_id) == Mask(0b100)
    assert money.balance_of(payout) == split_gross(gross, DEV_WINDOWS.commission_bps).provider
    assert number_in(deployed.events(settled), "Paid", "gross") == gross

    deployed.send(market.operator, jobs.decline(batch, Mask(0b100), 7))
    assert jobs.open_jobs(batch.batch_id) == Mask(0)
    escrow = money.escrow_of(developer, CID)
    assert (escrow.free, escrow.reserved) == (FUNDED - gross, 0)

    before = market.contracts.at_block(settled["blockNumber"] - 1)
    assert before.jobs.open_jobs(batch.batch_id) == Mask(0b111)
    at_hash = market.contracts.at_block(bytes(settled["blockHash"]))
    assert at_hash.money.balance_of(payout) == money.balance_of(payout)


def test_settle__batch_that_was_not_opened__paid_in_one_step(market: Market) -> None:
    deployed, jobs, money = market.deployed, market.contracts.jobs, market.contracts.money
    part = market.part(market.batch(jobs=2))
    deployed.send(market.operator, jobs.settle([part], market.signature(part), TokenAmount(2 * COST)))
    assert jobs.is_used(part.batch.batch_id)
    assert money.escrow_of(address_of(market.developer), CID).free == FUNDED - 2 * COST


def test_open_signed__by_the_provider__opens_what_was_assigned(market: Market) -> None:
    batch = market.batch(jobs=2)
    call = market.contracts.jobs.open_signed(batch, market.assignment_signatures(batch))
    market.deployed.send(market.operator, call)
    assert market.contracts.jobs.open_jobs(batch.batch_id) == batch.occupied


def test_money__fund_revoke_withdraw_deposit_for__as_read(market: Market) -> None:
    deployed, money, token = market.deployed, market.contracts.money, market.contracts.token
    developer, owner = address_of(market.developer), address_of(market.owner)
    far = UnixSeconds(market.now() + 2 * 10**6)
    deployed.send(market.developer, money.fund(Funding(CID, TOKEN, JobCap(JOB_CAP + 1), far)))
    escrow = money.escrow_of(developer, CID)
    assert (escrow.free, escrow.job_cap, escrow.expiry) == (FUNDED + TOKEN, JOB_CAP + 1, far)
    revoked = deployed.send(market.developer, money.revoke(CID))
    end = deployed.web3.eth.get_block(revoked["blockNumber"])["timestamp"] + money.grace()
    assert money.escrow_of(developer, CID).expiry == end

    held = token.balance_of(owner)
    deployed.send(market.developer, money.withdraw(owner, TOKEN))
    assert token.balance_of(owner) == held + TOKEN
    deployed.send(market.owner, token.approve(money.address, TOKEN))
    assert token.allowance(owner, money.address) == TOKEN
    before = money.balance_of(developer)
    deployed.send(market.owner, money.deposit_for(developer, TOKEN))
    assert money.balance_of(developer) == before + TOKEN


def test_deposit_with_permit__signed_by_the_holder__needs_no_approval(market: Market) -> None:
    deployed, money, token = market.deployed, market.contracts.money, market.contracts.token
    holder = address_of(market.owner)
    permit = Permit(holder, money.address, TOKEN, token.nonces(holder), market.now() + 600)
    signature = SigningKey(market.owner.private_key).sign(permit.digest(token.domain_separator()))
    funding = Funding(CID, TOKEN, JOB_CAP, UnixSeconds(market.now() + 600))
    deployed.send(market.owner, money.deposit_with_permit(TOKEN, permit.deadline, signature, funding))
    assert (money.escrow_of(holder, CID).free, token.nonces(holder)) == (TOKEN, 1)


def test_token__its_own_words__those_of_wallets(market: Market) -> None:
    token = market.contracts.token
    assert (token.name(), token.symbol(), token.decimals()) == ("ChainFaaS Token", "CFT", 18)
    domain = token.eip712_domain()
    assert (domain.chain_id, domain.contract) == (market.deployed.network.chain_id, token.address)
    stranger = address_of(market.operator)
    market.deployed.send(market.owner, token.approve(stranger, TOKEN))
    market.deployed.send(market.operator, token.transfer_from(address_of(market.owner), stranger, TOKEN))
    assert token.balance_of(stranger) == TOKENS + TOKEN


def test_provider__each_of_its_settings__as_read(market: Market) -> None:
    deployed, providers = market.deployed, market.contracts.providers
    owner, operator, provider = address_of(market.owner), address_of(market.operator), market.provider
    assert (providers.owner_of(provider), providers.operator_of(provider)) == (owner, operator)
    assert (providers.payout_of(provider), providers.payee_for(provider, operator)) == (owner, owner)
    assert providers.payee_for(provider, address_of(market.developer)) is None
    offer = providers.offer_of(provider)
    assert offer == StandingOffer(OFFER, OFFER, offer.since)
    assert providers.accepts(provider, OFFER)
    assert not providers.accepts(provider, Offer(BaseFee(1), Price(1)))

    deployed.send(market.owner, market.contracts.token.approve(providers.address, TOKEN))
    deployed.send(market.owner, providers.stake(provider, TOKEN))
    assert providers.stake_of(provider) == Stake(TOKEN, NOTHING, UnixSeconds(0))
    receipt = deployed.send(market.owner, providers.unbond(provider, TOKEN))
    mined_at = deployed.web3.eth.get_block(receipt["blockNumber"])["timestamp"]
    until = UnixSeconds(mined_at + providers.unbonding_time())
    assert providers.stake_of(provider) == Stake(NOTHING, TOKEN, until)

    deployed.send(market.operator, providers.set_metadata(provider, '{"name":"é"}'))
    assert providers.metadata_of(provider) == '{"name":"é"}'
    deployed.send(market.owner, providers.set_payout(provider, operator))
    deployed.send(market.owner, providers.set_operator(provider, owner))
    deployed.send(market.owner, providers.set_owner(provider, operator))
    assert (providers.payout_of(provider), providers.operator_of(provider)) == (operator, owner)
    assert providers.owner_of(provider) == operator
    assert providers.provider_count() >= provider


def test_function__published_moved_retired__as_read(market: Market) -> None:
    deployed, functions, function = market.deployed, market.contracts.functions, market.function
    developer, other = address_of(market.developer), address_of(market.owner)
    assert (functions.owner_of(function), functions.live_version_of(function)) == (developer, market.version)
    assert functions.terms_of(market.version) == PublishedTerms(developer, TERMS)
    assert functions.function_of(market.version) == function
    deployed.send(market.developer, functions.set_live(function, None))
    assert functions.live_version_of(function) is None
    deployed.send(market.developer, functions.transfer(function, other))
    assert functions.owner_of(function) == other
    deployed.send(market.owner, functions.publish(function, NewVersion(TERMS, MANIFEST), live=True))
    assert functions.live_version_of(function) == VersionId(functions.version_count())
    deployed.send(market.owner, functions.retire(function))
    assert functions.is_retired(function)
    assert functions.function_count() >= function


def test_reads__numbers_that_nobody_has__none(market: Market) -> None:
    contracts, nobody = market.contracts, 2**32 - 1
    assert contracts.functions.owner_of(FunctionId(nobody)) is None
    assert contracts.functions.terms_of(VersionId(nobody)) is None
    assert contracts.functions.function_of(VersionId(nobody)) is None
    assert contracts.providers.owner_of(ProviderId(nobody)) is None
    assert contracts.peers.controller_key(ControllerId(99)) is None
    assert contracts.peers.settlement_parties(ControllerId(99), address_of(market.owner)) is None
    assert contracts.peers.controller_id_of(address_of(market.owner)) is None
    assert contracts.peers.payout_of(address_of(market.owner)) is None


def test_peers__a_controller_and_a_sealer__as_deployed(market: Market) -> None:
    peers, stranger = market.contracts.peers, address_of(market.owner)
    parties = peers.settlement_parties(CID, stranger)
    assert parties is not None
    assert parties.controller == ControllerKey(market.controller.address, None)
    assert (parties.controller_payee, parties.sealer_payee) == (peers.payouts()[0], None)
    assert peers.controller_id_of(market.controller.address) == CID


def test_ledger__its_signing_domain__ours(market: Market) -> None:
    jobs, domain = market.contracts.jobs, market.deployed.deployments.signing_domain
    assert jobs.domain_separator() == domain.separator
    assert (jobs.eip712_domain().contract, jobs.eip712_domain().chain_id) == (domain.ledger, domain.chain_id)
    pool = market.contracts.money.balance_of(jobs.address)
    market.deployed.send(market.owner, market.contracts.money.distribute())
    assert market.contracts.money.balance_of(jobs.address) == pool % 3
