import pytest

from chainfaas.domain.identifiers import VersionId
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.outcomes import Status
from chainfaas.provider.sandbox.noop_runtime import FunctionFailedError, NoopRuntime, Said
from chainfaas.provider.sandbox.runtime import Sandbox, SandboxRequest, SandboxRuntime
from tests.sandbox_conformance import Behaviour, Prepare, SandboxConformance, call

MANIFEST = Manifest(
    Image("r/f", "sha256:" + 64 * "0"), "text/plain", Mode.ONESHOT, Warm(prestart=True, reuse=False), (), 9
)


def behave(behaviour: Behaviour, content: bytes) -> Said:
    match behaviour:
        case Behaviour.ECHO:
            return Said(content, b"said\n")
        case Behaviour.FAIL:
            raise FunctionFailedError(exit_code=7, log=b"why\n")
        case Behaviour.FLOOD:
            return Said(bytes(100_000))
        case Behaviour.CHATTER:
            return Said(log=100_000 * b"x")
        case _:
            return Said()


class TestNoopRuntime(SandboxConformance):
    @pytest.fixture
    def prepare(self) -> Prepare:
        def make(behaviour: Behaviour) -> Sandbox:
            runtime: SandboxRuntime = NoopRuntime(lambda content: behave(behaviour, content))
            return runtime.prepare(SandboxRequest(VersionId(1), MANIFEST, 64))

        return make


@pytest.mark.parametrize("status", [Status.TIMED_OUT, Status.OUT_OF_MEMORY])
def test_run__function_that_asks_for_an_end__ends_so(status: Status) -> None:
    def function(content: bytes) -> Said:
        raise FunctionFailedError(status, 137)

    result = NoopRuntime(function).prepare(SandboxRequest(VersionId(1), MANIFEST, 64)).run(call())
    assert (result.status, result.exit_code) == (status, 137)
