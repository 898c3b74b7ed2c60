from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
from web3 import Web3
from web3.types import Wei

from chainfaas.chain.keystore import create_keystore
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.chain.outbox_entry import EntryState
from chainfaas.chain.transaction_sender.points import SenderPoint
from chainfaas.domain.identifiers import Address
from chainfaas.domain.keccak import keccak256
from tests.integration.sender.sending_program import Assignment, Line, open_outbox, send_all

FUNDS_WEI = 10**18
FEE_WEI = 10**9


@dataclass(frozen=True)
class Scenario:
    """What it takes for a sender to come to a point, and what must be on chain in the end."""

    line: Line = Line.GOOD
    first_is_hopeless: bool = False
    foreign_transactions: int = 0

    @property
    def ends(self) -> list[EntryState]:
        return [EntryState.FAILED if self.first_is_hopeless else EntryState.FINAL, EntryState.FINAL]


def scenario_of(point: SenderPoint) -> Scenario:
    for part, scenario in {
        "bump": Scenario(Line.DROPS_FOR_LONG),
        "resend": Scenario(Line.DROPS),
        "replaced": Scenario(Line.FORGES_A_HEADER),
        "nonce_up": Scenario(Line.STEALS_THE_NONCE, foreign_transactions=1),
        "filler": Scenario(first_is_hopeless=True),
    }.items():
        if point.value.endswith(part):
            return scenario
    return Scenario()


@dataclass(frozen=True)
class Outcome:
    """What was found after a process died at a point and another went on."""

    exit_codes: tuple[int | None, int | None]
    states: list[EntryState]
    balances_wei: list[int]
    nonce: int


FORKSERVER = multiprocessing.get_context("forkserver")
FORKSERVER.set_forkserver_preload(["chainfaas.chain.connection", "chainfaas.chain.sql_outbox"])


def run_all(planned: Iterable[Assignment]) -> list[int | None]:
    """Run one process for each assignment, all at once; return their exit codes."""
    processes = [FORKSERVER.Process(target=send_all, args=(assignment,)) for assignment in planned]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    return [process.exitcode for process in processes]


def outcome_of(assignment: Assignment, exit_codes: tuple[int | None, int | None], web3: Web3) -> Outcome:
    outbox = open_outbox(assignment.database)
    receivers = [Web3.to_checksum_address(receiver) for receiver in assignment.receivers]
    return Outcome(
        exit_codes=exit_codes,
        states=[outbox.entry(number).state for number in (1, 2)],
        balances_wei=[web3.eth.get_balance(receiver) for receiver in receivers],
        nonce=web3.eth.get_transaction_count(Web3.to_checksum_address(str(assignment.signer().address))),
    )


def assignments(network: LocalNetwork, folder: Path) -> dict[SenderPoint, Assignment]:
    made = {}
    for point in SenderPoint:
        home = folder / point.value
        home.mkdir()
        key = create_keystore(home / "key.json", home / "password")
        scenario = scenario_of(point)
        made[point] = Assignment(
            database=home / "outbox.sqlite",
            socket=network.socket_path(1),
            keystore=home / "key.json",
            password=home / "password",
            chain_id=network.chain_id,
            receivers=tuple(
                str(Address(keccak256(f"{key.address}:{number}".encode())[-20:])) for number in (1, 2)
            ),
            line=scenario.line,
            first_is_hopeless=scenario.first_is_hopeless,
            crash_at=point,
        )
    return made


def fund(network: LocalNetwork, accounts: list[Address]) -> None:
    web3 = network.connect(1)
    paid = [
        web3.eth.send_transaction(
            {
                "from": Web3.to_checksum_address(network.signers[0]),
                "to": Web3.to_checksum_address(str(account)),
                "value": Wei(FUNDS_WEI),
                "maxFeePerGas": Wei(FEE_WEI),
                "maxPriorityFeePerGas": Wei(FEE_WEI),
            }
        )
        for account in accounts
    ]
    for tx_hash in paid:
        web3.eth.wait_for_transaction_receipt(tx_hash, timeout=60, poll_latency=0.1)


@pytest.fixture(scope="module")
def outcomes(network: LocalNetwork, tmp_path_factory: pytest.TempPathFactory) -> dict[SenderPoint, Outcome]:
    """What was found when one process had been killed at each point, and another had gone on."""
    planned = assignments(network, tmp_path_factory.mktemp("crash"))
    fund(network, [assignment.signer().address for assignment in planned.values()])
    killed = run_all(planned.values())
    revived = run_all(assignment.revived() for assignment in planned.values())
    web3 = network.connect(1)
    return {
        point: outcome_of(assignment, exit_codes, web3)
        for (point, assignment), exit_codes in zip(
            planned.items(), zip(killed, revived, strict=True), strict=True
        )
    }


@pytest.mark.parametrize("point", SenderPoint)
def test_send_all__killed_at_a_point__each_effect_once(
    outcomes: dict[SenderPoint, Outcome], point: SenderPoint
) -> None:
    scenario, outcome = scenario_of(point), outcomes[point]
    assert outcome.exit_codes == (-signal.SIGKILL, 0)
    assert outcome.states == scenario.ends
    assert outcome.balances_wei == [state is EntryState.FINAL for state in scenario.ends]
    # No transaction but the two wanted, or what fills the hopeless one's place, and the stranger's.
    assert outcome.nonce == 2 + scenario.foreign_transactions
