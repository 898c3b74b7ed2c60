"""The measurements of one provider, each beside its floor, the two in turn."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bench.provider_floors import Kit, plain_by_client, start_cat
from bench.provider_scene import BenchFunction, Provider
from chainfaas.domain.outcomes import Status
from chainfaas.provider.pool.sandbox_pool import SandboxPool
from chainfaas.provider.sandbox.runtime import Call

CONTENT = b"x" * 1_000
CALL = Call(CONTENT, 20_000, 10_000)
BATCH = 8
"""Sandboxes that are started before they are measured one after the other."""
THREADS = 4
WORKERS = 8


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: the median of what was measured, or a rate."""

    value: float
    unit: str
    floor: float
    n: int

    def as_json(self) -> dict[str, Any]:
        """Return the figure as it is written."""
        return {"value": round(self.value, 3), "unit": self.unit, "floor": round(self.floor, 3), "n": self.n}


def in_turn(count: int, ours: Callable[[], float], floor: Callable[[], float]) -> Figure:
    """Measure two things in turn, in milliseconds."""
    pairs = [(ours(), floor()) for _ in range(count)]
    return Figure(
        statistics.median(pair[0] for pair in pairs),
        "ms",
        statistics.median(pair[1] for pair in pairs),
        count,
    )


def measured_ms(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1_000


def prestarted(provider: Provider, count: int) -> Figure:
    """A call into a sandbox that was started ahead, over the same program started by hand that waits."""
    request, runtime = provider.echo.request(), provider.new_runtime()
    ready: list[Any] = []
    by_hand: list[subprocess.Popen[bytes]] = []

    def ours() -> float:
        if not ready:
            ready.extend(runtime.prepare(request) for _ in range(BATCH))
            by_hand.extend(start_cat() for _ in range(BATCH))
        sandbox = ready.pop()
        taken = measured_ms(lambda: check(sandbox.run(CALL).output))
        sandbox.discard()
        return taken

    def floor() -> float:
        program = by_hand.pop()
        return measured_ms(lambda: check(program.communicate(CONTENT)[0]))

    try:
        return in_turn(count, ours, floor)
    finally:
        runtime.close()
        end_all(by_hand)


def prestarted_full(provider: Provider, count: int) -> Figure:
    """The same with admission, journal and signed receipt."""
    pool = provider.pool(BATCH)
    pipeline = provider.pipeline(pool)
    by_hand: list[subprocess.Popen[bytes]] = []
    run_all(pool, provider.echo, BATCH)

    def ours() -> float:
        if not pool.depths():
            pool.fit()
        by_hand.append(start_cat())
        [offer] = provider.offers(provider.echo, CONTENT, 1)

        def job() -> None:
            pipeline.submit(offer)
            check_end(provider)

        return measured_ms(job)

    def floor() -> float:
        program = by_hand.pop()
        return measured_ms(lambda: check(program.communicate(CONTENT)[0]))

    try:
        return in_turn(count, ours, floor)
    finally:
        pipeline.close()
        pool.close()
        end_all(by_hand)


def end_all(programs: list[subprocess.Popen[bytes]]) -> None:
    """End programs that still wait."""
    for program in programs:
        program.communicate(b"")


def run_all(pool: SandboxPool, function: BenchFunction, count: int) -> None:
    """Take so many sandboxes at once, so that the pool keeps as many."""
    taken = [pool.prepare(function.request()) for _ in range(count)]
    for sandbox in taken:
        check(sandbox.run(CALL).output)
        pool.release(function.request(), sandbox)
    pool.fit()


def reused(provider: Provider, count: int) -> Figure:
    """A call into a kit that is kept, over the same kit by hand and frames over its pipes."""
    request = provider.kit.request()
    pool = provider.pool(1)
    with Kit() as by_hand:

        def ours() -> float:
            sandbox = pool.prepare(request)
            taken = measured_ms(lambda: check(sandbox.run(CALL).output))
            pool.release(request, sandbox)
            return taken

        ours()
        figure = in_turn(count, ours, lambda: measured_ms(lambda: check(by_hand.call(CONTENT))))
    pool.close()
    return figure


def reused_rate(provider: Provider, count: int) -> Figure:
    """Calls a second into kept kits, several at once, over one kit by hand."""
    pool, request = provider.pool(THREADS), provider.kit.request()
    run_all(pool, provider.kit, THREADS)

    def call(_: int) -> None:
        sandbox = pool.prepare(request)
        check(sandbox.run(CALL).output)
        pool.release(request, sandbox)

    seconds = measured_ms(lambda: at_once(call, count, THREADS)) / 1_000
    pool.close()
    return Figure(count / seconds, "1/s", _rate_by_hand(count), count)


def reused_full_rate(provider: Provider, count: int) -> Figure:
    """Jobs a second through the whole way: admission, journal, kept kits, signed receipts, journal."""
    pool = provider.pool(THREADS)
    pipeline = provider.pipeline(pool)
    run_all(pool, provider.kit, THREADS)
    offers = provider.offers(provider.kit, CONTENT, count)
    begun = time.perf_counter()
    for number, offer in enumerate(offers):
        if number >= 2 * THREADS:
            check_end(provider)
        pipeline.submit(offer)
    for _ in range(min(count, 2 * THREADS)):
        check_end(provider)
    seconds = time.perf_counter() - begun
    pipeline.close()
    pool.close()
    return Figure(count / seconds, "1/s", _rate_by_hand(count), count)


def _rate_by_hand(count: int) -> float:
    with Kit() as by_hand:
        begun = time.perf_counter()
        for _ in range(count):
            check(by_hand.call(CONTENT))
        return count / (time.perf_counter() - begun)


def plain(provider: Provider, count: int) -> Figure:
    """A call for which a container is made, over the same container by the engine's client."""
    request, runtime = provider.echo.request(), provider.new_runtime()

    def ours() -> float:
        def call() -> None:
            sandbox = runtime.prepare(request)
            check(sandbox.run(CALL).output)
            sandbox.discard()

        taken = measured_ms(call)
        time.sleep(0.2)  # the removal comes behind it, in both
        return taken

    def floor() -> float:
        container, taken = plain_by_client(provider.client, request.manifest.image.reference)
        provider.client.remove_container(container, force=True)
        time.sleep(0.2)
        return taken

    try:
        return in_turn(count, ours, floor)
    finally:
        runtime.close()


def plain_rate(provider: Provider, count: int) -> Figure:
    """Containers a second, eight at once, made, run and removed."""
    request, client = provider.echo.request(), provider.client

    def ours() -> None:
        runtime = provider.new_runtime()

        def call(_: int) -> None:
            sandbox = runtime.prepare(request)
            check(sandbox.run(CALL).output)
            sandbox.discard()

        at_once(call, count // 2, WORKERS)
        runtime.close()

    def floor() -> None:
        def call(_: int) -> None:
            container, _taken = plain_by_client(client, request.manifest.image.reference)
            client.remove_container(container, force=True)

        at_once(call, count // 2, WORKERS)

    seconds = [(measured_ms(ours) / 1_000, measured_ms(floor) / 1_000) for _ in range(2)]
    both = 2 * (count // 2)
    return Figure(
        both / sum(pair[0] for pair in seconds), "1/s", both / sum(pair[1] for pair in seconds), both
    )


def at_once(call: Callable[[int], None], count: int, threads: int) -> None:
    """Do something so often, in several threads."""
    with ThreadPoolExecutor(threads) as workers:
        list(workers.map(call, range(count)))


def check(output: bytes) -> None:
    """Make sure that an answer is right."""
    if output != CONTENT:
        raise AssertionError(output[:100])


def check_end(provider: Provider) -> None:
    """Wait for the next report and make sure that its job succeeded."""
    ended = provider.ended.get(timeout=30)
    if ended.report.receipt.status is not Status.SUCCEEDED:
        raise AssertionError(ended.report)
