"""The checks that an offered job has to pass before anything of it is touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chainfaas.domain.content_hashes import content_hash
from chainfaas.domain.errors import InvalidManifestError, SignatureError
from chainfaas.domain.identifiers import decompose_batch_id, decompose_job_id
from chainfaas.domain.limits import Limits
from chainfaas.domain.manifests import Manifest, parse_manifest
from chainfaas.domain.outcomes import NO_ROOM
from chainfaas.domain.prices import Offer, reserved_cost
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_work

if TYPE_CHECKING:
    from chainfaas.chain.bindings.peer_registry import ControllerKey
    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.domain.assignments import Work
    from chainfaas.domain.identifiers import ControllerId, ProviderId
    from chainfaas.domain.times import UnixSeconds
    from chainfaas.domain.wire.polls import AssignedJob
    from chainfaas.provider.journal.chain_notes import PublishedVersion


class RefusalReason(StrEnum):
    """Why a job is given back without a run."""

    DRAINING = "draining"
    OTHER_PARTY = "other-party"
    """It is for another provider, or of another controller than the session's."""
    CONTROLLER_RETIRED = "controller-retired"
    BAD_SIGNATURE = "bad-signature"
    WORK_MISMATCH = "work-mismatch"
    """The work is not what the assignment's details stand for, or the input not what the work names."""
    UNKNOWN_VERSION = "unknown-version"
    BAD_MANIFEST = "bad-manifest"
    DIGEST_MISMATCH = "digest-mismatch"
    REPOSITORY = "repository"
    PRICE = "price"
    DEADLINE = "deadline"
    LIMITS = "limits"
    EXPOSURE = "exposure"
    SCHEDULE = "schedule"
    """The provider does not work at this hour."""
    OWNER = "owner"
    IMAGE = "image"
    HOOK = "hook"
    """The accept hook said no, or could not be asked."""
    NO_ROOM = NO_ROOM
    NODE_SILENT = "node-silent"
    """The own node does not answer, so nothing can be checked."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A job that is not run."""

    reason: RefusalReason
    sentence: str
    """For people; it goes into the report."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A job that may run, with what the own node knows of it."""

    version: PublishedVersion
    manifest: Manifest
    reserved: TokenAmount
    """The most that it can cost."""


@dataclass(frozen=True)
class House:
    """What does not change from job to job."""

    provider_id: ProviderId
    domain: SigningDomain
    limits: Limits
    allows_repository: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is so at the moment of the decision."""

    now: UnixSeconds
    controller_id: ControllerId
    """Whose session the job came through."""
    controller: ControllerKey | None
    """What the own node's registry has for it."""
    version: PublishedVersion | None
    """What the own node knows of the version."""
    is_price_asked: bool
    """Whether this provider asks the assignment's price, or asked it until just now."""


def decide_admission(job: AssignedJob, house: House, at: Circumstances) -> Admitted | Refusal:
    """Decide whether a job may run, but for room and exposure, which are taken afterwards.

    Args:
        job: What the controller sent.
        house: The provider's own rules.
        at: What is so now.
    """
    return _check_parties(job, house, at) or _check_offer(job, house, at) or _check_version(job, house, at)


def check_input(work: Work, content: bytes) -> Refusal | None:
    """Refuse an input that is not the one that the work names."""
    if content_hash(work.invocation_id, content) == work.input_hash:
        return None
    return Refusal(RefusalReason.WORK_MISMATCH, "The input is not the one that was assigned.")


def _check_parties(job: AssignedJob, house: House, at: Circumstances) -> Refusal | None:
    assignment = job.assignment
    issuer = decompose_batch_id(decompose_job_id(assignment.job_id).batch).controller
    if assignment.provider_id != house.provider_id or issuer != at.controller_id:
        return Refusal(RefusalReason.OTHER_PARTY, "The job is for another provider or of another controller.")
    if at.controller is None or at.controller.retired_at is not None:
        return Refusal(RefusalReason.CONTROLLER_RETIRED, "The controller is not registered any more.")
    try:
        digest = house.domain.digest(hash_assignment(assignment))
        check_signer(digest, job.signature, at.controller.key)
    except SignatureError as fault:
        return Refusal(RefusalReason.BAD_SIGNATURE, f"The assignment is not signed: {fault.message}")
    if hash_work(job.work) != assignment.details:
        return Refusal(RefusalReason.WORK_MISMATCH, "The work is not the one that was signed.")
    return None


def _check_offer(job: AssignedJob, house: House, at: Circumstances) -> Refusal | None:
    if not at.is_price_asked:
        return Refusal(RefusalReason.PRICE, "This provider asks another price.")
    if at.version is None:
        return Refusal(RefusalReason.UNKNOWN_VERSION, "The provider's node knows no such version.")
    timeout_ms = at.version.terms.timeout_ms
    if job.assignment.deadline * 1_000 < at.now * 1_000 + timeout_ms:
        return Refusal(RefusalReason.DEADLINE, "The deadline leaves less time than the version's time-out.")
    if not 1 <= job.work.output_limit_bytes <= house.limits.output_max_bytes:
        return Refusal(RefusalReason.LIMITS, "The output limit is outside what providers take.")
    if job.input.size_bytes > house.limits.input_max_bytes:
        return Refusal(RefusalReason.LIMITS, "The input is longer than providers take.")
    return None


def _check_version(job: AssignedJob, house: House, at: Circumstances) -> Admitted | Refusal:
    version = at.version
    if version is None:
        return Refusal(RefusalReason.UNKNOWN_VERSION, "The provider's node knows no such version.")
    try:
        manifest = parse_manifest(version.manifest)
    except InvalidManifestError as fault:
        return Refusal(RefusalReason.BAD_MANIFEST, f"The version cannot be run: {fault.message}")
    if manifest.image.digest_bytes != version.image_digest:
        return Refusal(RefusalReason.DIGEST_MISMATCH, "The manifest names another image than the chain.")
    if not house.allows_repository(manifest.image.repository):
        return Refusal(RefusalReason.REPOSITORY, f"Images from {manifest.image.repository} are not run here.")
    offer = Offer(job.assignment.base_fee, job.assignment.price)
    return Admitted(version, manifest, reserved_cost(version.terms, offer))
