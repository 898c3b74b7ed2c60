"""What `provider init` made and found, as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from chainfaas.cli.foreign_text import plain_line
from chainfaas.domain.amounts import format_tokens

if TYPE_CHECKING:
    from chainfaas.domain.identifiers import Address
    from chainfaas.domain.prices import Offer
    from chainfaas.provider.bootstrap.readiness import ReadinessCheck
    from chainfaas.provider.offers.proposal import Proposal


@dataclass(frozen=True, slots=True)
class OnboardingReport:
    """A provider that has just been made.

    Attributes:
        name: Its name.
        folder: Its folder.
        operator: The hot key's address.
        checks: What was looked at.
        proposal: What it might ask; none if the network did not say what others do.
        fault: Why it did not.
    """

    name: str
    folder: Path
    operator: Address
    checks: tuple[ReadinessCheck, ...]
    proposal: Proposal | None
    fault: str

    def document(self) -> dict[str, object]:
        """Return the report for a machine; amounts are base units."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "operator": str(self.operator),
            "ready": all(check.holds for check in self.checks),
            "checks": [check.document() for check in self.checks],
            "proposal": None if self.proposal is None else _proposal_document(self.proposal),
            "proposalFault": self.fault,
        }

    def lines(self) -> Iterator[Text]:
        """Return the report for a person, a line each."""
        yield Text(f"The provider {self.name} is in {self.folder}, its operator is {self.operator}.")
        width = max((len(check.name) for check in self.checks), default=0)
        for check in self.checks:
            mark = ("✓", "green") if check.holds else ("✗", "bold red")
            yield Text.assemble(mark, f" {check.name:<{width}}  ", plain_line(check.found))
            if check.remedy:
                yield Text(f"  → {plain_line(check.remedy)}", style="yellow")
        yield from self._offer_lines()

    def _offer_lines(self) -> Iterator[Text]:
        register = f"→ chainfaas provider register {self.name}"
        if self.proposal is None:
            yield Text(f"What others ask is not known: {plain_line(self.fault)}")
            yield Text(register)
            return
        proposal = self.proposal
        if proposal.cheapest is None or proposal.dearest is None:
            yield Text("Nobody on this network asks anything yet.")
        else:
            low, high = proposal.cheapest, proposal.dearest
            fees = _between(low.base_fee, high.base_fee)
            yield Text(
                f"{proposal.providers} on this network ask {fees} tokens a job "
                f"and {low.price} to {high.price} base units per MiB and ms."
            )
        offer = proposal.offer
        fee = format_tokens(offer.base_fee)
        yield Text(f"{register} --base-fee {fee} --price {offer.price} --wallet OWNER")


def _between(low: int, high: int) -> str:
    return f"{format_tokens(low)} to {format_tokens(high)}"


def _proposal_document(proposal: Proposal) -> dict[str, object]:
    return {
        "providers": proposal.providers,
        "offer": _offer_document(proposal.offer),
        "cheapest": None if proposal.cheapest is None else _offer_document(proposal.cheapest),
        "dearest": None if proposal.dearest is None else _offer_document(proposal.dearest),
    }


def _offer_document(offer: Offer) -> dict[str, str]:
    return {"baseFee": str(offer.base_fee), "price": str(offer.price)}
