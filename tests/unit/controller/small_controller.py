"""A controller without a chain: its index is written by hand, requests come through Flask's test client."""

# ruff: noqa: ANN401 - columns and bodies of any kind are handed on

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from web3 import Web3

from chainfaas.chain.bindings.monitoring_ledger import MonitoringLedger
from chainfaas.chain.headers import HeadClock
from chainfaas.controller.api.app import create_app
from chainfaas.controller.api.health import Health
from chainfaas.controller.api.rpc_proxy import RpcProxy
from chainfaas.controller.api.services import Services
from chainfaas.controller.api.sessions import LogInRules, SessionDesk
from chainfaas.controller.dispatch.calls import CallDesk
from chainfaas.controller.dispatch.contents import ContentDesk
from chainfaas.controller.dispatch.dispatch_state import ControllerIdentity, DispatchParts, DispatchState
from chainfaas.controller.dispatch.lease_keeper import LeaseKeeper
from chainfaas.controller.dispatch.placer import Placer
from chainfaas.controller.dispatch.poll_desk import PollDesk
from chainfaas.controller.dispatch.receipts import ReceiptDesk
from chainfaas.controller.dispatch.recover import recover_calls
from chainfaas.controller.dispatch.report_desk import ReportDesk
from chainfaas.controller.ledger_writer.batch_filler import BatchFiller, FillingRules
from chainfaas.controller.ledger_writer.batch_numbers import BatchNumbers
from chainfaas.controller.ledger_writer.ledger_parts import LedgerParts
from chainfaas.controller.ledger_writer.ledger_writer import LedgerWriter
from chainfaas.controller.ledger_writer.promise_book import PromiseBook
from chainfaas.controller.ledger_writer.settlement_answers import SettlementDesk
from chainfaas.controller.scheduling.policies import chain_of
from chainfaas.controller.settings import ControllerSettings
from chainfaas.controller.storage.chain_view import ChainView
from chainfaas.controller.storage.content_store import ContentStore
from chainfaas.controller.storage.database import Database, open_database
from chainfaas.controller.storage.group_writer import GroupWriter
from chainfaas.domain.amounts import TOKEN
from chainfaas.domain.identifiers import Address, ChainId, ProviderId, VersionId
from chainfaas.domain.limits import limits_for
from chainfaas.domain.sign_in import personal_digest
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.typed_data import SigningDomain
from chainfaas.domain.windows import DEV_WINDOWS
from tests.fake_provider import FakeProvider, HttpReply
from tests.unit.controller.hand_written_index import CID, DEVELOPER, HandWrittenIndex

CONTROLLER = SigningKey(b"\x01" * 32)
STRANGER = SigningKey(b"\x03" * 32)
LEDGER = Address(b"\x77" * 20)
DOMAIN = SigningDomain(ChainId(4242), LEDGER)
VERSION = VersionId(1)


@dataclass
class Clock:
    """Time that passes when a test says so, for leases and queues; everything else runs by the real one."""

    ahead_seconds: float = 0.0

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead_seconds

    def unix_time(self) -> float:
        return time.time() + self.ahead_seconds


@dataclass
class SmallController:
    """Everything but the chain. `restart` makes a second life out of the first one's disk."""

    folder: Path
    settings: ControllerSettings = field(default_factory=ControllerSettings)
    clock: Clock = field(default_factory=Clock)
    seals_on_demand: bool = True
    points: Any = None

    def __post_init__(self) -> None:
        self.pool = ThreadPoolExecutor(16)
        self.tokens: dict[Address, str] = {}
        self._build()

    def _build(self) -> None:
        self.database: Database = open_database(self.folder / "db.sqlite3")
        self.writer = GroupWriter(self.database.engine)
        self.view = ChainView(self.database.engine, CID)
        self.index = HandWrittenIndex(self.database.engine, self.view)
        self.promises = PromiseBook()
        self.parts, self.state = self._dispatch()
        self.placer = Placer(self.parts, self.state)
        self.keeper = LeaseKeeper(self.parts, self.state, self.placer)
        self.ledger = self._ledger()
        self.app = create_app(self._services())
        recover_calls(self.parts, self.state, self.database)

    def _dispatch(self) -> tuple[DispatchParts, DispatchState]:
        def at_point(point: object) -> None:
            if self.points is not None:
                self.points(point)

        numbers = BatchNumbers(self.writer, self.database.sync, CID, 0, at_point)
        rules = FillingRules(DEV_WINDOWS, self.settings.lease_seconds, self.seals_on_demand)
        settings = self.settings
        parts = DispatchParts(
            identity=ControllerIdentity(CID, CONTROLLER, DOMAIN),
            settings=settings,
            windows=DEV_WINDOWS,
            limits=limits_for(DEV_WINDOWS),
            writer=self.writer,
            contents=ContentStore(self.folder / "results"),
            view=self.view,
            numbers=numbers,
            filler=BatchFiller(numbers, rules),
            promises=self.promises,
            rankers=chain_of(settings.policy, settings.presence_seconds, settings.absence_seconds),
            lots=random.Random(1),  # noqa: S311 - lots, drawn the same way each time
            at_point=at_point,
            monotonic=self.clock.monotonic,
            unix_time=self.clock.unix_time,
        )
        return parts, DispatchState(self.clock.monotonic())

    def _ledger(self) -> LedgerWriter:
        return LedgerWriter(
            LedgerParts(
                database=self.database,
                writer=self.writer,
                outbox=self.database.outbox(),
                ledger=MonitoringLedger(Web3(), LEDGER),
                signer=CONTROLLER.address,
                windows=DEV_WINDOWS,
                finality_blocks=2,
                filler=self.parts.filler,
                filler_lock=self.state.lock,
                promises=self.promises,
                wake_sender=lambda: None,
                at_point=self.parts.at_point,
                unix_time=self.clock.unix_time,
            )
        )

    def _services(self) -> Services:
        parts, state, database = self.parts, self.state, self.database
        rules = LogInRules(self.settings.url, DOMAIN.chain_id, 300, 3_600)
        return Services(
            settings=self.settings,
            identity=parts.identity,
            network=None,  # type: ignore[arg-type]  # facts of a deployment, which there is none of
            limits=parts.limits,
            view=self.view,
            database=database,
            contents=parts.contents,
            bundles=ContentStore(self.folder / "bundles"),
            sessions=SessionDesk(rules, self.view, database, self.writer, self.clock.unix_time),
            calls=CallDesk(parts, state, self.placer, database),
            polls=PollDesk(parts, state, self.placer),
            reports=ReportDesk(parts, state, self.placer, database),
            job_contents=ContentDesk(parts, state),
            receipts=ReceiptDesk(parts.identity, database),
            settlements=SettlementDesk(database, CONTROLLER, DOMAIN),
            rpc=RpcProxy(Web3(), 1_000),
            health=Health(database, HeadClock(1), 10, lambda: state.is_stopping),
            faucet=None,
        )

    def close(self) -> None:
        with self.state.lock:
            self.state.is_stopping = True
            for seat in self.state.seats.values():
                seat.wake()
            for call in self.state.calls.values():
                call.ended.set()
        self.pool.shutdown()
        self._end_life()

    def _end_life(self) -> None:
        self.writer.close()
        self.database.close()

    def restart(self) -> None:
        """Forget everything but the disk."""
        self._end_life()
        self._build()

    def publish(self, version: int = 1, **changed: Any) -> None:
        self.index.publish(version, **changed)

    def change_function(self, function: int, **changed: Any) -> None:
        self.index.change_function(function, **changed)

    def fund(self, free: int = 100 * TOKEN, **changed: Any) -> None:
        self.index.fund(free, **changed)

    def provider(self, number: int = 1, base_fee: int = 10**15, price: int = 10**9) -> FakeProvider:
        """Register a provider and log it in."""
        key = SigningKey(bytes([100 + number]) * 32)
        self.index.add_provider(number, key, base_fee, price)
        made = FakeProvider(self.send, key, ProviderId(number), DOMAIN)
        made.log_in()
        return made

    # What people do.

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        with self.app.test_client() as client:
            response = client.open(path, method=method, data=body, headers=dict(headers))
            return HttpReply(response.status_code, dict(response.headers), response.get_data())

    def token(self, key: SigningKey = DEVELOPER) -> str:
        if key.address not in self.tokens:
            asked = self.request("POST", "/v1/auth/challenge", {"address": str(key.address)})
            text = asked.json()["message"]
            signature = str(key.sign(personal_digest(text)))
            given = self.request("POST", "/v1/auth/session", {"message": text, "signature": signature})
            assert given.status == 200, given
            self.tokens[key.address] = given.json()["token"]
        return self.tokens[key.address]

    def request(
        self, method: str, path: str, body: Any = None, *, key: SigningKey | None = None, **headers: str
    ) -> HttpReply:
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            named["Authorization"] = f"Bearer {self.token(key)}"
        return self.send(method, path, raw, named)

    def invoke(self, content: bytes = b"hello", function: str = "echo", **headers: str) -> HttpReply:
        path = f"/v1/functions/{function}/invocations"
        return self.request("POST", path, content, key=DEVELOPER, **headers)

    def invoking(self, content: bytes = b"hello", **headers: str) -> Future[HttpReply]:
        """Call in a thread of its own."""
        self.token()
        return self.pool.submit(self.invoke, content, **headers)

    def polling(self, provider: FakeProvider, wait_ms: int = 10_000) -> Future[Any]:
        """Poll in a thread of its own; the provider waits for work when this returns."""
        polled = self.pool.submit(provider.poll, wait_ms)
        self.until(lambda: self._waits(provider) or polled.done())
        return polled

    def pass_seconds(self, seconds: float) -> None:
        """Let time pass, and do what is due then."""
        self.clock.ahead_seconds += seconds
        self.keeper.tick()

    def until(self, holds: Any, seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        pause = threading.Event()
        while not holds():
            assert time.monotonic() < end, "it never happened"
            pause.wait(0.002)

    def _waits(self, provider: FakeProvider) -> bool:
        seat = self.state.seats.get(provider.provider_id)
        return seat is not None and seat.waiter is not None


def made(folder: Path, **settings: Any) -> SmallController:
    """A controller with one function of the developer's, and an escrow for it."""
    controller = SmallController(folder, ControllerSettings(**settings))
    controller.publish()
    controller.fund()
    return controller
