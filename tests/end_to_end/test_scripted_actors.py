from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chainfaas.chain.artefacts import load_artefact
from chainfaas.chain.deployments import CONTRACT_NAMES, LEDGER, load_deployments
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.reverts import abi_type
from chainfaas.domain.job_states import JobState
from chainfaas.domain.keccak import keccak256
from examples.scripts import run_all
from examples.scripts.audit.audit import Audit
from examples.scripts.auditor import audit_chain
from examples.scripts.chain import Chain
from tests.end_to_end.altering_proxy import Alteration, Answer, altering_proxy

SCRIPTS = Path(__file__).parent.parent.parent / "examples" / "scripts"
STORIES = 8


@dataclass(frozen=True)
class Played:
    """What came of all stories, and of the scripts that ran as programs."""

    network: LocalNetwork
    lines: list[str]
    settled_by_script: str


@pytest.fixture(scope="module")
def played(network: LocalNetwork, tmp_path_factory: pytest.TempPathFactory) -> Played:
    cast = run_all.gather(network.folder, "test")
    files = tmp_path_factory.mktemp("files")
    try:
        with ThreadPoolExecutor(2) as pool:
            lines, settled = (
                pool.submit(run_all.play, cast),
                pool.submit(settle_through_files, network, files),
            )
            return Played(network, lines.result(), settled.result())
    finally:
        for account in cast.accounts:
            account.close()


def run_script(network: LocalNetwork, name: str, *arguments: object) -> str:
    command = [sys.executable, SCRIPTS / f"{name}.py", "--home", network.folder.root, *arguments]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def settle_through_files(network: LocalNetwork, files: Path) -> str:
    """A developer, a controller and a provider in processes of their own, with only files between them."""
    developer = run_script(network, "developer", "--name", "frank", "--controller", 3)
    version = developer.split("version ")[1].split()[0]
    registered = run_script(network, "provider", "--name", "grace", "register")
    provider = registered.removeprefix("provider ").split(",")[0]
    batch, report, settlement = (files / f"{name}.json" for name in ("batch", "report", "settlement"))
    assign = ("assign", "--provider", provider, "--version", version, "--input", "a b c", "--input", "d")
    run_script(network, "controller", "--id", 3, *assign, "--out", batch)
    run_script(network, "controller", "--id", 3, "open", batch)
    run_script(network, "provider", "--name", "grace", "run", batch, "--out", report)
    run_script(network, "controller", "--id", 3, "sign", report, "--out", settlement)
    return run_script(network, "provider", "--name", "grace", "settle", settlement)


def audit_through(network: LocalNetwork, alter: Alteration) -> Audit:
    deployments = load_deployments(network.folder, network.chain_id)
    with altering_proxy(network, alter) as address:
        return audit_chain(Chain.open(address, deployments))[0]


def topic_of(event_name: str) -> str:
    events = [
        item
        for name in CONTRACT_NAMES
        for item in load_artefact(name).abi
        if item["type"] == "event" and item["name"] == event_name
    ]
    types = ",".join(abi_type(each) for each in events[0]["inputs"])
    return f"0x{keccak256(f'{event_name}({types})'.encode()).hex()}"


def altering_first(event_name: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]) -> Alteration:
    """Change the first log of an event wherever it is handed out; dropped if the change returns None."""
    topic, chosen = topic_of(event_name), dict[str, str]()

    def changed(log: dict[str, Any]) -> list[dict[str, Any]]:
        place = f"{log['blockHash']}:{log['logIndex']}"
        if log["topics"][0] != topic or chosen.setdefault("place", place) != place:
            return [log]
        altered = change(log)
        return [] if altered is None else [altered]

    def alter(method: str, result: Answer) -> Answer:
        if method != "eth_getBlockReceipts":
            return result
        return [
            dict(receipt) | {"logs": [kept for log in receipt["logs"] for kept in changed(dict(log))]}
            for receipt in result
        ]

    return alter


def with_other_word(place: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """One more in a word of the data, counted from its end."""

    def change(log: dict[str, Any]) -> dict[str, Any]:
        data = bytes.fromhex(log["data"][2:])
        words = [data[start : start + 32] for start in range(0, len(data), 32)]
        words[place] = (int.from_bytes(words[place], "big") + 1).to_bytes(32, "big")
        return log | {"data": "0x" + b"".join(words).hex()}

    return change


def with_other_topic(place: int) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """One more in a topic."""

    def change(log: dict[str, Any]) -> dict[str, Any]:
        topics = list(log["topics"])
        topics[place] = f"0x{int(topics[place], 16) + 1:064x}"
        return log | {"topics": topics}

    return change


def test_play__all_stories__each_told(played: Played) -> None:
    assert len(played.lines) == STORIES


def test_scripts__files_between_processes__settled(played: Played) -> None:
    assert played.settled_by_script.count("JobSettled") == 2
    assert played.settled_by_script.count("Paid") == 1


def test_audit_chain__all_stories_played__no_mismatch(played: Played) -> None:
    audit, _ = audit_chain(Chain.open_home(played.network.folder))
    assert audit.findings.mismatches == []
    states = Counter(job.state for job in audit.jobs.jobs.values())
    assert states == {
        JobState.SETTLED: 14,
        JobState.RECORDED: 4,
        JobState.DECLINED: 1,
        JobState.EXPIRED: 2,
        JobState.UNFUNDED: 2,
    }
    assert audit.money.reserved == 0
    assert {each.batch.cid for each in audit.jobs.jobs.values()} == {1, 2, 3}


def test_auditor__as_a_program__exits_0_and_prints_jobs_payments_and_supply(played: Played) -> None:
    printed = run_script(played.network, "auditor")
    assert printed.strip().endswith("0 mismatches")
    document = json.loads(run_script(played.network, "auditor", "--json"))
    assert len(document["jobs"]) == 23
    assert sum(int(job["cost"]) for job in document["jobs"]) == sum(
        int(each["gross"]) for each in document["payments"]
    )
    assert document["supply"]["supply"] == str(10**27)
    assert document["mismatches"] == []


@pytest.mark.parametrize(
    ("event_name", "change"),
    [
        pytest.param("JobSettled", with_other_word(2), id="cost of a settled job"),
        pytest.param("JobRecorded", with_other_word(3), id="cost of a recorded job"),
        pytest.param("Paid", with_other_word(2), id="gross of a payment"),
        pytest.param("Deposited", with_other_word(0), id="amount of a deposit"),
        pytest.param("EscrowFunded", with_other_word(1), id="job cap of an escrow"),
        pytest.param("JobSettled", with_other_topic(1), id="settled job"),
        pytest.param("Paid", with_other_topic(2), id="payee of a payment"),
        pytest.param("BatchOpened", lambda _: None, id="dropped batch"),
        pytest.param("JobSettled", lambda _: None, id="dropped settled job"),
        pytest.param("Paid", lambda _: None, id="dropped payment"),
        pytest.param("EscrowClosed", lambda _: None, id="dropped close"),
    ],
)
def test_audit_chain__one_log_altered_on_its_way__found(
    played: Played, event_name: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> None:
    audit = audit_through(played.network, altering_first(event_name, change))
    checks = {mismatch.check for mismatch in audit.findings.mismatches}
    # The block's own commitment tells, and so do the sums, whoever vouches for the block.
    assert "receipts root" in checks
    assert len(checks) > 1


@pytest.mark.parametrize(
    ("event_name", "change"),
    [
        pytest.param("JobSettled", with_other_word(3), id="receipt hash of a job"),
        pytest.param("LiveVersionSet", lambda _: None, id="dropped live version"),
    ],
)
def test_audit_chain__log_that_no_sum_depends_on_altered__found(
    played: Played, event_name: str, change: Callable[[dict[str, Any]], dict[str, Any] | None]
) -> None:
    audit = audit_through(played.network, altering_first(event_name, change))
    assert "receipts root" in {mismatch.check for mismatch in audit.findings.mismatches}


@pytest.mark.parametrize("field", ["receiptsRoot", "logsBloom"])
def test_audit_chain__header_altered_on_its_way__found(played: Played, field: str) -> None:
    def alter(method: str, result: Answer) -> Answer:
        if method != "eth_getBlockByNumber" or int(result["number"], 16) != chosen:
            return result
        return dict(result) | {field: "0x" + "00" * (256 if field == "logsBloom" else 32)}

    chosen = load_deployments(played.network.folder, played.network.chain_id).contracts[LEDGER].block
    checks = {mismatch.check for mismatch in audit_through(played.network, alter).findings.mismatches}
    assert checks & {"header's hash", "header's parent"}


def test_audit_chain__nothing_altered_on_its_way__no_mismatch(played: Played) -> None:
    assert audit_through(played.network, lambda _, result: result).findings.mismatches == []
