"""Whether an account holds the coin that its transactions may cost, before any of them is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.chain.errors import CallRevertedError
from chainfaas.chain.fees import first_fees
from chainfaas.chain.json_rpc import RpcRefusedError
from chainfaas.chain.transaction_sender.settings import SenderSettings
from chainfaas.client.errors import CoinMissingError
from chainfaas.domain.amounts import format_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.chain.outbox_entry import NewEntry
    from chainfaas.chain.transaction_node import TransactionNode

TRANSFER_GAS = 21_000
"""Gas of the cheapest transaction that there is."""


def check_coin(node: TransactionNode, held_wei: int, wanted: Sequence[NewEntry]) -> None:
    """Make sure that an account can pay for what it wants to send now.

    A transaction that its sender cannot pay for is not refused by the chain: it is never taken up.

    Args:
        node: The node.
        held_wei: The account's coin.
        wanted: What it wants to send, all from this account; none needs another's effect.

    Raises:
        CoinMissingError: It holds less than the transactions may cost.
        ChainUnreachableError: The node does not answer.
    """
    if not wanted:
        return
    fee_wei = first_fees(node.head().base_fee_wei).max_fee_wei
    value_wei = sum(each.value_wei for each in wanted)
    needed_wei = value_wei + len(wanted) * TRANSFER_GAS * fee_wei
    if held_wei >= needed_wei:
        margin = SenderSettings(finality_depth=0).gas_margin
        needed_wei = value_wei + sum(_gas(node, each) + margin for each in wanted) * fee_wei
    if held_wei < needed_wei:
        account = wanted[0].signer
        raise CoinMissingError(
            f"The account {account} holds {format_tokens(held_wei)} coin, "
            f"but needs up to {format_tokens(needed_wei)} to send this.",
            remedy=f"Get coin with `chainfaas faucet`, or have somebody send some to {account}.",
        )


def _gas(node: TransactionNode, wanted: NewEntry) -> int:
    try:
        return wanted.gas_limit or node.estimate_gas(wanted)
    except (CallRevertedError, RpcRefusedError):
        return TRANSFER_GAS  # the sender finds out why, and says so
