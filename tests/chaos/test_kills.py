"""Twenty SIGKILLs at random while calls go on: each is answered, each job ends once, nothing is left."""

from __future__ import annotations

import os
import random
import secrets
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.client.chain_access import ChainAccess
from chainfaas.client.function_file import FunctionFile
from chainfaas.client.publishing import publish_files
from chainfaas.domain.amounts import TOKEN, TokenAmount, max_cost_of_amount
from chainfaas.domain.content_hashes import file_hash
from chainfaas.domain.limits import MIB
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.prices import Terms
from chainfaas.provider.engine.base_image import provide_base_image
from chainfaas.provider.engine.publish_image import publish_image
from examples.scripts.auditor import audit_chain
from examples.scripts.chain import Chain
from tests.chaos.kills_books import ChainBook, read_attempts
from tests.chaos.kills_callers import Callers, Ended
from tests.chaos.kills_system import (
    KillableSystem,
    Victim,
    killable_system,
    processes_naming,
    wait_for,
)
from tools.demo.developer import CONTROLLER, Developer, open_developer, provide_money
from tools.example_functions import FOLDER

SEED_VARIABLE = "CHAINFAAS_KILLS_SEED"
KILLS = 20
SHORTEST_SECONDS, LONGEST_SECONDS = 0.1, 1.0
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
    base = {"BASE": provide_base_image(system.engine, os.environ)}
    repository = f"{system.described.registry}/python-kit"
    kit = publish_image(system.engine, FOLDER / "python_kit", repository, base)
    publish_files(made.account, made.client, [function_file(kit, *each) for each in FUNCTIONS.items()])
    wait_for(
        lambda: len(made.client.functions()) == len(FUNCTIONS), "the index to have the functions", system
    )
    return made


def function_file(kit: Image, name: str, timeout_ms: int) -> FunctionFile:
    manifest = Manifest(kit, "text/plain", Mode.STREAM, Warm(prestart=True, reuse=True), (), MIB, name=name)
    terms = Terms(max_cost_of_amount(TokenAmount(TOKEN // 5)), 64, timeout_ms)
    return FunctionFile(NewVersion(terms, manifest, file_hash(BUNDLE)), BUNDLE)


def kill_at_random(system: KillableSystem, draw: random.Random) -> None:
    """Kill one part after the other while those killed before are still starting again."""
    starting: dict[str, Future[None]] = {}
    with ThreadPoolExecutor() as pool:
        for _ in range(KILLS):
            victim = draw.choice(list(Victim))
            seconds = draw.uniform(SHORTEST_SECONDS, LONGEST_SECONDS)
            if victim.part in starting:
                starting[victim.part].result()
            time.sleep(seconds)
            system.kill(victim)
            starting[victim.part] = pool.submit(system.start_again, victim)
        for each in starting.values():
            each.result()


def test_system__twenty_kills_at_random__every_call_answered_and_every_job_paid_once(
    system: KillableSystem, developer: Developer, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get(SEED_VARIABLE) or secrets.randbelow(2**32))
    with capsys.disabled():
        sys.stdout.write(f"\n{SEED_VARIABLE}={seed}\n")
    callers = Callers(developer.client, tuple(FUNCTIONS))

    with callers.at_work():
        wait_for(lambda: bool(system.containers()), "a job's container", system)
        kill_at_random(system, random.Random(seed))  # noqa: S311 - it has to come out the same again

    assert_answered(callers.ended)
    assert_same_call_for_same_key(developer, callers.ended[-20:])
    assert_paid_once(system, developer, callers.ended)
    audit, _ = audit_chain(Chain.open_home(system.folder))
    assert audit.findings.mismatches == []
    assert system.local.status().works
    system.local.stop(lambda _: None)
    assert system.containers() == []
    assert processes_naming(system.folder.root) == []


def assert_answered(ended: list[Ended]) -> None:
    assert len(ended) > KILLS
    assert len({each.invocation for each in ended}) == len(ended)
    answered = [each for each in ended if each.output is not None]
    assert len(answered) > len(ended) / 2, [each.problem for each in ended if each.output is None]
    assert all(each.output == each.call.content[::-1] for each in answered)


def assert_same_call_for_same_key(developer: Developer, ended: list[Ended]) -> None:
    answered = [each for each in ended if each.output is not None]
    assert [developer.client.submit(each.call) for each in answered] == [each.invocation for each in answered]


def assert_paid_once(system: KillableSystem, developer: Developer, ended: list[Ended]) -> None:
    attempts = read_attempts(developer.client, [each.invocation for each in ended])
    tried = [each for tries in attempts.values() for each in tries]
    assert {each.state for each in tried} <= {"ended", "lost", "withdrawn"}
    due = {each.job: each.cost for each in tried if each.cost}
    wait_for(lambda: due.keys() <= ChainBook.read(developer.chain).costs.keys(), "the payments", system)

    book = ChainBook.read(developer.chain)
    assert set(book.ends.values()) == {1}
    assert {job: cost for job, cost in book.costs.items() if cost} == due
    assert all(sum(each.job in due for each in tries) <= 1 for tries in attempts.values())
    assert book.paths == {"JobRecorded", "JobSettled"}
    # What jobs without a result hold comes back when they expire, which time alone brings about.
    assert book.reserves.keys() <= {each.job for each in tried} - due.keys()
    escrow = developer.chain.contracts.money.escrow_of(developer.account.address, CONTROLLER)
    assert escrow.reserved == sum(book.reserves.values())
