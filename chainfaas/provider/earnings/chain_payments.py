"""What the chain paid for each job, commission taken off, read out of the ledger's own events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from chainfaas.chain.errors import ChainUnreachableError
from chainfaas.domain.amounts import TokenAmount
from chainfaas.domain.identifiers import JobId, ProviderId
from chainfaas.domain.times import UnixSeconds
from chainfaas.provider.earnings.commission_shares import commission_shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chainfaas.chain.event_decoder import ChainEvent
    from chainfaas.provider.own_node.chain_watcher import BlockReader

BLOCKS_AT_ONCE = 100
"""Blocks whose events are asked for in one exchange."""

_JOB_PAID = ("JobSettled", "JobRecorded")
_CLAIM_PAID = "Paid"


@dataclass(frozen=True, slots=True)
class ChainPayment:
    """What one block paid for one job.

    Attributes:
        cost: What the developer was charged, base units.
        commission: What controller and sealer got of it.
        tx_hash: The transaction.
        block_number: The block.
        paid_at: The block's time.
    """

    cost: TokenAmount
    commission: TokenAmount
    tx_hash: bytes
    block_number: int
    paid_at: UnixSeconds

    @property
    def paid(self) -> TokenAmount:
        """What the provider got."""
        return TokenAmount(self.cost - self.commission)


def payments_of_block(
    events: Iterable[ChainEvent], provider: ProviderId, paid_at: UnixSeconds
) -> dict[JobId, ChainPayment]:
    """Return what a block paid a provider, by job.

    A claim says first what each of its jobs cost and then, in one event, how the sum was divided.

    Args:
        events: The block's events in order.
        provider: Whose payments.
        paid_at: The block's time.
    """
    found: dict[JobId, ChainPayment] = {}
    claim: list[ChainEvent] = []
    for event in events:
        if event.name in _JOB_PAID:
            claim.append(event)
        elif event.name == _CLAIM_PAID:
            if event.args["providerId"] == provider:
                found |= _payments_of_claim(claim, event, paid_at)
            claim = []
    return found


def read_payments(
    reader: BlockReader, provider: ProviderId, blocks: Sequence[int]
) -> dict[JobId, ChainPayment]:
    """Read what some blocks paid a provider, by job.

    Args:
        reader: The own node.
        provider: Whose payments.
        blocks: Heights of the blocks.

    Raises:
        ChainUnreachableError: The node does not answer, or has not all of the blocks.
    """
    found: dict[JobId, ChainPayment] = {}
    wanted = sorted(set(blocks))
    for first in range(0, len(wanted), BLOCKS_AT_ONCE):
        numbers = wanted[first : first + BLOCKS_AT_ONCE]
        headers = [header for header in reader.headers(numbers) if header is not None]
        if len(headers) != len(numbers):
            raise ChainUnreachableError(f"The node does not have all blocks up to {max(numbers)}.")
        for header, events in zip(headers, reader.read_events_of_blocks(headers), strict=True):
            found |= payments_of_block(events, provider, UnixSeconds(header.timestamp))
    return found


def _payments_of_claim(
    jobs: Sequence[ChainEvent], paid: ChainEvent, paid_at: UnixSeconds
) -> dict[JobId, ChainPayment]:
    jobs = [event for event in jobs if event.tx_hash == paid.tx_hash]
    costs = [TokenAmount(_number(event, "cost")) for event in jobs]
    commission = TokenAmount(_number(paid, "controllerShare") + _number(paid, "sealerShare"))
    return {
        JobId(_number(event, "jobId")): ChainPayment(cost, share, paid.tx_hash, paid.block_number, paid_at)
        for event, cost, share in zip(jobs, costs, commission_shares(costs, commission), strict=True)
    }


def _number(event: ChainEvent, name: str) -> int:
    return cast("int", event.args[name])
