"""Where the tokens are: in accounts, in the ledger's balances, in escrows, in stakes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from chainfaas.chain.event_decoder import ChainEvent
from chainfaas.domain.amounts import JOB_CAP_UNIT
from chainfaas.domain.identifiers import ZERO_ADDRESS, Address
from examples.scripts.audit.findings import Findings
from examples.scripts.event_fields import account, number, place


@dataclass(slots=True)
class Escrow:
    """What one controller may spend of one developer's money; amounts in base units."""

    free: int = 0
    reserved: int = 0
    job_cap: int = 0
    """In 10^12 base units."""
    expiry: int = 0
    """Unix seconds."""

    def allows(self, unit: int) -> bool:
        """Whether one job may cost this much.

        Args:
            unit: The most that it can cost, in base units.
        """
        return unit <= self.job_cap * JOB_CAP_UNIT


@dataclass(slots=True)
class MoneyBook:
    """Every token, by arithmetic on events alone; all amounts in base units."""

    findings: Findings
    ledger: Address
    supply: int = 0
    """What was minted."""
    tokens: Counter[Address] = field(default_factory=Counter)
    """Tokens by holder."""
    balances: Counter[Address] = field(default_factory=Counter)
    """What each account could withdraw from the ledger; the pool is the ledger's own."""
    escrows: dict[tuple[Address, int], Escrow] = field(default_factory=dict)
    """By developer and controller."""
    deposited: int = 0
    withdrawn: int = 0
    _unmatched: Counter[tuple[bytes, str, Address]] = field(default_factory=Counter)

    @property
    def pool(self) -> int:
        """Sealers' commissions of blocks that no peer sealed, not yet distributed."""
        return self.balances[self.ledger]

    @property
    def free(self) -> int:
        """What is free in all escrows."""
        return sum(each.free for each in self.escrows.values())

    @property
    def reserved(self) -> int:
        """What is reserved for open jobs in all escrows."""
        return sum(each.reserved for each in self.escrows.values())

    @property
    def unaccounted(self) -> int:
        """Tokens that were sent to the ledger without a deposit; they count for nothing."""
        return sum(amount for (_, way, _), amount in self._unmatched.items() if way == "in" and amount > 0)

    def escrow(self, developer: Address, cid: int) -> Escrow:
        """Return an escrow, empty where there was none."""
        return self.escrows.setdefault((developer, cid), Escrow())

    def transfer(self, event: ChainEvent) -> None:
        """Move tokens; from nobody is a mint, which happens once."""
        source, to, amount = account(event, "from"), account(event, "to"), number(event, "value")
        if source == ZERO_ADDRESS:
            self.findings.compare("minted once", "supply", 0, self.supply, place(event))
            self.supply += amount
        else:
            self._take(self.tokens, source, amount, event)
        self.tokens[to] += amount
        if to == self.ledger:
            self._unmatched[event.tx_hash, "in", source] += amount
        if source == self.ledger:
            self._unmatched[event.tx_hash, "out", to] += amount

    def deposited_event(self, event: ChainEvent) -> None:
        """Raise a balance; the tokens move in the same transaction."""
        amount = number(event, "amount")
        self.balances[account(event, "account")] += amount
        self.deposited += amount
        self._unmatched[event.tx_hash, "in", account(event, "from")] -= amount

    def withdrawn_event(self, event: ChainEvent) -> None:
        """Lower a balance; the tokens move in the same transaction."""
        amount = number(event, "amount")
        self._take(self.balances, account(event, "account"), amount, event)
        self.withdrawn += amount
        self._unmatched[event.tx_hash, "out", account(event, "to")] -= amount

    def escrow_funded(self, event: ChainEvent) -> None:
        """Move balance into an escrow and set its limits."""
        developer, amount = account(event, "developer"), number(event, "amount")
        self._take(self.balances, developer, amount, event)
        escrow = self.escrow(developer, number(event, "cid"))
        escrow.free += amount
        escrow.job_cap, escrow.expiry = number(event, "jobCap"), number(event, "expiry")

    def escrow_revoked(self, event: ChainEvent) -> None:
        """Bring an escrow's end forward, never back."""
        developer = account(event, "developer")
        escrow, expiry = self.escrow(developer, number(event, "cid")), number(event, "expiry")
        self.findings.require(
            "a revoke brings the expiry forward", event, str(developer), holds=expiry <= escrow.expiry
        )
        escrow.expiry = expiry

    def escrow_closed(self, event: ChainEvent) -> None:
        """Move all that is free in an escrow back."""
        developer, amount = account(event, "developer"), number(event, "amount")
        escrow = self.escrow(developer, number(event, "cid"))
        self.findings.compare("closed escrow", str(developer), escrow.free, amount, place(event))
        escrow.free -= amount
        self.balances[developer] += amount

    def distributed(self, event: ChainEvent) -> None:
        """Move a part of the pool to a peer."""
        amount = number(event, "amount")
        self._take(self.balances, self.ledger, amount, event)
        self.balances[account(event, "payee")] += amount

    def pay(self, event: ChainEvent, provider_share: int) -> None:
        """Credit the three parties of a payment.

        Args:
            event: The payment.
            provider_share: What is left of the gross.
        """
        self.balances[account(event, "payout")] += provider_share
        self.balances[account(event, "controllerPayee")] += number(event, "controllerShare")
        self.balances[account(event, "sealerPayee")] += number(event, "sealerShare")

    def reserve(self, event: ChainEvent, escrow: Escrow, amount: int) -> None:
        """Move from free to reserved; a negative amount moves back.

        Args:
            event: What did it.
            escrow: Where.
            amount: How much.
        """
        escrow.free -= amount
        escrow.reserved += amount
        self._check_escrow(event, escrow)

    def charge(self, event: ChainEvent, escrow: Escrow, amount: int) -> None:
        """Take what a job cost out of an escrow.

        Args:
            event: What did it.
            escrow: Whose.
            amount: How much.
        """
        escrow.free -= amount
        self._check_escrow(event, escrow)

    def close(self) -> None:
        """Compare, after the last event, what moved in tokens with what was booked."""
        for (tx_hash, way, who), rest in self._unmatched.items():
            # More tokens in than booked is a gift to nobody, which the contract cannot prevent.
            holds = rest == 0 or (way == "in" and rest > 0)
            where = f"transaction 0x{tx_hash.hex()}"
            self.findings.compare(f"tokens {way}", str(who), 0, 0 if holds else rest, where)
        inside = self.deposited - self.withdrawn
        books = sum(self.balances.values()) + self.free + self.reserved
        self.findings.compare("deposits less withdrawals", "ledger", inside, books, "all events")
        held = self.tokens[self.ledger]
        self.findings.compare("ledger's tokens", "ledger", held, books + self.unaccounted, "all events")
        self.findings.compare("supply", "token", self.supply, sum(self.tokens.values()), "all events")

    def _take(self, book: Counter[Address], who: Address, amount: int, event: ChainEvent) -> None:
        book[who] -= amount
        self.findings.require("nobody spends more than it has", event, str(who), holds=book[who] >= 0)

    def _check_escrow(self, event: ChainEvent, escrow: Escrow) -> None:
        holds = escrow.free >= 0 and escrow.reserved >= 0
        subject = f"job {number(event, 'jobId')}"
        self.findings.require("an escrow pays no more than it holds", event, subject, holds=holds)
