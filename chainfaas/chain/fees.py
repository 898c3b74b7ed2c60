"""What a transaction offers for its gas, first and each time it is sent for more."""

from __future__ import annotations

from chainfaas.chain.outbox_entry import Fees

TIP_WEI = 10**9
"""Tip of every transaction of ours; nodes do not pass on transactions whose tip is tiny."""

BUMP_PERCENT = 20
"""How much more each further attempt offers; nodes replace a waiting transaction from 10 percent on."""


def first_fees(base_fee_wei: int) -> Fees:
    """Choose the fees of a first attempt.

    Args:
        base_fee_wei: Base fee of the latest block.

    Returns:
        The tip, and room for the base fee to double.
    """
    return Fees(max_fee_wei=2 * base_fee_wei + TIP_WEI, tip_wei=TIP_WEI)


def bumped_fees(previous: Fees, base_fee_wei: int) -> Fees:
    """Choose the fees of a further attempt under the same nonce.

    Args:
        previous: Fees of the attempt before.
        base_fee_wei: Base fee of the latest block.

    Returns:
        Both fees at least 20 percent above the previous ones, and no less than a first attempt would offer.
    """
    fresh = first_fees(base_fee_wei)
    return Fees(
        max_fee_wei=max(_raised(previous.max_fee_wei), fresh.max_fee_wei),
        tip_wei=max(_raised(previous.tip_wei), fresh.tip_wei),
    )


def _raised(fee_wei: int) -> int:
    return -(-fee_wei * (100 + BUMP_PERCENT) // 100)
