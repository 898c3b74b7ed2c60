"""A controller's own process on a real network, a developer who pays, and fake providers over real HTTP."""

# ruff: noqa: ANN401 - JSON and columns of any kind are handed on

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import requests
from sqlalchemy import Engine, select

from chainfaas.chain.bindings.function_registry import NewVersion
from chainfaas.chain.bindings.monetary_ledger import Funding
from chainfaas.chain.bindings.refusals import ContractRefusedError
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.chain.node.waiting import wait_until
from chainfaas.chain.sqlite_engine import create_sqlite_engine
from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.amounts import TOKEN, BaseFee, JobCap, MaxCost, Price, TokenAmount
from chainfaas.domain.identifiers import ControllerId, FunctionId, JobId, ProviderId
from chainfaas.domain.manifests import Image, Manifest, Mode, Warm
from chainfaas.domain.prices import Offer, Terms
from chainfaas.domain.sign_in import personal_digest
from chainfaas.domain.signatures import SigningKey
from chainfaas.domain.times import UnixSeconds
from chainfaas.observability.crash_points import CRASH_VARIABLE
from tests.fake_provider import FakeProvider, HttpReply
from tests.integration.contracts_agree.market import number_in
from tests.integration.deployed_network import DeployedNetwork, address_of

CID = ControllerId(1)
FUNDED = TokenAmount(1_000 * TOKEN)
OFFERS = (Offer(BaseFee(10**15), Price(10**9)), Offer(BaseFee(2 * 10**15), Price(3 * 10**9)))
FAST, LONG = 2_000, 60_000
PROGRAM = "from chainfaas.cli.main import main; main()"
START_SECONDS = 60.0
PATIENCE_SECONDS = 60.0


@dataclass
class Grounds:
    """What lies on the chain: made once for a network, used by every controller of these tests."""

    deployed: DeployedNetwork
    developer: UnlockedKey
    operators: list[UnlockedKey]
    providers: list[ProviderId]
    functions: dict[str, FunctionId]

    @classmethod
    def made(cls, deployed: DeployedNetwork) -> Self:
        developer = deployed.new_actor()
        operators = [deployed.key(f"provider-{number}") for number in (1, 2)]
        contracts = deployed.contracts
        deployed.send(developer, contracts.token.approve(contracts.money.address, FUNDED))
        until = UnixSeconds(int(time.time()) + 10**6)
        funding = Funding(CID, FUNDED, JobCap(10**6), until)
        deployed.send(developer, contracts.money.deposit_and_fund(FUNDED, funding))
        providers = [register(deployed, key, offer) for key, offer in zip(operators, OFFERS, strict=True)]
        functions = {
            name: publish(deployed, developer, name, timeout_ms)
            for name, timeout_ms in (("quick", FAST), ("long", LONG))
        }
        return cls(deployed, developer, operators, providers, functions)

    def provider(self, number: int, url: str) -> FakeProvider:
        key = SigningKey(self.operators[number].private_key)
        domain = self.deployed.deployments.signing_domain
        provider = FakeProvider(http_send(url), key, self.providers[number], domain)
        provider.log_in()
        return provider

    def escrow(self) -> tuple[int, int]:
        """What is free and what is reserved of the developer's escrow."""
        escrow = self.deployed.contracts.money.escrow_of(address_of(self.developer), CID)
        return escrow.free, escrow.reserved


def register(deployed: DeployedNetwork, key: UnlockedKey, offer: Offer) -> ProviderId:
    call = deployed.contracts.providers.register(address_of(key), address_of(key), offer, "{}")
    events = deployed.events(deployed.send(key, call))
    return ProviderId(number_in(events, "ProviderRegistered", "providerId"))


def publish(deployed: DeployedNetwork, developer: UnlockedKey, name: str, timeout_ms: int) -> FunctionId:
    functions = deployed.contracts.functions
    created = deployed.events(deployed.send(developer, functions.create()))
    function = FunctionId(number_in(created, "FunctionCreated", "functionId"))
    manifest = Manifest(
        image=Image("registry.example/echo", "sha256:" + "ab" * 32),
        content_type="text/plain",
        mode=Mode.ONESHOT,
        warm=Warm(prestart=True, reuse=False),
        environment=(),
        output_limit_bytes=2**20,
        name=name,
    )
    version = NewVersion(Terms(MaxCost(10**9), 128, timeout_ms), manifest)
    deployed.send(developer, functions.publish(function, version, live=True))
    return function


def http_send(url: str) -> Any:
    session = requests.Session()

    def send(method: str, path: str, body: bytes, headers: Mapping[str, str]) -> HttpReply:
        response = session.request(method, url + path, data=body, headers=dict(headers), timeout=60)
        return HttpReply(response.status_code, dict(response.headers), response.content)

    return send


@dataclass
class RunningController:
    """A process; `kill` and `start` as often as a test likes."""

    grounds: Grounds
    folder: Path
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    token: str = ""
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> list[str]:
        home = str(self.grounds.deployed.network.folder.root)
        return [sys.executable, "-c", PROGRAM, "--home", home, "controller", *words]

    def environment(self, **more: str) -> dict[str, str]:
        own = {
            "CHAINFAAS_CONTROLLER_DATABASE": str(self.folder / "controller.sqlite3"),
            "CHAINFAAS_CONTROLLER_PORT": str(self.port),
        }
        return {**os.environ, **own, **self.settings, **more}

    def start(self, **more: str) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                self.command("start"), env=self.environment(**more), stdout=log, stderr=log
            )
        assert wait_until(self._answers, time.monotonic() + START_SECONDS), self.log()
        assert self.process.poll() is None, self.log()

    def _answers(self) -> bool:
        if self.process is not None and self.process.poll() is not None:
            return True
        try:
            return requests.get(f"{self.url}/healthz", timeout=2).ok
        except requests.RequestException:
            return False

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)

    def log(self) -> str:
        return (self.folder / "log").read_text()[-4_000:]

    def log_in(self) -> None:
        self.log_in_as(self.grounds.developer)

    def log_in_as(self, account: UnlockedKey) -> None:
        key = SigningKey(account.private_key)
        asked = requests.post(f"{self.url}/v1/auth/challenge", json={"address": str(key.address)}, timeout=10)
        text = asked.json()["message"]
        signed = {"message": text, "signature": str(key.sign(personal_digest(text)))}
        self.token = requests.post(f"{self.url}/v1/auth/session", json=signed, timeout=10).json()["token"]

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> HttpReply:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named["Authorization"] = f"Bearer {self.token}"
        return http_send(self.url)(method, path, body, named)  # type: ignore[no-any-return]

    def call(self, function: str, content: bytes = b"", **headers: str) -> HttpReply:
        return self.request("POST", f"/v1/functions/{function}/invocations", content, **headers)

    def submit(self, function: str) -> str:
        """Call and do not wait; returns where the call is."""
        reply = self.call(function, Prefer="respond-async")
        assert reply.status == 202, reply
        return reply.headers["Location"]

    def claim(self, number: int, provider: FakeProvider, *jobs: JobId) -> str:
        """Have a provider claim until all of its jobs are settled; returns the path that they took."""
        deployed = self.grounds.deployed

        def are_settled() -> bool:
            answer = provider.settlements(*jobs)
            if answer.settlement is not None:
                call = deployed.contracts.jobs.settle(
                    answer.settlement.parts, answer.settlement.signature, TokenAmount(0)
                )
                with suppress(ContractRefusedError):  # paid already, which the index has not seen yet
                    deployed.send(self.grounds.operators[number], call)
            return set(answer.settled) == set(jobs)

        # A claim waits for its block by itself; when the controller's index has it, nobody announces.
        assert wait_until(are_settled, time.monotonic() + PATIENCE_SECONDS), (jobs, self.log())
        return str(self.job(jobs[0])["chain"]["path"])

    def job(self, job: JobId) -> Any:
        return self.request("GET", f"/v1/jobs/{job}").json()

    def engine(self) -> Engine:
        return create_sqlite_engine(self.folder / "controller.sqlite3")

    def chain_rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Everything that the index holds but its means of taking blocks back."""
        kept = [CHAIN.events, *CHAIN.projections.values()]
        with self.engine().execution_options(reads_only=True).connect() as connection:
            return {
                table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
                for table in kept
            }


@contextmanager
def controller_on(
    grounds: Grounds, folder: Path, crash_at: str | None = None, **settings: str
) -> Iterator[RunningController]:
    """Start a controller on a free port, log the developer in, and stop it at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    named = {f"CHAINFAAS_CONTROLLER_{name.upper()}": value for name, value in settings.items()}
    controller = RunningController(grounds, folder, port, named)
    try:
        controller.start(**({} if crash_at is None else {CRASH_VARIABLE: crash_at}))
        controller.log_in()
        yield controller
    finally:
        controller.stop()


def as_json(reply: HttpReply) -> Any:
    return json.loads(reply.body)
