"""Who has what in the ledger, before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chainfaas.client.chain_access import ChainAccess
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import Address, ControllerId, ProviderId
from tools.demo.developer import CONTROLLER, Developer


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody whose money changes.

    Attributes:
        name: Who, for people.
        account: Whose balance in the ledger; the developer's is its escrow.
        controller: The controller that an escrow is for; ``None`` for a balance.
    """

    name: str
    account: Address
    controller: ControllerId | None = None


def parties(developer: Developer) -> list[Party]:
    """Return everybody who pays or is paid: developer, providers, peers, pool.

    Args:
        developer: Who calls.
    """
    contracts = developer.chain.contracts
    found = [Party("developer's escrow", developer.account.address, CONTROLLER)]
    for number in range(1, contracts.providers.provider_count() + 1):
        payout = contracts.providers.payout_of(ProviderId(number))
        if payout is not None:
            found.append(Party(f"provider {number}", payout))
    payouts = enumerate(contracts.peers.payouts(), start=1)
    found += [Party(f"peer {number}, commission", payout) for number, payout in payouts]
    return [*found, Party("pool of the peers", contracts.money.address)]


def read_balances(chain: ChainAccess, whose: list[Party]) -> Mapping[str, TokenAmount]:
    """Read what parties have, as of the latest block.

    Args:
        chain: The network.
        whose: The parties.
    """
    return {party.name: _balance(chain, party) for party in whose}


def _balance(chain: ChainAccess, party: Party) -> TokenAmount:
    money = chain.contracts.money
    if party.controller is None:
        return money.balance_of(party.account)
    escrow = money.escrow_of(party.account, party.controller)
    return TokenAmount(escrow.free + escrow.reserved)
