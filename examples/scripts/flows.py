"""Everything that can become of a job, one function a story; each checks what the contracts said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from chainfaas.chain.bindings.contract_call import ContractCall
from chainfaas.chain.bindings.refusals import ContractRefusedError
from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.domain.amounts import BaseFee, TokenAmount, format_tokens
from chainfaas.domain.errors import InternalError
from chainfaas.domain.identifiers import ProviderId, VersionId
from chainfaas.domain.masks import mask_of_indices
from examples.scripts.account import Account
from examples.scripts.controller import Call, Controller
from examples.scripts.developer import Developer
from examples.scripts.event_fields import number
from examples.scripts.exchange import AssignedBatch, Report
from examples.scripts.provider import Provider

_UNKNOWN_VERSION = VersionId(2**32 - 1)


@dataclass(frozen=True)
class Market:
    """One developer, one controller and one provider that know each other."""

    developer: Developer
    version: VersionId
    controller: Controller
    provider: Provider
    provider_id: ProviderId

    def calls(self, *inputs: str) -> list[Call]:
        """Return calls of the developer's version."""
        return [Call(self.version, text, self.developer.address) for text in inputs]

    def assign(self, *inputs: str, seconds: int = 60) -> AssignedBatch:
        """Have calls assigned to the provider."""
        return self.controller.assign(self.provider_id, self.calls(*inputs), seconds)


def open_and_settle(market: Market) -> str:
    """Open a batch with the next block, run its jobs, settle them all at once."""
    assigned = market.assign("to be or not to be", "that is the question", "")
    expect(market.controller.open(assigned), BatchOpened=1, JobOpened=3)
    settlement = market.controller.sign_settlement(market.provider.run(assigned))
    expect(market.provider.settle(settlement), JobSettled=3, Paid=1)
    return "three jobs opened and settled, one of them a function that failed"


def settle_in_two_parts(market: Market) -> str:
    """Settle some jobs of a batch, then all of them: the first are not paid twice."""
    assigned = market.assign("one", "two two", "three three three", "four")
    expect(market.controller.open(assigned), JobOpened=4)
    report = market.provider.run(assigned)
    first = market.controller.sign_settlement(Report(report.batch, report.jobs[:2]))
    expect(market.provider.settle(first), JobSettled=2, Paid=1)
    everything = market.controller.sign_settlement(report)
    rest = TokenAmount(market.provider.worth(everything.parts) - market.provider.worth(first.parts))
    events = expect(market.provider.settle(everything, min_gross=rest), JobSettled=2, Paid=1)
    paid = sum(number(event, "gross") for event in events if event.name == "Paid")
    if paid != rest:
        raise InternalError(f"The rest was worth {rest} and {paid} was paid.")
    call = market.developer.account.chain.contracts.jobs.settle(
        everything.parts, everything.signature, TokenAmount(0)
    )
    expect_refusal(market.provider.owner, "MonitoringLedger_NothingToSettle", call)
    return "four jobs settled in two parts that overlap; a third hand-in was refused"


def take_fast_path(market: Market) -> str:
    """Record, price and pay jobs in one transaction right after they ran, without opening them."""
    first, second = market.assign("short", "jobs"), market.assign("are never opened")
    settlement = market.controller.sign_settlement(market.provider.run(first), market.provider.run(second))
    expect(market.provider.settle(settlement), BatchOpened=2, JobRecorded=3, Paid=1)
    return "three jobs of two batches recorded and paid in one transaction"


def decline(market: Market) -> str:
    """Give one job back before it runs, and settle the other."""
    assigned = market.assign("taken", "not taken")
    expect(market.controller.open(assigned), JobOpened=2)
    expect(market.provider.decline(assigned.batch, mask_of_indices([1])), JobDeclined=1)
    report = market.provider.run(assigned)
    settlement = market.controller.sign_settlement(Report(report.batch, report.jobs[:1]))
    expect(market.provider.settle(settlement), JobSettled=1, Paid=1)
    return "one job declined, the other settled"


def open_signed(market: Market) -> str:
    """Have the provider open a batch itself, when the controller does not."""
    assigned = market.assign("the controller", "is silent")
    expect(market.provider.open_signed(assigned), BatchOpened=1, JobOpened=2)
    settlement = market.controller.sign_settlement(market.provider.run(assigned))
    expect(market.provider.settle(settlement), JobSettled=2, Paid=1)
    return "two jobs opened by the provider with the controller's signatures, and settled"


def change_offer(market: Market) -> str:
    """Change the offer between assignment and opening: within the grace the old price stands."""
    assigned = market.assign("at the old price")
    offer = assigned.batch.offer
    market.provider.set_offer(market.provider_id, replace(offer, base_fee=BaseFee(2 * offer.base_fee)))
    expect(market.controller.open(assigned), BatchOpened=1, JobOpened=1)
    settlement = market.controller.sign_settlement(market.provider.run(assigned))
    expect(market.provider.settle(settlement), JobSettled=1, Paid=1)
    later = market.assign("at the new price")
    settlement = market.controller.sign_settlement(market.provider.run(later))
    expect(market.provider.settle(settlement), JobRecorded=1, Paid=1)
    return "one job at the former offer within the grace, one at the new one"


def run_out_of_money(market: Market) -> str:
    """Order more than the escrow can pay, and a version that there is not; then end the escrow and leave."""
    developer, controller = market.developer, market.controller.controller
    calls = [*market.calls("paid", "not paid"), Call(_UNKNOWN_VERSION, "nobody's")]
    assigned = market.controller.assign(market.provider_id, calls)
    expect(market.controller.open(assigned), BatchOpened=1, JobOpened=1, JobUnfunded=2)
    report = market.provider.run(assigned)
    settlement = market.controller.sign_settlement(Report(report.batch, report.jobs[:1]))
    expect(market.provider.settle(settlement), JobSettled=1, Paid=1)
    over = developer.revoke(controller)
    chain = developer.account.chain
    expect_refusal(developer.account, "MonetaryLedger_NotExpired", chain.contracts.money.close(controller))
    chain.wait_until_after(over)
    developer.close(controller)
    balance = chain.contracts.money.balance_of(developer.address)
    expect(developer.withdraw(balance), Withdrawn=1, Transfer=1)
    return f"two jobs without money, the escrow closed, {format_tokens(balance)} tokens withdrawn"


def begin_to_expire(market: Market) -> AssignedBatch:
    """Open a batch that nobody will settle, with the nearest deadline that still opens."""
    assigned = market.assign("forgotten", "forgotten too", seconds=5)
    expect(market.controller.open(assigned), JobOpened=2)
    return assigned


def expire(market: Market, stranger: Account, assigned: AssignedBatch) -> str:
    """Have somebody free the reserves of a batch whose claim window is over.

    Args:
        market: Where it was opened.
        stranger: Anybody.
        assigned: The batch.
    """
    chain, batch = stranger.chain, assigned.batch
    call = chain.contracts.jobs.expire(batch, batch.occupied)
    expect_refusal(stranger, "MonitoringLedger_NotExpired", call)
    chain.wait_until_after(batch.deadline + chain.windows.claim_seconds)
    expect(stranger.send(f"expire:{batch.batch_id}", call), JobExpired=2)
    settlement = market.controller.sign_settlement(market.provider.run(assigned))
    call = chain.contracts.jobs.settle(settlement.parts, settlement.signature, TokenAmount(0))
    expect_refusal(market.provider.operator, "MonitoringLedger_NothingToSettle", call)
    return "two jobs expired by a stranger; the provider came too late"


def expect(events: Iterable[ChainEvent], **counts: int) -> list[ChainEvent]:
    """Make sure that a transaction did what it should.

    Args:
        events: What the contracts said.
        counts: How many events there should be of each name given.

    Returns:
        The events.

    Raises:
        InternalError: There are more or fewer.
    """
    events = list(events)
    found = Counter(event.name for event in events)
    wrong = {name: found[name] for name, count in counts.items() if found[name] != count}
    if wrong:
        raise InternalError(f"Expected {counts} and found {wrong} in block {events[0].block_number}.")
    return events


def expect_refusal(account: Account, error_name: str, call: ContractCall) -> None:
    """Make sure that a call is refused, for this reason, and costs nothing.

    Args:
        account: Who tries it.
        error_name: The contract's error.
        call: What is tried.

    Raises:
        InternalError: It was not refused, or for another reason.
    """
    nonce = account.nonce()
    try:
        account.send(f"refused:{error_name}:{nonce}", call)
    except ContractRefusedError as refused:
        if refused.reason.name == error_name and account.nonce() == nonce:
            return
        raise
    raise InternalError(f"{call.method} was not refused with {error_name}.")
