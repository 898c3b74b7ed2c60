"""The record of every job: the side of the one ledger that controllers and providers call."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import TYPE_CHECKING

from chainfaas.chain.bindings.bound_contract import BoundContract
from chainfaas.chain.bindings.token import Eip712Domain, eip712_domain_of
from chainfaas.domain.encodings import Bytes32, bytes32
from chainfaas.domain.identifiers import Address, BatchId
from chainfaas.domain.masks import Mask, mask

if TYPE_CHECKING:
    from chainfaas.chain.bindings.contract_call import ContractCall
    from chainfaas.domain.amounts import TokenAmount
    from chainfaas.domain.batches import Batch, Part
    from chainfaas.domain.signatures import Signature


class SkipReason(IntEnum):
    """Why a batch, or a part of a settlement, had no effect: in ``BatchSkipped`` and in a refusal."""

    NONE = 0
    """It had one."""
    NUMBER_USED = 1
    """The number was opened or recorded before."""
    MALFORMED = 2
    """Orders, mask or records do not have the form that they must."""
    DEADLINE_PASSED = 3
    """The deadline, or the claim window after it, is over."""
    DEADLINE_TOO_FAR = 4
    """The deadline is further ahead than a job may live."""
    OFFER_MISMATCH = 5
    """The provider does not ask this price, or there is no such provider."""
    CONTROLLER_RETIRED = 6
    """The controller was retired longer than the grace ago."""
    HASH_MISMATCH = 7
    """Another batch was opened under this number."""
    NOTHING_OPEN = 8
    """None of the jobs in the mask is open."""


class MonitoringLedger(BoundContract):
    """Binding of the job records; see `MonetaryLedger` for the money at the same address."""

    ARTEFACT = "MonitoringLedger"

    def open(self, batches: Sequence[Batch]) -> ContractCall:
        """Open batches; the sender is the controller of all of them."""
        return self._call("open", [batch_fields(each) for each in batches])

    def open_signed(self, batch: Batch, signatures: Sequence[Signature]) -> ContractCall:
        """Open a batch in a silent controller's place; the sender is the provider.

        Args:
            batch: The batch; jobs that were not assigned can be left out as holes.
            signatures: The controller's over the assignment of each job, by rising index.
        """
        return self._call("openSigned", batch_fields(batch), b"".join(each.raw for each in signatures))

    def settle(self, parts: Sequence[Part], signature: Signature, min_gross: TokenAmount) -> ContractCall:
        """Settle jobs and be paid; the sender is the provider of all of them.

        Args:
            parts: What has ended, all of one provider and one controller.
            signature: The controller's over all the parts.
            min_gross: What the settlement must be worth to the sender.
        """
        return self._call("settle", [part_fields(each) for each in parts], signature.raw, min_gross)

    def decline(self, batch: Batch, jobs: Mask, reason: int) -> ContractCall:
        """Give open jobs back; the sender is the provider.

        Args:
            batch: The batch as it was opened.
            jobs: Which of its jobs.
            reason: Free for the provider to use, u8.
        """
        return self._call("decline", batch_fields(batch), jobs, reason)

    def expire(self, batch: Batch, jobs: Mask) -> ContractCall:
        """Free the reserves of jobs that nobody settled in time; anybody.

        Args:
            batch: The batch as it was opened.
            jobs: Which of its jobs.
        """
        return self._call("expire", batch_fields(batch), jobs)

    def open_jobs(self, batch: BatchId) -> Mask:
        """Read which jobs of a batch are open."""
        return mask(self._read("openJobs", batch))

    def is_used(self, batch: BatchId) -> bool:
        """Read whether a batch number was opened or recorded, ever."""
        return bool(self._read("isUsed", batch))

    def domain_separator(self) -> Bytes32:
        """Read the EIP-712 domain separator of all that the parties sign."""
        return bytes32(self._read("domainSeparator"))

    def eip712_domain(self) -> Eip712Domain:
        """Read what the domain separator is made of."""
        return eip712_domain_of(self._read("eip712Domain"))

    def providers(self) -> Address:
        """Read where the provider registry is."""
        return Address.parse(self._read("providers"))

    def functions(self) -> Address:
        """Read where the function registry is."""
        return Address.parse(self._read("functions"))

    def job_life(self) -> int:
        """Read the longest that a job may live, in seconds."""
        return int(self._read("jobLife"))

    def claim_window(self) -> int:
        """Read how many seconds after its deadline a batch can be handed in for the first time."""
        return int(self._read("claimWindow"))


def batch_fields(batch: Batch) -> tuple[int, int, int, int, int, bytes]:
    """Return a batch as the ABI has it.

    Args:
        batch: The batch.
    """
    return (
        *(batch.batch_id, batch.provider_id, batch.base_fee, batch.price, batch.deadline),
        batch.packed_orders,
    )


def part_fields(part: Part) -> tuple[object, int, bytes]:
    """Return a part as the ABI has it.

    Args:
        part: The part.
    """
    return (batch_fields(part.batch), part.mask, part.packed_records)
