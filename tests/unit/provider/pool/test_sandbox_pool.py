from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from chainfaas.domain.identifiers import VersionId
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.provider.errors import EngineFailedError
from chainfaas.provider.pool.demand import MEMORY_SECONDS
from chainfaas.provider.pool.sandbox_pool import BAN_SECONDS, LOOK_SECONDS, PoolLimits, SandboxPool
from chainfaas.provider.sandbox.noop_runtime import NoopSandbox, Said
from chainfaas.provider.sandbox.runtime import Call, Sandbox, SandboxRequest

IMAGE = Image("registry.example/f", f"sha256:{64 * '0'}")
CALL = Call(b"", 1_000, 100)


def request(version: int = 1, *, prestart: bool = True, reuse: bool = False, mib: int = 64) -> SandboxRequest:
    mode = Mode.STREAM if reuse else Mode.ONESHOT
    manifest = Manifest(IMAGE, "text/plain", mode, Warm(prestart, reuse), (), 100)
    return SandboxRequest(VersionId(version), manifest, mib)


class SeenSandbox(NoopSandbox):
    """A sandbox that can end by itself and compute while it waits."""

    def __init__(self, *, reuse: bool) -> None:
        super().__init__(Said, reuse)
        self.has_ended, self.is_discarded, self.cpu_us = False, False, 0

    @property
    def is_waiting(self) -> bool:
        return super().is_waiting and not self.has_ended

    def used_cpu_us(self) -> int:
        return self.cpu_us

    def discard(self) -> None:
        super().discard()
        self.is_discarded = True


@dataclass
class SeenRuntime:
    """Makes sandboxes, and remembers them."""

    made: list[tuple[SandboxRequest, SeenSandbox]] = field(default_factory=list)
    fails: bool = False

    def prepare(self, request: SandboxRequest) -> SeenSandbox:
        if self.fails:
            raise EngineFailedError("The engine is gone.")
        sandbox = SeenSandbox(reuse=request.manifest.warm.reuse)
        self.made.append((request, sandbox))
        return sandbox

    def release(self, request: SandboxRequest, sandbox: Sandbox) -> None:
        del request
        sandbox.discard()

    def remove_strangers(self) -> int:
        return 3

    def close(self) -> None:
        """Nothing runs."""

    @property
    def standing(self) -> int:
        return sum(not sandbox.is_discarded for _, sandbox in self.made)


@dataclass
class Scene:
    """A pool over time that passes when a test says so."""

    sandboxes: int = 4
    spare_mib: int = 1_024
    now: float = 1_000.0
    runtime: SeenRuntime = field(default_factory=SeenRuntime)

    def __post_init__(self) -> None:
        limits = PoolLimits(self.sandboxes, lambda: self.spare_mib)
        self.pool = SandboxPool(self.runtime, limits, lambda: self.now)

    def serve(self, wanted: SandboxRequest) -> Sandbox:
        sandbox = self.pool.prepare(wanted)
        sandbox.run(CALL)
        self.pool.release(wanted, sandbox)
        return sandbox

    def depth(self, version: int = 1) -> int:
        return self.pool.depths().get(VersionId(version), 0)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_prepare__called_before__stands_ready_and_is_used_once(scene: Scene) -> None:
    first = scene.serve(request())
    scene.pool.fit()
    assert scene.depth() == 1
    second = scene.serve(request())
    assert second is scene.runtime.made[1][1]
    assert second is not first
    assert scene.depth() == 0
    assert scene.runtime.standing == 0


def test_fit__burst__as_many_as_its_second_took_and_no_more_than_allowed(scene: Scene) -> None:
    for _ in range(3):
        scene.serve(request())
    scene.pool.fit()
    assert scene.depth() == 3
    for _ in range(10):
        scene.serve(request())
    scene.pool.fit()
    assert scene.depth() == 4


@pytest.mark.parametrize("sandboxes", [0, 4])
def test_fit__manifest_forbids_or_provider_does__none_ready(sandboxes: int) -> None:
    scene = Scene(sandboxes)
    scene.serve(request(prestart=sandboxes == 0))
    scene.serve(request(2, prestart=sandboxes == 0, reuse=sandboxes == 0))
    scene.pool.fit()
    assert scene.pool.depths() == {}
    assert scene.runtime.standing == 0


def test_release__version_allows_reuse__same_sandbox_again(scene: Scene) -> None:
    wanted = request(reuse=True)
    served = {id(scene.serve(wanted)) for _ in range(5)}
    scene.pool.fit()
    assert len(served) == 1
    assert scene.depth() == 1


def test_release__last_call_left_a_doubt__thrown_away(scene: Scene) -> None:
    wanted = request(reuse=True)
    sandbox = scene.pool.prepare(wanted)
    sandbox.cancel()
    scene.pool.release(wanted, sandbox)
    assert scene.depth() == 0
    assert scene.runtime.standing == 0


def test_prepare__stood_ready_and_ended__another_one(scene: Scene) -> None:
    scene.serve(request())
    scene.pool.fit()
    scene.runtime.made[-1][1].has_ended = True
    assert scene.pool.prepare(request()) is scene.runtime.made[-1][1]
    assert len(scene.runtime.made) == 3
    assert scene.runtime.made[1][1].is_discarded


def test_prepare__other_terms_than_what_stands_ready__not_taken(scene: Scene) -> None:
    scene.serve(request())
    scene.pool.fit()
    scene.pool.prepare(request(mib=128))
    assert scene.runtime.made[-1][0].memory_mib == 128
    assert scene.runtime.made[1][1].is_discarded


def test_fit__jobs_took_the_memory__gives_way(scene: Scene) -> None:
    for _ in range(3):
        scene.serve(request())
    scene.pool.fit()
    scene.spare_mib = 130
    scene.pool.fit()
    assert scene.depth() == 2


def test_look__computes_while_it_waits__thrown_away_and_not_started_again(scene: Scene) -> None:
    scene.serve(request())
    scene.pool.fit()
    scene.pool.look()
    scene.now += 5
    scene.runtime.made[-1][1].cpu_us = 99_000
    scene.pool.look()
    assert scene.depth() == 1
    scene.now += 5
    scene.runtime.made[-1][1].cpu_us += 101_000
    scene.pool.look()
    assert scene.pool.depths() == {}
    assert scene.runtime.standing == 0
    scene.now += BAN_SECONDS - 15
    scene.serve(request())
    scene.pool.fit()
    assert scene.depth() == 0
    scene.now += 16
    scene.pool.fit()
    assert scene.depth() == 1


def test_keep__calls_never_cease__looked_at_all_the_same(scene: Scene) -> None:
    scene.serve(request())
    scene.pool.fit()
    [_, (_, restless)] = scene.runtime.made
    for _ in range(3):
        # Woken again and again by calls of another version.
        scene.serve(request(2, prestart=False))
        scene.now += LOOK_SECONDS / 2
        restless.cpu_us += 1_000_000
        scene.pool.keep()
    assert not restless.is_discarded
    scene.now += LOOK_SECONDS / 2
    restless.cpu_us += 1_000_000
    scene.pool.keep()
    assert restless.is_discarded


def test_look__not_called_for_long__nothing_is_left(scene: Scene) -> None:
    scene.serve(request())
    scene.serve(request(2, reuse=True))
    scene.pool.fit()
    assert scene.runtime.standing == 2
    scene.now += MEMORY_SECONDS + 1
    scene.pool.look()
    assert scene.runtime.standing == 0


def test_fit__cannot_be_started__left_alone_for_a_while(scene: Scene) -> None:
    scene.serve(request())
    scene.runtime.fails = True
    scene.pool.fit()
    scene.runtime.fails = False
    scene.pool.fit()
    assert scene.depth() == 0
    scene.now += BAN_SECONDS
    scene.serve(request())
    scene.pool.fit()
    assert scene.depth() == 1


def test_close__some_stand_ready__none_is_left_and_none_is_kept(scene: Scene) -> None:
    wanted = request(reuse=True)
    used = scene.pool.prepare(wanted)
    scene.serve(request(2))
    scene.pool.fit()
    scene.pool.close()
    scene.pool.release(wanted, used)
    scene.pool.fit()
    assert scene.runtime.standing == 0


def test_run__call_took_a_sandbox__another_is_started_soon(scene: Scene) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=scene.pool.run, args=(stop,), daemon=True)
    thread.start()
    scene.serve(request())
    pause = threading.Event()
    for _ in range(1_000):
        if scene.depth():
            break
        pause.wait(0.01)
    stop.set()
    scene.pool.wake()
    thread.join(10)
    assert not thread.is_alive()
    assert scene.depth() == 1
