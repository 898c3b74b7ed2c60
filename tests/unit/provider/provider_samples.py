"""A controller's assignments and a provider's answers, as values that fit together."""

from __future__ import annotations

from dataclasses import dataclass, replace

from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.domain.amounts import BaseFee, MaxCost, Price, TokenAmount
from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Work, assignment_of
from chainfaas.domain.batches import Batch
from chainfaas.domain.content_hashes import content_hash
from chainfaas.domain.encodings import ZERO_BYTES32
from chainfaas.domain.identifiers import (
    Address,
    ChainId,
    ControllerId,
    FunctionId,
    InvocationId,
    ProviderId,
    VersionId,
    compose_batch_id,
)
from chainfaas.domain.limits import limits_for
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.orders import Order
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_work
from chainfaas.domain.windows import DEV_WINDOWS
from chainfaas.domain.wire.blobs import refer_to
from chainfaas.domain.wire.polls import AssignedJob
from chainfaas.provider.journal.chain_notes import PublishedVersion
from chainfaas.provider.journal.job_record import NewJob
from chainfaas.provider.offers.admission import Circumstances, House

CONTROLLER_KEY = SigningKey(b"\x01" * 32)
OPERATOR_KEY = SigningKey(b"\x02" * 32)
STRANGER_KEY = SigningKey(b"\x03" * 32)
DOMAIN = SigningDomain(ChainId(31_337), Address(b"\x10" * 20))
CONTROLLER, PROVIDER, VERSION = ControllerId(1), ProviderId(7), VersionId(3)
OFFER = Offer(BaseFee(10**12), Price(1_000))
TERMS = Terms(MaxCost(10**8), 64, 5_000)
NOW = UnixSeconds(1_800_000_000)
NOW_MS = NOW * 1_000
MANIFEST = Manifest(
    image=Image("registry.example/echo", "sha256:" + "ab" * 32),
    content_type="text/plain",
    mode=Mode.ONESHOT,
    warm=Warm(prestart=False, reuse=False),
    environment=(),
    output_limit_bytes=1_048_576,
)
PUBLISHED = PublishedVersion(
    VERSION,
    FunctionId(2),
    Address(b"\x20" * 20),
    TERMS,
    MANIFEST.image.digest_bytes,
    ZERO_BYTES32,
    MANIFEST.canonical_bytes,
    12,
)
HOUSE = House(
    PROVIDER, DOMAIN, limits_for(DEV_WINDOWS), lambda repository: repository.startswith("registry.")
)
CIRCUMSTANCES = Circumstances(
    NOW, CONTROLLER, ControllerKey(CONTROLLER_KEY.address, None), PUBLISHED, is_price_asked=True
)


@dataclass(frozen=True)
class SampleBatch:
    """A batch and its jobs as they are handed out."""

    batch: Batch
    jobs: tuple[AssignedJob, ...]


def sample_batch(contents: tuple[bytes, ...] = (b"input",), sequence: int = 5) -> SampleBatch:
    """Make a batch with a job for each content."""
    works = [_work(index, content) for index, content in enumerate(contents)]
    batch = Batch(
        compose_batch_id(CONTROLLER, sequence),
        PROVIDER,
        OFFER.base_fee,
        OFFER.price,
        UnixSeconds(NOW + 60),
        tuple(Order(VERSION, hash_work(work)) for work in works),
    )
    jobs = tuple(
        _assigned(batch, index, work, content)
        for index, (work, content) in enumerate(zip(works, contents, strict=True))
    )
    return SampleBatch(batch, jobs)


def sample_job() -> AssignedJob:
    """Make one job."""
    return sample_batch().jobs[0]


def resigned(job: AssignedJob, **changes: object) -> AssignedJob:
    """Change an assignment and have the controller sign it anew."""
    assignment = replace(job.assignment, **changes)  # type: ignore[arg-type]
    signature = CONTROLLER_KEY.sign(DOMAIN.digest(hash_assignment(assignment)))
    return replace(job, assignment=assignment, signature=signature)


def new_job(job: AssignedJob, reserved: int = 1_000) -> NewJob:
    """Make a job that enters the journal."""
    return NewJob(CONTROLLER, job, TokenAmount(reserved), NOW_MS)


def _work(index: int, content: bytes) -> Work:
    invocation = InvocationId(bytes((index + 1,)) * 32)
    input_hash = content_hash(invocation, content)
    return Work(invocation, 1, input_hash, CONTROLLER_KEY.address, NO_CALL_AUTHORIZATION, 1_048_576)


def _assigned(batch: Batch, index: int, work: Work, content: bytes) -> AssignedJob:
    assignment = assignment_of(batch, index)
    signature = CONTROLLER_KEY.sign(DOMAIN.digest(hash_assignment(assignment)))
    return AssignedJob(assignment, signature, work, refer_to("input", assignment.job_id, content, 65_536))
