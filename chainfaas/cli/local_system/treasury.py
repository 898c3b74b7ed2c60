"""What the founder of a local network hands out, so that everybody on it can begin: coin and free tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chainfaas.chain.deployment_keys import named_key
from chainfaas.client.own_account import Wanted
from chainfaas.client.wallets import open_account
from chainfaas.domain.amounts import TOKEN, TokenAmount
from chainfaas.domain.identifiers import Address

if TYPE_CHECKING:
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.client.chain_access import ChainAccess

FOUNDER = "deployer"
FAUCET = "faucet"
"""Names of the keys."""

_COIN = 10**18
FAUCET_COIN_WEI = 100_000 * _COIN
FAUCET_TOKENS = TokenAmount(10_000_000 * TOKEN)
PURSE_COIN_WEI = _COIN
"""What an account needs for a thousand transactions."""


@dataclass(frozen=True, slots=True)
class Purse:
    """What an account should hold at least; half of it is too little, and is filled up."""

    coin_wei: int
    tokens: int = 0


def faucet_address(folder: StateFolder) -> Address:
    """Return the account that the controller's faucet pays from; its key is made if there is none.

    Args:
        folder: The state folder.

    Raises:
        ConfigurationError: The key cannot be read or written.
    """
    return Address.parse(named_key(folder, FAUCET).address)


def fill_purses(chain: ChainAccess, folder: StateFolder, purses: Mapping[Address, Purse]) -> None:
    """Bring accounts to what they should hold, in as few blocks as possible.

    Args:
        chain: The network.
        folder: The state folder, which has the founder's key.
        purses: What each should hold.

    Raises:
        ChainFaaSError: The founder's key cannot be opened, or has not enough.
    """
    wanted: list[Wanted] = []
    for account, purse in purses.items():
        coin = int(chain.connection.eth.get_balance(chain.connection.to_checksum_address(str(account))))
        if 2 * coin < purse.coin_wei:
            wanted.append(Wanted.coin(account, purse.coin_wei - coin))
        tokens = chain.contracts.token.balance_of(account) if purse.tokens else TokenAmount(0)
        if 2 * tokens < purse.tokens:
            transfer = chain.contracts.token.transfer(account, TokenAmount(purse.tokens - tokens))
            wanted.append(Wanted.call(transfer))
    if wanted:
        open_account(chain, folder, FOUNDER).send_all(wanted)
