from __future__ import annotations

import pytest

from chainfaas.chain.event_decoder import ChainEvent, EventValue
from chainfaas.domain.amounts import BaseFee, MaxCost, Price
from chainfaas.domain.identifiers import Address, JobId, compose_batch_id, controller_id
from chainfaas.domain.prices import Offer, Terms
from examples.scripts.audit.findings import Findings
from examples.scripts.audit.job_book import JobBook
from examples.scripts.audit.money_book import MoneyBook
from examples.scripts.audit.party_book import Controller, PartyBook, Provider, Version


def who(number: int) -> Address:
    return Address(number.to_bytes(20))


LEDGER, DEVELOPER, STRANGER = who(1), who(2), who(9)
PROVIDER_PAYOUT, CONTROLLER_PAYOUT, PEER_PAYOUT = who(3), who(4), who(5)
BATCH = compose_batch_id(controller_id(1), 7)
JOB = JobId(BATCH << 6)
FEE = BaseFee(30_050)
"""What the job costs, at a price of 0 for its time: its commission of 601 is odd at 200 basis points."""
PAID: dict[str, EventValue] = {
    "providerId": 1,
    "cid": 1,
    "payout": PROVIDER_PAYOUT,
    "controllerPayee": CONTROLLER_PAYOUT,
    "sealerPayee": PEER_PAYOUT,
    "gross": 30_050,
    "controllerShare": 300,
    "sealerShare": 301,
}


def event(name: str, log_index: int, **args: EventValue) -> ChainEvent:
    return ChainEvent(name, args, "MonitoringLedger", LEDGER, 5, bytes(32), b"\x01" * 32, 0, log_index)


def settled_book() -> JobBook:
    """A book with one job that was opened and settled, and not yet paid."""
    findings = Findings()
    parties, money = PartyBook(findings), MoneyBook(findings, LEDGER)
    offer = Offer(FEE, Price(0))
    parties.parameters["bps"] = 200
    parties.peers[who(6)] = PEER_PAYOUT
    parties.controllers[1] = Controller(who(6), who(7), CONTROLLER_PAYOUT)
    parties.providers[1] = Provider(who(8), who(8), PROVIDER_PAYOUT, offer)
    parties.versions[1] = Version(1, DEVELOPER, Terms(MaxCost(2**40), 32, 1_000))
    escrow = money.escrow(DEVELOPER, 1)
    escrow.free, escrow.job_cap = 10**9, 10
    book = JobBook(findings, parties, money)
    header: dict[str, EventValue] = {"providerId": 1, "baseFee": FEE, "price": 0, "deadline": 9, "count": 1}
    job: dict[str, EventValue] = {"jobId": JOB, "developer": DEVELOPER}
    ended: dict[str, EventValue] = {"status": 1, "billedMs": 1, "cost": FEE, "receiptHash": bytes(32)}
    book.batch_opened(event("BatchOpened", 0, batchId=BATCH, **header))
    book.job_opened(event("JobOpened", 1, versionId=1, reserved=FEE, details=bytes(32), **job))
    book.job_settled(event("JobSettled", 2, **job, **ended))
    return book


def found(book: JobBook) -> list[str]:
    return [mismatch.check for mismatch in book.findings.mismatches]


def test_paid__as_the_contracts_divide_it__nothing_found() -> None:
    book = settled_book()
    book.paid(event("Paid", 3, **PAID))
    book.close()
    assert found(book) == []
    payees = (PROVIDER_PAYOUT, CONTROLLER_PAYOUT, PEER_PAYOUT)
    assert [book.money.balances[payee] for payee in payees] == [29_449, 300, 301]


@pytest.mark.parametrize(
    ("changes", "checks"),
    [
        ({"controllerShare": 299}, ["controller's share"]),
        ({"sealerShare": 300}, ["sealer's share"]),
        ({"controllerShare": 301, "sealerShare": 300}, ["controller's share", "sealer's share"]),
        ({"controllerShare": 0, "sealerShare": 601}, ["controller's share", "sealer's share"]),
        ({"gross": 30_049, "controllerShare": 300, "sealerShare": 300}, ["gross"]),
        ({"payout": STRANGER}, ["provider's payee"]),
        ({"controllerPayee": STRANGER}, ["controller's payee"]),
        ({"sealerPayee": STRANGER}, ["the sealer is a peer"]),
    ],
)
def test_paid__one_part_differs__found_by_name(changes: dict[str, EventValue], checks: list[str]) -> None:
    book = settled_book()
    book.paid(event("Paid", 3, **{**PAID, **changes}))
    assert found(book) == checks


def test_paid__pool_as_sealer__nothing_found() -> None:
    book = settled_book()
    book.paid(event("Paid", 3, **{**PAID, "sealerPayee": LEDGER}))
    assert found(book) == []


def test_close__job_that_was_charged_and_never_paid__found() -> None:
    book = settled_book()
    book.close()
    assert found(book) == ["charged and not paid"]
