"""One admitted job in one sandbox: prepare, run, release, with every stage's time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chainfaas.domain.errors import ChainFaaSError
from chainfaas.domain.outcomes import Status
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.provider.crash_points import ProviderHook, ProviderPoint
from chainfaas.provider.receipts.receipt_maker import RunOutcome
from chainfaas.provider.sandbox.runtime import Call, SandboxRequest

if TYPE_CHECKING:
    from chainfaas.provider.offers.admission import Admitted
    from chainfaas.provider.pipeline.held_jobs import HeldJobs
    from chainfaas.provider.pipeline.offered_job import OfferedJob
    from chainfaas.provider.pipeline.version_shelf import VersionShelf
    from chainfaas.provider.sandbox.runtime import CallResult, Sandbox, SandboxRuntime

_NS_PER_US = 1_000

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Workshop:
    """What jobs are run with."""

    runtime: SandboxRuntime
    shelf: VersionShelf
    held: HeldJobs
    log_max_bytes: int
    job_cpu_millis: int
    at_point: ProviderHook


@dataclass(slots=True)
class _Stages:
    """Points of the monotonic clock, in nanoseconds."""

    arrived: int
    begun: int
    completed: int = 0
    prepared: int = 0

    def metrics(self, result: CallResult | None) -> RunMetrics:
        pulled = max(0, self.completed - self.begun) if self.completed else 0
        initialised = max(0, self.prepared - self.completed) if self.prepared else 0
        return RunMetrics(
            queued_us=(self.begun - self.arrived) // _NS_PER_US,
            pulled_us=pulled // _NS_PER_US,
            initialised_us=initialised // _NS_PER_US,
            run_us=0 if result is None else result.run_us,
            cpu_us=0 if result is None else result.cpu_us,
            peak_memory_bytes=0 if result is None else result.peak_memory_bytes,
        )


def run_job(offered: OfferedJob, admitted: Admitted, content: bytes, workshop: Workshop) -> RunOutcome:
    """Run a job to its end, whatever that is.

    Args:
        offered: The job.
        admitted: What the own node knows of it.
        content: Its input, checked.
        workshop: What it is run with.

    Returns:
        How it ended. What is not the function's doing is INFRASTRUCTURE, with the reason.
    """
    stages = _Stages(offered.arrived_ns, time.monotonic_ns())
    try:
        request = _request(offered, admitted, workshop, stages)
        sandbox = _prepare(request, workshop, stages)
    except ChainFaaSError as fault:
        return _failed(offered, stages, fault)
    try:
        return _run_in(sandbox, offered, _call_of(offered, admitted, content, workshop), workshop, stages)
    except ChainFaaSError as fault:
        return _failed(offered, stages, fault)
    finally:
        workshop.held.leave(offered.job_id)
        workshop.runtime.release(request, sandbox)


def _request(offered: OfferedJob, admitted: Admitted, workshop: Workshop, stages: _Stages) -> SandboxRequest:
    version, manifest = admitted.version, admitted.manifest
    bundle = workshop.shelf.complete(version, manifest, offered.link.fetch_bundle)
    stages.completed = time.monotonic_ns()
    return SandboxRequest(
        version.version_id, manifest, version.terms.memory_mib, bundle, workshop.job_cpu_millis
    )


def _prepare(request: SandboxRequest, workshop: Workshop, stages: _Stages) -> Sandbox:
    workshop.at_point(ProviderPoint.BEFORE_PREPARE)
    sandbox = workshop.runtime.prepare(request)
    workshop.at_point(ProviderPoint.AFTER_PREPARE)
    stages.prepared = time.monotonic_ns()
    return sandbox


def _run_in(
    sandbox: Sandbox, offered: OfferedJob, call: Call, workshop: Workshop, stages: _Stages
) -> RunOutcome:
    limits = sandbox.limits.as_json()
    if not workshop.held.enter(offered.job_id, sandbox):
        return RunOutcome(
            Status.DECLINED, metrics=stages.metrics(None), sandbox=limits, reason="Cancelled before it began."
        )
    workshop.at_point(ProviderPoint.BEFORE_RUN)
    started = time.monotonic_ns()
    result = sandbox.run(call)
    workshop.at_point(ProviderPoint.AFTER_RUN)
    return RunOutcome(
        status=result.status,
        exit_code=result.exit_code,
        output=result.output,
        log=result.log,
        metrics=stages.metrics(result),
        sandbox=limits,
        start_delay_us=(started - offered.arrived_ns) // _NS_PER_US,
    )


def _call_of(offered: OfferedJob, admitted: Admitted, content: bytes, workshop: Workshop) -> Call:
    # Both bounds are signed: the call's own by the controller, the version's by its developer.
    output_max_bytes = min(offered.assigned.work.output_limit_bytes, admitted.manifest.output_limit_bytes)
    return Call(content, admitted.version.terms.timeout_ms, output_max_bytes, workshop.log_max_bytes)


def _failed(offered: OfferedJob, stages: _Stages, fault: ChainFaaSError) -> RunOutcome:
    _log.warning("A job could not be run.", action="job_failed", job=offered.job_id, fault=str(fault))
    return RunOutcome(
        Status.INFRASTRUCTURE, metrics=stages.metrics(None), reason=f"{fault.code}: {fault.message}"
    )
