import gc
from pathlib import Path

import pytest

from chainfaas.domain.outcomes import Status
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.runtime import Call, CallResult, SandboxRequest
from tests.container_engine import ContainerWorld
from tests.integration.sandbox.conftest import NewRequest, containers_of
from tests.integration.sandbox.hostile_jobs import HOSTILE_JOBS, HostileJob, script_of

MIB = 1 << 20
OUTPUT_MAX_BYTES = MIB
LOG_MAX_BYTES = 64 * 1024


def run(runtime: DockerRuntime, request: SandboxRequest, timeout_ms: int = 60_000) -> CallResult:
    sandbox = runtime.prepare(request)
    try:
        return sandbox.run(Call(b"", timeout_ms, OUTPUT_MAX_BYTES, LOG_MAX_BYTES))
    finally:
        sandbox.discard()


def memory_bytes(field: str) -> int:
    """This process's resident memory: VmRSS now, VmHWM at most since it was last reset (proc(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{field}:")]
    return int(line.split()[1]) * 1024


@pytest.mark.parametrize("job", HOSTILE_JOBS, ids=lambda job: job.name)
def test_run__hostile_job__held_and_nothing_left(
    job: HostileJob,
    world: ContainerWorld,
    runtime: DockerRuntime,
    owner: Owner,
    request_for: NewRequest,
    tmp_path: Path,
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the host's own")
    secret.chmod(0o644)
    knowledge = {
        "secret": str(secret),
        "socket": world.engine.url.removeprefix("unix://"),
        "registry": world.registry,
    }
    gc.collect()
    before = memory_bytes("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    result = run(runtime, request_for("python3", "-c", script_of(job, knowledge)), job.timeout_ms)
    risen = memory_bytes("VmHWM") - before

    assert result.status is job.status, (result.exit_code, result.log[-2_000:])
    assert result.output == (b"held\n" if job.status is Status.SUCCEEDED else b"")
    assert len(result.log) <= LOG_MAX_BYTES
    assert risen < 32 * MIB
    after = run(runtime, request_for("echo", "next"))
    assert (after.status, after.output) == (Status.SUCCEEDED, b"next\n")
    runtime.close()
    assert containers_of(world, owner) == []
