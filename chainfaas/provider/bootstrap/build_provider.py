"""The one place that builds a provider's daemon out of its settings."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.contract_set import ContractSet, bind_contracts
from chainfaas.chain.bindings.refusals import contract_errors
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import FUNCTIONS, Deployments, read_deployments
from chainfaas.chain.event_decoder import EventDecoder
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.head_follower import HeadFollower
from chainfaas.chain.headers import HeadClock
from chainfaas.chain.keystore import UnlockedKey, load_keystore
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.chain.signer import TransactionSigner
from chainfaas.chain.sql_outbox import SqlOutbox
from chainfaas.chain.transaction_node import Web3TransactionNode
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.chain.transaction_sender.settings import SenderParts, SenderSettings
from chainfaas.domain.errors import ConfigurationError
from chainfaas.domain.limits import limits_for
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.wire.polls import Capacity
from chainfaas.observability.crash_points import PointHook, crash_hook
from chainfaas.provider.bootstrap.owners_rules import owners_rules
from chainfaas.provider.claims.bill_clock import BillClock
from chainfaas.provider.claims.claim_desk import ClaimDesk, ClaimFiles
from chainfaas.provider.claims.claim_loop import ClaimPace
from chainfaas.provider.claims.payment_watcher import PaymentWatcher
from chainfaas.provider.controller_api.connection import ControllerConnection
from chainfaas.provider.controller_api.controller_client import ControllerClient
from chainfaas.provider.controller_api.log_in import ProviderIdentity
from chainfaas.provider.crash_points import ProviderPoint
from chainfaas.provider.daemon.controller_worker import ControllerWorker, SharedParts
from chainfaas.provider.daemon.daemon import DaemonParts, ProviderDaemon
from chainfaas.provider.journal.chain_notes import ChainNotes, PublishedVersion
from chainfaas.provider.journal.job_journal import JobJournal
from chainfaas.provider.journal.job_sums import JobSums
from chainfaas.provider.journal.journal_file import open_journal
from chainfaas.provider.journal.tables import OUTBOX
from chainfaas.provider.offers.admission import House
from chainfaas.provider.offers.exposure import Exposure
from chainfaas.provider.offers.room import Room
from chainfaas.provider.own_node.chain_watcher import ChainWatcher, WatchedChain
from chainfaas.provider.own_node.standing import Standing
from chainfaas.provider.own_node.version_finder import VersionFinder
from chainfaas.provider.pipeline.held_jobs import HeldJobs
from chainfaas.provider.pipeline.pipeline import Pipeline, PipelineParts
from chainfaas.provider.pipeline.run_job import Workshop
from chainfaas.provider.pipeline.version_shelf import VersionShelf
from chainfaas.provider.pool.sandbox_pool import PoolLimits, SandboxPool
from chainfaas.provider.receipts.receipt_maker import ReceiptMaker
from chainfaas.provider.sandbox_kit import MakeSandboxes, SandboxKit
from chainfaas.provider.settings import ProviderSettings

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine
    from web3 import Web3

    from chainfaas.domain.prices import Terms

VERSION_PATIENCE_SECONDS = 2.0
"""How long a version is waited for that the own node does not show yet, on top of a block's period."""

_MS_PER_SECOND = 1_000


@dataclass(frozen=True)
class _Ground:
    """What everything else stands on."""

    folder: Path
    settings: ProviderSettings
    deployments: Deployments
    contracts: ContractSet
    key: UnlockedKey
    engine: Engine
    at_point: PointHook[StrEnum]

    def connect(self) -> Web3:
        """Return a connection to the own node that no other part shares."""
        return connect(self.settings.rpc, expected_chain_id=self.deployments.chain_id)

    @property
    def signing_key(self) -> SigningKey:
        """The operator's key."""
        return SigningKey(self.key.private_key)


@contextlib.contextmanager
def build_provider(
    folder: Path, settings: ProviderSettings, make_sandboxes: MakeSandboxes
) -> Iterator[ProviderDaemon]:
    """Build a provider's daemon, ready to be started; it holds the provider's journal while the block runs.

    Args:
        folder: The provider's folder.
        settings: What it was told.
        make_sandboxes: Makes what its jobs run in.

    Yields:
        The daemon.

    Raises:
        ConfigurationError: Settings, keys, contracts and node do not fit together.
        JournalTakenError: Another daemon works with this folder.
        ChainError: The own node does not answer, or is of another network.
    """
    at_point = crash_hook(os.environ, ProviderPoint, SenderPoint)
    deployments = read_deployments(settings.deployments)
    key = load_keystore(folder / settings.keystore, folder / settings.password_file)
    connection = connect(settings.rpc, expected_chain_id=deployments.chain_id)
    check_deployments(connection, deployments)
    contracts = bind_contracts(connection, deployments)
    _check_operator(contracts, settings, key)
    with open_journal(folder) as engine:
        ground = _Ground(folder, settings, deployments, contracts, key, engine, at_point)
        kit = make_sandboxes(settings, deployments)
        yield _daemon(ground, kit)


def _check_operator(contracts: ContractSet, settings: ProviderSettings, key: UnlockedKey) -> None:
    operator = contracts.providers.operator_of(settings.own_id)
    if operator is None:
        raise ConfigurationError(
            f"There is no provider {settings.provider_id} on this network.",
            remedy="Register it with its owner's key: chainfaas provider register.",
        )
    if str(operator) != key.address:
        raise ConfigurationError(
            f"The operator of provider {settings.provider_id} is {operator}, not {key.address}.",
            remedy="Use that key, or have the owner name this one as operator.",
        )


def _daemon(ground: _Ground, kit: SandboxKit) -> ProviderDaemon:
    settings, at_point = ground.settings, ground.at_point
    clock = HeadClock(settings.block_period_seconds)
    yard = _yard(ground, kit)
    sender, outbox = _sender(ground)
    files = ClaimFiles(ground.engine, yard.journal, outbox, yard.notes)
    shared = SharedParts(
        provider_id=settings.own_id,
        domain=ground.deployments.signing_domain,
        pipeline=yard.pipeline,
        held=yard.workshop.held,
        room=yard.room,
        ready=lambda: yard.workshop.shelf.ready(yard.pool.depths()),
        exposure=yard.exposure,
        journal=yard.journal,
        desk=ClaimDesk(files, ground.contracts.jobs, ground.signing_key.address, at_point),
        pace=ClaimPace(clock, settings.claim_lead_ms / _MS_PER_SECOND, settings.claims_in_flight),
        terms=lambda version: _terms_of(yard.finder.find(version)),
        memory_mib=lambda version: _memory_mib(yard.finder.look(version)),
        wake_sender=sender.wake,
        at_point=at_point,
    )
    daemon = ProviderDaemon(
        DaemonParts(
            journal=yard.journal,
            notes=yard.notes,
            receipts=yard.receipts,
            workshop=yard.workshop,
            pool=yard.pool,
            allows_repository=settings.allows_repository,
            pipeline=yard.pipeline,
            exposure=yard.exposure,
            clock=clock,
            follower=HeadFollower(ground.connect(), clock, sender.wake),
            watcher=yard.watcher,
            sender=sender,
            workers=tuple(ControllerWorker(client, shared) for client in _clients(ground, yard.standing)),
        )
    )
    payments = PaymentWatcher(yard.journal, yard.bill_clock, settings.finality_blocks, at_point)
    yard.watcher.tell(payments, yard.standing, yard.finder, daemon)
    return daemon


@dataclass(frozen=True)
class _Yard:
    """All that a job meets on its way through."""

    journal: JobJournal
    notes: ChainNotes
    watcher: ChainWatcher
    finder: VersionFinder
    standing: Standing
    bill_clock: BillClock
    exposure: Exposure
    room: Room
    receipts: ReceiptMaker
    workshop: Workshop
    pool: SandboxPool
    pipeline: Pipeline


def _yard(ground: _Ground, kit: SandboxKit) -> _Yard:
    settings, deployments = ground.settings, ground.deployments
    journal, notes = JobJournal(ground.engine), ChainNotes(ground.engine)
    watcher = _watcher(ground, notes)
    patience_seconds = settings.block_period_seconds + VERSION_PATIENCE_SECONDS
    finder = VersionFinder(notes, watcher.wait_for_step, patience_seconds)
    standing = Standing(ground.contracts, settings.own_id, deployments.windows.grace_seconds)
    limits, bill_clock = limits_for(deployments.windows), BillClock()
    exposure = Exposure(JobSums(ground.engine).owed, settings.exposure_limit)
    # Every job has the same share of the processors: a controller that counts jobs offers no more than fit.
    jobs = min(settings.jobs, settings.cpu_millis // settings.job_cpu_millis)
    room = Room(Capacity(settings.memory_mib, settings.cpu_millis, jobs))
    receipts = ReceiptMaker(ground.signing_key, deployments.signing_domain)
    pool = SandboxPool(kit.runtime, PoolLimits(settings.prestarted, lambda: room.free.memory_mib))
    workshop = Workshop(
        runtime=pool,
        shelf=VersionShelf(kit.images, ground.folder / "bundles"),
        held=HeldJobs(),
        log_max_bytes=limits.log_max_bytes,
        job_cpu_millis=settings.job_cpu_millis,
        at_point=ground.at_point,
    )
    parts = PipelineParts(
        house=House(settings.own_id, deployments.signing_domain, limits, settings.allows_repository),
        rules=owners_rules(settings),
        standing=standing,
        find_version=finder.find,
        room=room,
        exposure=exposure,
        workshop=workshop,
        receipts=receipts,
        journal=journal,
        on_end=bill_clock.mark_end,
    )
    return _Yard(
        journal=journal,
        notes=notes,
        watcher=watcher,
        finder=finder,
        standing=standing,
        bill_clock=bill_clock,
        exposure=exposure,
        room=room,
        receipts=receipts,
        workshop=workshop,
        pool=pool,
        pipeline=Pipeline(parts),
    )


def _watcher(ground: _Ground, notes: ChainNotes) -> ChainWatcher:
    deployments = ground.deployments
    contracts = known_contracts(deployments)
    functions = [contract for contract in contracts if contract.name == FUNCTIONS]
    connection, chain_id = ground.connect(), deployments.chain_id
    chain = WatchedChain(
        reader=EventReader(connection, chain_id, EventDecoder(contracts)),
        registry_reader=EventReader(connection, chain_id, EventDecoder(functions)),
        first_block=deployments.first_block,
    )
    return ChainWatcher(chain, notes)


def _sender(ground: _Ground) -> tuple[TransactionSender, SqlOutbox]:
    outbox = SqlOutbox(ground.engine, OUTBOX, takes_over=True)
    parts = SenderParts(
        outbox=outbox,
        node=Web3TransactionNode(ground.connect()),
        signer=TransactionSigner.from_private_key(ground.key.private_key, ground.deployments.chain_id),
        settings=SenderSettings(finality_depth=ground.settings.finality_blocks),
        errors=contract_errors(),
        at_point=ground.at_point,
    )
    return TransactionSender(parts), outbox


def _clients(ground: _Ground, standing: Standing) -> list[ControllerClient]:
    identity = ProviderIdentity(
        provider_id=ground.settings.own_id,
        key=ground.signing_key,
        domain=ground.deployments.signing_domain,
        controller_key=standing.controller,
    )
    return [ControllerClient(ControllerConnection(url), identity) for url in ground.settings.controllers]


def _terms_of(version: PublishedVersion | None) -> Terms | None:
    return None if version is None else version.terms


def _memory_mib(version: PublishedVersion | None) -> int:
    return 0 if version is None else version.terms.memory_mib
