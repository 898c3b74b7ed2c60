import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from chainfaas.domain.manifests import Image, Mode, Warm
from chainfaas.domain.outcomes import Status
from chainfaas.provider.errors import (
    ImageMissingError,
    ImageRefusedError,
    SandboxLostError,
    SandboxSpentError,
)
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.image_policy import ImagePolicy
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.runtime import Sandbox
from tests.container_engine import ContainerWorld
from tests.integration.sandbox.conftest import NewRequest, NewRuntime, containers_of
from tests.sandbox_conformance import Behaviour, Prepare, SandboxConformance, call

KIT = """
import os, struct, sys
calls, results = os.fdopen(3, "rb"), os.fdopen(4, "wb", 0)
def say(kind, content=b""):
    results.write(struct.pack(">BI", kind, len(content)) + content)
def hear():
    kind, length = struct.unpack(">BI", calls.read(5))
    return kind, calls.read(length)
count = 0
say(0x81)
while True:
    kind, content = hear()
    count += 1
    print("call", count, flush=True)
    if content == b"die":
        os._exit(9)
    say(0x82, content * 2)
"""


class TestDockerRuntime(SandboxConformance):
    @pytest.fixture
    def prepare(self, runtime: DockerRuntime, request_for: NewRequest) -> Iterator[Prepare]:
        made: list[Sandbox] = []

        def make(behaviour: Behaviour) -> Sandbox:
            made.append(runtime.prepare(request_for("sh", "-c", behaviour.value)))
            return made[-1]

        yield make
        for sandbox in made:
            sandbox.discard()


def test_run__six_megabytes_in_and_out__the_same(runtime: DockerRuntime, request_for: NewRequest) -> None:
    content = bytes(range(256)) * (6 << 12)
    result = runtime.prepare(request_for("cat")).run(call(content, output_max_bytes=len(content)))
    assert result.status is Status.SUCCEEDED
    assert result.output == content


def test_run__environment__is_the_manifests_and_the_images(
    runtime: DockerRuntime, request_for: NewRequest
) -> None:
    environment = runtime.prepare(request_for("cat", "/proc/self/environ")).run(call()).output
    names = {line.split(b"=")[0] for line in environment.split(b"\0") if line}
    assert names == {b"GREETING", b"HOME", b"HOSTNAME", b"PATH"}
    assert b"\0GREETING=hi\0" in b"\0" + environment


def test_run__any_program__nobody_in_the_images_folder(
    runtime: DockerRuntime, request_for: NewRequest
) -> None:
    result = runtime.prepare(request_for("sh", "-c", "id -u; id -g; id -G; pwd; hostname")).run(call())
    assert result.output.split() == [b"65532", b"65532", b"65532", b"/", b"sandbox"]


def test_run__program_that_is_not_there__function_error_with_a_reason(
    runtime: DockerRuntime, request_for: NewRequest
) -> None:
    result = runtime.prepare(request_for("no-such-program")).run(call())
    assert (result.status, result.exit_code) == (Status.FUNCTION_ERROR, 127)
    assert b"no-such-program" in result.log


def test_run__oneshot_bundle__a_file_in_tmp(runtime: DockerRuntime, request_for: NewRequest) -> None:
    request = request_for("python3", "/tmp/bundle", bundle=b"print(6 * 7)")  # noqa: S108 - the sandbox's own
    assert runtime.prepare(request).run(call()).output == b"42\n"


def test_run__kit_with_reuse__answers_call_after_call(
    runtime: DockerRuntime, request_for: NewRequest
) -> None:
    request = request_for("python3", "-c", KIT, mode=Mode.STREAM, warm=Warm(prestart=True, reuse=True))
    kit = runtime.prepare(request)
    first, second = kit.run(call(b"a")), kit.run(call(b"b"))
    assert [(each.output, each.log) for each in (first, second)] == [
        (b"aa", b"call 1\n"),
        (b"bb", b"call 2\n"),
    ]
    last = kit.run(call(b"die"))
    assert (last.status, last.exit_code) == (Status.FUNCTION_ERROR, 9)
    with pytest.raises(SandboxSpentError):
        kit.run(call(b"c"))


def test_run__cancelled_by_another_thread__ends_at_once(
    runtime: DockerRuntime, request_for: NewRequest
) -> None:
    sandbox = runtime.prepare(request_for("sleep", "600"))
    thread = threading.Timer(0.2, sandbox.cancel)
    thread.start()
    result = sandbox.run(call(timeout_ms=600_000))
    thread.join()
    assert (result.status, sandbox.is_reusable) == (Status.CANCELLED, False)


def test_run__container_killed_from_outside__lost(
    world: ContainerWorld, runtime: DockerRuntime, request_for: NewRequest
) -> None:
    sandbox = runtime.prepare(request_for("sleep", "600"))
    thread = threading.Timer(0.2, world.client.kill, [sandbox.name])
    thread.start()
    with pytest.raises(SandboxLostError):
        sandbox.run(call(timeout_ms=600_000))
    thread.join()


def test_prepare__image_that_is_not_here__missing_and_nothing_left(
    world: ContainerWorld, runtime: DockerRuntime, owner: Owner, request_for: NewRequest
) -> None:
    other = Image(world.python.repository, "sha256:" + 64 * "0")
    with pytest.raises(ImageMissingError):
        runtime.prepare(request_for("true", image=other))
    assert containers_of(world, owner) == []


def test_fetch__image_of_the_registry__pulled_by_digest(world: ContainerWorld, images: ImageStore) -> None:
    copy = Image(f"{world.registry}/python", world.python.digest)
    assert images.fetch(copy).id


@pytest.mark.parametrize(
    ("digest", "repositories", "fault"),
    [("0" * 64, True, ImageMissingError), ("1" * 64, False, ImageRefusedError)],
)
def test_fetch__what_may_or_can_not_be_had__refused(
    world: ContainerWorld, digest: str, repositories: bool, fault: type[Exception]
) -> None:
    store = ImageStore(world.client, ImagePolicy(repositories=(world.registry,) if repositories else ()))
    with pytest.raises(fault):
        store.fetch(Image(world.python.repository, f"sha256:{digest}"))


def test_remove_strangers__another_start__its_containers_and_no_others(
    world: ContainerWorld, new_runtime: NewRuntime, owner: Owner, request_for: NewRequest
) -> None:
    earlier = new_runtime(Owner(owner.genesis_hash, owner.provider, "earlierboot"))
    runtime = new_runtime(owner)
    earlier.prepare(request_for("cat"))
    kept = runtime.prepare(request_for("cat"))
    assert runtime.remove_strangers() == 1
    assert len(containers_of(world, owner)) == 1
    assert kept.run(call(b"here")).output == b"here"


def test_prepare__eight_at_once__each_answers_its_own_call(
    world: ContainerWorld, runtime: DockerRuntime, owner: Owner, request_for: NewRequest
) -> None:
    def serve(number: int) -> bytes:
        sandbox = runtime.prepare(request_for("cat"))
        try:
            return sandbox.run(call(b"%d" % number)).output
        finally:
            sandbox.discard()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(serve, range(16))) == [b"%d" % number for number in range(16)]
    runtime.close()
    assert containers_of(world, owner) == []


def test_prepare__after_close__refused_and_nothing_left(
    world: ContainerWorld, runtime: DockerRuntime, owner: Owner, request_for: NewRequest
) -> None:
    runtime.close()
    with pytest.raises(SandboxLostError):
        runtime.prepare(request_for("cat"))
    assert containers_of(world, owner) == []


def test_close__sandboxes_that_nobody_discarded__removed(
    world: ContainerWorld, runtime: DockerRuntime, owner: Owner, request_for: NewRequest
) -> None:
    runtime.prepare(request_for("cat"))
    runtime.close()
    assert containers_of(world, owner) == []


def test_prepare__daemon_that_dies__its_sandbox_ends_by_itself(
    world: ContainerWorld, runtime: DockerRuntime, request_for: NewRequest
) -> None:
    sandbox = runtime.prepare(request_for("cat"))
    sandbox._container.channel.close()
    assert world.client.wait(sandbox.name, timeout=60)["StatusCode"] == 0
    sandbox.discard()
