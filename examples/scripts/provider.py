"""A provider: registers, runs what a controller signed, reports, and claims its pay by its own transactions.

::

    python examples/scripts/provider.py --home .chainfaas --name bob register
    python examples/scripts/provider.py --home .chainfaas --name bob run batch.json --out report.json
    python examples/scripts/provider.py --home .chainfaas --name bob settle settlement.json

It has two keys: a cold one that owns (`bob`), and a hot one that works (`bob-operator`).
"""

from __future__ import annotations

import argparse
from pathlib import Path

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.amounts import BaseFee, Price, TokenAmount
from chainfaas.domain.assignments import assignment_of
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.content_hashes import content_hash, json_hash
from chainfaas.domain.errors import InvalidInputError
from chainfaas.domain.identifiers import Address, ProviderId, decompose_batch_id
from chainfaas.domain.masks import Mask
from chainfaas.domain.outcomes import Status
from chainfaas.domain.prices import Offer, job_cost
from chainfaas.domain.receipts import Receipt
from chainfaas.domain.run_metrics import RunMetrics
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.typed_data import hash_assignment, hash_receipt, hash_settlement, hash_work
from chainfaas.domain.wire.settlements import SignedSettlement, parse_signed_settlement
from examples.scripts.account import Account
from examples.scripts.chain import Chain
from examples.scripts.developer import supply
from examples.scripts.event_fields import number, the_event
from examples.scripts.exchange import (
    AssignedBatch,
    AssignedJob,
    Report,
    ReportedJob,
    parse_assigned,
    read_json,
    report_document,
    write_json,
)

DEFAULT_OFFER = Offer(BaseFee(10**15), Price(10**10))
"""A thousandth of a token a job, and a hundredth for each second with 1,000 MiB."""


class Provider:
    """Runs jobs on a controller's signature, and is paid on another."""

    def __init__(self, owner: Account, operator: Account) -> None:
        """Take both accounts.

        Args:
            owner: The cold key; registers, and could replace the operator.
            operator: The hot key; reports and claims, and can direct no money.
        """
        self.owner, self.operator = owner, operator
        self._chain = owner.chain
        self._contracts = owner.chain.contracts

    @classmethod
    def open_home(cls, chain: Chain, home: StateFolder, name: str) -> Provider:
        """Open a provider whose keys are in a state folder.

        Args:
            chain: The network.
            home: The state folder.
            name: The owner key's name.
        """
        return cls(Account.open(chain, home, name), Account.open(chain, home, f"{name}-operator"))

    def register(self, offer: Offer = DEFAULT_OFFER) -> ProviderId:
        """Become a provider, paid to the owner; done once however often it is called.

        Args:
            offer: What a run costs.
        """
        call = self._contracts.providers.register(self.operator.address, self.owner.address, offer, "{}")
        events = self.owner.send("register", call)
        return ProviderId(number(the_event(events, "ProviderRegistered"), "providerId"))

    def set_offer(self, provider: ProviderId, offer: Offer) -> None:
        """Ask something else from now on; what was promised at the old price stays good for the grace.

        Args:
            provider: This provider's id.
            offer: What a run costs.
        """
        effect = f"offer:{offer.base_fee}:{offer.price}:{self.operator.nonce()}"
        self.operator.send(effect, self._contracts.providers.set_offer(provider, offer))

    def run(self, assigned: AssignedBatch) -> Report:
        """Run the jobs of a batch that the controller signed for.

        Args:
            assigned: The batch.

        Raises:
            SignerMismatchError: The controller did not sign an assignment.
            InvalidInputError: An order or an input is not what was signed.
        """
        controller = self._controller_key(assigned.batch)
        return Report(
            assigned.batch, tuple(self._run(assigned.batch, job, controller) for job in assigned.jobs)
        )

    def settle(self, settlement: SignedSettlement, min_gross: TokenAmount | None = None) -> list[ChainEvent]:
        """Hand in what the controller signed, and be paid.

        Args:
            settlement: Parts, and the controller's signature.
            min_gross: What it must be worth; what our records say it is, if absent.
        """
        worth = self.worth(settlement.parts) if min_gross is None else min_gross
        call = self._contracts.jobs.settle(settlement.parts, settlement.signature, worth)
        return self.operator.send(f"settle:{hash_settlement(settlement.parts).hex()[:16]}", call)

    def worth(self, parts: tuple[Part, ...]) -> TokenAmount:
        """Return what parts are worth if nothing of them was paid before.

        Args:
            parts: The parts.
        """
        return TokenAmount(sum(self._worth(part) for part in parts))

    def decline(self, batch: Batch, jobs: Mask, reason: int = 1) -> list[ChainEvent]:
        """Give open jobs back, so that the developer's reserve is free at once.

        Args:
            batch: The batch as it was opened.
            jobs: Which of its jobs.
            reason: A number of ours.
        """
        call = self._contracts.jobs.decline(batch, jobs, reason)
        return self.operator.send(f"decline:{batch.batch_id}:{jobs}", call)

    def open_signed(self, assigned: AssignedBatch) -> list[ChainEvent]:
        """Open a batch in the place of a controller that is silent, with its own signatures.

        Args:
            assigned: The batch.
        """
        call = self._contracts.jobs.open_signed(assigned.batch, [job.signature for job in assigned.jobs])
        return self.operator.send(f"open-signed:{assigned.batch.batch_id}", call)

    def _controller_key(self, batch: Batch) -> Address:
        controller = decompose_batch_id(batch.batch_id).controller
        known = self._contracts.peers.controller_key(controller)
        if known is None:
            raise InvalidInputError(f"There is no controller {controller}.")
        return known.key

    def _run(self, batch: Batch, job: AssignedJob, controller: Address) -> ReportedJob:
        assignment, work = assignment_of(batch, job.index), job.work
        assignment_hash = hash_assignment(assignment)
        check_signer(self._chain.domain.digest(assignment_hash), job.signature, controller)
        invocation, input_bytes = work.invocation_id, job.input_text.encode()
        if assignment.details != hash_work(work) or work.input_hash != content_hash(invocation, input_bytes):
            raise InvalidInputError(f"Job {assignment.job_id} is not what its controller signed.")
        status, output_text = count_words(job.input_text)
        run_ms = 10 + len(input_bytes)
        metrics = RunMetrics(0, 0, 0, run_ms * 1_000, run_ms * 900, 10**6)
        receipt = Receipt(
            assignment_hash=assignment_hash,
            status=status,
            exit_code=0 if status is Status.SUCCEEDED else 1,
            run_ms=run_ms,
            output_hash=content_hash(invocation, output_text.encode()),
            log_hash=content_hash(invocation, b""),
            metrics_hash=metrics.hash_for(invocation),
            sandbox_hash=json_hash(invocation, {}),
        )
        signature = self.operator.key.sign(self._chain.domain.digest(hash_receipt(receipt)))
        return ReportedJob(job.index, receipt, signature, output_text)

    def _worth(self, part: Part) -> int:
        orders = [order for index, order in enumerate(part.batch.orders) if part.mask >> index & 1]
        gross = 0
        for order, record in zip(orders, part.records, strict=True):
            published = self._contracts.functions.terms_of(order.version)
            if published is not None:
                gross += job_cost(published.terms, part.batch.offer, record.status, record.billed_ms)
        return gross


def count_words(text: str) -> tuple[Status, str]:
    """Count the words of a text: the function that these scripts sell. Without words it fails.

    Args:
        text: The input.

    Returns:
        How it ended, and the output.
    """
    words = len(text.split())
    return (Status.SUCCEEDED, str(words)) if words else (Status.FUNCTION_ERROR, "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Register, run, and claim.")
    parser.add_argument("--home", type=Path, default=Path(".chainfaas"), help="state folder of the network")
    parser.add_argument("--name", default="bob", help="name of the owner's key")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("register", help="become a provider")
    run = commands.add_parser("run", help="run an assigned batch")
    run.add_argument("batch", type=Path)
    run.add_argument("--out", type=Path, required=True, help="where the report goes")
    for command in ("decline", "open-signed"):
        commands.add_parser(command).add_argument("batch", type=Path)
    commands.add_parser("settle", help="be paid").add_argument("settlement", type=Path)
    return parser.parse_args()


def main() -> None:
    """Do one of the things that a provider does."""
    arguments = _arguments()
    home = StateFolder(arguments.home)
    chain = Chain.open_home(home)
    provider = Provider.open_home(chain, home, arguments.name)
    events: list[ChainEvent] = []
    if arguments.command == "register":
        accounts = [provider.owner.address, provider.operator.address]
        supply(Account.open(chain, home, "deployer"), accounts, TokenAmount(0))
        print(f"provider {provider.register()}, owned by {provider.owner.address}")
    elif arguments.command == "run":
        report = provider.run(parse_assigned(read_json(arguments.batch)))
        write_json(arguments.out, report_document(report))
        print(f"{len(report.jobs)} jobs ran; the report is in {arguments.out}")
    elif arguments.command == "settle":
        events = provider.settle(parse_signed_settlement(read_json(arguments.settlement)))
    elif arguments.command == "decline":
        batch = parse_assigned(read_json(arguments.batch)).batch
        events = provider.decline(batch, batch.occupied)
    else:
        events = provider.open_signed(parse_assigned(read_json(arguments.batch)))
    for event in events:
        print(event.name, dict(event.args))


if __name__ == "__main__":
    main()
