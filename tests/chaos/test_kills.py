"""Twenty SIGKILLs at random while calls go on: each is answered, each job ends once, nothing is left."""

from __future__ import annotations

import os
import random
import secrets
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing

import pytest

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Escrow
from chainfaas.cli.local_system import provider_parts, service_parts
from chainfaas.cli.local_system.provider_parts import PROVIDERS
from chainfaas.client.chain_access import ChainAccess
from chainfaas.client.function_file import FunctionFile
from chainfaas.client.publishing import publish_files
from chainfaas.domain.amounts import TOKEN, TokenAmount, max_cost_of_amount
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.identifiers import InvocationId
from chainfaas.domain.limits import MIB
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.prices import Terms
from examples.scripts.auditor import audit_chain
from examples.scripts.chain import Chain
from tests.chaos.kills_books import Attempt, ChainBook, follow_books, read_attempts
from tests.chaos.kills_callers import Callers, Ended
from tests.chaos.kills_system import (
    KillableSystem,
    Victim,
    killable_system,
    processes_naming,
    wait_for,
)
from tools.demo.developer import CONTROLLER, Developer, open_developer, provide_money

SEED_VARIABLE = "CHAINFAAS_KILLS_SEED"
KILLS = 20
PAUSE_SECONDS = (0.1, 1.0)
"""Between two kills."""
PATIENCE_SECONDS = (0.0, 1.0, None, None)
"""How long a part that was killed may start again before it is killed once more; else until it works."""
ENDS_SECONDS = 90.0
"""How long the last job may take to expire: its deadline, the claim window, and some blocks."""
FUNCTIONS = {"short": 4_000, "opened": 5_000}
"""Time-outs in milliseconds, one for each way to the chain."""
BUNDLE = b"""
import time

def handle(content):
    time.sleep(0.4)
    return content[::-1]
"""


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KillableSystem]:
    with killable_system(tmp_path_factory.mktemp("k"), tmp_path_factory.mktemp("e")) as made:
        yield made


@pytest.fixture(scope="module")
def developer(system: KillableSystem) -> Developer:
    """Somebody with an escrow, and a function for each way to the chain."""
    made = open_developer(system.folder, ChainAccess.open(system.folder), system.described.controller)
    provide_money(made, lambda _: None)
    files = [function_file(system.kit, *each) for each in FUNCTIONS.items()]
    publish_files(made.account, made.client, files)
    wait_for(lambda: live_functions(made) == FUNCTIONS.keys(), "the index to have the functions", system)
    return made


def function_file(kit: Image, name: str, timeout_ms: int) -> FunctionFile:
    manifest = Manifest(kit, "text/plain", Mode.STREAM, Warm(prestart=True, reuse=True), (), MIB, name=name)
    terms = Terms(max_cost_of_amount(TokenAmount(TOKEN // 5)), 64, timeout_ms)
    return FunctionFile(NewVersion(terms, manifest, file_hash(BUNDLE)), BUNDLE)


def live_functions(developer: Developer) -> set[str]:
    """What the controller takes calls for; between creation and version there is nothing to call."""
    return {str(each["name"]) for each in developer.client.functions() if each["live"]}


def kill_at_random(system: KillableSystem, draw: random.Random) -> None:
    """Kill one part after the other, many of them while they are still starting again."""
    starting: dict[str, Future[None]] = {}
    with ThreadPoolExecutor() as pool:
        for _ in range(KILLS):
            victim = draw.choice(list(Victim))
            pause_seconds, patience_seconds = draw.uniform(*PAUSE_SECONDS), draw.choice(PATIENCE_SECONDS)
            if victim.part in starting:
                futures.wait([starting[victim.part]], patience_seconds)
            time.sleep(pause_seconds)
            system.kill(victim)
            if victim is not Victim.WORKER:
                system.start_again(victim.part)
            starting[victim.part] = pool.submit(system.wait_for_work, victim.part)
        for each in starting.values():
            each.result()


def test_system__twenty_kills_at_random__every_call_answered_and_every_job_paid_once(
    system: KillableSystem, developer: Developer, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get(SEED_VARIABLE) or secrets.randbelow(2**32))
    with capsys.disabled():
        sys.stdout.write(f"\n{SEED_VARIABLE}={seed}\n")
    callers = Callers(developer.client, tuple(FUNCTIONS))
    funded = escrow_of(developer).free

    with callers.at_work():
        wait_for(lambda: bool(system.containers()), "a job's container", system)
        kill_at_random(system, random.Random(seed))  # noqa: S311 - it has to come out the same again
        wait_for(lambda: len(callers.ended) > KILLS, "more answers", system)

    system.kill(Victim.FIRST)
    assert service_parts.start_controller(system.folder, has_faucet=True) == system.described.controller
    assert_answered(callers.ended)
    assert_same_call_for_same_key(developer, callers.ended[-20:])
    assert system.local.status().works
    tries = read_attempts(developer.client, [each.invocation for each in callers.ended])
    book = follow_to_ends(system, developer, tries)
    assert_settled_once(book, tries)
    assert_balanced(book, developer, funded)
    audit, _ = audit_chain(Chain.open_home(system.folder))
    assert audit.findings.mismatches == []
    with capsys.disabled():
        sys.stdout.write(f"{len(callers.ended)} calls, {len(flat(tries))} jobs: {book.summary}\n")

    system.local.stop(lambda _: None)
    assert system.containers() == []
    assert processes_naming(system.folder.root) == []


def flat(tries: Mapping[InvocationId, Sequence[Attempt]]) -> list[Attempt]:
    return [attempt for attempts in tries.values() for attempt in attempts]


def escrow_of(developer: Developer) -> Escrow:
    return developer.chain.contracts.money.escrow_of(developer.account.address, CONTROLLER)


def in_state(tries: Mapping[InvocationId, Sequence[Attempt]], state: str) -> list[Attempt]:
    return [attempt for attempt in flat(tries) if attempt.state == state]


def follow_to_ends(
    system: KillableSystem, developer: Developer, tries: Mapping[InvocationId, Sequence[Attempt]]
) -> ChainBook:
    """See all jobs end on the chain, those that were lost without their providers; returns what it says."""
    reported, lost = in_state(tries, "ended"), in_state(tries, "lost")
    assert len(reported) + len(lost) + len(in_state(tries, "withdrawn")) == len(flat(tries))
    wait_for_ends(system, developer, [each for each in reported if each.cost])
    with ThreadPoolExecutor() as pool:
        # What is lost, or costs nothing, expires without its provider.
        stopped = [pool.submit(provider_parts.stop_provider, system.folder, each.name) for each in PROVIDERS]
        book = wait_for_ends(system, developer, reported + lost)
    for each in stopped:
        each.result()
    return book


def wait_for_ends(system: KillableSystem, developer: Developer, jobs: Sequence[Attempt]) -> ChainBook:
    """Follow the chain until each of these jobs has ended there, or will never be there."""
    missing, book = list(jobs), None
    with closing(follow_books(developer.chain, ENDS_SECONDS)) as books:
        for book in books:
            missing = [job for job in jobs if not book.has_ended(job)]
            if not missing:
                return book
    stories = {job: book.story(job.job) for job in missing} if book else missing
    raise AssertionError(f"These never ended on the chain: {stories}.\n{system.logs()}")


def assert_answered(ended: list[Ended]) -> None:
    assert len(ended) > KILLS
    assert len({each.invocation for each in ended}) == len(ended)
    answered = [each for each in ended if each.output is not None]
    assert len(answered) > len(ended) / 2, [each.problem for each in ended if each.output is None]
    assert all(each.output == each.call.content[::-1] for each in answered)


def assert_same_call_for_same_key(developer: Developer, ended: list[Ended]) -> None:
    answered = [each for each in ended if each.output is not None]
    assert [developer.client.submit(each.call) for each in answered] == [each.invocation for each in answered]


def assert_settled_once(book: ChainBook, tries: Mapping[InvocationId, Sequence[Attempt]]) -> None:
    due = {each.job: each.cost for each in flat(tries) if each.cost}
    assert set(book.ends.values()) == {1}
    paid = {job: cost for job, cost in book.costs.items() if cost}
    assert paid == due, {job: book.story(job) for job, _ in paid.items() ^ due.items()}
    assert all(sum(each.job in due for each in attempts) <= 1 for attempts in tries.values())
    assert book.paths == {"JobRecorded", "JobSettled"}


def assert_balanced(book: ChainBook, developer: Developer, funded: int) -> None:
    """Nothing is held any more, and what is gone from the escrow is what jobs cost."""
    escrow, paid = escrow_of(developer), sum(book.costs.values())
    assert (book.reserves, escrow.reserved) == ({}, 0)
    assert escrow.free == funded - paid
    assert book.gross == paid
