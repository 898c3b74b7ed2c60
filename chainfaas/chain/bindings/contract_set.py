"""All contracts of a network, bound at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain import deployments as names
from chainfaas.chain.bindings.function_registry import FunctionRegistry
from chainfaas.chain.bindings.monetary_ledger import MonetaryLedger
from chainfaas.chain.bindings.monitoring_ledger import MonitoringLedger
from chainfaas.chain.bindings.peer_registry import PeerRegistry
from chainfaas.chain.bindings.provider_registry import ProviderRegistry
from chainfaas.chain.bindings.token import ChainFaaSToken

if TYPE_CHECKING:
    from web3 import Web3

    from chainfaas.chain.bindings.bound_contract import BlockReference
    from chainfaas.chain.deployments import Deployments


@dataclass(frozen=True, slots=True)
class ContractSet:
    """The contracts of one network, through one node.

    Attributes:
        token: The unit of payment.
        peers: Who keeps the ledger.
        providers: Who runs jobs.
        functions: What is run.
        money: Balances and escrows, at the ledger's address.
        jobs: The records of jobs, at the same address.
    """

    token: ChainFaaSToken
    peers: PeerRegistry
    providers: ProviderRegistry
    functions: FunctionRegistry
    money: MonetaryLedger
    jobs: MonitoringLedger

    def at_block(self, block: BlockReference) -> ContractSet:
        """Return the same contracts, read as they were after a block.

        Args:
            block: Its height or its hash.
        """
        return ContractSet(
            token=self.token.at_block(block),
            peers=self.peers.at_block(block),
            providers=self.providers.at_block(block),
            functions=self.functions.at_block(block),
            money=self.money.at_block(block),
            jobs=self.jobs.at_block(block),
        )


def bind_contracts(connection: Web3, deployments: Deployments) -> ContractSet:
    """Bind the contracts of a network; nothing is asked yet.

    Args:
        connection: The node.
        deployments: Where the contracts are; see `check_deployments`.
    """
    return ContractSet(
        token=ChainFaaSToken(connection, deployments.address(names.TOKEN)),
        peers=PeerRegistry(connection, deployments.address(names.PEERS)),
        providers=ProviderRegistry(connection, deployments.address(names.PROVIDERS)),
        functions=FunctionRegistry(connection, deployments.address(names.FUNCTIONS)),
        money=MonetaryLedger(connection, deployments.address(names.LEDGER)),
        jobs=MonitoringLedger(connection, deployments.address(names.LEDGER)),
    )
