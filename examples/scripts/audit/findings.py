"""What an audit finds: pairs of values that should be the same and are not."""

from __future__ import annotations

from dataclasses import dataclass, field

from chainfaas.chain.event_decoder import ChainEvent
from examples.scripts.event_fields import place


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Two values that should agree.

    Attributes:
        check: What was compared.
        subject: Whose it is: a job, a batch, an account.
        expected: What follows from everything else.
        found: What the chain, or the node that tells of it, says.
        where: The event, or the block of the call.
    """

    check: str
    subject: str
    expected: str
    found: str
    where: str


@dataclass(slots=True)
class Findings:
    """Collects mismatches and counts comparisons.

    Attributes:
        mismatches: What did not agree, in the order found.
        comparisons: How many values were compared.
    """

    mismatches: list[Mismatch] = field(default_factory=list)
    comparisons: int = 0

    def compare(self, check: str, subject: str, expected: object, found: object, where: str) -> bool:
        """Compare two values.

        Args:
            check: What is compared.
            subject: Whose it is.
            expected: What follows from everything else.
            found: What is said.
            where: Where it is said.

        Returns:
            Whether they are the same.
        """
        self.comparisons += 1
        if expected == found:
            return True
        self.mismatches.append(Mismatch(check, subject, str(expected), str(found), where))
        return False

    def require(self, check: str, event: ChainEvent, subject: str, *, holds: bool) -> bool:
        """Note whether a rule holds for an event.

        Args:
            check: The rule.
            event: The event.
            subject: What it is about.
            holds: Whether it does.

        Returns:
            Whether it does.
        """
        return self.compare(check, subject, "holds", "holds" if holds else "broken", place(event))
