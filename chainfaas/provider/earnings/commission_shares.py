"""A claim's one commission divided among its jobs, so that the parts add up to it exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.domain.amounts import TokenAmount

if TYPE_CHECKING:
    from collections.abc import Sequence


def commission_shares(costs: Sequence[TokenAmount], commission: TokenAmount) -> list[TokenAmount]:
    """Divide what was kept back of a sum of costs among these costs, in proportion but for rounding.

    The chain rounds once for a whole claim. So what is rounded off one job goes to a later one, and no part
    is more than one base unit away from its exact proportion.

    Args:
        costs: What each job cost, in base units.
        commission: What was kept back of all together, at most their sum.

    Returns:
        For each cost its part, which is never more than the cost.
    """
    gross, before, kept_before = sum(costs), 0, 0
    shares = []
    for cost in costs:
        before += cost
        kept = before * commission // gross if gross else 0
        shares.append(TokenAmount(kept - kept_before))
        kept_before = kept
    return shares
