"""`chainfaas provider` as its users run it: a process a command, real containers, a real chain."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chainfaas.chain.bindings.provider_registry import ProviderRegistry
from chainfaas.chain.node.process import read_process, wait_for_exit
from chainfaas.domain.amounts import BaseFee, Price
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import ProviderId
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, Terms
from chainfaas.provider.sandbox.ownership import NETWORK_LABEL, PROVIDER_LABEL
from tests.container_engine import ContainerWorld, container_world
from tests.integration.deployed_network import DeployedNetwork, address_of
from tests.integration.provider.provider_world import TERMS, ProviderWorld, echo_manifest, provider_world

ENTRY = "from chainfaas.cli.main import main; main()"
OWNER = "provider-1"


def chainfaas(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", ENTRY, "--home", str(home), *words],
        env=os.environ | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ContainerWorld]:
    with container_world(tmp_path_factory.mktemp("c")) as made:
        yield made


@pytest.fixture(scope="module")
def docker_world(
    deployed_on_demand: DeployedNetwork,
    containers: ContainerWorld,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[ProviderWorld]:
    folder = tmp_path_factory.mktemp("home") / "providers" / "main"
    settings = {
        "image_repositories": [containers.registry],
        "docker_socket": containers.engine.url.removeprefix("unix://"),
    }
    with provider_world(deployed_on_demand, folder, **settings) as made:
        yield made


def sandboxes(world: ProviderWorld, containers: ContainerWorld) -> list[str]:
    labels = [
        f"{NETWORK_LABEL}={format_hex(world.deployed.deployments.genesis_hash)}",
        f"{PROVIDER_LABEL}={world.provider_id}",
    ]
    found = containers.client.containers(all=True, filters={"label": labels})
    return [str(each["Id"]) for each in found]


def test_init_and_register__new_name__provider_on_the_chain(deployed_on_demand: DeployedNetwork) -> None:
    home = deployed_on_demand.network.folder.root
    deployed_on_demand.key(OWNER)
    made = chainfaas(home, "provider", "init", "stall", "--controller", "http://127.0.0.1:1", "--json")
    assert made.returncode == 0, made.stderr
    operator = json.loads(made.stdout)["operator"]
    words = ("provider", "register", "stall", "--wallet", OWNER, "--base-fee", "0.5", "--price", "9")
    registered = chainfaas(home, *words, "--json")
    assert registered.returncode == 0, registered.stderr
    number = ProviderId(json.loads(registered.stdout)["provider"])
    registry: ProviderRegistry = deployed_on_demand.contracts.providers
    assert str(registry.operator_of(number)) == operator
    assert registry.owner_of(number) == address_of(deployed_on_demand.key(OWNER))
    assert registry.offer_of(number).offer == Offer(BaseFee(5 * 10**17), Price(9))
    config = tomllib.loads((home / "providers" / "stall" / "config.toml").read_text())
    assert (config["provider_id"], config["block_period_seconds"]) == (number, 0.0)
    offers = json.loads(chainfaas(home, "provider", "offers", "--json").stdout)["offers"]
    assert {"provider": number, "baseFee": str(5 * 10**17), "price": "9"} in offers

    again = chainfaas(home, *words)
    assert (again.returncode, "registered as" in again.stderr) == (5, True)
    twice = chainfaas(home, "provider", "init", "stall", "--controller", "http://127.0.0.1:1")
    assert twice.returncode == 5
    status = chainfaas(home, "provider", "status", "stall")
    assert (status.returncode, "Start the provider once" in status.stderr) == (7, True)


def test_start__killed_while_containers_run__next_daemon_clears_up_and_is_paid(
    docker_world: ProviderWorld, containers: ContainerWorld
) -> None:
    world, fake = docker_world, docker_world.controller
    home = world.folder.parent.parent
    manifest = replace(
        echo_manifest(), image=containers.python, command=("/bin/sh", "-c", "cat; echo said >&2")
    )
    slow = replace(manifest, command=("/bin/sh", "-c", "cat; sleep 30"))
    quick_version = world.publish(manifest=manifest)
    slow_version = world.publish(terms=Terms(TERMS.max_cost, 64, 40_000), manifest=slow)

    started = chainfaas(home, "provider", "start", "main", "--detach", "--json")
    assert started.returncode == 0, started.stderr
    assert chainfaas(home, "provider", "start", "main", "--detach").returncode == 5
    (job,) = fake.assign_batch(replace(world.wanted, version_id=quick_version), [b"through a container"])
    (done,) = fake.wait_for_reports([job])
    assert (done.output, done.log) == (b"through a container", b"said\n")
    assert done.report is not None
    assert done.report.sandbox
    world.wait_for_payment(job)

    (doomed,) = fake.assign_batch(replace(world.wanted, version_id=slow_version), [b"never"])
    fake.wait_for(lambda: doomed in fake.polls[-1].running and bool(sandboxes(world, containers)))
    daemon = read_process(world.folder / "daemon.json")
    assert daemon is not None
    os.kill(daemon.pid, signal.SIGKILL)
    assert wait_for_exit(daemon, 10)

    assert chainfaas(home, "provider", "start", "main", "--detach").returncode == 0
    (lost,) = fake.wait_for_reports([doomed])
    assert lost.report is not None
    assert lost.report.receipt.status is Status.INFRASTRUCTURE
    status = json.loads(chainfaas(home, "provider", "status", "main", "--json").stdout)
    assert (status["running"], status["jobs"].get("free")) == (True, 1)
    assert chainfaas(home, "provider", "drain", "main").returncode == 0
    assert sandboxes(world, containers) == []
    assert json.loads(chainfaas(home, "provider", "status", "main", "--json").stdout)["running"] is False
