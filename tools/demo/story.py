"""The demonstration from beginning to end."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Sequence

from rich.console import Console

from chainfaas.chain.state_folder import StateFolder
from chainfaas.cli.local_system.local_system import LocalSystem
from chainfaas.cli.local_system.provider_parts import provider_folder
from chainfaas.cli.local_system.system_file import SystemDescription
from chainfaas.cli.output import side_console
from chainfaas.client.chain_access import ChainAccess
from chainfaas.domain.identifiers import JobId
from chainfaas.provider.bootstrap.provider_status import read_status
from tools.demo.account import Account, save_pictures, write_document
from tools.demo.balances import parties, read_balances
from tools.demo.calls import CallRecord, make_calls
from tools.demo.developer import Developer, open_developer, provide_money, publish_examples
from tools.demo.payments import JobPayment, read_claims, wait_for_payments
from tools.demo.waiting import NotHappenedError, wait_until_true
from tools.example_functions import ExampleFunction

FURTHER_CALLS = ("number-summary", "mandelbrot", "word-count", "number-summary")
"""On top of one call of each example."""

MOST_ROUNDS = 8
"""How often more calls are made while one of the providers, or one of the ways, has had none."""

_BILL_SECONDS = 10.0
_JOURNAL_JOBS = 200
_LOG_WIDTH = 150


def tell_story(folder: StateFolder) -> int:
    """Start what does not run, publish, call, wait for the payments, and print the account.

    Args:
        folder: The state folder.

    Returns:
        The exit code: 0 if everything was as it should be.

    Raises:
        ChainFaaSError: A step failed; says which.
    """
    tell = _Progress()
    system = LocalSystem(folder).start(tell)
    chain = ChainAccess.open(folder)
    developer = open_developer(folder, chain, system.controller)
    provide_money(developer, tell)
    examples, _ = publish_examples(folder, developer, system.registry, tell)
    whose = parties(developer)
    before = read_balances(chain, whose)
    calls, payments = _call_and_pay(developer, examples, tell)
    account = Account(
        calls=calls,
        payments=payments,
        bills_us=_wait_for_bills(folder, system, payments),
        claims=read_claims(developer.client, payments),
        before=before,
        after=read_balances(chain, whose),
        pictures=save_pictures(folder.root / "demo", calls),
    )
    write_document(folder.root / "demo.json", account)
    return _conclude(folder, account)


def _call_and_pay(
    developer: Developer, examples: Sequence[ExampleFunction], tell: Callable[[str], None]
) -> tuple[list[CallRecord], list[JobPayment]]:
    by_name = {example.name: example for example in examples}
    further = [by_name[name] for name in FURTHER_CALLS]
    calls: list[CallRecord] = []
    payments: list[JobPayment] = []
    tell("Calling the functions")
    for wanted in ([*examples, *further], *[further] * MOST_ROUNDS):
        made = make_calls(developer.client, wanted, tell)
        tell("Waiting for the payments")
        calls += made
        payments += wait_for_payments(developer.client, made)
        if _shows_everything(calls, payments):
            break
        # Which provider and which way are taken is the system's own decision; in time there is one of each.
        tell("Calling more, until both providers had a job and both ways were taken")
    return calls, payments


def _shows_everything(calls: Sequence[CallRecord], payments: Sequence[JobPayment]) -> bool:
    if not all(payment.is_paid for payment in payments):
        return True  # more calls would not mend it
    return len({call.provider for call in calls}) > 1 and len({payment.path for payment in payments}) > 1


def _wait_for_bills(
    folder: StateFolder, system: SystemDescription, payments: Sequence[JobPayment]
) -> dict[JobId, int]:
    """Return `T_bil` of the paid jobs, which only their providers measure."""
    paid = {payment.job for payment in payments if payment.is_paid}
    found: dict[JobId, int] = {}

    def has_all() -> bool:
        for name in system.providers:
            for job in read_status(provider_folder(folder, name), _JOURNAL_JOBS).jobs:
                if job.payment is not None and job.payment.bill_us is not None:
                    found[job.job_id] = job.payment.bill_us
        return paid <= found.keys()

    try:
        wait_until_true(has_all, "the providers to see their payments", _BILL_SECONDS)
    except NotHappenedError as missing:
        side_console.print(missing.message, soft_wrap=True)
    return found


def _conclude(folder: StateFolder, account: Account) -> int:
    console = _console()
    account.show(console)
    failures = account.failures
    console.print()
    for failure in failures:
        console.print(failure, style="bold red", markup=False, soft_wrap=True)
    console.print(
        f"The network goes on: chainfaas status, chainfaas invocation list -w demo, make down.\n"
        f"The jobs are in {folder.root / 'demo.json'}.",
        markup=False,
        soft_wrap=True,
    )
    paid = sum(payment.is_paid for payment in account.payments)
    console.print(f"demo: paid {paid} jobs, {len(failures)} failed", markup=False)
    return 1 if failures else 0


def _console() -> Console:
    # Addresses and transactions need the room, which a log has and a terminal may not.
    return Console(highlight=False, width=None if sys.stdout.isatty() else _LOG_WIDTH)


class _Progress:
    """Prints lines of progress with the seconds since the beginning, from any thread."""

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._one_at_a_time = threading.Lock()

    def __call__(self, line: str) -> None:
        with self._one_at_a_time:
            seconds = time.monotonic() - self._begun
            side_console.print(f"{seconds:6.1f} s  {line}", markup=False, soft_wrap=True)
