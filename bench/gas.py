"""What jobs cost in gas, from receipts of a real network of three signers: writes `bench/results/gas.json`.

Every figure is of the ordinary case: all balances, escrows and pages of used numbers were written before, and
the block's sealer is another peer than the controller's. Jobs are of three developers, of one at size 1; 96
jobs are two batches in a transaction. Each figure is the median of several transactions, and each of these
must have opened or paid every one of its jobs.
"""

from __future__ import annotations

import itertools
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.gas_jobs import check_opened, check_paid
from chainfaas.chain.deployment_local import LocalSettings, Preset, deploy_local
from chainfaas.chain.node.local_network import LocalNetwork
from chainfaas.domain.amounts import TOKEN, TokenAmount
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.encodings import Bytes32
from chainfaas.domain.identifiers import (
    MAX_BATCH_JOBS,
    Address,
    ControllerId,
    ProviderId,
    VersionId,
    compose_batch_id,
)
from chainfaas.domain.orders import Order
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import job_cost, reserved_cost
from chainfaas.domain.records import Record
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_settlement
from examples.scripts.account import Account
from examples.scripts.chain import Chain
from examples.scripts.developer import WORD_COUNT_TERMS, Developer, supply, word_count_version
from examples.scripts.event_fields import account, the_event
from examples.scripts.provider import DEFAULT_OFFER, Provider

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "bench" / "results" / "gas.json"
MEASURED = ("contracts", "foundry.toml", "bench/gas.py", "bench/gas_jobs.py")
"""What the figures depend on: changes here that are not committed mark the commit as dirty."""

SIZES = (1, 10, 48, 96)
GOALS = {
    "1": {"total_per_job": 175_000, "fast_per_job": 95_000},
    "96": {"total_per_job": 11_000, "fast_per_job": 6_500},
}
REPEATS = 3
BILLED_MS = 1_234
UNIT = reserved_cost(WORD_COUNT_TERMS, DEFAULT_OFFER)
COST = job_cost(WORD_COUNT_TERMS, DEFAULT_OFFER, Status.SUCCEEDED, BILLED_MS)
CONTROLLER = ControllerId(1)
_WARM_UP_LIMIT = 50


@dataclass(frozen=True)
class Bench:
    """A network with three developers, a controller and a provider, all of whose slots are in use."""

    chain: Chain
    controller: Account
    provider: Provider
    provider_id: ProviderId
    versions: tuple[VersionId, ...]
    treasury: Account
    sequences: Iterator[int]

    def batches(self, jobs: int) -> list[Batch]:
        """Return fresh batches with so many jobs in all."""
        count = -(-jobs // MAX_BATCH_JOBS)
        versions = self.versions if jobs > 1 else self.versions[:1]
        deadline = UnixSeconds(self.chain.now() + 60)
        return [
            Batch(
                compose_batch_id(CONTROLLER, next(self.sequences)),
                self.provider_id,
                DEFAULT_OFFER.base_fee,
                DEFAULT_OFFER.price,
                deadline,
                orders_of(versions, jobs // count),
            )
            for _ in range(count)
        ]

    def open(self, batches: Sequence[Batch]) -> int:
        """Open batches, and return the transaction's gas."""
        effect = f"open:{batches[0].batch_id}"
        sent = self.controller.send_all({effect: self.chain.contracts.jobs.open(batches)})[effect]
        inclusion, events = self.chain.find(sent.tx_hash)
        check_opened(events, batches, UNIT)
        return inclusion.gas_used

    def settle(self, batches: Sequence[Batch], ending: str) -> tuple[int, Address]:
        """Settle all jobs of batches; return the transaction's gas and who was paid for the block.

        Args:
            batches: All of them opened, or none.
            ending: The event that each job must have: ``JobSettled``, or ``JobRecorded`` on the fast path.
        """
        parts = [Part(batch, batch.occupied, records_of(batch)) for batch in batches]
        signature = self.controller.key.sign(self.chain.domain.digest(hash_settlement(parts)))
        call = self.chain.contracts.jobs.settle(parts, signature, TokenAmount(1))
        effect = f"settle:{batches[0].batch_id}"
        sent = self.provider.operator.send_all({effect: call})[effect]
        inclusion, events = self.chain.find(sent.tx_hash)
        check_paid(events, ending, batches, COST)
        return inclusion.gas_used, account(the_event(events, "Paid"), "sealerPayee")

    def settle_for_another(self, batches: Sequence[Batch], ending: str) -> list[int]:
        """Settle all jobs of batches; return the gas unless the controller's own peer sealed the block."""
        gas, sealer_payee = self.settle(batches, ending)
        return [] if sealer_payee == self.controller_payee() else [gas]

    def pass_turns(self) -> None:
        """Let up to two blocks pass by chance: signers take turns, and would keep step with us."""
        for _ in range(secrets.randbelow(3)):
            self.transfer()

    def transfer(self) -> int:
        """Move tokens between two accounts that have some, and return the transaction's gas."""
        call = self.chain.contracts.token.transfer(self.provider.owner.address, TokenAmount(TOKEN))
        effect = f"transfer:{self.treasury.nonce()}"
        return self.treasury.send_all({effect: call})[effect].gas_used

    def controller_payee(self) -> Address:
        """Return where the controller's commissions go."""
        parties = self.chain.contracts.peers.settlement_parties(CONTROLLER, self.controller.address)
        if parties is None:
            sys.exit("There is no controller 1.")
        return parties.controller_payee


def orders_of(versions: Sequence[VersionId], jobs: int) -> tuple[Order, ...]:
    """Return so many orders, as evenly of each version as can be, those of one version side by side."""
    counts = [len(range(place, jobs, len(versions))) for place in range(len(versions))]
    return tuple(
        Order(version, Bytes32(secrets.token_bytes(32)))
        for version, count in zip(versions, counts, strict=True)
        for _ in range(count)
    )


def records_of(batch: Batch) -> tuple[Record, ...]:
    """Return a record for each order of a batch."""
    return tuple(Record(Status.SUCCEEDED, BILLED_MS, Bytes32(secrets.token_bytes(32))) for _ in batch.orders)


def prepare(network: LocalNetwork) -> Bench:
    """Deploy, and have everybody join who is needed."""
    deploy_local(network, LocalSettings(controllers=1, preset=Preset.DEV), lambda _: None)
    home = network.folder
    chain = Chain.open_home(home)
    treasury = Account.open(chain, home, "deployer")
    provider = Provider(Account.open(chain, home, "provider"), Account.open(chain, home, "operator"))
    developers = [Developer(Account.open(chain, home, f"developer-{number}")) for number in (1, 2, 3)]
    addresses = [provider.owner.address, provider.operator.address, *(each.address for each in developers)]
    supply(treasury, addresses, TokenAmount(1_000 * TOKEN))
    versions = []
    for developer in developers:
        developer.deposit(TokenAmount(900 * TOKEN), developer.funding(CONTROLLER, TokenAmount(800 * TOKEN)))
        versions.append(developer.publish(developer.create_function("bench"), word_count_version()))
    controller = Account.open(chain, home, f"controller-{CONTROLLER}")
    provider_id = provider.register()
    # All numbers are on one page of 256: they stay below 256, and the page is in use after the first.
    return Bench(
        chain, controller, provider, provider_id, tuple(versions), treasury, iter(itertools.count(1))
    )


def warm_up(bench: Bench) -> None:
    """Settle until every payee, whoever seals, has been paid before."""
    payees = set(bench.chain.contracts.peers.payouts())
    for _ in range(_WARM_UP_LIMIT):
        batches = bench.batches(3)
        bench.open(batches)
        payees.discard(bench.settle(batches, "JobSettled")[1])
        if not payees:
            return
    sys.exit(f"Some peer sealed none of {_WARM_UP_LIMIT} blocks.")


def measure(bench: Bench, jobs: int) -> dict[str, int]:
    """Return the gas of opening, settling and recording so many jobs."""
    opened: list[int] = []
    settled: list[int] = []
    recorded: list[int] = []
    while len(settled) < REPEATS:
        batches = bench.batches(jobs)
        opened.append(bench.open(batches))
        bench.pass_turns()
        settled += bench.settle_for_another(batches, "JobSettled")
    while len(recorded) < REPEATS:
        bench.pass_turns()
        recorded += bench.settle_for_another(bench.batches(jobs), "JobRecorded")
    opening, settling, recording = (round(statistics.median(each)) for each in (opened, settled, recorded))
    return {
        "open": opening,
        "settle": settling,
        "total_per_job": round((opening + settling) / jobs),
        "fast_per_job": round(recording / jobs),
    }


def read_commit() -> str:
    """Return what was measured, marked if it differs from the commit."""
    head = _git("rev-parse", "HEAD")
    return f"{head}-dirty" if _git("status", "--porcelain", "--", *MEASURED) else head


def _git(*arguments: str) -> str:
    command = ("git", *arguments)
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603


def result_document(sizes: dict[str, dict[str, int]], transfer: int) -> dict[str, Any]:
    """Return what is written."""
    settings = tomllib.loads((ROOT / "foundry.toml").read_text(encoding="utf-8"))["profile"]["default"]
    return {
        "jobs": sizes,
        "erc20_transfer": transfer,
        "evm": settings["evm_version"],
        "commit": read_commit(),
        "goals": GOALS,
        "erc20_transfers_per_job": {
            size: {
                "total": round(figures["total_per_job"] / transfer, 3),
                "fast": round(figures["fast_per_job"] / transfer, 3),
            }
            for size, figures in sizes.items()
        },
    }


def print_table(document: dict[str, Any]) -> None:
    """Print the figures beside their goals."""
    table = Table(title="Gas, from receipts", title_justify="left")
    for heading in (
        "jobs",
        "open",
        "settle",
        "a job, opened",
        "goal",
        "a job, fast path",
        "goal",
        "transfers",
    ):
        table.add_column(heading, justify="right")
    for size, figures in document["jobs"].items():
        goals = GOALS.get(size, {})
        ratios = document["erc20_transfers_per_job"][size]
        cells = [figures["open"], figures["settle"], figures["total_per_job"], goals.get("total_per_job")]
        cells += [figures["fast_per_job"], goals.get("fast_per_job")]
        shown = ("" if cell is None else f"{cell:,}" for cell in cells)
        table.add_row(size, *shown, f"{ratios['total']} / {ratios['fast']}")
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(table)
    console.print(f"an ERC-20 transfer: {document['erc20_transfer']:,}; commit {document['commit']}")


def main() -> None:
    """Measure on a network of its own, print, and write the results."""
    with tempfile.TemporaryDirectory(prefix="gas-") as folder:
        network = LocalNetwork.create(Path(folder), signers=3, period_seconds=0)
        try:
            network.start()
            bench = prepare(network)
            warm_up(bench)
            sizes = {str(jobs): measure(bench, jobs) for jobs in SIZES}
            document = result_document(sizes, bench.transfer())
        finally:
            network.stop()
    print_table(document)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
