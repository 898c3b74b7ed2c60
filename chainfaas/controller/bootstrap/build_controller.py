"""The one place that builds a controller."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.contract_set import bind_contracts
from chainfaas.chain.connection import connect
from chainfaas.chain.deployment_check import check_deployments
from chainfaas.chain.deployments import load_deployments
from chainfaas.chain.head_follower import HeadFollower
from chainfaas.chain.headers import HeadClock, finality_depth
from chainfaas.chain.keystore import load_keystore
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.chain.transaction_sender.sender import TransactionSender
from chainfaas.controller.api.app import create_app
from chainfaas.controller.api.faucet import Faucet, FaucetRules
from chainfaas.controller.api.health import Health
from chainfaas.controller.api.rpc_proxy import RpcProxy
from chainfaas.controller.api.services import Services
from chainfaas.controller.api.sessions import LogInRules, SessionDesk
from chainfaas.controller.bootstrap.ground import Ground, OnEvents, find_node, make_indexer, open_key
from chainfaas.controller.controller import Controller, ControllerParts
from chainfaas.controller.crash_points import ControllerPoint
from chainfaas.controller.dispatch.calls import CallDesk
from chainfaas.controller.dispatch.contents import ContentDesk
from chainfaas.controller.dispatch.dispatch_state import DispatchParts, DispatchState
from chainfaas.controller.dispatch.lease_keeper import LeaseKeeper
from chainfaas.controller.dispatch.placer import Placer
from chainfaas.controller.dispatch.poll_desk import PollDesk
from chainfaas.controller.dispatch.receipts import ReceiptDesk
from chainfaas.controller.dispatch.report_desk import ReportDesk
from chainfaas.controller.ledger_writer.batch_filler import BatchFiller, FillingRules
from chainfaas.controller.ledger_writer.batch_numbers import BatchNumbers
from chainfaas.controller.ledger_writer.ledger_parts import LedgerParts
from chainfaas.controller.ledger_writer.ledger_writer import LedgerWriter
from chainfaas.controller.ledger_writer.promise_book import PromiseBook
from chainfaas.controller.ledger_writer.settlement_answers import SettlementDesk
from chainfaas.controller.network_facts import NetworkFacts
from chainfaas.controller.periodic.clockwork import Clockwork, Duties
from chainfaas.controller.scheduling.policies import chain_of
from chainfaas.controller.storage.chain_view import ChainView
from chainfaas.controller.storage.content_store import ContentStore
from chainfaas.controller.storage.database import open_database
from chainfaas.controller.storage.group_writer import GroupWriter
from chainfaas.controller.storage.sequence_start import least_sequence
from chainfaas.domain.identifiers import Address
from chainfaas.domain.limits import limits_for
from chainfaas.observability.crash_points import crash_hook

if TYPE_CHECKING:
    from chainfaas.chain.state_folder import StateFolder
    from chainfaas.controller.indexing.plain_event import PlainEvent
    from chainfaas.controller.settings import ControllerSettings

LATE_PERIODS = 10
"""Periods without a block after which the node counts as gone."""


def build_controller(folder: StateFolder, settings: ControllerSettings) -> Controller:
    """Build a controller, ready to be started; it holds the database until it is stopped.

    Args:
        folder: The state folder.
        settings: How it behaves.

    Returns:
        The controller, with its index at the node's head.

    Raises:
        ConfigurationError: Settings, keys, contracts and node do not fit together.
        DatabaseInUseError: Another controller works with this folder.
        ChainError: The node does not answer, or is of another network.
    """
    endpoint, period_seconds = find_node(folder, settings)
    connection = connect(endpoint)
    deployments = load_deployments(folder, int(connection.eth.chain_id))
    check_deployments(connection, deployments)
    contracts = bind_contracts(connection, deployments)
    key = open_key(folder, settings, contracts)
    database = open_database(settings.database or folder.database)
    writer = GroupWriter(database.engine)
    try:
        ground = Ground(
            folder=folder,
            settings=settings,
            endpoint=endpoint,
            deployments=deployments,
            contracts=contracts,
            key=key,
            database=database,
            writer=writer,
            clock=HeadClock(period_seconds),
            finality_blocks=finality_depth(contracts.peers.peer_count()),
            at_point=crash_hook(os.environ, ControllerPoint, SenderPoint),
        )
        return _Build(ground).controller()
    except BaseException:
        writer.close()
        database.close()
        raise


def rebuild_index(folder: StateFolder, settings: ControllerSettings) -> int:
    """Throw the index away and read the chain anew, while no controller runs.

    Args:
        folder: The state folder.
        settings: Where node and database are.

    Returns:
        Height of the block at which the index stands.

    Raises:
        DatabaseInUseError: A controller works with this folder.
        ChainError: The node does not answer, or is of another network.
    """
    endpoint, _ = find_node(folder, settings)
    connection = connect(endpoint)
    deployments = load_deployments(folder, int(connection.eth.chain_id))
    check_deployments(connection, deployments)
    with open_database(settings.database or folder.database) as database:
        return make_indexer(connection, deployments, database, lambda _: None).rebuild().number


class _Build:
    """Puts the parts together, those that others need first."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._view = ChainView(ground.database.engine, ground.identity.controller_id)
        self._promises = PromiseBook()
        self._listeners: list[OnEvents] = [lambda _: self._view.forget()]
        self._indexer = make_indexer(ground.connect(), ground.deployments, ground.database, self._tell)
        self._indexer.sync()
        self._sender = ground.sender(ground.key)

    def controller(self) -> Controller:
        ground = self._ground
        parts, state, ledger = self._dispatch()
        placer = Placer(parts, state)
        faucet, faucet_sender = self._faucet()
        services = self._services(parts, state, placer, faucet, ledger)
        duties = Duties(parts, ground.database, LeaseKeeper(parts, state, placer), ledger)
        return Controller(
            ControllerParts(
                app=create_app(services),
                database=ground.database,
                dispatch=parts,
                state=state,
                indexer=self._indexer,
                follower=HeadFollower(ground.connect(), ground.clock, lambda: self._on_head(ledger)),
                clock=ground.clock,
                senders=[self._sender, *([] if faucet_sender is None else [faucet_sender])],
                ledger=ledger,
                clockwork=Clockwork(duties),
            )
        )

    def _tell(self, events: Sequence[PlainEvent]) -> None:
        for listener in self._listeners:
            listener(events)

    def _on_head(self, ledger: LedgerWriter) -> None:
        self._sender.wake()
        ledger.on_block()

    def _dispatch(self) -> tuple[DispatchParts, DispatchState, LedgerWriter]:
        ground = self._ground
        numbers = self._numbers()
        clock = ground.clock
        leases, slack = ground.settings.lease_seconds, ground.settings.slack_seconds
        seals_on_demand = clock.period_seconds == 0
        rules = FillingRules(ground.windows, leases, seals_on_demand, clock.seconds_to_next, slack)
        filler = BatchFiller(numbers, rules)
        state = DispatchState(time.monotonic())
        ledger = self._ledger(filler, state)
        parts = DispatchParts(
            identity=ground.identity,
            settings=ground.settings,
            windows=ground.windows,
            limits=limits_for(ground.windows),
            writer=ground.writer,
            contents=ContentStore(ground.folder.results),
            view=self._view,
            numbers=numbers,
            filler=filler,
            promises=self._promises,
            rankers=chain_of(
                ground.settings.policy, ground.settings.presence_seconds, ground.settings.absence_seconds
            ),
            at_point=ground.at_point,
            on_closed=ledger.wake,
        )
        return parts, state, ledger

    def _numbers(self) -> BatchNumbers:
        ground = self._ground
        number = ground.identity.controller_id
        with ground.database.engine.connect() as connection:
            least = least_sequence(connection, number, self._view.highest_sequence())
        return BatchNumbers(ground.writer, ground.database.sync, number, least, ground.at_point)

    def _ledger(self, filler: BatchFiller, state: DispatchState) -> LedgerWriter:
        ground = self._ground
        ledger = LedgerWriter(
            LedgerParts(
                database=ground.database,
                writer=ground.writer,
                outbox=ground.database.outbox(),
                ledger=ground.contracts.jobs,
                signer=ground.identity.key.address,
                windows=ground.windows,
                finality_blocks=ground.finality_blocks,
                filler=filler,
                filler_lock=state.lock,
                promises=self._promises,
                wake_sender=self._sender.wake,
                at_point=ground.at_point,
            )
        )
        self._listeners.append(ledger.on_events)
        return ledger

    def _faucet(self) -> tuple[Faucet | None, TransactionSender | None]:
        ground, settings = self._ground, self._ground.settings
        if settings.faucet_keystore is None:
            return None, None
        key = load_keystore(
            settings.faucet_keystore,
            settings.faucet_keystore_password or settings.faucet_keystore.with_suffix(".password"),
        )
        rules = FaucetRules(
            settings.faucet_coin_wei,
            settings.faucet_tokens if ground.deployments.is_dev else 0,
            settings.faucet_interval_seconds,
            settings.faucet_grants_an_hour,
        )
        sender, account = ground.sender(key), Address.parse(key.address)
        outbox = ground.database.outbox()
        faucet = Faucet(rules, ground.contracts.token, account, outbox, ground.writer, sender.wake)
        return faucet, sender

    def _services(
        self,
        parts: DispatchParts,
        state: DispatchState,
        placer: Placer,
        faucet: Faucet | None,
        ledger: LedgerWriter,
    ) -> Services:
        ground, identity = self._ground, parts.identity
        settings, database = ground.settings, ground.database
        rules = LogInRules(
            settings.url, ground.deployments.chain_id, settings.login_seconds, settings.session_seconds
        )
        return Services(
            settings=settings,
            identity=identity,
            network=self._facts(),
            limits=parts.limits,
            view=self._view,
            database=database,
            contents=parts.contents,
            bundles=ContentStore(ground.folder.root / "bundles"),
            sessions=SessionDesk(rules, self._view, database, ground.writer),
            calls=CallDesk(parts, state, placer, database),
            polls=PollDesk(parts, state, placer),
            reports=ReportDesk(parts, state, placer, database),
            job_contents=ContentDesk(parts, state),
            receipts=ReceiptDesk(identity, database),
            settlements=SettlementDesk(
                database, identity.key, identity.domain, ground.at_point, ledger.close_for_claim
            ),
            rpc=RpcProxy(ground.connect(), settings.rpc_log_blocks),
            health=self._health(state),
            faucet=faucet,
        )

    def _facts(self) -> NetworkFacts:
        ground = self._ground
        return NetworkFacts(
            deployments=ground.deployments,
            controller_id=ground.identity.controller_id,
            key=ground.identity.key.address,
            url=ground.settings.url,
            period_seconds=int(ground.clock.period_seconds),
            finality_blocks=ground.finality_blocks,
        )

    def _health(self, state: DispatchState) -> Health:
        clock = self._ground.clock
        return Health(
            self._ground.database, clock, clock.period_seconds * LATE_PERIODS, lambda: state.is_stopping
        )
