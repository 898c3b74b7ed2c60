from __future__ import annotations

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from chainfaas.chain.event_decoder import EventDecoder, EventValue
from chainfaas.chain.event_reader import EventReader
from chainfaas.chain.headers import finality_depth
from chainfaas.chain.keystore import UnlockedKey
from chainfaas.chain.known_contracts import known_contracts
from chainfaas.controller.storage.schema import CHAIN
from chainfaas.domain.amounts import format_tokens
from chainfaas.domain.encodings import format_hex
from chainfaas.domain.identifiers import INDEX_BITS, Address, JobId
from tests.fake_provider import FakeProvider, Ran
from tests.integration.controller.controller_world import PROGRAM, RunningController, as_json
from tests.integration.deployed_network import DeployedNetwork


def serving(provider: FakeProvider, stop: threading.Event) -> None:
    while not stop.is_set():
        provider.poll(500)
        for job in list(provider.running):
            provider.report(job, Ran(output=b"<" + provider.inputs[job] + b">"))


def test_call__short_and_long_functions__paid_on_both_paths(controller: RunningController) -> None:
    grounds = controller.grounds
    provider = grounds.provider(0, controller.url)
    before = grounds.escrow()
    with ThreadPoolExecutor() as pool:
        jobs = []
        for name in ("quick", "long"):
            answer = pool.submit(controller.call, name, b"text")
            jobs.append(provider.run_one(Ran(output=b"answer")))
            reply = answer.result()
            assert (reply.status, reply.body) == (200, b"answer"), reply
        paths = [controller.claim(0, provider, job) for job in jobs]
    assert paths == ["fast", "opened"]
    cost = sum(int(controller.job(job)["chain"]["cost"]) for job in jobs)
    assert grounds.escrow() == (before[0] - cost, before[1])
    shown = [controller.job(job)["events"] for job in jobs]
    assert shown == [told_by_the_chain(grounds.deployed, job) for job in jobs]
    names = [[event["name"] for event in events] for events in shown]
    assert names[0] == ["BatchOpened", "JobRecorded", "Paid"]
    assert names[1] == ["BatchOpened", "JobOpened", "JobSettled", "Paid"]


def told_by_the_chain(deployed: DeployedNetwork, job: JobId) -> list[dict[str, Any]]:
    """The events of a job and its batch, and the payment, read from the node alone."""
    decoder = EventDecoder(known_contracts(deployed.deployments))
    reader = EventReader(deployed.web3, deployed.deployments.chain_id, decoder)
    events = reader.read_events_in_range(deployed.deployments.first_block, reader.head().number)
    own = [event for event in events if event.args.get("jobId") == job]
    batch = [event for event in events if event.args.get("batchId") == job >> INDEX_BITS]
    transactions = {event.tx_hash for event in own}
    paid = [event for event in events if event.name == "Paid" and event.tx_hash in transactions]
    return [
        {
            "name": event.name,
            "contract": event.contract,
            "block": event.block_number,
            "blockHash": format_hex(event.block_hash),
            "transaction": format_hex(event.tx_hash),
            "logIndex": event.log_index,
            "time": deployed.web3.eth.get_block(event.block_number)["timestamp"],
            "args": {name: as_shown(value) for name, value in event.args.items()},
        }
        for event in sorted([*own, *batch, *paid], key=lambda each: (each.block_number, each.log_index))
    ]


def as_shown(value: EventValue) -> str | int:
    """Numbers that a script could not hold are text, and so is everything that is no number."""
    if isinstance(value, int):
        return value if value < 2**32 else str(value)
    return value if isinstance(value, str) else format_hex(value.raw if isinstance(value, Address) else value)


def test_call__many_with_two_providers__all_answered_and_paid(
    controller_on_demand: RunningController,
) -> None:
    controller = controller_on_demand
    providers = [controller.grounds.provider(number, controller.url) for number in (0, 1)]
    stop = threading.Event()
    with ThreadPoolExecutor(16) as pool:
        serve = [pool.submit(serving, provider, stop) for provider in providers]
        answers = list(pool.map(lambda n: controller.call("quick", b"%d" % n), range(40)))
        stop.set()
        for each in serve:
            each.result()
    assert [answer.body for answer in answers] == [b"<%d>" % number for number in range(40)]
    for number, provider in enumerate(providers):
        if provider.reported:
            controller.claim(number, provider, *provider.reported)
    assert controller.grounds.escrow()[1] == 0


def let_blocks_become_final(deployed: DeployedNetwork) -> None:
    """Seal as many blocks as it takes until those that are there cannot be replaced any more."""
    for _ in range(finality_depth(len(deployed.network.signers)) + 1):
        deployed.give_coin([UnlockedKey.generate()])


def test_rebuild__after_payments__same_read_model(controller_on_demand: RunningController) -> None:
    controller = controller_on_demand
    provider = controller.grounds.provider(0, controller.url)
    controller.submit("quick")
    job = provider.run_one()
    controller.claim(0, provider, job)
    let_blocks_become_final(controller.grounds.deployed)
    before = controller.job(job)
    controller.stop()
    rows = controller.chain_rows()
    # What is spoilt does not come back by reading on from where the index stands.
    engine = controller.engine()
    with engine.begin() as connection:
        connection.execute(CHAIN.events.delete())
        connection.execute(CHAIN.jobs.update().values(cost=1))
    engine.dispose()
    assert controller.chain_rows() != rows
    subprocess.run(controller.command("rebuild"), env=controller.environment(), check=True)
    assert controller.chain_rows() == rows
    controller.start()
    assert controller.job(job)["events"] == before["events"]


def test_job_show__paid_job__its_cost_and_every_event_with_its_transaction(
    controller_on_demand: RunningController,
) -> None:
    controller = controller_on_demand
    deployed = controller.grounds.deployed
    provider = controller.grounds.provider(0, controller.url)
    controller.submit("quick")
    job = provider.run_one()
    controller.claim(0, provider, job)
    document = controller.job(job)

    def shown(*options: str) -> str:
        words = ("--home", str(deployed.network.folder.root), "job", "show", str(job), "-w", "developer-1")
        command = (sys.executable, "-c", PROGRAM, *words, "--controller", controller.url, *options)
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout

    told = json.loads(shown("--json"))
    assert (told["chain"], told["events"]) == (document["chain"], document["events"])
    lines = [line.split() for line in shown().splitlines()]
    assert ["job", str(job)] in lines
    assert ["state", "recorded"] in lines
    assert ["cost", format_tokens(int(document["chain"]["cost"]))] in lines
    assert ["receiptHash", document["chain"]["receiptHash"]] in lines
    events = [
        (event["name"], str(event["block"]), event["transaction"])
        for event in told_by_the_chain(deployed, job)
    ]
    assert [(line[0], line[1], line[-1]) for line in lines[-len(events) :]] == events


def test_start__second_on_the_same_folder__refused(controller_on_demand: RunningController) -> None:
    controller = controller_on_demand
    environment = controller.environment(CHAINFAAS_CONTROLLER_PORT="1")
    refused = subprocess.run(
        controller.command("rebuild"), env=environment, capture_output=True, text=True, check=False
    )
    assert refused.returncode != 0
    assert "database-in-use" in refused.stderr
    assert controller._answers()


def test_network__asked__contracts_and_controller(controller_on_demand: RunningController) -> None:
    shown = as_json(controller_on_demand.request("GET", "/v1/network"))
    deployments = controller_on_demand.grounds.deployed.deployments
    assert shown["chainId"] == str(deployments.chain_id)
    assert shown["contracts"]["MonitoringLedger"] == str(deployments.address("MonitoringLedger"))
    assert shown["controller"]["cid"] == 1
    assert as_json(controller_on_demand.request("GET", "/readyz"))["status"] == "ok"
