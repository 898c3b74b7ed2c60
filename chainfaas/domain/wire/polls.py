"""The poll: what a provider has, and what a controller wants of it."""

from __future__ import annotations

from dataclasses import dataclass

from chainfaas.domain.assignments import Assignment, Work
from chainfaas.domain.canonical_json import JsonValue
from chainfaas.domain.encodings import format_hex, parse_bytes32
from chainfaas.domain.identifiers import Address, InvocationId, JobId, VersionId, version_id
from chainfaas.domain.leases import Lease
from chainfaas.domain.signatures import Signature
from chainfaas.domain.signed_values_json import ASSIGNMENT_MEMBERS, assignment_json, assignment_of_json
from chainfaas.domain.times import unix_seconds
from chainfaas.domain.wire.blobs import BlobReference, parse_blob_reference
from chainfaas.domain.wire.errors import InvalidMessageError
from chainfaas.domain.wire.members import (
    check_distinct,
    elements,
    job_ids,
    members,
    optional,
    refusing,
    unsigned,
)

_WORK = ("invocationId", "attempt", "inputHash", "caller", "callAuthorization", "outputLimit")


@dataclass(frozen=True, slots=True)
class Capacity:
    """What a provider has free."""

    memory_mib: int
    cpu_millis: int
    """Thousandths of a processor."""
    jobs: int
    """How many more it takes at once."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the capacity under its JSON names."""
        return {"memoryMib": self.memory_mib, "cpuMillis": self.cpu_millis, "jobs": self.jobs}


@dataclass(frozen=True, slots=True)
class ReadyVersion:
    """A version whose image is at hand."""

    version_id: VersionId
    depth: int
    """How many sandboxes of it stand started and unused."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the version under its JSON names."""
        return {"versionId": self.version_id, "depth": self.depth}


@dataclass(frozen=True, slots=True)
class Poll:
    """Body of ``POST /v1/provider/poll``, and the heartbeat of the jobs in it."""

    wait_ms: int
    """How long the controller may wait for something to say."""
    capacity: Capacity
    ready: tuple[ReadyVersion, ...]
    running: tuple[JobId, ...]
    """Every job that the provider holds and has not reported."""
    draining: bool
    """Whether it takes no more jobs."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {
            "waitMs": self.wait_ms,
            "capacity": self.capacity.as_json(),
            "ready": [version.as_json() for version in self.ready],
            "running": [str(job) for job in self.running],
            "draining": self.draining,
        }


@dataclass(frozen=True, slots=True)
class AssignedJob:
    """A job for the provider to run."""

    assignment: Assignment
    signature: Signature
    """The controller's, over the assignment."""
    work: Work
    input: BlobReference

    def as_json(self) -> dict[str, JsonValue]:
        """Return the job under its JSON names."""
        return {
            "assignment": assignment_json(self.assignment),
            "signature": str(self.signature),
            "work": _work_json(self.work),
            "input": self.input.as_json(),
        }


@dataclass(frozen=True, slots=True)
class SignedLease:
    """Until when the provider holds its jobs."""

    lease: Lease
    signature: Signature
    """The controller's."""


@dataclass(frozen=True, slots=True)
class PollAnswer:
    """Answer to a `Poll`; inputs travel beside it."""

    assignments: tuple[AssignedJob, ...] = ()
    cancel: tuple[JobId, ...] = ()
    """Jobs that nobody wants any more: stop and report them."""
    unknown: tuple[JobId, ...] = ()
    """Jobs of the poll whose lease has ended: stop them."""
    lease: SignedLease | None = None
    """None where nothing runs."""

    def as_json(self) -> dict[str, JsonValue]:
        """Return the message under its JSON names."""
        return {
            "assignments": [job.as_json() for job in self.assignments],
            "cancel": [str(job) for job in self.cancel],
            "unknown": [str(job) for job in self.unknown],
            "lease": None if self.lease is None else _lease_json(self.lease.lease),
            "leaseSignature": None if self.lease is None else str(self.lease.signature),
        }

    @property
    def blob_references(self) -> tuple[BlobReference, ...]:
        """The inputs that the message names."""
        return tuple(job.input for job in self.assignments)


def parse_poll(value: JsonValue) -> Poll:
    """Read a poll.

    Raises:
        InvalidMessageError: it is malformed.
    """
    with refusing("poll"):
        fields = members(value, "poll", ("waitMs", "capacity", "ready", "running", "draining"))
        ready = elements(fields, "ready", _ready_version)
        check_distinct("poll.ready", [version.version_id for version in ready])
        return Poll(
            wait_ms=unsigned(fields, "waitMs"),
            capacity=_capacity(fields.value("capacity")),
            ready=ready,
            running=job_ids(fields, "running"),
            draining=fields.boolean("draining"),
        )


def parse_poll_answer(value: JsonValue) -> PollAnswer:
    """Read the answer to a poll.

    Raises:
        InvalidMessageError: it is malformed.
    """
    with refusing("answer"):
        names = ("assignments", "cancel", "unknown", "lease", "leaseSignature")
        fields = members(value, "answer", names)
        assignments = elements(fields, "assignments", _assigned_job)
        check_distinct("answer.assignments", [job.assignment.job_id for job in assignments])
        lease = optional(fields, "lease", _lease)
        signature = optional(
            fields, "leaseSignature", lambda _: fields.parsed("leaseSignature", Signature.parse)
        )
        return PollAnswer(
            assignments=assignments,
            cancel=job_ids(fields, "cancel"),
            unknown=job_ids(fields, "unknown"),
            lease=_signed_lease(lease, signature),
        )


def _ready_version(value: JsonValue) -> ReadyVersion:
    fields = members(value, "ready", ("versionId", "depth"))
    return ReadyVersion(version_id(fields.integer("versionId")), unsigned(fields, "depth"))


def _capacity(value: JsonValue) -> Capacity:
    fields = members(value, "capacity", ("memoryMib", "cpuMillis", "jobs"))
    return Capacity(unsigned(fields, "memoryMib"), unsigned(fields, "cpuMillis"), unsigned(fields, "jobs"))


def _assigned_job(value: JsonValue) -> AssignedJob:
    fields = members(value, "job", ("assignment", "signature", "work", "input"))
    return AssignedJob(
        assignment=assignment_of_json(members(fields.value("assignment"), "assignment", ASSIGNMENT_MEMBERS)),
        signature=fields.parsed("signature", Signature.parse),
        work=_work(fields.value("work")),
        input=parse_blob_reference(fields.value("input"), "input"),
    )


def _work(value: JsonValue) -> Work:
    fields = members(value, "work", _WORK)
    return Work(
        invocation_id=fields.parsed("invocationId", InvocationId.parse),
        attempt=fields.integer("attempt"),
        input_hash=fields.parsed("inputHash", parse_bytes32),
        caller=fields.parsed("caller", Address.parse),
        call_authorization=fields.parsed("callAuthorization", parse_bytes32),
        output_limit_bytes=fields.integer("outputLimit"),
    )


def _work_json(work: Work) -> dict[str, JsonValue]:
    return {
        "invocationId": str(work.invocation_id),
        "attempt": work.attempt,
        "inputHash": format_hex(work.input_hash),
        "caller": str(work.caller),
        "callAuthorization": format_hex(work.call_authorization),
        "outputLimit": work.output_limit_bytes,
    }


def _lease(value: JsonValue) -> Lease:
    fields = members(value, "lease", ("jobIds", "leaseUntil"))
    until = unix_seconds(fields.integer("leaseUntil"), "lease.leaseUntil")
    return Lease(job_ids(fields, "jobIds"), until)


def _lease_json(lease: Lease) -> dict[str, JsonValue]:
    return {"jobIds": [str(job) for job in lease.job_ids], "leaseUntil": lease.lease_until}


def _signed_lease(lease: Lease | None, signature: Signature | None) -> SignedLease | None:
    if lease is None and signature is None:
        return None
    if lease is None or signature is None:
        raise InvalidMessageError("A lease and its signature come together or not at all.")
    return SignedLease(lease, signature)
