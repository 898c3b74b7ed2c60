"""Sandboxes that stand ready, in real containers."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import pytest
from docker.errors import APIError

from chainfaas.domain.manifests import Mode, Warm
from chainfaas.domain.outcomes import Status
from chainfaas.provider.pool.sandbox_pool import PoolLimits, SandboxPool
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.runtime import Call, SandboxRequest
from tests.container_engine import ContainerWorld
from tests.integration.sandbox.conftest import NewRequest, containers_of
from tests.integration.sandbox.test_docker_runtime import KIT

MARK = """
import os, sys
path = "/tmp/mark"
before = os.path.exists(path)
open(path, "w").close()
print(sys.stdin.read(), before, os.getpid())
"""
LATE = """
import sys, time
begun = time.process_time()
while time.process_time() - begun < 0.3:
    pass
sys.stdin.read()
"""
SPINS = """
import sys, threading, time
def spin():
    while True:
        pass
threading.Timer(0.5, spin).start()
sys.stdin.read()
"""


@pytest.fixture
def pool(runtime: DockerRuntime) -> Iterator[SandboxPool]:
    made = SandboxPool(runtime, PoolLimits(4, lambda: 1_024))
    yield made
    made.close()


def run(pool: SandboxPool, request: SandboxRequest, content: bytes = b"") -> tuple[Status, bytes, int]:
    sandbox = pool.prepare(request)
    result = sandbox.run(Call(content, 20_000, 1_000))
    pool.release(request, sandbox)
    return result.status, result.output, result.run_us


def names(world: ContainerWorld, owner: Owner) -> set[str]:
    return set(containers_of(world, owner))


def test_prepare__started_ahead__a_fresh_container_for_each_job(
    pool: SandboxPool, request_for: NewRequest
) -> None:
    request = request_for("python3", "-c", MARK)
    outputs = []
    for number in range(3):
        outputs.append(run(pool, request, str(number).encode())[1].split())
        pool.fit()
        assert pool.depths()[request.version] >= 1
    assert [words[:2] for words in outputs] == [[b"%d" % number, b"False"] for number in range(3)]


def test_prepare__program_takes_long_to_start__none_of_it_is_billed(
    pool: SandboxPool, request_for: NewRequest
) -> None:
    request = request_for("python3", "-c", LATE)
    cold = run(pool, request)
    pool.fit()
    warm = run(pool, request)
    for status, _, run_us in (cold, warm):
        assert status is Status.SUCCEEDED
        # It computes for 300 ms before it reads.
        assert run_us < 300_000


def test_prepare__reused_kit__one_process_answers_all(pool: SandboxPool, request_for: NewRequest) -> None:
    request = request_for("python3", "-c", KIT, mode=Mode.STREAM, warm=Warm(prestart=True, reuse=True))
    sandbox = pool.prepare(request)
    logs = []
    for _ in range(3):
        logs.append(sandbox.run(Call(b"a", 20_000, 100)).log)
        pool.release(request, sandbox)
        assert pool.prepare(request) is sandbox
    assert logs == [b"call 1\n", b"call 2\n", b"call 3\n"]
    pool.release(request, sandbox)


def test_prepare__stood_ready_and_was_killed__another_one(
    world: ContainerWorld, owner: Owner, pool: SandboxPool, request_for: NewRequest
) -> None:
    request = request_for("cat")
    run(pool, request)
    pool.fit()
    for container in names(world, owner):
        with contextlib.suppress(APIError):  # the one that was used goes by itself
            world.client.remove_container(container, force=True)
    assert run(pool, request, b"in")[:2] == (Status.SUCCEEDED, b"in")


def test_look__computes_while_it_waits__thrown_away(pool: SandboxPool, request_for: NewRequest) -> None:
    request = request_for("python3", "-c", SPINS)
    pool.prepare(request)
    pool.fit()
    assert pool.depths()
    pause = threading.Event()
    for _ in range(100):
        pool.look()
        if not pool.depths():
            break
        pause.wait(0.2)
    assert pool.depths() == {}


def test_close__some_stand_ready__no_container_is_left(
    world: ContainerWorld, owner: Owner, pool: SandboxPool, request_for: NewRequest
) -> None:
    run(pool, request_for("cat"))
    pool.fit()
    assert names(world, owner)
    pool.close()
    assert names(world, owner) == set()
