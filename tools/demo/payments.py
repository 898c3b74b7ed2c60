"""What the chain says of the demonstration's jobs: their way, their cost, their payment."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chainfaas.client.answers import object_members, text_member
from chainfaas.client.controller_client import ControllerClient
from chainfaas.domain.amounts import TokenAmount, token_amount
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import JobId
from tools.demo.calls import CallRecord
from tools.demo.waiting import NotHappenedError, wait_until_true

_PAYMENT_SECONDS = 90.0
_PAID_STATES = frozenset({"settled", "recorded"})


@dataclass(frozen=True, slots=True)
class JobPayment:
    """A job on the chain.

    Attributes:
        job: The job.
        path: ``fast`` or ``opened``.
        cost: What the developer paid.
        block: Height of the block with the payment.
        transaction: The payment's transaction, ``0x`` hex.
        is_paid: Whether the chain shows the payment.
    """

    job: JobId
    path: str
    cost: TokenAmount
    block: int
    transaction: str
    is_paid: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """One payment of a provider, for all the jobs that it settled with one transaction.

    Attributes:
        transaction: The transaction, ``0x`` hex.
        provider: The provider's number.
        gross: What the jobs cost together.
        controller_share: The controller's half of the commission.
        sealer_share: The half of the peer that sealed the block.
    """

    transaction: str
    provider: int
    gross: TokenAmount
    controller_share: TokenAmount
    sealer_share: TokenAmount

    @property
    def commission(self) -> TokenAmount:
        """Both halves."""
        return TokenAmount(self.controller_share + self.sealer_share)


def wait_for_payments(client: ControllerClient, calls: Sequence[CallRecord]) -> list[JobPayment]:
    """Wait until every call's job is paid and its block cannot be replaced.

    Args:
        client: The way to the controller.
        calls: The calls.

    Returns:
        What the chain says of each; those that were not paid in time say so.
    """
    return [_wait_for_payment(client, call.job) for call in calls]


def read_claims(client: ControllerClient, payments: Sequence[JobPayment]) -> list[Claim]:
    """Return the claims that paid jobs, each once.

    Args:
        client: The way to the controller.
        payments: The jobs.
    """
    found: dict[tuple[str, str], Claim] = {}
    for payment in payments:
        for event in object_members(client.job(payment.job), "events"):
            args = event.get("args")
            if event.get("name") == "Paid" and isinstance(args, Mapping):
                transaction = text_member(event, "transaction")
                found[transaction, str(event.get("logIndex"))] = _claim(transaction, args)
    return list(found.values())


def _wait_for_payment(client: ControllerClient, job: JobId) -> JobPayment:
    def is_final() -> bool:
        shown = _payment(client, job)
        return shown.is_paid and shown.block + finality <= _head(client)

    finality = int(str(client.network()["finalityBlocks"]))
    with contextlib.suppress(NotHappenedError):  # the account shows it as unpaid
        wait_until_true(is_final, f"the payment of job {job}", _PAYMENT_SECONDS)
    return _payment(client, job)


def _payment(client: ControllerClient, job: JobId) -> JobPayment:
    try:
        chain = client.job(job).get("chain")
    except ChainFaaSError as fault:
        raise NotHappenedError(f"Job {job} cannot be read: {fault.message}") from fault
    if not isinstance(chain, Mapping):
        return JobPayment(job, "none", TokenAmount(0), 0, "", is_paid=False)
    cost = chain.get("cost")
    return JobPayment(
        job=job,
        path=text_member(chain, "path"),
        cost=token_amount(str(cost)) if cost is not None else TokenAmount(0),
        block=int(str(chain.get("endedBlock") or 0)),
        transaction=str(chain.get("endedTransaction") or ""),
        is_paid=chain.get("state") in _PAID_STATES,
    )


def _head(client: ControllerClient) -> int:
    head = client.network().get("head")
    return int(str(head["number"])) if isinstance(head, Mapping) else 0


def _claim(transaction: str, args: Mapping[str, JsonValue]) -> Claim:
    return Claim(
        transaction=transaction,
        provider=int(str(args["providerId"])),
        gross=token_amount(str(args["gross"])),
        controller_share=token_amount(str(args["controllerShare"])),
        sealer_share=token_amount(str(args["sealerShare"])),
    )
