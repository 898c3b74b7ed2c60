"""A provider's money as the chain has it: statement, what can be withdrawn, the operator's coin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.contract_set import ContractSet, bind_contracts
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import Deployments, read_deployments
from chainfaas.chain.event_decoder import EventDecoder
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.fees import first_fees
from chainfaas.chain.keystore import read_keystore_address
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.domain.errors import NotFoundError
from chainfaas.domain.identifiers import Address
from chainfaas.provider.earnings.statement import Period, Statement, make_statement
from chainfaas.provider.journal.journal_file import read_journal
from chainfaas.provider.settings import load_provider_settings

if TYPE_CHECKING:
    from pathlib import Path

    from web3 import Web3

    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.domain.identifiers import ProviderId
    from chainfaas.domain.prices import Offer

CLAIM_GAS = 1_000_000
"""About what a claim of many jobs takes."""
LOW_CLAIMS = 20
"""An operator that could not pay for so many claims any more is low on coin."""


@dataclass(frozen=True, slots=True)
class ProviderAccount:
    """What the chain has of a provider.

    Attributes:
        payout: Where earnings go.
        withdrawable: What the payout has in the ledger, base units; it may have come from elsewhere too.
        operator: The account of the hot key.
        coin_wei: What the operator holds for its claims.
        low_coin_wei: Below this it should get some.
        offer: What the provider asks.
        commission_bps: What is kept back of each claim, in basis points.
    """

    payout: Address
    withdrawable: TokenAmount
    operator: Address
    coin_wei: int
    low_coin_wei: int
    offer: Offer
    commission_bps: int

    @property
    def is_low_on_coin(self) -> bool:
        """Whether claims may soon not be sent any more."""
        return self.coin_wei < self.low_coin_wei

    def document(self) -> dict[str, object]:
        """Return the account as JSON."""
        return {
            "payout": str(self.payout),
            "withdrawable": str(self.withdrawable),
            "operator": str(self.operator),
            "coinWei": str(self.coin_wei),
            "lowCoinWei": str(self.low_coin_wei),
            "isLowOnCoin": self.is_low_on_coin,
            "offer": {"baseFee": str(self.offer.base_fee), "price": str(self.offer.price)},
            "commissionBps": self.commission_bps,
        }


@dataclass(frozen=True)
class _OwnNode:
    provider: ProviderId
    operator: Address
    connection: Web3
    contracts: ContractSet
    reader: EventReader


def read_account(folder: Path) -> ProviderAccount:
    """Read what the chain has of a provider, as of the latest block.

    Args:
        folder: The provider's folder.

    Raises:
        ConfigurationError: The settings do not fit, or the provider was never registered.
        NotFoundError: The chain has no such provider.
        ChainError: The own node does not answer, or is of another network.
    """
    node = _open_node(folder)
    providers, web3 = node.contracts.providers, node.connection
    payout = providers.payout_of(node.provider)
    if payout is None:
        raise NotFoundError(f"There is no provider {node.provider} on this network.")
    fees = first_fees(node.reader.head().base_fee_wei)
    return ProviderAccount(
        payout=payout,
        withdrawable=node.contracts.money.balance_of(payout),
        operator=node.operator,
        coin_wei=int(web3.eth.get_balance(web3.to_checksum_address(str(node.operator)))),
        low_coin_wei=LOW_CLAIMS * CLAIM_GAS * fees.max_fee_wei,
        offer=providers.offer_of(node.provider).offer,
        commission_bps=node.contracts.money.commission(),
    )


def read_statement(folder: Path, period: Period) -> Statement:
    """Read a provider's statement, beside its daemon or without.

    Args:
        folder: The provider's folder.
        period: Of which time.

    Raises:
        JournalVersionError: There is no journal, or it is another release's.
        ConfigurationError: The settings do not fit.
        ChainError: The own node does not answer, or is of another network.
    """
    node = _open_node(folder)
    engine = read_journal(folder)
    try:
        return make_statement(engine, node.reader, node.provider, period)
    finally:
        engine.dispose()


def _open_node(folder: Path) -> _OwnNode:
    settings = load_provider_settings(folder)
    deployments: Deployments = read_deployments(settings.deployments)
    connection = connect(settings.rpc, expected_chain_id=deployments.chain_id)
    check_deployments(connection, deployments)
    return _OwnNode(
        provider=settings.own_id,
        operator=Address.parse(read_keystore_address(folder / settings.keystore).lower()),
        connection=connection,
        contracts=bind_contracts(connection, deployments),
        reader=EventReader(connection, deployments.chain_id, EventDecoder(known_contracts(deployments))),
    )
