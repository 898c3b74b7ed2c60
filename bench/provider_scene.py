"""One provider without a chain: its sandboxes, pool, journal and receipts, and jobs signed for it."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from docker import APIClient

from chainfaas.chain.bindings.peer_registry import ControllerKey
from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.amounts import BaseFee, MaxCost, Price, TokenAmount
from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Work, assignment_of
from chainfaas.domain.batches import Batch
from chainfaas.domain.content_hashes import content_hash, file_hash
from chainfaas.domain.encodings import ZERO_BYTES32, Bytes32, bytes32
from chainfaas.domain.identifiers import (
    Address,
    ChainId,
    ControllerId,
    FunctionId,
    InvocationId,
    JobId,
    ProviderId,
    VersionId,
    compose_batch_id,
)
from chainfaas.domain.limits import MIB, limits_for
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.orders import Order
from chainfaas.domain.prices import Terms
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import unix_seconds
from chainfaas.domain.typed_data import SigningDomain, hash_assignment, hash_work
from chainfaas.domain.windows import DEV_WINDOWS
from chainfaas.domain.wire.blobs import refer_to
from chainfaas.domain.wire.polls import AssignedJob, Capacity
from chainfaas.observability.crash_points import pass_by
from chainfaas.provider.engine.base_image import provide_base_image
from chainfaas.provider.engine.find_engine import connect_engine
from chainfaas.provider.engine.own_engine import OwnEngine
from chainfaas.provider.engine.own_registry import OwnRegistry
from chainfaas.provider.engine.provide_engine import provide_engine
from chainfaas.provider.engine.publish_image import publish_image
from chainfaas.provider.journal.chain_notes import PublishedVersion
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_record import EndedJob
from chainfaas.provider.journal.job_sums import JobSums
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.offers.admission import House
from chainfaas.provider.offers.exposure import Exposure
from chainfaas.provider.offers.room import Room
from chainfaas.provider.own_node.standing import Standing
from chainfaas.provider.pipeline.held_jobs import HeldJobs
from chainfaas.provider.pipeline.offered_job import OfferedJob
from chainfaas.provider.pipeline.pipeline import Pipeline, PipelineParts
from chainfaas.provider.pipeline.run_job import Workshop
from chainfaas.provider.pipeline.version_shelf import VersionShelf
from chainfaas.provider.pool.sandbox_pool import PoolLimits, SandboxPool
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker
from chainfaas.provider.sandbox.container_config import DEFAULT_RUNTIME
from chainfaas.provider.sandbox.docker_runtime import DockerRuntime
from chainfaas.provider.sandbox.image_policy import ImagePolicy
from chainfaas.provider.sandbox.images import ImageStore
from chainfaas.provider.sandbox.oci_runtime import sandbox_kind
from chainfaas.provider.sandbox.ownership import Owner
from chainfaas.provider.sandbox.runtime import SandboxRequest

EXAMPLES = Path(__file__).parent.parent / "examples" / "functions"
KIT_FILE = EXAMPLES / "python_kit" / "chainfaas_kit.py"
ECHO_BUNDLE = b"def handle(content):\n    return content\n"
CONTROLLER, PROVIDER = ControllerId(1), ProviderId(1)
DOMAIN = SigningDomain(ChainId(31_337), Address(b"\x10" * 20))
TERMS = Terms(MaxCost(10**9), 64, 20_000)
ONCE, KEPT = Warm(prestart=True, reuse=False), Warm(prestart=True, reuse=True)
_KEYS = tuple(SigningKey(bytes([number]) * 32) for number in (1, 2))
_CAPACITY = Capacity(memory_mib=4_096, cpu_millis=64_000, jobs=32)


@dataclass(frozen=True, slots=True)
class BenchFunction:
    """A function as the provider's node would show it."""

    version: PublishedVersion
    manifest: Manifest
    bundle: bytes

    def request(self) -> SandboxRequest:
        """Return what a sandbox for it is made by."""
        return SandboxRequest(self.version.version_id, self.manifest, TERMS.memory_mib, self.bundle)


@dataclass
class Provider:
    """A provider's parts, and its only controller."""

    client: APIClient
    new_runtime: Callable[[], DockerRuntime]
    echo: BenchFunction
    kit: BenchFunction
    journal: JobJournal
    exposure: Exposure
    folder: Path
    ended: queue.SimpleQueue[EndedJob] = field(default_factory=queue.SimpleQueue)
    controller_id: ControllerId = CONTROLLER
    blob_limit_bytes: int = 65_536
    _sequences: Iterator[int] = field(default_factory=lambda: itertools.count(time.time_ns() >> 20))

    def pool(self, sandboxes: int) -> SandboxPool:
        """Return a pool with a runtime of its own that keeps at most so many sandboxes ready."""
        return SandboxPool(self.new_runtime(), PoolLimits(sandboxes, lambda: _CAPACITY.memory_mib))

    def pipeline(self, pool: SandboxPool) -> Pipeline:
        """Return the way of a job: admission, journal, sandbox, signed receipt, journal."""
        limits = limits_for(DEV_WINDOWS)
        shelf = VersionShelf(self, self.folder / "bundles")
        workshop = Workshop(pool, shelf, HeldJobs(), limits.log_max_bytes, 1_000, pass_by)
        return Pipeline(
            PipelineParts(
                house=House(PROVIDER, DOMAIN, limits, lambda _: True),
                standing=cast("Standing", self),
                find_version={each.version.version_id: each.version for each in (self.echo, self.kit)}.get,
                room=Room(_CAPACITY),
                exposure=self.exposure,
                workshop=workshop,
                receipts=ReceiptMaker(_KEYS[1], DOMAIN),
                journal=self.journal,
                on_end=lambda _: None,
            )
        )

    def offers(self, function: BenchFunction, content: bytes, count: int) -> list[OfferedJob]:
        """Return jobs as they come with a poll's answer, signed by the controller."""
        return [
            OfferedJob(self, assigned, content, time.monotonic_ns())
            for _ in range(count)
            for assigned in [_assigned(function, content, next(self._sequences))]
        ]

    # What the pipeline asks of its surroundings.

    def controller(self, number: ControllerId) -> ControllerKey:
        """Return the controller's key, as the provider's node has it."""
        del number
        return ControllerKey(_KEYS[0].address, None)

    def asks(self, *_: object) -> bool:
        """Ask any price."""
        return True

    def fetch(self, image: Image) -> None:
        """Have every image."""

    def fetch_input(self, job: JobId) -> bytes:
        """Send every input with its assignment."""
        raise NotImplementedError(job)

    def fetch_bundle(self, bundle_hash: Bytes32) -> bytes:
        """Return the kit's bundle."""
        del bundle_hash
        return self.kit.bundle

    def hand_in(self, ended: EndedJob) -> None:
        """Take a report that is stored."""
        self.ended.put(ended)


@contextlib.contextmanager
def open_provider(folder: StateFolder) -> Iterator[Provider]:
    """Bring an engine, a registry, images and a journal up, and down again.

    Args:
        folder: A state folder, used for nothing else.

    Yields:
        The provider.
    """
    with contextlib.ExitStack() as stack:
        stack.callback(OwnEngine(folder).stop)
        client = connect_engine(provide_engine(folder, os.environ))
        stack.callback(client.close)
        stack.callback(OwnRegistry(folder).stop)
        registry = OwnRegistry(folder).start()
        base = {"BASE": provide_base_image(client, os.environ)}
        image = publish_image(client, KIT_FILE.parent, f"{registry}/python-kit", base)
        images = ImageStore(client, ImagePolicy(repositories=(registry,)))

        def owner() -> Owner:
            return Owner(bytes32(secrets.token_bytes(32)), PROVIDER, secrets.token_hex(4))

        kind = sandbox_kind(client, DEFAULT_RUNTIME)
        journal_engine = stack.enter_context(open_journal(folder.root / "provider"))
        owed = Exposure(JobSums(journal_engine).owed, TokenAmount(10**30))
        echo = Manifest(image, "text/plain", Mode.ONESHOT, ONCE, (), MIB, command=("cat",))
        kit = Manifest(image, "text/plain", Mode.STREAM, KEPT, (), MIB)
        yield Provider(
            client,
            lambda: DockerRuntime(client, images, owner(), kind),
            _function(1, echo),
            _function(2, kit, ECHO_BUNDLE),
            JobJournal(journal_engine),
            owed,
            folder.root,
        )


def _function(number: int, manifest: Manifest, bundle: bytes = b"") -> BenchFunction:
    version = PublishedVersion(
        VersionId(number),
        FunctionId(number),
        Address(b"\x20" * 20),
        TERMS,
        manifest.image.digest_bytes,
        file_hash(bundle) if bundle else ZERO_BYTES32,
        manifest.canonical_bytes,
        1,
    )
    return BenchFunction(version, manifest, bundle)


def _assigned(function: BenchFunction, content: bytes, sequence: int) -> AssignedJob:
    invocation = InvocationId(secrets.token_bytes(32))
    work = Work(
        invocation, 1, content_hash(invocation, content), _KEYS[0].address, NO_CALL_AUTHORIZATION, MIB
    )
    batch = Batch(
        compose_batch_id(CONTROLLER, sequence),
        PROVIDER,
        BaseFee(10**12),
        Price(1_000),
        unix_seconds(int(time.time()) + 60),
        (Order(function.version.version_id, hash_work(work)),),
    )
    assignment = assignment_of(batch, 0)
    signature = _KEYS[0].sign(DOMAIN.digest(hash_assignment(assignment)))
    return AssignedJob(assignment, signature, work, refer_to("input", assignment.job_id, content, 65_536))
