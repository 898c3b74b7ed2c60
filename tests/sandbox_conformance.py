"""What every sandbox must do, as tests to inherit: the Docker one and its twin run the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Protocol

import pytest

from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import InvocationId
from chainfaas.domain.outcomes import Status
from chainfaas.provider.errors import SandboxSpentError
from chainfaas.provider.sandbox.runtime import Call, Sandbox

INVOCATION = InvocationId(Bytes32(b"\x05" * 32))


class Behaviour(Enum):
    """A function that a suite brings in its own form, with the shell's words for it."""

    ECHO = "cat; echo said >&2"
    FAIL = "echo why >&2; exit 7"
    FLOOD = "head -c 100000 /dev/zero"
    CHATTER = "head -c 100000 /dev/zero | tr '\\0' x >&2"
    SILENCE = "true"


class Prepare(Protocol):
    def __call__(self, behaviour: Behaviour) -> Sandbox: ...


def call(
    content: bytes = b"", output_max_bytes: int = 1_000, log_max_bytes: int = 1_000, timeout_ms: int = 60_000
) -> Call:
    return Call(content, timeout_ms, output_max_bytes, log_max_bytes)


class SandboxConformance:
    """Inherit with a fixture `prepare` that makes a sandbox of a given behaviour."""

    @pytest.fixture
    def prepare(self) -> Iterator[Prepare]:
        raise NotImplementedError

    def test_run__echo__answers_with_output_and_log(self, prepare: Prepare) -> None:
        result = prepare(Behaviour.ECHO).run(call(b"input"))
        assert (result.status, result.exit_code) == (Status.SUCCEEDED, 0)
        assert (result.output, result.log) == (b"input", b"said\n")

    def test_run__no_input_and_no_output__succeeds(self, prepare: Prepare) -> None:
        result = prepare(Behaviour.SILENCE).run(call())
        assert (result.status, result.output, result.log) == (Status.SUCCEEDED, b"", b"")

    def test_run__function_that_fails__keeps_exit_code_and_log(self, prepare: Prepare) -> None:
        result = prepare(Behaviour.FAIL).run(call(b"input"))
        assert (result.status, result.exit_code) == (Status.FUNCTION_ERROR, 7)
        assert (result.output, result.log) == (b"", b"why\n")

    def test_run__more_output_than_allowed__gives_none(self, prepare: Prepare) -> None:
        result = prepare(Behaviour.FLOOD).run(call())
        assert (result.status, result.output) == (Status.OUTPUT_LIMIT, b"")

    def test_run__all_the_output_that_is_allowed__succeeds(self, prepare: Prepare) -> None:
        result = prepare(Behaviour.FLOOD).run(call(output_max_bytes=100_000))
        assert (result.status, len(result.output)) == (Status.SUCCEEDED, 100_000)

    def test_run__longer_log_than_allowed__is_cut_and_says_so(self, prepare: Prepare) -> None:
        result = prepare(Behaviour.CHATTER).run(call())
        assert result.status is Status.SUCCEEDED
        assert len(result.log) == 1_000
        assert result.log.startswith(b"xxx")
        assert result.log.endswith(b"x\n[log cut at 1000 bytes]\n")

    def test_run__measures__are_not_negative(self, prepare: Prepare) -> None:
        result = prepare(Behaviour.ECHO).run(call(b"input"))
        assert min(result.run_us, result.cpu_us, result.peak_memory_bytes) >= 0

    def test_run__second_call_of_a_function_without_reuse__refused(self, prepare: Prepare) -> None:
        sandbox = prepare(Behaviour.ECHO)
        before = sandbox.is_reusable
        sandbox.run(call(b"1"))
        assert (before, sandbox.is_reusable) == (True, False)
        with pytest.raises(SandboxSpentError):
            sandbox.run(call(b"2"))

    def test_discard__twice__serves_no_call(self, prepare: Prepare) -> None:
        sandbox = prepare(Behaviour.ECHO)
        sandbox.discard()
        sandbox.discard()
        with pytest.raises(SandboxSpentError):
            sandbox.run(call())

    def test_cancel__before_the_call__serves_none(self, prepare: Prepare) -> None:
        sandbox = prepare(Behaviour.ECHO)
        sandbox.cancel()
        with pytest.raises(SandboxSpentError):
            sandbox.run(call())

    def test_limits__of_any_sandbox__can_be_hashed(self, prepare: Prepare) -> None:
        limits = prepare(Behaviour.ECHO).limits
        assert limits.as_json()["runtime"]
        assert len(limits.hash_for(INVOCATION)) == 32
