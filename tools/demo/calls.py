"""The calls of the demonstration, with real input, several at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from chainfaas.client.answers import CallFacts, call_facts, object_members
from chainfaas.client.controller_client import Call, ControllerClient
from chainfaas.client.errors import FunctionFailedError
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import InvocationId, JobId
from chainfaas.domain.outcomes import Status
from tools.demo.waiting import NotHappenedError
from tools.example_functions import ExampleFunction

AT_ONCE = 4
_ANSWER_SECONDS = 120.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CallRecord:
    """What one call came to.

    Attributes:
        function: The function's name.
        expected: How it should end.
        output: What it wrote; of one that failed, its log.
        invocation: The call.
        job: The attempt that ended it.
        provider: The number of who ran it.
        status: How it ended.
        exit_code: The program's.
        times_us: `T_prc`, `T_prv`, `T_cmp` and `T_rsp` by their short names.
    """

    function: str
    expected: Status
    output: bytes
    invocation: InvocationId
    job: JobId
    provider: int
    status: Status
    exit_code: int
    times_us: Mapping[str, int]

    @property
    def is_as_expected(self) -> bool:
        """Whether it ended as it should."""
        return self.status is self.expected


def make_calls(client: ControllerClient, examples: Sequence[ExampleFunction], tell: Tell) -> list[CallRecord]:
    """Call examples, some at the same time.

    Args:
        client: The developer's way to the controller.
        examples: One for each call; may name one example several times.
        tell: Takes a line of progress.

    Raises:
        ChainFaaSError: A call was not run at all.
    """

    def call(example: ExampleFunction) -> CallRecord:
        record = _call(client, example)
        tell(f"{example.name}: {record.status.name}, by provider {record.provider}")
        return record

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(call, examples))


def _call(client: ControllerClient, example: ExampleFunction) -> CallRecord:
    output = b""
    try:
        answer = client.invoke(Call(example.name, example.content), _ANSWER_SECONDS)
        facts, output = answer.facts, answer.output
    except FunctionFailedError as failed:
        facts = call_facts(failed.headers)
        output = client.log(facts.invocation)
    except ChainFaaSError as fault:
        fault.message = f"The call of {example.name} was not run: {fault.message}"
        raise
    return _record(example, facts, output, client.invocation(facts.invocation).document)


def _record(
    example: ExampleFunction, facts: CallFacts, output: bytes, document: Mapping[str, JsonValue]
) -> CallRecord:
    ended = [each for each in object_members(document, "jobs") if each.get("job") == str(facts.job)]
    if facts.job is None or len(ended) != 1:
        raise NotHappenedError(f"The call of {example.name} ended, but not with one of its attempts.")
    attempt = ended[0]
    times = attempt.get("timesUs")
    return CallRecord(
        function=example.name,
        expected=example.status,
        output=output,
        invocation=facts.invocation,
        job=facts.job,
        provider=int(str(attempt["providerId"])),
        status=Status[str(attempt["status"])],
        exit_code=int(str(attempt["exitCode"])),
        times_us={name: int(str(each)) for name, each in times.items()} if isinstance(times, Mapping) else {},
    )
