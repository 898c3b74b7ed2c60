"""A job on its way in, and the controller behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from chainfaas.domain.encodings import Bytes32
    from chainfaas.domain.identifiers import ControllerId, JobId
    from chainfaas.domain.wire.polls import AssignedJob
    from chainfaas.provider.journal.job_record import EndedJob


class ControllerLink(Protocol):
    """What the pipeline needs of a controller."""

    @property
    def controller_id(self) -> ControllerId:
        """Its number, as its session proved."""

    @property
    def blob_limit_bytes(self) -> int:
        """The longest content that travels within a message."""

    def fetch_input(self, job: JobId) -> bytes:
        """Fetch an input that did not come with its assignment."""

    def fetch_bundle(self, bundle_hash: Bytes32) -> bytes:
        """Fetch a bundle, not checked yet."""

    def hand_in(self, ended: EndedJob) -> None:
        """Take a report that is stored, to send it; returns at once."""


@dataclass(frozen=True)
class OfferedJob:
    """What a controller wants run."""

    link: ControllerLink
    assigned: AssignedJob
    input: bytes | None
    """None where it has to be fetched."""
    arrived_ns: int
    """On the monotonic clock."""

    @property
    def job_id(self) -> JobId:
        """The job's number."""
        return self.assigned.assignment.job_id
