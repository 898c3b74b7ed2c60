"""A whole local system for measuring calls: started afresh, its function ready to be called."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from bench.call_figures import CallSample, milliseconds
from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.state_folder import StateFolder
from chainfaas.cli.local_system.local_system import LocalSystem
from chainfaas.cli.local_system.provider_parts import provider_folder
from chainfaas.cli.local_system.system_file import SystemDescription
from chainfaas.client.answers import CallFacts
from chainfaas.client.chain_access import ChainAccess
from chainfaas.client.controller_client import Call, ControllerClient
from chainfaas.client.function_file import FunctionFile
from chainfaas.client.publishing import publish_files
from chainfaas.domain.amounts import TOKEN, TokenAmount, max_cost_of_amount
from chainfaas.domain.encodings import ZERO_BYTES32, format_hex
from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.identifiers import JobId
from chainfaas.domain.prices import Terms
from chainfaas.provider.bootstrap.provider_status import read_status
from chainfaas.provider.engine.find_engine import connect_engine
from chainfaas.provider.engine.provide_engine import provide_engine
from chainfaas.provider.journal.job_record import JobRecord
from tools.demo.developer import Developer, open_developer, provide_money
from tools.demo.waiting import NotHappenedError, wait_until_true
from tools.example_functions import example_functions, publish_images

FUNCTION = "mandelbrot"
"""The example whose program starts quickest."""
CONTENT = b'{"Width": 16, "Height": 16, "Iterations": 50}'

SIGNERS = 3
_MAX_COST = TokenAmount(TOKEN // 5)
_FAST_TIMEOUT_MS = 5_000
_PATIENCE_SECONDS = 60.0
_JOURNAL_JOBS = 2_000
_CALL_SECONDS = 60.0

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class AnsweredCall:
    """A call as its caller saw it.

    Attributes:
        facts: What the answer's headers said.
        end_to_end_ms: From the request to the whole answer.
    """

    facts: CallFacts
    end_to_end_ms: float


@dataclass(frozen=True, slots=True)
class BenchSystem:
    """A system that runs, and who calls.

    Attributes:
        folder: The state folder.
        description: Where the parts are.
        client: The caller's way to the controller; it keeps its connection.
    """

    folder: StateFolder
    description: SystemDescription
    client: ControllerClient

    def call(self) -> AnsweredCall:
        """Call the function and wait for its answer.

        Raises:
            ChainFaaSError: It did not succeed.
        """
        begun = time.perf_counter()
        answer = self.client.invoke(Call(FUNCTION, CONTENT), _CALL_SECONDS)
        return AnsweredCall(answer.facts, (time.perf_counter() - begun) * 1_000)

    def wait_for_samples(self, calls: list[AnsweredCall]) -> list[CallSample]:
        """Wait until the providers have seen the payments, and return the calls that were paid in time.

        Args:
            calls: Calls that succeeded.
        """
        wanted = {call.facts.job for call in calls}
        paid: dict[JobId, tuple[str, JobRecord]] = {}

        def are_paid() -> bool:
            paid.update(self._paid_jobs())
            return wanted <= paid.keys()

        try:
            wait_until_true(are_paid, "the payments", _PATIENCE_SECONDS)
        except NotHappenedError as missing:
            print(missing.message)
        return [
            _sample(call, *paid[call.facts.job])
            for call in calls
            if call.facts.job is not None and call.facts.job in paid
        ]

    def _paid_jobs(self) -> dict[JobId, tuple[str, JobRecord]]:
        return {
            job.job_id: (name, job)
            for name in self.description.providers
            for job in read_status(provider_folder(self.folder, name), _JOURNAL_JOBS).jobs
            if job.report is not None and job.payment is not None and job.payment.bill_us is not None
        }


@contextmanager
def running_system(folder: StateFolder, period_seconds: int, tell: Tell) -> Iterator[BenchSystem]:
    """Start a system on a new chain, and stop it at the end; what an earlier one left is deleted first.

    Args:
        folder: The state folder, used for nothing else.
        period_seconds: Seconds between blocks; 0 seals on demand.
        tell: Takes a line of progress.

    Yields:
        The system, with its function published.

    Raises:
        ChainFaaSError: A part does not start, or the function cannot be published.
    """
    system = LocalSystem(folder)
    system.reset(tell)
    try:
        LocalNetwork.create(folder, SIGNERS, period_seconds)
        description = system.start(tell)
        developer = open_developer(folder, ChainAccess.open(folder), description.controller)
        provide_money(developer, tell)
        _publish(folder, developer, description.registry, tell)
        yield BenchSystem(folder, description, developer.client)
    finally:
        system.stop(tell)


def _publish(folder: StateFolder, developer: Developer, registry: str, tell: Tell) -> None:
    tell("Building the function's image and publishing it")
    engine = connect_engine(provide_engine(folder, os.environ))
    try:
        examples = example_functions(publish_images(engine, registry, os.environ))
    finally:
        engine.close()
    example = next(each for each in examples if each.name == FUNCTION)
    manifest = replace(example.manifest, name=FUNCTION)
    terms = Terms(max_cost_of_amount(_MAX_COST), example.memory_mib, _FAST_TIMEOUT_MS)
    publish_files(
        developer.account, developer.client, [FunctionFile(NewVersion(terms, manifest, ZERO_BYTES32), b"")]
    )
    wait_until_true(lambda: _is_callable(developer.client), "the controller to see it", _PATIENCE_SECONDS)


def _is_callable(client: ControllerClient) -> bool:
    try:
        return client.function(FUNCTION).get("live") is not None
    except ChainFaaSError:
        return False


def _sample(call: AnsweredCall, provider: str, job: JobRecord) -> CallSample:
    times, report, payment = call.facts.times_ms, job.report, job.payment
    assert report is not None and payment is not None and payment.bill_us is not None  # noqa: S101, PT018
    return CallSample(
        provider=provider,
        end_to_end=call.end_to_end_ms,
        processing=times["prc"],
        provisioning=times["prv"],
        compute=milliseconds(report.metrics.run_us),
        response=times["rsp"],
        bill=milliseconds(payment.bill_us),
        initialise=milliseconds(report.metrics.initialised_us),
        claim=format_hex(payment.tx_hash),
    )
