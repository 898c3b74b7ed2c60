"""What the API shows of calls, jobs, functions, versions and providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainfaas.controller.api.answers import times_json
from chainfaas.domain.amounts import amount_of_max_cost
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import format_function_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chainfaas.controller.storage.chain_view import (
        KnownEscrow,
        KnownFunction,
        KnownProvider,
        KnownVersion,
    )
    from chainfaas.controller.storage.invocation_rows import InvocationRow
    from chainfaas.controller.storage.job_rows import JobRow
    from chainfaas.domain.canonical_json import JsonValue


def invocation_json(row: InvocationRow, jobs: Sequence[JobRow]) -> dict[str, JsonValue]:
    """Return a call as its caller sees it.

    Args:
        row: The call.
        jobs: Its attempts.
    """
    place = f"/v1/invocations/{row.invocation_id}"
    return {
        "invocation": str(row.invocation_id),
        "state": row.state.value,
        "function": format_function_id(row.function_id),
        "versionId": row.version_id,
        "developer": str(row.developer),
        "inputBytes": row.input_size_bytes,
        "inputHash": format_hex(row.input_hash),
        "createdAtMs": row.created_at_ms,
        "endedAtMs": row.ended_at_ms,
        "job": None if row.job_id is None else str(row.job_id),
        "problem": row.problem,
        "jobs": [attempt_json(job) for job in jobs],
        "links": {name: f"{place}/{name}" for name in ("output", "log", "receipt")},
    }


def attempt_json(job: JobRow) -> dict[str, JsonValue]:
    """Return a job as the caller of its call sees it.

    Args:
        job: The job.
    """
    shown: dict[str, JsonValue] = {
        "job": str(job.job_id),
        "attempt": job.attempt,
        "providerId": job.provider_id,
        "state": job.state.value,
        "reserved": str(job.unit),
        "assignedAtMs": job.assigned_at_ms,
        "endedAtMs": job.ended_at_ms,
        "choice": dict(job.choice),
    }
    if job.end is not None:
        shown |= {
            "status": job.end.record.status.name,
            "exitCode": job.end.receipt.exit_code,
            "runMs": job.end.receipt.run_ms,
            "billedMs": job.end.record.billed_ms,
            "cost": str(job.end.cost),
            "reason": job.end.reason,
            "outputBytes": job.end.output.size_bytes,
            "logBytes": job.end.log.size_bytes,
            "metrics": dict(job.end.metrics),
            "timesUs": times_json(job.end),
        }
    return shown


def function_json(function: KnownFunction, live: KnownVersion | None) -> dict[str, JsonValue]:
    """Return a function.

    Args:
        function: The function.
        live: Its live version, if it has one.
    """
    manifest = None if live is None else live.manifest
    return {
        "function": format_function_id(function.function_id),
        "owner": str(function.owner),
        "name": None if manifest is None else manifest.name,
        "retired": function.is_retired,
        "live": None if live is None else version_json(live),
    }


def version_json(version: KnownVersion) -> dict[str, JsonValue]:
    """Return a version.

    Args:
        version: The version.
    """
    return {
        "versionId": version.version_id,
        "function": format_function_id(version.function_id),
        "developer": str(version.developer),
        "maxCost": str(amount_of_max_cost(version.terms.max_cost)),
        "memoryMiB": version.terms.memory_mib,
        "timeoutMs": version.terms.timeout_ms,
        "manifest": None if version.manifest is None else version.manifest.as_json(),
    }


def provider_json(provider: KnownProvider, silent_seconds: float | None) -> dict[str, JsonValue]:
    """Return a provider.

    Args:
        provider: The provider.
        silent_seconds: Time since it was last heard here; ``None`` if it never was.
    """
    return {
        "providerId": provider.provider_id,
        "owner": str(provider.owner),
        "operator": str(provider.operator),
        "payout": str(provider.payout),
        "baseFee": str(provider.offer.base_fee),
        "price": str(provider.offer.price),
        "silentSeconds": None if silent_seconds is None else round(silent_seconds, 1),
    }


def escrow_json(escrow: KnownEscrow, promised: int) -> dict[str, JsonValue]:
    """Return a developer's escrow.

    Args:
        escrow: What the chain says.
        promised: What is promised beyond that, in base units.
    """
    return {
        "free": str(escrow.free),
        "reserved": str(escrow.reserved),
        "promised": str(promised),
        "jobCap": str(escrow.job_cap),
        "expiry": escrow.expiry_seconds,
    }
