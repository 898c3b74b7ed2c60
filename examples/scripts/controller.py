"""A controller: assigns jobs, signs them before they run, opens batches, and signs settlements after.

::

    python examples/scripts/controller.py --home .chainfaas --id 1 assign --provider 1 --version 1 \
        --input "to be or not to be" --out batch.json
    python examples/scripts/controller.py --home .chainfaas --id 1 open batch.json
    python examples/scripts/controller.py --home .chainfaas --id 1 sign report.json --out settlement.json
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.chain.state_folder import StateFolder
from chainfaas.domain.assignments import NO_CALL_AUTHORIZATION, Work, assignment_of
from chainfaas.domain.batches import Batch, Part
from chainfaas.domain.content_hashes import content_hash
from chainfaas.domain.errors import InvalidReceiptError
from chainfaas.domain.identifiers import (
    ZERO_ADDRESS,
    Address,
    ControllerId,
    InvocationId,
    ProviderId,
    VersionId,
    controller_id,
    provider_id,
    version_id,
)
from chainfaas.domain.masks import mask_of_indices
from chainfaas.domain.orders import Order
from chainfaas.domain.prices import billed_time_ms
from chainfaas.domain.records import Record
from chainfaas.domain.signatures import check_signer
from chainfaas.domain.times import UnixSeconds
from chainfaas.domain.typed_data import hash_assignment, hash_receipt, hash_settlement, hash_work
from chainfaas.domain.wire.settlements import SignedSettlement
from examples.scripts.account import Account
from examples.scripts.batch_numbers import BatchNumbers
from examples.scripts.chain import Chain
from examples.scripts.exchange import (
    AssignedBatch,
    AssignedJob,
    Report,
    ReportedJob,
    assigned_document,
    parse_assigned,
    parse_report,
    read_json,
    write_json,
)

_OUTPUT_LIMIT_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller asks for."""

    version: VersionId
    input_text: str
    caller: Address = ZERO_ADDRESS


class Controller:
    """Orders jobs and vouches for their records; it cannot pay anybody by itself."""

    def __init__(self, account: Account, controller: ControllerId, numbers: BatchNumbers) -> None:
        """Take the controller's account.

        Args:
            account: Its one key, which signs and sends.
            controller: Its id.
            numbers: Counts its batches.
        """
        self.account, self.controller = account, controller
        self._chain, self._numbers = account.chain, numbers

    @classmethod
    def open_home(cls, chain: Chain, home: StateFolder, controller: ControllerId) -> Controller:
        """Open a controller whose key is in a state folder.

        Args:
            chain: The network.
            home: The state folder.
            controller: Its id.
        """
        account = Account.open(chain, home, f"controller-{controller}")
        file = home.root / "scripts" / f"controller-{controller}-{chain.deployments.chain_id}.next"
        return cls(account, controller, BatchNumbers(chain, controller, file))

    def assign(self, provider: ProviderId, calls: Sequence[Call], seconds: int = 60) -> AssignedBatch:
        """Give calls to a provider: one batch at the provider's present offer, a signature for each job.

        Args:
            provider: Who is to run them.
            calls: At most 48, those of one version side by side.
            seconds: How long they may take, all in all.
        """
        offer = self._chain.contracts.providers.offer_of(provider).offer
        works = [_work(call) for call in calls]
        batch = Batch(
            batch_id=self._numbers.take(),
            provider_id=provider,
            base_fee=offer.base_fee,
            price=offer.price,
            deadline=UnixSeconds(self._chain.now() + seconds),
            orders=tuple(
                Order(call.version, hash_work(work)) for call, work in zip(calls, works, strict=True)
            ),
        )
        jobs = (
            self._assigned(batch, index, work, call)
            for index, (work, call) in enumerate(zip(works, calls, strict=True))
        )
        return AssignedBatch(batch, tuple(jobs))

    def open(self, *assigned: AssignedBatch) -> list[ChainEvent]:
        """Have what the jobs of some batches can cost reserved on chain.

        Args:
            assigned: The batches.
        """
        batches = [each.batch for each in assigned]
        effect = "open:" + ",".join(str(batch.batch_id) for batch in batches)
        return self.account.send(effect, self._chain.contracts.jobs.open(batches))

    def sign_settlement(self, *reports: Report) -> SignedSettlement:
        """Check what a provider reports, and sign what it may hand in to be paid.

        Args:
            reports: Reports of one provider, one for each batch.

        Raises:
            InvalidReceiptError: A receipt is for another assignment.
            SignerMismatchError: A receipt is not signed by the provider's operator.
        """
        parts = tuple(self._part(report) for report in reports)
        digest = self._chain.domain.digest(hash_settlement(parts))
        return SignedSettlement(parts, self.account.key.sign(digest))

    def _assigned(self, batch: Batch, index: int, work: Work, call: Call) -> AssignedJob:
        digest = self._chain.domain.digest(hash_assignment(assignment_of(batch, index)))
        return AssignedJob(index, work, call.input_text, self.account.key.sign(digest))

    def _part(self, report: Report) -> Part:
        jobs = sorted(report.jobs, key=lambda job: job.index)
        records = tuple(self._record(report.batch, job) for job in jobs)
        return Part(report.batch, mask_of_indices(job.index for job in jobs), records)

    def _record(self, batch: Batch, job: ReportedJob) -> Record:
        assignment, receipt = assignment_of(batch, job.index), job.receipt
        if receipt.assignment_hash != hash_assignment(assignment):
            raise InvalidReceiptError(f"The receipt of job {assignment.job_id} is for another assignment.")
        receipt_hash = hash_receipt(receipt)
        operator = self._chain.contracts.providers.operator_of(batch.provider_id) or ZERO_ADDRESS
        check_signer(self._chain.domain.digest(receipt_hash), job.signature, operator)
        published = self._chain.contracts.functions.terms_of(assignment.version_id)
        timeout_ms = receipt.run_ms if published is None else published.terms.timeout_ms
        # A controller brackets the run by its own clock; these scripts pass files, so the report is believed.
        billed_ms = billed_time_ms(receipt.run_ms, receipt.run_ms, timeout_ms)
        return Record(receipt.status, billed_ms, receipt_hash)


def _work(call: Call) -> Work:
    invocation = InvocationId(secrets.token_bytes(32))
    return Work(
        invocation_id=invocation,
        attempt=1,
        input_hash=content_hash(invocation, call.input_text.encode()),
        caller=call.caller,
        call_authorization=NO_CALL_AUTHORIZATION,
        output_limit_bytes=_OUTPUT_LIMIT_BYTES,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Assign, open, and sign settlements.")
    parser.add_argument("--home", type=Path, default=Path(".chainfaas"), help="state folder of the network")
    parser.add_argument("--id", type=controller_id, default=ControllerId(1), help="the controller's id")
    commands = parser.add_subparsers(dest="command", required=True)
    assign = commands.add_parser("assign", help="give calls to a provider")
    assign.add_argument("--provider", type=provider_id, required=True, help="the provider's id")
    assign.add_argument("--version", type=version_id, required=True, help="the version to run")
    assign.add_argument("--input", action="append", required=True, help="a call's input; may come again")
    assign.add_argument("--seconds", type=int, default=60, help="how long the jobs may take")
    assign.add_argument("--out", type=Path, required=True, help="where the batch goes")
    opening = commands.add_parser("open", help="reserve what a batch can cost")
    opening.add_argument("batch", type=Path)
    sign = commands.add_parser("sign", help="sign what a provider reports")
    sign.add_argument("report", type=Path)
    sign.add_argument("--out", type=Path, required=True, help="where the settlement goes")
    return parser.parse_args()


def main() -> None:
    """Do one of the three things that a controller does."""
    arguments = _arguments()
    home = StateFolder(arguments.home)
    controller = Controller.open_home(Chain.open_home(home), home, arguments.id)
    if arguments.command == "assign":
        calls = [Call(arguments.version, text) for text in arguments.input]
        assigned = controller.assign(arguments.provider, calls, arguments.seconds)
        write_json(arguments.out, assigned_document(assigned))
        print(f"batch {assigned.batch.batch_id} with {len(calls)} jobs is in {arguments.out}")
    elif arguments.command == "open":
        for event in controller.open(parse_assigned(read_json(arguments.batch))):
            print(event.name, dict(event.args))
    else:
        settlement = controller.sign_settlement(parse_report(read_json(arguments.report)))
        write_json(arguments.out, settlement.as_json())
        print(f"the signed settlement is in {arguments.out}")


if __name__ == "__main__":
    main()
